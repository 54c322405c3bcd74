"""An issuer that signs by HMAC: the keyring's secrets reach the host as files,
and logins go on while they rotate."""

import pytest

import jwtsite

ISSUER = "https://shared.example.test"
RING = "/srv/secret-ring"
SETTINGS = "/root/secret-ring.conf"
OUT = "/srv/secrets"
AT_HOST = "/etc/jwtauth/secrets"
NAMES = ("current", "next", "older-1")
HAND_OUT = f"""\
#!/bin/sh -e
# A hook: the folder of secrets to web1, each file whole, and what was current
# is there as an older one before another is current.
cd {OUT}
tar -c *.secret | ssh -o BatchMode=yes root@web1 '
    set -e; umask 077; cd {AT_HOST}; rm -rf new; mkdir new
    tar -x -C new --no-same-owner; chgrp jwtauth new/*; chmod 640 new/*
    for name in {" ".join(NAMES)}; do
        test -e new/$name.secret || gone="$gone $name.secret"
    done
    mv -f new/older-* . 2>/dev/null || :
    mv -f new/* .; rm -f $gone; rmdir new'
"""
SSH = '"/usr/bin/ssh", "-o", "BatchMode=yes", "root@web1"'
CONFIG = f"""\
issuers = ( {{
    name         = "shared";
    issuer       = "{ISSUER}";
    algorithms   = [ "HS256" ];
    secret_files = [ {", ".join(f'"{AT_HOST}/{n}.secret"' for n in NAMES)} ];
    audience     = [ "{jwtsite.AUDIENCE}" ];
    accounts     = ( {{ claim = "preferred_username"; }} );
}} );
"""


def keyring(site, *words):
    return site.issuer.run(["jwt-keyring", *words]).stdout.strip()


def mint(site):
    return keyring(site, "mint", "--dir", RING, "--subject", "id-of-alice",
                   "--audience", jwtsite.AUDIENCE, "--scope", "ssh sudo",
                   "--claim", "preferred_username=alice")


def logs_in(site, token):
    with site.ssh_prompt("alice") as alice:
        alice.give_token(token)
        alice.ready()
        return alice.run("sudo id -un") == (0, "root")


@pytest.fixture(scope="module")
def shared(any_site):
    site = any_site
    site.let_issuer_into_web1()
    site.forget_certificate("alice")
    site.issuer.write_file("/root/hand-out", HAND_OUT, 0o700)
    site.issuer.write_file(SETTINGS, f"""\
dir = "{RING}"; secrets = "{OUT}"; token_lifetime = "1h";
verifiers = ( {{ command = [ {SSH}, "test", "-s",
                            "{AT_HOST}/next.secret" ]; }} );
hooks = ( {{ command = [ "/root/hand-out" ]; }} );
wait = {{ longest = "1s"; }};
""", 0o600)
    keyring(site, "init", "--dir", RING, "--alg", "HS256", "--issuer", ISSUER)
    site.issuer.run(["mkdir", "-m", "700", OUT])
    keyring(site, "publish", "--config", SETTINGS)
    site.issuer.run(["/root/hand-out"])
    site.web1.write_file("/etc/jwtauth/conf.d/shared.conf", CONFIG, 0o640,
                         "root:jwtauth-conf")
    site.web1.run(["jwtauthctl", "config", "check"])
    yield site
    site.web1.run(["rm", "-r", "/etc/jwtauth/conf.d/shared.conf", "-f"]
                  + [f"{AT_HOST}/{name}.secret" for name in NAMES])


def test_a_login_by_a_shared_secret_goes_on_over_its_rotation(shared):
    site = shared
    old = mint(site)
    assert site.check(old)["issuer"] == ISSUER
    assert logs_in(site, old)

    keyring(site, "rotate", "--config", SETTINGS)
    new = mint(site)
    assert logs_in(site, new)
    assert site.check(old)["reason"] == "ok"  # by the secret of before

    keyring(site, "drop", "--dir", RING, "--retiring")
    keyring(site, "publish", "--config", SETTINGS)
    site.issuer.run(["/root/hand-out"])
    assert site.check(old)["reason"] == "signature_invalid"
    assert site.check(new)["reason"] == "ok"


def test_a_stolen_secret_is_refused_at_once(shared):
    site = shared
    stolen = mint(site)
    assert site.check(stolen)["reason"] == "ok"
    keyring(site, "rotate", "--compromised", "--config", SETTINGS)
    assert site.check(stolen)["reason"] == "signature_invalid"
    assert logs_in(site, mint(site))
