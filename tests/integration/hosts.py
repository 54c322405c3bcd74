"""Throwaway Debian hosts: systemd-nspawn over one read-only base root.

A Lab is one process in mount, network and process namespaces of its own. The
hosts' overlays, their network and every process of theirs live in there, so
nothing appears on the machine, and the death of that one process ends it all,
however the test run ended. A Host is one booted system in the lab.
"""

import json
import os
import shlex
import signal
import subprocess
from pathlib import Path

import machine
from machine import (HostError, children, in_parallel, ns_pids, poll,
                     remove_cgroup, run, start_time)

HERE = Path(__file__).resolve().parent
STATE = Path("/run/jwtauth-dev")  # one file a lab: what `bootstrap stop` ends
BOOT_DEADLINE = 60  # seconds; three hosts at once on two busy cores
RUN_DEADLINE = 60


class Lab:
    """The place where hosts run: see the head of this file."""

    NETWORK = "10.77.0"

    def __init__(self, base, keep=False):
        self.base = str(base)
        self.keep = keep
        self.hosts = {}
        self.cgroup = None
        self.holder = None
        self.logs = None

    def start(self):
        remove_dead_labs()
        script = (
            "set -e; mount -t tmpfs -o mode=755 tmpfs /run; mkdir /run/hosts;"
            "ip link set lo up; ip link add lan type bridge;"
            "ip link set lan up; echo ready; exec sleep infinity"
        )
        self.logs = Path(os.environ.get("JWTAUTH_LOGS", "/tmp"))
        # Not our own stderr: kept hosts would hold a pipe of ours open.
        errors = open(self.logs / "lab.err", "wb")
        self.holder = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "--net",
             "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc",
             "sh", "-c", script],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            stderr=errors, preexec_fn=self._enter, start_new_session=True)
        errors.close()
        if self.holder.stdout.readline() != "ready\n":
            raise HostError(
                "could not make the namespaces for test hosts; in a chroot"
                " its folder must be a mount point (see CONTRIBUTING.md)\n"
                + (self.logs / "lab.err").read_text())
        self.init = children(self.holder.pid)[0]
        self.cgroup = machine.cgroup_root() / f"jwtauth-dev-{self.holder.pid}"
        self._record()
        return self

    def _enter(self):
        machine.own_root()
        if not self.keep:
            machine.die_with_parent()

    def _record(self):
        """Tell `bootstrap shell` and `bootstrap stop` what is running."""
        STATE.mkdir(mode=0o755, exist_ok=True)
        state = {
            "holder": self.holder.pid,
            "started": start_time(self.holder.pid),
            "cgroup": str(self.cgroup),
            "keep": self.keep,
            "hosts": {host.name: host.leader for host in self.hosts.values()},
        }
        path = STATE / f"{self.holder.pid}.json"
        new = path.with_suffix(".new")
        new.write_text(json.dumps(state))
        new.rename(path)

    def inside(self, *argv):
        """The command line that runs argv in the lab, outside of any host."""
        # --root: entering a mount namespace leaves a chroot, and we may
        # have been started in one.
        return ["nsenter", "-t", str(self.init), "-m", "-n", "-i", "-p",
                "--root", "--wdns=/", "--", *argv]

    def boot(self, *specs):
        """Boot several hosts at once; each spec is (name, services)."""
        for number, (name, services) in enumerate(specs, len(self.hosts) + 1):
            address = f"{self.NETWORK}.{10 + number}"
            self.hosts[name] = Host(self, name, address, services)
        names = [name for name, _ in specs]
        in_parallel([self.hosts[name].start for name in names])
        self._record()
        return [self.hosts[name] for name in names]

    def hosts_file(self):
        lines = ["127.0.0.1 localhost"]
        lines += [f"{host.address} {host.name}.example.test {host.name}"
                  for host in self.hosts.values()]
        return "\n".join(lines) + "\n"

    def stop(self):
        if self.holder is None:
            return
        self.holder.kill()
        self.holder.wait()
        remove_lab(self.holder.pid, self.cgroup)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        if kind is not None or not self.keep:
            self.stop()


