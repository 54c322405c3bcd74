"""Point 6: the issuer is stopped, Redis is stopped."""

import time


def test_logins_go_on_from_the_cache_while_the_issuer_is_stopped(site):
    tokens = [site.mint("alice"), site.mint("alice")]
    site.issuer.run(["systemctl", "stop", "nginx"])
    try:
        site.certify("alice", tokens[0])
        assert site.ssh("alice", "sudo id -un").stdout == "root\n"
        site.web1.run(["systemctl", "restart", "jwtauth-fetchd"])
        site.certify("alice", tokens[1])
        assert site.ssh("alice", "sudo id -un").stdout == "root\n"
    finally:
        site.issuer.run(["systemctl", "start", "nginx"])


def test_logins_go_on_while_the_fetcher_is_stopped(site):
    site.certify("alice", site.mint("alice"))
    site.web1.run(["systemctl", "stop", "jwtauth-fetchd"])
    try:
        assert site.ssh("alice", "sudo id -un").stdout == "root\n"
    finally:
        site.web1.run(["systemctl", "start", "jwtauth-fetchd"])


def test_an_unknown_kid_waits_no_longer_than_its_deadline(site):
    token = site.forge("alice").token(head={"kid": "unknown-in-outage"})
    site.issuer.run(["systemctl", "stop", "nginx"])
    try:
        began = time.monotonic()
        done = site.check(token)
        assert time.monotonic() - began < 4
        assert done["decision"] == "deny"
    finally:
        site.issuer.run(["systemctl", "start", "nginx"])


def test_nobody_is_let_in_while_redis_is_stopped(whole_site):
    site = whole_site
    site.use_store("redis")
    site.certify("alice", site.mint("alice"))
    with site.shell("alice") as alice:
        assert alice.run("sudo id -un") == (0, "root")
        site.issuer.run(["systemctl", "stop", "redis-server"])
        try:
            mark = site.web1.mark()
            assert site.ssh("alice", "true").returncode == 255
            site.decision(mark, service="sshd",
                          reason="revocation_unreachable")
            mark = site.web1.mark()
            assert alice.run("sudo -n id -un")[0] != 0
            site.decision(mark, service="sudo",
                          reason="revocation_unreachable")
        finally:
            site.issuer.run(["systemctl", "start", "redis-server"])


def test_logins_work_again_when_redis_is_back(whole_site):
    whole_site.use_store("redis")
    whole_site.certify("alice", whole_site.mint("alice"))
    assert whole_site.ssh("alice", "sudo id -un").stdout == "root\n"


def test_redis_that_lost_its_data_lets_nobody_in(whole_site):
    site = whole_site
    site.use_store("redis")
    site.certify("alice", site.mint("alice"))
    assert site.ssh("alice", "true").returncode == 0
    site.redis_cli("FLUSHDB")
    mark = site.web1.mark()
    assert site.ssh("alice", "true").returncode == 255
    site.decision(mark, service="sshd", reason="revocation_lost")


def test_redis_that_hangs_is_given_up_in_time(whole_site):
    site = whole_site
    site.use_store("redis")
    token = site.mint("alice", bound=False)
    pid = site.issuer.run("systemctl show -P MainPID redis-server").stdout
    site.issuer.run(["kill", "-STOP", pid.strip()])
    try:
        began = time.monotonic()
        assert site.check(token)["reason"] == "revocation_unreachable"
        assert time.monotonic() - began < 3
    finally:
        site.issuer.run(["kill", "-CONT", pid.strip()])
