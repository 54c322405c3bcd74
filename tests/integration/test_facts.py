"""The facts about OpenSSH, sudo and the kernel that the design rests on, each
pinned on a host without jwtauth: when one changes, the design must follow.
"""

import json

import hosts
import machine
import pexpect
import pytest

LOG = "/run/probe.log"
SSHD = "/usr/local/sbin/probe-sshd"
MODULES = "/usr/lib/$(uname -m)-linux-gnu/security"
PAM_SSHD = """\
auth     required pam_probe.so prompts=1
account  required pam_probe.so
session  required pam_loginuid.so
session  optional pam_probe.so
"""


@pytest.fixture(scope="module")
def bench(plain_hosts, tmp_path_factory):
    """A host with the probe in sudo's stack and in a second sshd's."""
    web1, laptop = plain_hosts["web1"], plain_hosts["laptop"]
    module = tmp_path_factory.mktemp("probe") / "pam_probe.so"
    machine.run(["gcc", "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC",
               "-o", str(module), str(hosts.HERE / "pam_probe.c"), "-lpam"])
    web1.run(f'cat >"{MODULES}/pam_probe.so"', input=module.read_bytes())
    web1.write_file("/etc/pam.d/probe-sshd", PAM_SSHD)
    web1.write_file("/etc/pam.d/probe", "auth required pam_probe.so prompts=1\n"
                    "account required pam_probe.so\n"
                    "session required pam_probe.so\n")
    web1.write_file("/etc/pam.d/probe-3", "auth required pam_probe.so"
                    " prompts=3\naccount required pam_probe.so\n"
                    "session required pam_probe.so\n")
    web1.write_file("/etc/sudoers.d/probe", "eve ALL=(ALL) ALL\n"
                    "Defaults:eve pam_service=probe\n"
                    "Defaults:eve pam_login_service=probe-i\n", 0o440)
    web1.write_file("/etc/pam.d/probe-i", web1.read_file("/etc/pam.d/probe"))
    for host in (web1, laptop):
        host.run(["useradd", "-m", "-s", "/bin/bash", "eve"])
    laptop.run("mkdir -m 700 .ssh; ssh-keygen -q -t ed25519 -N ''"
               " -f .ssh/id_ed25519", user="eve")
    web1.run("mkdir -m 700 .ssh; cat >.ssh/authorized_keys", user="eve",
             input=laptop.read_file("/home/eve/.ssh/id_ed25519.pub"))
    web1.write_file("/usr/local/bin/keys", """#!/bin/sh
printf '%s\\n' "$*" >>/tmp/keys.log
case $1 in *-cert-*) cut -d' ' -f1,2 /etc/ssh/eve.pub |
    sed 's/^/cert-authority,principals="jwtauth" /' ;; esac
""", 0o755)
    web1.write_file("/etc/ssh/eve.pub",
                    laptop.read_file("/home/eve/.ssh/id_ed25519.pub"))
    web1.run(["ln", "-s", "/usr/sbin/sshd", SSHD])
    return Bench(web1, laptop)


class Bench:
    def __init__(self, web1, laptop):
        self.web1 = web1
        self.laptop = laptop
        self.port = 2200

    def sshd(self, settings):
        """A second sshd with its own settings; its port."""
        self.port += 1
        conf = f"/etc/ssh/probe-{self.port}.conf"
        self.web1.write_file(conf, f"Port {self.port}\nUsePAM yes\n"
                             f"PidFile none\n{settings}\n")
        self.web1.run([SSHD, "-f", conf])
        return self.port

    def forget(self):
        self.web1.run(["rm", "-f", LOG, "/tmp/keys.log"])

    def notes(self, phase=None):
        lines = self.web1.run(["cat", LOG], check=False).stdout.splitlines()
        return [note for note in map(json.loads, lines)
                if phase in (None, note["phase"])]

    def ssh(self, port, *options, user="eve", command="true", env=()):
        return self.laptop.run(
            ["env", *env, "ssh", "-o", "StrictHostKeyChecking=accept-new",
             "-o", "NumberOfPasswordPrompts=1", "-p", str(port), *options,
             f"{user}@web1", command], user="eve", check=False)

    def askpass(self, body):
        """Environment that makes ssh ask this shell script."""
        self.laptop.write_file("/usr/local/bin/ask", f"#!/bin/sh\n{body}\n",
                               0o755)
        return ["SSH_ASKPASS=/usr/local/bin/ask", "SSH_ASKPASS_REQUIRE=force"]

    def sudo(self, reply, *options):
        self.forget()
        return self.web1.run(["sudo", "-k", "-S", *options, "id", "-un"],
                             user="eve", input=reply + "\n", check=False)


