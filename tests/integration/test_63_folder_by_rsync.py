"""One host revokes, and its folder goes to another one by rsync, with the
command of jwtauth(7).
"""

import json
import re
import time

import pytest

import fleet
import hosts
from jwtsite import HELPERS
from machine import poll

REVOKED = "/var/lib/jwtauth/revoked"
PAGE = hosts.HERE.parents[1] / "etc/jwtauth.7"


def advised():
    """The lines of the page, with our folders in them."""
    text = PAGE.read_text()
    block = text.partition(".Sh DISTRIBUTING THE FOLDER")[2]
    lines = re.search(r"^\.Bd .*?\n(.*?)^\.Ed", block, re.S | re.M)[1]
    command = lines.replace("\\(aq", "'").replace("SOURCE", f"web1:{REVOKED}")
    assert command.count("rsync ") == 2 and command.count(" revoked/") == 2
    return command.replace(" revoked/", f" {REVOKED}/")


@pytest.fixture(scope="module")
def web3(any_site):
    site = any_site
    host = fleet.add_server(site, "web3")
    host.run(["jwtauthctl", "enable", "sudo", "--exempt", "bob"])
    host.run("mkdir -p -m 700 /root/.ssh;"
             " ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519")
    site.web1.run("mkdir -p -m 700 /root/.ssh;"
                  " cat >/root/.ssh/authorized_keys",
                  input=host.read_file("/root/.ssh/id_ed25519.pub"))
    keys = site.web1.run("cat /etc/ssh/ssh_host_*_key.pub").stdout
    host.write_file("/root/.ssh/known_hosts", "".join(
        f"web1 {line}\n" for line in keys.splitlines()))
    host.run(advised())
    host.run(["jwtauthctl", "revoked", "accept-store"])
    yield host
    host.poweroff()


def reason(host, token, service="sshd"):
    uid = host.run(["id", "-u", "alice"]).stdout.strip()
    done = host.run([f"{HELPERS}/jwtauth-check", "--service", service,
                     "--user", "alice", "--uid", uid, "--json"],
                    input=token, check=False)
    return json.loads(done.stdout)["reason"]


def there(host):
    return ["-o", f"HostName={host.address}"]


def epoch(host):
    return host.read_file(f"{REVOKED}/epoch")


def names(host):
    return set(host.run(["ls", REVOKED]).stdout.split())


def test_what_one_host_revokes_is_refused_on_the_other(any_site, web3):
    site = any_site
    token, good = site.mint("alice"), site.mint("alice")
    site.certify("alice", token)
    with site.shell("alice", *there(web3)) as alice:
        assert alice.run("hostname; sudo id -un") == (0, "web3\nroot")
        site.revoke(token)
        web3.run(advised())
        alice.answer("sudo -k; sudo id -un </dev/null")
        status, shown = alice.run("true")
        assert "root" not in shown.splitlines()
        mark = web3.mark()
        status, shown = alice.run("sudo -n id -un")
        assert status != 0 and "root" not in shown.splitlines()
        assert poll(lambda: [line for line in web3.messages(mark)
                             if '"revoked"' in line], 10, "its reason")
    refused = site.ssh("alice", "id -un", *there(web3))
    assert (refused.returncode, refused.stdout) == (255, "")
    site.certify("alice", good)
    assert site.ssh("alice", "id -un", *there(web3)).stdout == "alice\n"


def test_a_folder_that_came_keeps_its_owners_and_brings_no_litter(
        any_site, web3):
    site = any_site
    site.web1.run(f"install -o jwtauth-revoke /dev/null"
                  f" {REVOKED}/sig-{'0' * 64}.AbCdEf")
    site.revoke(site.mint("alice"))
    web3.run(advised())
    found = web3.run(["find", REVOKED, "-printf", "%u:%g %m %f\n"]).stdout
    assert "AbCdEf" not in found
    for line in found.splitlines():
        assert line.startswith("jwtauth-revoke:"), line
    errors = [one for one in json.loads(web3.run(
        ["jwtauthctl", "doctor", "--json"], check=False).stdout)
        if one["level"] == "error" and one["check"] in ("folders", "store")]
    assert errors == []
    site.web1.run(f"rm {REVOKED}/*.AbCdEf")


