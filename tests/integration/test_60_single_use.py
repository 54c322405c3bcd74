"""A token that counts once, at the prompts of two hosts that share a Redis."""

import hashlib
import json

import pytest

import fleet
from machine import poll

LIMIT = 'single_use = true; binding = "when_present"'


def changed(site, *changes):
    """web1's configuration, with one text for another."""
    text = site.web1.read_file("/etc/jwtauth/jwtauth.conf")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


@pytest.fixture(scope="module")
def pair(whole_site):
    """web1 and web2, with single_use for sshd."""
    whole_site.use_store("redis")
    whole_site.configure(changed(whole_site, ('binding = "when_present"',
                                              LIMIT)))
    whole_site.forget_certificate("alice")
    web2 = fleet.add_server(whole_site, "web2")
    yield whole_site, web2
    whole_site.use_store("embedded")


def log_in(site, token, host):
    """Did the prompt of that host let alice in?"""
    with site.ssh_prompt("alice", host=host) as alice:
        alice.give_token(token)
        if alice.expect(r"ready> ", r"[Dd]enied") == 1:
            return False
        alice.child.sendline("exit")
        return True


def reasons(host, mark):
    found = []
    for text in host.messages(mark, tag="jwtauth"):
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if line.get("service") == "sshd" and line.get("purpose") == "auth":
            found.append(line["reason"])
    return found


def said(host, mark, reason):
    poll(lambda: reason in reasons(host, mark), 10,
         f"{host.name} says {reason}")


def test_a_token_that_was_used_on_one_host_is_replayed_on_the_other(pair):
    site, web2 = pair
    token = site.mint("alice", bound=False)
    mark = web2.mark()
    assert log_in(site, token, "web1")
    assert not log_in(site, token, web2.address)
    said(web2, mark, "replayed")
    other = site.mint("alice", bound=False)
    mark = site.web1.mark()
    assert log_in(site, other, web2.address)
    assert not log_in(site, other, "web1")
    said(site.web1, mark, "replayed")


def test_the_mark_is_a_hash_and_ends_with_the_token(pair):
    site, _ = pair
    token = site.mint("alice", bound=False)
    assert log_in(site, token, "web1")
    signed = token.rpartition(".")[0].encode()
    key = "used:" + hashlib.sha256(signed).hexdigest()
    left = int(site.redis_cli("TTL", key, user="admin"))
    assert 600 < left <= 900 + 5 + 300
    assert token not in site.redis_cli("KEYS", "*", user="admin")


def test_sudo_in_that_session_is_not_a_second_use(pair):
    site, _ = pair
    with site.ssh_prompt("alice") as alice:
        alice.give_token(site.mint("alice", bound=False))
        alice.ready()
        assert alice.run("sudo id -un") == (0, "root")


def test_a_bound_token_counts_as_often_as_it_is_shown(pair):
    site, _ = pair
    site.certify("alice", site.mint("alice"))
    assert site.ssh("alice", "true").returncode == 0
    assert site.ssh("alice", "true").returncode == 0
    site.forget_certificate("alice")


def test_without_redis_nobody_uses_one_or_each_host_counts_alone(pair):
    site, web2 = pair
    token = site.mint("alice", bound=False)
    site.issuer.run(["systemctl", "stop", "redis-server"])
    try:
        mark = site.web1.mark()
        assert not log_in(site, token, "web1")
        said(site.web1, mark, "revocation_unreachable")
        site.configure(changed(site, (
            "revocation = {",
            'revocation = { on_unreachable = "allow_fresh"; fresh_for = 600;')))
        fleet.copy_config(site, web2)
        assert log_in(site, token, "web1")  # refused before it was marked
        mark = site.web1.mark()
        assert not log_in(site, token, "web1")
        said(site.web1, mark, "replayed")
        mark = web2.mark()
        assert log_in(site, token, web2.address)
        assert "this host alone" in "\n".join(
            web2.messages(mark, tag="jwtauth"))
    finally:
        site.issuer.run(["systemctl", "start", "redis-server"])
