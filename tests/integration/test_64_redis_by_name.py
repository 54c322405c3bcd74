"""Redis by a host name and TLS, as managed ones are had: it moves, the name
service dies, and jwtauth-fetchd never ran."""

import json
import secrets
import time

import pytest

import jwtsite
import logouts
from machine import poll

NAME = "redis.example.test"
TLS_PORT = 6380
FILE = "/run/jwtauth-names/redis.json"
FETCHER = "jwtauth-fetchd"
INTERVAL = 30 * 11 / 10  # seconds, as jwtauth-fetchd(8) says, and its jitter
FOLLOWD = f"{jwtsite.HELPERS}/jwtauth-followd"
REVOCATION = jwtsite.REDIS.replace(
    "tcp:{address}:{port}", f"tls:{NAME}:{TLS_PORT}").replace(
    "timeout_ms", f"""\
tls = {{{{ ca_file = "{jwtsite.CA_FILE}"; }}}};
        follower_user = "jwtauth-follower";
        follower_password_file = "/etc/jwtauth/follower/redis";
        timeout_ms""").replace("{{{{", "{{").replace("}}}}", "}}")


def call_it(site, address):
    """From now on the name is that; None: nobody knows it any more."""
    lines = [line for line in site.web1.read_file("/etc/hosts").splitlines()
             if NAME not in line]
    if address:
        lines.append(f"{address} {NAME}")
    site.web1.write_file("/etc/hosts", "\n".join(lines) + "\n")


def known(site):
    """What the file has of the name."""
    done = site.web1.run(["cat", FILE], check=False)
    return json.loads(done.stdout)["names"][0] if done.returncode == 0 else {}


def give_it_tls(site):
    site.issuer.run(["sh", "-ec", f"""cd /srv/tls; umask 077
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
            -subj /CN=redis -keyout redis.key -out redis.csr
        echo subjectAltName=DNS:{NAME} >san2
        openssl x509 -req -in redis.csr -CA ca.pem -CAkey ca.key \
            -CAcreateserial -days 2 -extfile san2 -out redis.pem
        install -o redis -g redis -m 400 redis.key redis.pem ca.pem \
            /etc/redis/"""])
    site.redis_cli("CONFIG", "SET", "tls-cert-file", "/etc/redis/redis.pem",
                   "tls-key-file", "/etc/redis/redis.key",
                   "tls-ca-cert-file", "/etc/redis/ca.pem",
                   "tls-auth-clients", "no", "tls-port", str(TLS_PORT),
                   user="admin")


def listen_at(site, address):
    """Redis is there, and nowhere else."""
    assert site.redis_cli("CONFIG", "SET", "bind", address,
                          user="admin") == "OK\n"


def use_name(site, more=""):
    site.configure(jwtsite.CONFIG.format(
        issuer=jwtsite.ISSUER, ca_file=jwtsite.CA_FILE,
        revocation=REVOCATION.format() + more))


@pytest.fixture(scope="module")
def named(whole_site):
    site = whole_site
    site.use_store("redis")
    give_it_tls(site)
    site.other_address = site.issuer.address.rsplit(".", 1)[0] + ".200"
    site.issuer.run(["ip", "addr", "add", f"{site.other_address}/24", "dev",
                     "host0"])
    site.web1.write_file("/etc/jwtauth/follower/redis",
                         site.redis_passwords["jwtauth-follower"] + "\n",
                         0o640, "root:jwtauth-follow")
    call_it(site, site.issuer.address)
    use_name(site)
    yield site
    call_it(site, None)
    site.issuer.run("systemctl restart redis-server")
    site.web1.run(["systemctl", "start", FETCHER])
    site.use_store("embedded")
    site.web1.run(["systemctl", "restart", "jwtauth-followd"])


def logs_in(site):
    site.certify("alice", site.mint("alice"))
    return site.ssh("alice", "sudo id -un").stdout == "root\n"


def doctor(site):
    shown = site.web1.run(["jwtauthctl", "doctor", "--json"], check=False)
    return [one for one in json.loads(shown.stdout)
            if one["check"] == "store: names"]


