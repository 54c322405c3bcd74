"""Point 3: what is refused, by each way in, with the right reason in the log,
and with nothing but "denied" and an id for the one who tried.
"""

import json
import re
import time

import pytest

from forge import ssh_key_thumbprint

REASONS_SHOWN_TO_NOBODY = re.compile(
    r"expired|valid|lifetime|audience|issuer|mismatch|signature|alg|kid|key_"
    r"|proof|revoked|claim|policy", re.IGNORECASE)


def expired(forge):
    now = int(time.time())
    return forge.token(iat=now - 1200, exp=now - 300, auth_time=now - 1200)


def not_yet_valid(forge):
    return forge.token(nbf=int(time.time()) + 300)


def lifetime_too_long(forge):
    now = int(time.time())
    return forge.token(iat=now, exp=now + 7200)


def wrong_audience(forge):
    return forge.token(aud="ssh://db1.example.test")


def several_wrong_audiences(forge):
    return forge.token(aud=["ssh://db1.example.test", "ssh://%h"])


def wrong_issuer(forge):
    return forge.token(iss="https://issuer.example.test.evil.test")


def wrong_user(forge):
    return forge.token(preferred_username="mallory")


def changed_payload(forge):
    return forge.changed_payload(scope="ssh sudo admin")


def alg_none(forge):
    return forge.none()


def alg_none_in_capitals(forge):
    return forge.none("NONE")


def hs256_with_the_public_key(forge):
    return forge.hmac_of_public_key()


def unknown_kid(forge):
    return forge.token(head={"kid": "nobody-knows-this-key"})


def wrong_type(forge):
    return forge.token(head={"typ": "logout+jwt"})


def no_scope_for_ssh(forge):
    return forge.token(scope="mail")


REFUSED = [
    (expired, "expired"),
    (not_yet_valid, "not_yet_valid"),
    (lifetime_too_long, "lifetime_too_long"),
    (wrong_audience, "audience_mismatch"),
    (several_wrong_audiences, "audience_mismatch"),
    (wrong_issuer, "issuer_unknown"),
    (wrong_user, "user_mismatch"),
    (changed_payload, "signature_invalid"),
    (alg_none, "alg_not_allowed"),
    (alg_none_in_capitals, "alg_not_allowed"),
    (hs256_with_the_public_key, "alg_not_allowed"),
    (unknown_kid, "key_unknown"),
    (wrong_type, "type_not_allowed"),
    (no_scope_for_ssh, "policy_denied"),
]
ids = {"argnames": ["wrong", "reason"], "argvalues": REFUSED,
       "ids": [wrong.__name__ for wrong, _ in REFUSED]}


class BoundForge:
    """A forge whose tokens are bound to a public key, unless said so."""

    def __init__(self, forge, public_key):
        self.forge = forge
        cnf = {"jkt": ssh_key_thumbprint(public_key)}
        plain = forge.claims
        forge.claims = lambda: {**plain(), "cnf": cnf}

    def __getattr__(self, name):
        return getattr(self.forge, name)


def refused_at_the_prompt(site, token):
    """Tries; returns the audit line of the refusal."""
    site.forget_certificate("alice")
    mark = site.web1.mark()
    with site.ssh_prompt("alice") as alice:
        alice.give_token(token)
        alice.expect(r"denied \(id ([0-9a-f]{16})\)")
        shown_id = alice.child.match[1]
        alice.child.close()
    line = site.decision(mark, id=shown_id)
    assert line["decision"] == "deny"
    shown = alice.seen.partition("denied")[0].rpartition("Token")[2]
    assert not REASONS_SHOWN_TO_NOBODY.search(shown), alice.seen
    assert line["reason"] not in alice.seen
    assert not any("Accepted" in text for text in site.web1.messages(mark))
    return line


def refused_with_a_certificate(site, token):
    """Tries; returns the audit line, found by the serial."""
    serial = site.certify_by_hand("alice", token)
    mark = site.web1.mark()
    done = site.ssh("alice", "true")
    site.forget_certificate("alice")
    assert done.returncode == 255, done.stdout
    assert "alice@web1: Permission denied" in done.stderr
    site.decision(mark, service="sshd", decision="deny")
    return next(line for line in site.decisions(mark, service="sshd")
                if serial in json.dumps(line))


@pytest.mark.parametrize(**ids)
def test_refused_at_the_prompt(site, wrong, reason):
    line = refused_at_the_prompt(site, wrong(site.forge("alice")))
    assert line["reason"] == reason


@pytest.mark.parametrize(**ids)
def test_refused_with_a_certificate(site, wrong, reason):
    forge = BoundForge(site.forge("alice"), site.public_key("alice"))
    line = refused_with_a_certificate(site, wrong(forge))
    assert line["reason"] == reason


def test_a_token_bound_to_another_key_is_refused(site):
    forge = BoundForge(site.forge("alice"), site.public_key("bob"))
    line = refused_with_a_certificate(site, forge.token())
    assert line["reason"] == "proof_mismatch"


def test_an_unbound_token_in_a_certificate_is_refused(site):
    line = refused_with_a_certificate(site, site.forge("alice").token())
    assert line["reason"] == "proof_missing"


def test_a_bound_token_without_its_key_is_refused(site):
    forge = BoundForge(site.forge("alice"), site.public_key("alice"))
    line = refused_at_the_prompt(site, forge.token())
    assert line["reason"] == "proof_missing"


def test_anothers_good_token_is_refused(site):
    line = refused_at_the_prompt(site, site.forge("bob").token())
    assert line["reason"] == "user_mismatch"


def test_a_revoked_token_is_refused_at_the_prompt(site):
    token = site.forge("alice").token()
    site.revoke(token)
    assert refused_at_the_prompt(site, token)["reason"] == "revoked"


def test_a_revoked_token_is_refused_with_a_certificate(site):
    forge = BoundForge(site.forge("alice"), site.public_key("alice"))
    token = forge.token()
    site.revoke(token)
    assert refused_with_a_certificate(site, token)["reason"] == "revoked"


def test_root_is_refused_below_min_uid(site):
    forge = BoundForge(site.forge("root"), site.public_key("alice"))
    site.certify_by_hand("alice", forge.token())
    mark = site.web1.mark()
    done = site.ssh("alice", "true", target="root")
    site.forget_certificate("alice")
    assert done.returncode == 255
    site.decision(mark, service="sshd", reason="policy_denied")


def test_a_certificate_that_another_key_signed_is_refused(site):
    token = site.mint("alice")
    site.laptop.run(
        ["sh", "-ec",
         "ssh-keygen -q -t ed25519 -N '' -f other; ssh-keygen -q -s other -I x"
         " -n jwtauth -V -1m:+1h -O extension:jwt@jwtauth=$0"
         " .ssh/id_ed25519.pub; rm other other.pub", token], user="alice")
    done = site.ssh("alice", "true")
    site.forget_certificate("alice")
    assert done.returncode == 255


def test_a_good_token_still_logs_in_after_all_that(site):
    site.certify("alice", site.mint("alice"))
    assert site.ssh("alice", "true").returncode == 0
