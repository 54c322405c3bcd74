"""The test hosts themselves: without them no other result means anything."""

import subprocess

import hosts
import machine


def test_every_host_boots_with_no_failed_unit(plain_hosts):
    for host in plain_hosts.values():
        failed = host.run(["systemctl", "--failed", "--plain", "--no-legend"])
        assert failed.stdout == "", host.name


def test_only_the_services_that_a_host_asks_for_run(plain_hosts):
    def active(host, unit):
        state = host.run(["systemctl", "is-active", unit], check=False)
        return state.stdout.strip() == "active"

    running = {(host.name, unit) for host in plain_hosts.values()
               for unit in ("nginx", "redis-server", "ssh")
               if active(host, unit)}
    assert running == {("issuer", "nginx"), ("issuer", "redis-server"),
                       ("web1", "ssh")}


def test_a_local_user_with_an_ordinary_key_logs_in_by_ssh(plain_hosts):
    laptop, web1 = plain_hosts["laptop"], plain_hosts["web1"]
    for host in (laptop, web1):
        host.run(["useradd", "--create-home", "--shell", "/bin/bash", "bob"])
    laptop.run("mkdir -m 700 .ssh; ssh-keygen -q -t ed25519 -N ''"
               " -f .ssh/id_ed25519", user="bob")
    key = laptop.read_file("/home/bob/.ssh/id_ed25519.pub")
    web1.run("mkdir -m 700 .ssh; cat >.ssh/authorized_keys", user="bob",
             input=key)
    done = laptop.run(["ssh", "-o", "StrictHostKeyChecking=accept-new",
                       "web1", "hostname; cat /proc/self/sessionid"],
                      user="bob")
    name, session = done.stdout.split("\n")
    assert name == "web1"
    assert session != "4294967295", "no kernel audit session id in the host"


def test_nothing_of_the_hosts_is_seen_on_the_machine(plain_hosts):
    names = machine.run(["ip", "-o", "link"])
    assert "web1" not in names and "lan" not in names.split()
    mounts = open("/proc/self/mounts", encoding="ascii").read()
    assert "/run/hosts" not in mounts


def test_a_lab_ends_with_the_process_that_made_it(base_root):
    program = ("import sys, hosts; lab = hosts.Lab(sys.argv[1]).start();"
               "lab.boot(('short', [])); print(lab.holder.pid, flush=True);"
               "import os; os.kill(os.getpid(), 9)")
    shown = subprocess.run(
        ["/usr/bin/python3", "-c", program, base_root], cwd=hosts.HERE,
        capture_output=True, text=True)
    holder = int(shown.stdout)
    machine.poll(lambda: machine.start_time(holder) is None, 10, "the lab ends")
    assert holder in [lab["holder"] for lab in hosts.recorded_labs()]
    hosts.remove_dead_labs()
    assert holder not in [lab["holder"] for lab in hosts.recorded_labs()]
    assert not list(machine.cgroup_root().glob(f"jwtauth-dev-{holder}"))
