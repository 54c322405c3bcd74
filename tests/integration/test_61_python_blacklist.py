"""Tokens revoked by an application's own lines of Python (redis-py)."""

import base64
import json

import pytest

from forge import Forge, b64url, claims_for, unb64url
from jwtsite import AUDIENCE

# As applications that used Redis before jwtauth do it.
LINES = """\
import sys
import redis
host, password = sys.argv[1:]
token, ttl = sys.stdin.read(), 900
r = redis.Redis(host=host, username="app", password=password,
                decode_responses=True)
r.setex(f"blacklist:{token}", ttl, 1)
"""
ES_ISSUER = "https://es.example.test"
P256 = int("ffffffff00000000ffffffffffffffff"
           "bce6faada7179e84f3b9cac2fc632551", 16)  # its order


@pytest.fixture(scope="module")
def site(whole_site):
    whole_site.use_store("redis")
    yield whole_site
    whole_site.web1.run("rm -f /etc/jwtauth/conf.d/es.conf")


@pytest.fixture(scope="module")
def es256(site):
    """A second issuer that web1 knows, which signs with ES256."""
    der = base64.b64decode(site.issuer.run(
        "umask 077; openssl ecparam -genkey -name prime256v1 -noout"
        " -out /root/es.key; openssl ec -in /root/es.key -pubout"
        " -outform DER 2>/dev/null | base64").stdout)
    jwk = {"kty": "EC", "crv": "P-256", "kid": "es", "alg": "ES256",
           "x": b64url(der[-64:-32]), "y": b64url(der[-32:])}
    site.web1.write_file("/etc/jwtauth/es.jwks", json.dumps({"keys": [jwk]}),
                         0o640, "root:jwtauth-conf")
    site.web1.run("install -d -m 750 -g jwtauth-conf /etc/jwtauth/conf.d")
    site.web1.write_file("/etc/jwtauth/conf.d/es.conf", f"""\
issuers = ( {{ name = "es"; issuer = "{ES_ISSUER}";
    jwks_file = "/etc/jwtauth/es.jwks"; algorithms = [ "ES256" ];
    audience = [ "{AUDIENCE}" ]; token_type = "access"; max_lifetime = 3600;
    accounts = ( {{ claim = "preferred_username"; }} ); }} );
""", 0o640, "root:jwtauth-conf")
    site.web1.run(["jwtauthctl", "config", "check"])
    return Forge(site.issuer, "/root/es.key", "es", "ES256",
                 lambda: claims_for(ES_ISSUER, AUDIENCE, "alice"))


def blacklist(site, token):
    """Beside Redis, where an application would run."""
    site.issuer.run(["python3", "-c", LINES, "127.0.0.1",
                     site.redis_passwords["app"]], input=token)


def twin_of(token):
    """The same token with the other signature of its key: (r, n - s)."""
    signed, _, signature = token.rpartition(".")
    raw = unb64url(signature)
    s = P256 - int.from_bytes(raw[32:], "big")
    return f"{signed}.{b64url(raw[:32] + s.to_bytes(32, 'big'))}"


def refused(site, alice, reason="revoked"):
    mark = site.web1.mark()
    alice.answer("sudo id -un </dev/null")
    _, shown = alice.run("true")
    assert "root" not in shown.splitlines()
    site.decision(mark, service="sudo", reason=reason)


def test_the_next_sudo_and_the_next_ssh_are_refused(site):
    token = site.mint("alice")
    site.certify("alice", token)
    with site.shell("alice") as alice:
        assert alice.run("sudo id -un") == (0, "root")
        blacklist(site, token)
        refused(site, alice)
    mark = site.web1.mark()
    assert site.ssh("alice", "true").returncode == 255
    site.decision(mark, service="sshd", reason="revoked")
    site.certify("alice", site.mint("alice"))
    assert site.ssh("alice", "sudo id -un").stdout == "root\n"


def test_at_the_prompt_it_is_refused_as_well(site):
    site.forget_certificate("alice")
    token = site.mint("alice", bound=False)
    with site.ssh_prompt("alice") as alice:
        alice.give_token(token)
        alice.ready()
        assert alice.run("sudo id -un") == (0, "root")
        blacklist(site, token)
        refused(site, alice)
    mark = site.web1.mark()
    with site.ssh_prompt("alice") as alice:
        alice.give_token(token)
        alice.expect(r"[Dd]enied")
    site.decision(mark, service="sshd", reason="revoked")


@pytest.mark.parametrize("shown_is", ["the one in Redis", "its twin"])
def test_both_twins_of_an_ecdsa_token_are_refused(site, es256, shown_is):
    site.forget_certificate("alice")
    token = es256.token()
    other = token if shown_is == "the one in Redis" else twin_of(token)
    assert site.check(other)["reason"] == "ok"
    with site.ssh_prompt("alice") as alice:
        alice.give_token(other)
        alice.ready()
        assert alice.run("sudo id -un") == (0, "root")
        blacklist(site, token)
        refused(site, alice)
    mark = site.web1.mark()
    with site.ssh_prompt("alice") as alice:
        alice.give_token(other)
        alice.expect(r"[Dd]enied")
    site.decision(mark, service="sshd", reason="revoked")