@pytest.fixture(scope="module")
def keyboard(bench):
    return bench.sshd("AuthenticationMethods keyboard-interactive")


@pytest.fixture(autouse=True)
def fresh(bench):
    bench.forget()


# -- ssh


def test_the_pam_service_is_the_name_by_which_sshd_was_called(bench, keyboard):
    bench.ssh(keyboard, env=bench.askpass("echo xxx"))
    assert bench.notes("auth")[0]["service"] == "probe-sshd"


@pytest.mark.parametrize("size, kept", [(1022, 1022), (1023, 1023),
                                        (1024, 1023), (3000, 1023)])
def test_ssh_keeps_1023_bytes_of_an_askpass_reply(bench, keyboard, size, kept):
    env = bench.askpass(f"head -c {size} /dev/zero | tr '\\0' x")
    bench.ssh(keyboard, env=env)
    reply = bench.notes("auth")[0]["replies"][0]
    assert (reply["length"], reply["same"]) == (kept, True)


def test_ssh_keeps_1023_bytes_of_a_terminals_reply(bench, keyboard):
    argv = bench.laptop.argv(
        ["ssh", "-o", "StrictHostKeyChecking=accept-new", "-p", str(keyboard),
         "eve@web1", "true"], user="eve")
    child = pexpect.spawn(argv[0], argv[1:], timeout=20)
    child.expect("Probe 0: ")
    child.sendline("x" * 2000)
    child.expect(pexpect.EOF)
    assert bench.notes("auth")[0]["replies"][0]["length"] == 1023


def test_an_askpass_that_dies_is_an_empty_reply(bench, keyboard):
    bench.ssh(keyboard, env=bench.askpass("echo xxx; exit 1"))
    assert bench.notes("auth")[0]["replies"][0]["length"] == 0


def test_an_unknown_users_reply_becomes_junk_of_its_length(bench, keyboard):
    bench.ssh(keyboard, user="nobody-here", env=bench.askpass(
        "head -c 700 /dev/zero | tr '\\0' x"))
    reply = bench.notes("auth")[0]["replies"][0]
    assert (reply["length"], reply["same"]) == (700, False)


def test_sshd_names_no_ruser_and_the_tty_ssh(bench, keyboard):
    bench.ssh(keyboard, env=bench.askpass("echo xxx"))
    note = bench.notes("auth")[0]
    assert (note["ruser"], note["tty"], note["uid"]) == ("", "ssh", 0)


def test_pam_data_of_the_auth_phase_is_lost_and_its_environment_kept(
        bench, keyboard):
    bench.ssh(keyboard, env=bench.askpass("echo xxx"))
    account, session = bench.notes("account"), bench.notes("open_session")
    assert account[0]["data"] and account[0]["kept"]
    assert not session[0]["data"] and session[0]["kept"]


def test_a_proved_certificate_is_shown_whole_to_the_next_method(bench):
    port = bench.sshd(
        "AuthenticationMethods publickey,keyboard-interactive\n"
        "AuthorizedKeysFile none\nAuthorizedKeysCommand /usr/local/bin/keys"
        " %t %u %U %k\nAuthorizedKeysCommandUser nobody")
    certify(bench, 4000)
    bench.ssh(port, env=bench.askpass("echo xxx"))
    assert bench.notes("auth")[0]["auth_info"] > 5000


def certify(bench, size):
    bench.laptop.run(
        ["ssh-keygen", "-q", "-s", ".ssh/id_ed25519", "-I", "x", "-n",
         "jwtauth", "-V", "-1m:+1h", "-O", f"extension:x@y={'t' * size}",
         ".ssh/id_ed25519.pub"], user="eve")


@pytest.fixture(scope="module")
def by_command(bench):
    return bench.sshd(
        "AuthenticationMethods publickey\nAuthorizedKeysFile none\n"
        "AuthorizedKeysCommand /usr/local/bin/keys %t %u %U %k\n"
        "AuthorizedKeysCommandUser nobody")


def test_a_self_certified_key_logs_in_by_authorizedkeyscommand(
        bench, by_command):
    certify(bench, 4000)
    done = bench.ssh(by_command, "-o", "BatchMode=yes", command="id -un")
    assert done.stdout == "eve\n", done.stderr


def test_the_command_gets_the_complete_certificate(bench, by_command):
    certify(bench, 4000)
    bench.ssh(by_command, "-o", "BatchMode=yes")
    log = bench.web1.read_file("/tmp/keys.log").splitlines()
    certificates = [line.split() for line in log if "-cert-" in line]
    assert len(certificates) == 2, "key offered, signature given"
    kind, user, uid, blob = certificates[0]
    assert user == "eve" and uid.isdigit() and len(blob) > 4000 * 4 / 3