def test_logins_find_redis_by_its_name(named):
    site = named
    assert known(site)["addresses"] == [site.issuer.address]
    assert logs_in(site)
    ok, = doctor(site)
    assert ok["level"] == "ok", ok
    assert ok["text"].startswith(f"{NAME} is {site.issuer.address} (")


def test_the_folder_is_for_those_who_ask_redis(named):
    web1 = named.web1
    assert web1.run(["stat", "-c", "%U:%G %a %n", "/run/jwtauth-names", FILE]
                    ).stdout.splitlines() == [
        "jwtauth-fetch:jwtauth-conf 750 /run/jwtauth-names",
        f"jwtauth-fetch:jwtauth-fetch 644 {FILE}"]
    for user, may in (("jwtauth", True), ("jwtauth-revoke", True),
                      ("jwtauth-follow", True), ("jwtauth-logout", False),
                      ("alice", False)):
        done = web1.run(["cat", FILE], user=user, check=False)
        assert (done.returncode == 0) == may, user


def order():
    """A revocation, as programs without root hand it over."""
    now = int(time.time())
    entry = {"until": now + 3600, "when": now, "what": "by hand"}
    return f"sid-{secrets.token_hex(32)} {json.dumps(entry)}\nend\n"


def test_who_revokes_finds_it_too(named):
    site = named
    token = site.mint("alice", bound=False)
    site.revoke(token)
    assert site.check(token)["reason"] == "revoked"
    site.web1.run(["systemctl", "start", "jwtauth-revoke.socket"])
    try:
        answer, = logouts.to_writer(site, "root", order())
        assert answer["result"] == "revoked", answer
    finally:
        site.web1.run(["systemctl", "stop", "jwtauth-revoke.socket"])


def test_it_moves_and_logins_go_on_within_the_interval(named):
    site = named
    assert logs_in(site)
    listen_at(site, site.other_address)
    call_it(site, site.other_address)
    token = site.mint("alice", bound=False)
    assert site.check(token)["reason"] == "revocation_unreachable"
    poll(lambda: logs_in(site), INTERVAL + 15, "logins at the new address")
    assert known(site)["addresses"] == [site.other_address]


def test_a_name_service_that_is_dead_locks_nobody_out(named):
    site = named
    since = known(site)["answered_at"]
    call_it(site, None)
    site.web1.run(["systemctl", "reload", FETCHER])
    poll(lambda: known(site)["trouble"], 60, "the failed look-up")
    assert known(site)["answered_at"] >= since
    assert logs_in(site)
    site.web1.run(["systemctl", "restart", FETCHER])
    poll(lambda: known(site).get("trouble"), 60, "the next daemon's failure")
    assert known(site)["addresses"] == [site.other_address]
    assert logs_in(site)
    warning, = doctor(site)
    assert warning["level"] == "warning", warning


def test_where_the_fetcher_never_ran_nobody_is_let_in_and_the_log_says_why(
        named):
    site = named
    site.certify("alice", site.mint("alice"))
    site.web1.run(["systemctl", "stop", FETCHER])
    site.web1.run(["rm", FILE])
    mark = site.web1.mark()
    assert site.ssh("alice", "true").returncode == 255
    line = site.decision(mark, service="sshd",
                         reason="revocation_unreachable")
    assert (f"tls:{NAME}:{TLS_PORT}: {FILE}: no such file; see: systemctl"
            " status jwtauth-fetchd") in json.dumps(line)
    failed = site.web1.run(["jwtauthctl", "revoke"], input=site.mint("alice"),
                           check=False)
    assert failed.returncode != 0
    assert "systemctl status jwtauth-fetchd" in failed.stderr
    call_it(site, site.other_address)
    site.web1.run(["systemctl", "start", FETCHER])
    poll(lambda: logs_in(site), 15, "logins after its start")


def test_who_copies_it_finds_it_too(named):
    site = named
    use_name(site, '\n    on_unreachable = "last_known";')
    site.web1.run("systemctl reset-failed jwtauth-followd;"
                  " systemctl restart jwtauth-followd")
    poll(lambda: site.web1.run([FOLLOWD, "--status"], check=False
                               ).returncode == 0, 30, "a whole copy")