def test_cut_short_anywhere_it_lets_nothing_in_and_nobody_out(
        any_site, web3):
    """Each first part of what is copied: the entries in any number, in any
    order, and with the epoch before them as rsync in one go has it."""
    site = any_site
    before = site.mint("alice", bound=False)
    good = site.mint("alice", bound=False)
    site.revoke(before)
    web3.run(advised())
    tokens = [site.mint("alice", bound=False) for _ in range(3)]
    old = names(site.web1)
    for token in tokens:
        site.revoke(token)
    fresh = sorted(names(site.web1) - old)
    assert len(fresh) == 6  # of each its jti and its exact text
    copy = f"rsync -a web1:{REVOKED}/"
    for name in ["epoch", *reversed(fresh)]:
        web3.run(f"{copy}{name} {REVOKED}/")
        assert reason(web3, before) == "revoked"
        assert reason(web3, good) == "ok"
    assert [reason(web3, token) for token in tokens] == ["revoked"] * 3


def test_killed_while_it_copies_it_leaves_whole_files(any_site, web3):
    site = any_site
    before = site.mint("alice", bound=False)
    good = site.mint("alice", bound=False)
    site.revoke(before)
    web3.run(advised())
    site.web1.run(
        "cd /var/lib/jwtauth/revoked;"
        " now=$(date +%s); for i in $(seq 10000 12999); do"
        " printf '{\"until\":%d,\"when\":%d}' $((now + 600)) $now"
        f" >jti-{'0' * 59}$i; done; chown jwtauth-revoke: jti-{'0' * 59}1*")
    slow = advised().replace("rsync -a", "rsync --bwlimit=64 -a")
    for part in 100, 1000:
        web3.run(f"({slow.strip()}) & until [ $(ls {REVOKED} | wc -l) -ge"
                 f" {part} ]; do :; done; pkill -9 -x rsync; wait || true")
        assert reason(web3, before) == "revoked"
        assert reason(web3, good) == "ok"
    web3.run(advised())
    assert names(web3) >= names(site.web1)
    assert web3.run(f"cat {REVOKED}/jti-{'0' * 59}12999").stdout == (
        site.web1.run(f"cat {REVOKED}/jti-{'0' * 59}12999").stdout)
    for host in site.web1, web3:
        host.run(f"find {REVOKED} -name '*{'0' * 59}1*' -delete")


def test_a_change_that_looks_the_same_is_copied_too(any_site, web3):
    """Widened within a second: as long as before, and of the same time."""
    site = any_site
    now = int(time.time())
    name = f"{REVOKED}/sub-{'a' * 64}"
    for before in now, now + 1:
        site.web1.write_file(
            name, json.dumps({"until": now + 600, "when": now,
                              "before": before}), 0o644,
            "jwtauth-revoke:jwtauth-revoke")
        site.web1.run(["touch", "-d", f"@{now}", name])
        web3.run(advised())
        assert web3.read_file(name) == site.web1.read_file(name)


def test_an_older_epoch_that_comes_late_denies_until_the_next_run(
        any_site, web3):
    site = any_site
    good = site.mint("alice", bound=False)
    late = epoch(site.web1)
    site.revoke(site.mint("alice", bound=False))
    web3.run(advised())
    assert reason(web3, good) == "ok"
    web3.write_file(f"{REVOKED}/epoch", late, 0o644,
                    "jwtauth-revoke:jwtauth-revoke")
    assert reason(web3, good) == "revocation_lost"
    web3.run(advised())
    assert reason(web3, good) == "ok"