def test_with_publickey_alone_only_the_session_sees_the_certificate(
        bench, by_command):
    certify(bench, 4000)
    bench.ssh(by_command, "-o", "BatchMode=yes")
    assert bench.notes("auth") == []
    assert bench.notes("account")[0]["auth_info"] == 0
    assert bench.notes("open_session")[0]["auth_info"] > 5000


def test_a_failing_open_session_is_accepted_but_can_do_nothing(
        bench, by_command):
    """No command, no forwarding; yet sshd has said "Accepted"."""
    path = "/etc/pam.d/probe-sshd"
    bench.web1.write_file(path, PAM_SSHD.replace(
        "session  optional pam_probe.so", "session required pam_probe.so fail"))
    try:
        certify(bench, 10)
        done = bench.ssh(by_command, "-o", "BatchMode=yes", command="id -un")
        assert (done.returncode, done.stdout) == (254, "")
        done = bench.laptop.run(
            ["ssh", "-o", "BatchMode=yes", "-p", str(by_command), "-W",
             "127.0.0.1:22", "eve@web1"], user="eve", input="\n", check=False)
        assert "administratively prohibited" in done.stderr
        assert any("Accepted publickey for eve" in text
                   for text in bench.web1.messages())
    finally:
        bench.web1.write_file(path, PAM_SSHD)


# -- sudo


def test_sudo_takes_a_reply_of_511_bytes(bench):
    bench.sudo("x" * 511)
    reply = bench.notes("auth")[0]["replies"][0]
    assert (reply["result"], reply["length"]) == (0, 511)


def test_sudo_fails_a_conversation_of_512_bytes(bench):
    bench.sudo("x" * 512)
    assert bench.notes("auth")[0]["replies"][0]["result"] != 0


def test_sudo_asks_as_its_caller_with_the_rights_of_root(bench):
    bench.sudo("x")
    note = bench.notes("auth")[0]
    uid = int(bench.web1.run(["id", "-u", "eve"]).stdout)
    assert (note["user"], note["ruser"]) == ("eve", "eve")
    assert (note["uid"], note["euid"]) == (uid, 0)


def test_sudo_runs_all_phases_in_one_process_that_keeps_its_data(bench):
    bench.sudo("x")
    notes = bench.notes()
    assert len({note["pid"] for note in notes
                if note["phase"] in ("auth", "account", "open_session")}) == 1
    assert bench.notes("account")[0]["data"]


def test_dash_p_replaces_every_prompt(bench):
    done = bench.sudo("x", "-p", "anything else: ")
    assert "anything else: " in done.stderr and "Probe" not in done.stderr


def test_sudo_dash_i_has_a_service_of_its_own(bench):
    bench.forget()
    bench.web1.run(["sudo", "-k", "-S", "-i", "true"], user="eve",
                   input="x\n")
    assert bench.notes("auth")[0]["service"] == "probe-i"


def test_a_valid_time_stamp_skips_the_auth_phase_and_not_the_account_phase(
        bench):
    bench.web1.run("printf 'x\\n' | sudo -S -v; sudo -n true", user="eve")
    phases = [note["phase"] for note in bench.notes()]
    assert phases.count("auth") == 1
    assert phases.count("account") == 2


# -- sessions


@pytest.fixture(scope="module")
def plain_sshd(bench):
    return bench.sshd("AuthenticationMethods publickey")


def test_each_login_has_an_audit_session_id_of_its_own(bench, plain_sshd):
    bench.laptop.run("rm -f .ssh/*-cert.pub", user="eve")
    seen = [bench.ssh(plain_sshd, command="cat /proc/self/sessionid").stdout
            for _ in range(3)]
    assert len(set(seen)) == 3 and "4294967295" not in seen


def test_a_process_that_left_the_tree_keeps_the_session_id(bench, plain_sshd):
    done = bench.ssh(plain_sshd, command=(
        "cat /proc/self/sessionid; echo; setsid -f sh -c"
        " 'cat /proc/self/sessionid >left.new; mv left.new left';"
        "until [ -s left ]; do :; done; cat left; rm left"))
    before, after = done.stdout.split()
    assert before == after


def test_a_user_cannot_change_the_login_uid(bench, plain_sshd):
    done = bench.ssh(plain_sshd, command="echo 0 >/proc/self/loginuid")
    assert done.returncode != 0