def remove_lab(holder, cgroup):
    """Clean up after a lab whose holder is dead."""
    for folder in cgroup.parent.glob(cgroup.name):
        remove_cgroup(folder)
    (STATE / f"{holder}.json").unlink(missing_ok=True)


def recorded_labs():
    """What /run knows of labs: kept ones, running ones, and dead ones."""
    labs = []
    for path in sorted(STATE.glob("*.json")):
        state = json.loads(path.read_text())
        state["alive"] = start_time(state["holder"]) == state["started"]
        labs.append(state)
    return labs


def stop_kept_labs():
    """End every lab that was left up; returns how many there were."""
    kept = [lab for lab in recorded_labs() if lab["alive"] and lab["keep"]]
    for state in kept:
        os.kill(state["holder"], signal.SIGKILL)
        poll(lambda: start_time(state["holder"]) != state["started"], 10,
             "the lab ends")
    remove_dead_labs()
    return len(kept)


def remove_dead_labs():
    """Clean up after test runs that were killed."""
    for state in recorded_labs():
        if not state["alive"]:
            remove_lab(state["holder"], Path(state["cgroup"]))


class Host:
    """One booted Debian. Commands run inside by nsenter."""

    def __init__(self, lab, name, address, services=()):
        self.lab = lab
        self.name = name
        self.address = address
        self.services = list(services)
        self.leader = None
        self.console = None

    # -- life

    def start(self):
        self._prepare()
        self._spawn()
        self.leader = poll(self._find_leader, BOOT_DEADLINE,
                           f"{self.name} starts: see {self.console}")
        self._plug_in()
        poll(self._booted, BOOT_DEADLINE,
             f"{self.name} boots: see {self.console}")

    def _prepare(self):
        """Lay the overlay and what must be there before the first boot."""
        enable = "".join(
            f"chroot root systemctl --quiet enable {service};"
            for service in self.services)
        script = (
            "set -e; umask 022; mkdir /run/hosts/$NAME; cd /run/hosts/$NAME;"
            "mkdir upper work root; mount -t overlay overlay -o"
            " lowerdir=$BASE,upperdir=$PWD/upper,workdir=$PWD/work root;"
            "echo $NAME >root/etc/hostname; cat >root/etc/hosts;"
            "chroot root ssh-keygen -q -A;" + enable)
        run(self.lab.inside("env", f"NAME={self.name}",
                            f"BASE={self.lab.base}", "sh", "-c", script),
            input=self.lab.hosts_file())

    def _spawn(self):
        self.console = self.lab.logs / f"host-{self.name}.console"
        cgroup = self.lab.cgroup / self.name
        cgroup.mkdir(parents=True)
        argv = self.lab.inside(
            "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
            "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1",
            "systemd-nspawn", "-q", "-D", f"/run/hosts/{self.name}/root",
            "--register=no", "--keep-unit", "--private-network",
            "--resolv-conf=off", "--timezone=off", "--link-journal=no",
            f"--machine={self.name}", "-b")

        def enter_cgroup():
            (cgroup / "cgroup.procs").write_text("0")

        with open(self.console, "wb") as console:
            self.nspawn = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=console,
                stderr=subprocess.STDOUT, preexec_fn=enter_cgroup,
                start_new_session=True)

    def _find_leader(self):
        """The host's own process 1: below nsenter, below nspawn."""
        if self.nspawn.poll() is not None:
            raise HostError(f"{self.name} did not start:\n"
                            + self.console.read_text(errors="replace"))
        depth = len(ns_pids(self.lab.init)) + 1
        for nspawn in children(self.nspawn.pid):
            for child in children(nspawn):
                pids = ns_pids(child)
                if len(pids) == depth and pids[-1] == 1:
                    return child
        return None

    def _plug_in(self):
        """A cable from this host to the lab's bridge."""
        inner = f"{self.name}-in"
        run(self.lab.inside(
            "sh", "-ec",
            f"ip link add {self.name} type veth peer name {inner};"
            f"ip link set {self.name} master lan up"))
        # ip finds the target by pid, so this one runs outside of the lab's
        # process namespace.
        run(["nsenter", "-t", str(self.lab.init), "-n", "--", "ip", "link",
             "set", inner, "netns", str(self.leader)])
        run(["nsenter", "-t", str(self.leader), "-n", "--", "sh", "-ec",
             f"ip link set {inner} name host0;"
             f"ip addr add {self.address}/24 dev host0; ip link set host0 up"])

    def _booted(self):
        if not Path(f"/proc/{self.leader}/root/run/systemd/private").exists():
            return False
        done = self.run(["systemctl", "is-system-running", "--wait"],
                        check=False)
        return done.stdout.strip() in ("running", "degraded")

    def poweroff(self):
        self.run(["systemctl", "poweroff"], check=False)
        self.nspawn.wait(BOOT_DEADLINE)

    # -- commands

    def argv(self, command, user=None):
        """The command line, for the machine, that runs a command in here."""
        if isinstance(command, str):
            command = ["sh", "-c", command]
        prefix = ["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n",
                  "-p", "-C", "--root", "--wdns=/", "--"]
        if user is not None:
            prefix += ["setpriv", f"--reuid={user}", f"--regid={user}",
                       "--init-groups", "--reset-env",
                       "sh", "-c", 'cd && exec "$@"', "sh"]
        else:
            prefix += ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                       "HOME=/root", "LC_ALL=C.UTF-8", "TERM=dumb"]
        return prefix + list(command)

    def run(self, command, user=None, input=None, check=True,
            timeout=RUN_DEADLINE):
        """Run a command (a list, or a shell line) to its end."""
        done = subprocess.run(
            self.argv(command, user), input=input, timeout=timeout,
            stdin=subprocess.DEVNULL if input is None else None,
            text=not isinstance(input, bytes), capture_output=True)
        if check and done.returncode != 0:
            shown = command if isinstance(command, str) else shlex.join(command)
            raise HostError(f"{self.name}: {shown}: exit {done.returncode}\n"
                            f"{done.stdout}{done.stderr}")
        return done

    def outside(self, path):
        """A file in here, as a path on the machine."""
        return f"/proc/{self.leader}/root{path}"

    def write_file(self, path, content, mode=0o644, owner="root:root"):
        """Put a file there in one step, as rename does."""
        self.run(["sh", "-ec",
                  'umask 077; cat >"$0.new"; chown "$2" "$0.new";'
                  'chmod "$1" "$0.new"; mv "$0.new" "$0"',
                  path, f"{mode:o}", owner], input=content)

    def read_file(self, path):
        return self.run(["cat", path]).stdout

    # -- journal

    def mark(self):
        """A place in the journal, for journal(since=...)."""
        shown = self.run(["journalctl", "--quiet", "-n", "0",
                          "--show-cursor"]).stdout
        return shown.rpartition("cursor: ")[2].strip()

    def journal(self, since=None, tag=None):
        """Journal entries after a mark, oldest first, as dictionaries."""
        command = ["journalctl", "--quiet", "-o", "json", "--no-pager", "-a"]
        if since:
            command.append(f"--after-cursor={since}")
        entries = map(json.loads, self.run(command).stdout.splitlines())
        # Not journalctl's -t: with a cursor, it skips the first match.
        return [entry for entry in entries
                if tag in (None, entry.get("SYSLOG_IDENTIFIER"))]

    def messages(self, since=None, tag=None):
        return [str(entry.get("MESSAGE", ""))
                for entry in self.journal(since, tag)]
