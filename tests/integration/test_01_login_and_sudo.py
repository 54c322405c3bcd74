"""Point 1: a key-bound token in a certificate; login and sudo, no prompt."""

import json
import re

import forge
import machine


def test_alice_logs_in_with_a_bound_token_and_no_prompt(site):
    site.certify("alice", site.mint("alice"))
    mark = site.web1.mark()
    done = site.ssh("alice", "id -un")
    assert (done.returncode, done.stdout) == (0, "alice\n"), done.stderr
    line = site.decision(mark, service="sshd", reason="ok")
    assert line["user"] == "alice"


def test_sudo_in_her_session_becomes_root_and_asks_nothing(site):
    site.certify("alice", site.mint("alice"))
    mark = site.web1.mark()
    done = site.ssh("alice", "sudo id -un")
    assert (done.returncode, done.stdout) == (0, "root\n"), done.stderr
    assert site.decision(mark, service="sudo", reason="ok")["user"] == "alice"


def test_sudo_dash_i_is_covered_too(site):
    site.certify("alice", site.mint("alice"))
    done = site.ssh("alice", "sudo -i id -un")
    assert (done.returncode, done.stdout) == (0, "root\n"), done.stderr


def test_sudo_at_a_terminal_asks_nothing_either(site):
    site.certify("alice", site.mint("alice"))
    with site.shell("alice") as alice:
        assert alice.run("sudo id -un") == (0, "root")


def test_sudo_is_refused_where_the_token_lacks_the_scope_for_it(site):
    site.certify("alice", site.mint("alice", scope="ssh"))
    mark = site.web1.mark()
    done = site.ssh("alice", "sudo id -un")
    assert done.returncode != 0 and "root" not in done.stdout
    site.decision(mark, service="sudo", reason="policy_denied")


def test_a_login_without_certificate_is_refused(site):
    site.forget_certificate("alice")
    done = site.ssh("alice", "true")
    assert done.returncode == 255
    assert "Permission denied" in done.stderr


def test_sudos_own_session_leaves_the_record_of_the_login(site):
    site.certify("alice", site.mint("alice"))
    with site.shell("alice") as alice:
        for _ in range(3):
            assert alice.run("sudo id -un") == (0, "root")
            assert alice.run("sudo -k") == (0, "")


def test_the_record_goes_with_its_session(site):
    site.certify("alice", site.mint("alice"))
    with site.shell("alice") as alice:
        session = alice.run("cat /proc/self/sessionid")[1]
        listed = site.web1.run(["ls", "/run/jwtauth/sessions"]).stdout.split()
        assert session in listed
        alice.answer("exit")
        alice.rest()

    def gone():
        names = site.web1.run(["ls", "/run/jwtauth/sessions"]).stdout.split()
        return session not in names
    machine.poll(gone, 10, "the record goes")


def test_the_serial_that_the_client_knows_finds_the_audit_line(site):
    serial = site.certify_by_hand("alice", site.mint("alice"))
    mark = site.web1.mark()
    assert site.ssh("alice", "true").returncode == 0
    line = site.decision(mark, service="sshd", reason="ok")
    assert serial in json.dumps(line)


def test_the_certificate_ends_when_the_token_does(site):
    token = site.mint("alice")
    site.certify("alice", token)
    shown = site.laptop.run("ssh-keygen -L -f .ssh/id_ed25519-cert.pub",
                            user="alice").stdout
    end = re.search(r"Valid: from \S+ to (\S+)", shown)[1]
    when = site.laptop.run(["date", "-d", end, "+%s"]).stdout
    assert int(when) == forge.payload(token)["exp"]


def test_the_token_is_nowhere_in_the_logs(site):
    token = site.mint("alice")
    site.certify("alice", token)
    mark = site.web1.mark()
    assert site.ssh("alice", "sudo id -un").returncode == 0
    text = "\n".join(site.web1.messages(mark))
    assert "Accepted publickey for alice" in text
    for part in token.split("."):
        assert part not in text
