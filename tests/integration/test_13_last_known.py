"""on_unreachable = "last_known": web1's copy of Redis, and logins by it."""

import json

import pytest

import jwtsite
from machine import poll

COPY = "/var/lib/jwtauth/copy"
UNIT = "jwtauth-followd"
FOLLOWD = f"{jwtsite.HELPERS}/jwtauth-followd"
DROP_IN = f"/run/systemd/system/{UNIT}.service.d/test.conf"
REVOCATION = jwtsite.REDIS.replace(
    "timeout_ms", 'follower_user = "jwtauth-follower";\n        '
    'follower_password_file = "/etc/jwtauth/follower/redis";\n'
    "        timeout_ms") + '\n    on_unreachable = "last_known";'


def unit(site, name):
    return site.web1.run(["systemctl", "show", "-P", name, UNIT]).stdout.strip()


def names(site):
    """The revocations in the copy."""
    return {name for name in site.web1.run(["ls", COPY]).stdout.split()
            if "-" in name}


def state(site):
    return json.loads(site.web1.read_file(f"{COPY}/state"))


def redis(site, what):
    site.issuer.run(["systemctl", what, "redis-server"])


def is_whole(site):
    return site.web1.run([FOLLOWD, "--status"], check=False).returncode == 0


def test_it_ends_well_where_no_copy_is_wanted(whole_site):
    site = whole_site
    site.use_store("embedded")
    site.web1.run(["systemctl", "restart", UNIT])
    poll(lambda: unit(site, "ActiveState") == "inactive", 10, "its end")
    assert unit(site, "Result") == "success"
    assert unit(site, "UnitFileState") == "enabled"


@pytest.fixture(scope="module")
def copied(whole_site):
    """web1 with a copy of Redis that looks for raw tokens each second."""
    site = whole_site
    site.use_store("redis")
    site.web1.write_file("/etc/jwtauth/follower/redis",
                         site.redis_passwords["jwtauth-follower"] + "\n",
                         0o640, "root:jwtauth-follow")
    site.configure(jwtsite.CONFIG.format(
        issuer=jwtsite.ISSUER, ca_file=jwtsite.CA_FILE,
        revocation=REVOCATION.format(address=site.issuer.address,
                                     port=jwtsite.REDIS_PORT)))
    site.web1.run(["mkdir", "-p", DROP_IN.rpartition("/")[0]])
    site.web1.write_file(DROP_IN, "[Service]\nExecStart=\n"
                         f"ExecStart={FOLLOWD} --interval 1s\n")
    site.web1.run(f"systemctl daemon-reload; systemctl restart {UNIT}")
    poll(lambda: is_whole(site), 20, "a whole copy")
    yield site
    site.web1.run(["rm", DROP_IN])
    site.use_store("embedded")
    site.web1.run(f"systemctl daemon-reload; systemctl stop {UNIT};"
                  f" rm -f {COPY}/*")


@pytest.fixture
def revoked_shell(copied):
    """A session of alice whose token was revoked; a good token is certified."""
    site = copied
    token = site.mint("alice")
    site.certify("alice", token)
    with site.shell("alice") as shell:
        assert shell.run("sudo -n id -un") == (0, "root")
        before = names(site)
        site.revoke(token)
        poll(lambda: len(names(site) - before) == 2, 10, "sig and jti")
        yield site, shell, token


def logins_are_right(site, shell, token, good, remark):
    """By ssh and sudo: what was revoked is refused, what wasn't is not."""
    mark = site.web1.mark()
    assert shell.run("sudo -n id -un")[0] != 0
    site.decision(mark, service="sudo", reason="revoked")
    site.certify("alice", token)
    assert site.ssh("alice", "true").returncode == 255
    site.decision(mark, service="sshd", reason="revoked")
    mark = site.web1.mark()
    site.certify("alice", good)
    assert site.ssh("alice", "sudo -n id -un").stdout == "root\n"
    line = site.decision(mark, service="sshd", decision="allow")
    assert remark in (line["detail"] or ""), line


def test_the_sandbox_is_as_tight_as_it_can_be(copied):
    copied.web1.run(["systemd-analyze", "security", "--threshold=15",
                     "--no-pager", UNIT])


def test_systemd_is_told_how_it_is(copied):
    poll(lambda: "copied" in unit(copied, "StatusText"), 10, "its status")


def test_while_redis_is_stopped_the_copy_decides(revoked_shell):
    site, shell, token = revoked_shell
    good = site.mint("alice")
    redis(site, "stop")
    try:
        logins_are_right(site, shell, token, good, "by this host's copy")
    finally:
        redis(site, "start")
    poll(lambda: is_whole(site), 40, "a whole copy")


def test_a_redis_that_comes_back_empty_changes_nothing(revoked_shell):
    site, shell, token = revoked_shell
    good = site.mint("alice")
    before, mark = names(site), site.web1.mark()
    epoch = site.web1.read_file(f"{COPY}/epoch")
    redis(site, "stop")
    site.issuer.run("rm -f /var/lib/redis/dump.rdb")
    redis(site, "start")
    poll(lambda: any("revocation_lost" in line for line in
                     site.web1.messages(mark, UNIT)), 40, "word of the loss")
    logins_are_right(site, shell, token, good, "by this host's copy")
    assert names(site) == before
    # Made anew, and accepted as it is: what was revoked stays so.
    site.web1.run("jwtauthctl revoked init --anew;"
                  " jwtauthctl revoked accept-store")
    poll(lambda: site.web1.read_file(f"{COPY}/epoch") != epoch, 40,
         "the new store's epoch")
    poll(lambda: is_whole(site), 40, "a whole copy")
    assert before <= names(site)
    logins_are_right(site, shell, token, good, "")


def test_a_raw_token_of_an_application_is_in_the_copy(copied):
    site = copied
    token, before = site.mint("alice", bound=False), names(site)
    site.redis_cli("SETEX", f"blacklist:{token}", "900", "1")
    poll(lambda: len(names(site) - before) == 1, 20, "the raw token")
    redis(site, "stop")
    try:
        assert site.check(token)["reason"] == "revoked"
        other = site.mint("alice", bound=False)
        assert site.check(other)["reason"] == "ok"
    finally:
        redis(site, "start")
    poll(lambda: is_whole(site), 40, "a whole copy")


def test_a_raw_token_that_was_deleted_is_gone(copied):
    site = copied
    token, before = site.mint("alice", bound=False), names(site)
    site.redis_cli("SETEX", f"blacklist:{token}", "900", "1")
    poll(lambda: len(names(site) - before) == 1, 20, "the raw token")
    site.redis_cli("DEL", f"blacklist:{token}")
    poll(lambda: names(site) == before, 20, "its end")
    assert site.check(token)["reason"] == "ok"


def test_a_copy_that_is_too_old_decides_nothing_and_says_so(copied):
    site = copied
    token, mark = site.mint("alice", bound=False), site.web1.mark()
    site.web1.run(["systemctl", "stop", UNIT])
    aged = state(site)
    aged["synced_at"] -= 100000
    site.web1.write_file(f"{COPY}/state", json.dumps(aged))
    redis(site, "stop")
    try:
        assert site.check(token)["reason"] == "revocation_unreachable"
        line = site.decision(mark, reason="revocation_unreachable")
        assert "s old, max_age is 86400" in line["detail"], line
        shown = site.web1.run([FOLLOWD, "--status"], check=False)
        assert shown.returncode == 1 and "max_age is 86400" in shown.stdout
    finally:
        redis(site, "start")
        site.web1.run(["systemctl", "start", UNIT])
    poll(lambda: is_whole(site), 40, "a whole copy")
    assert site.check(token)["reason"] == "ok"


def test_a_follower_that_is_killed_leaves_a_copy_that_serves(revoked_shell):
    site, shell, token = revoked_shell
    good = site.mint("alice")
    site.web1.run(["systemctl", "kill", "-s", "KILL", UNIT])
    redis(site, "stop")
    try:
        logins_are_right(site, shell, token, good, "by this host's copy")
    finally:
        redis(site, "start")
