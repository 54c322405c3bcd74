"""The fetcher as systemd runs it, and the keys commands of an administrator."""

import json

from machine import poll

CACHE = "/var/cache/jwtauth/corp.json"
DROP_IN = "/run/systemd/system/jwtauth-fetchd.service.d/test.conf"


def keys(site, *words, check=False, **options):
    return site.web1.run(["jwtauthctl", "keys", *words], check=check,
                         **options)


def shown(site):
    return json.loads(keys(site, "show", "--json").stdout)[0]


def unit(site, name):
    return site.web1.run(["systemctl", "show", "-P", name,
                          "jwtauth-fetchd"]).stdout.strip()


def test_the_sandbox_is_as_tight_as_it_can_be(any_site):
    any_site.web1.run(["systemd-analyze", "security", "--threshold=15",
                       "--no-pager", "jwtauth-fetchd"])


def test_systemd_is_told_how_it_is(any_site):
    assert "keys of 1 of 1 issuers, 0 failing" in unit(any_site, "StatusText")


def test_a_fetcher_that_hangs_is_begun_anew_and_logins_go_on(any_site):
    site = any_site
    site.web1.run(["mkdir", "-p", DROP_IN.rpartition("/")[0]])
    site.web1.write_file(DROP_IN, "[Service]\nWatchdogSec=3\nRestartSec=1\n")
    site.web1.run("systemctl daemon-reload; systemctl restart jwtauth-fetchd")
    try:
        before = unit(site, "MainPID")
        site.web1.run(["kill", "-STOP", before])
        site.certify("alice", site.mint("alice"))
        assert site.ssh("alice", "id -un").stdout == "alice\n"
        poll(lambda: unit(site, "MainPID") not in ("0", before), 30,
             "another fetcher")
        poll(lambda: keys(site, "refresh").returncode == 0, 15, "its answer")
    finally:
        site.web1.run(["rm", DROP_IN])
        site.web1.run("systemctl daemon-reload;"
                      " systemctl restart jwtauth-fetchd")


def test_refresh_brings_a_key_that_no_token_asked_for(any_site):
    site = any_site
    site.rotate()
    kid, _ = site.current_key()
    assert keys(site, "has", kid).returncode == 1
    done = keys(site, "refresh")
    assert (done.returncode, done.stdout) == (0, "corp: renewed\n")
    assert keys(site, "has", kid, "corp").stdout == "corp has it\n"


def test_has_with_refresh_is_what_a_rotation_waits_for(any_site):
    site = any_site
    site.rotate()
    kid, _ = site.current_key()
    poll(lambda: keys(site, "has", kid, "--refresh").returncode == 0, 10,
         "web1 has the key")


def test_what_an_issuer_does_wrong_is_shown_until_it_is_right(any_site):
    site = any_site
    site.issuer.run(["systemctl", "stop", "nginx"])
    try:
        done = keys(site, "refresh")
        assert done.returncode == 1 and "not renewed" in done.stdout
        fetcher = shown(site)["fetcher"]
        assert fetcher["failures"] >= 1 and fetcher["problem"]
        assert "1 failing" in unit(site, "StatusText")
        assert keys(site, "show").returncode == 0  # the old ones serve
    finally:
        site.issuer.run(["systemctl", "start", "nginx"])
    assert keys(site, "refresh").returncode == 0
    assert "problem" not in shown(site)["fetcher"]


def test_carried_keys_let_people_in_while_nothing_can_be_fetched(any_site):
    site = any_site
    jwks = site.issuer.run("cat $(grep -rl '\"keys\"' /srv/www |"
                           " head -n 1)").stdout
    site.web1.write_file("/root/carried.json", jwks, 0o600)
    site.web1.run(["systemctl", "stop", "jwtauth-fetchd"])
    try:
        site.web1.run(["rm", CACHE])
        token = site.mint("alice")
        assert site.check(token)["reason"] == "keys_unavailable"
        done = keys(site, "import", "corp", "/root/carried.json", check=True)
        assert "which serve until" in done.stdout
        owner = site.web1.run(["stat", "-c", "%U %a", CACHE]).stdout
        assert owner == "jwtauth-fetch 644\n"
        site.certify("alice", token)
        assert site.ssh("alice", "id -un").stdout == "alice\n"
        assert keys(site, "refresh").returncode == 3
    finally:
        site.web1.run(["systemctl", "start", "jwtauth-fetchd"])


def test_the_carried_file_is_read_without_any_right(any_site):
    """Opened by root, read as the cache's owner, with the filter on."""
    site = any_site
    jwks = json.dumps(json.loads(site.web1.read_file(CACHE))["jwks"])
    site.web1.write_file("/root/carried.json", jwks, 0o600)
    site.web1.run(["strace", "-f", "-o", "/run/import.trace", "-e",
                   "trace=read,setresuid,openat,seccomp", "jwtauthctl", "keys",
                   "import", "corp", "/root/carried.json"])
    trace = site.web1.read_file("/run/import.trace").splitlines()
    uid = site.web1.run(["id", "-u", "jwtauth-fetch"]).stdout.strip()

    def first(needle):
        return next(i for i, line in enumerate(trace) if needle in line)

    opened = trace[first("/root/carried.json")]
    number = opened.rpartition("= ")[2].strip()
    became = first(f"setresuid({uid}, ")
    assert first("/root/carried.json") < became
    assert became < first("/etc/jwtauth/jwtauth.conf")
    assert first("SECCOMP_SET_MODE_FILTER") < next(
        i for i, line in enumerate(trace) if f"read({number}, " in line
        and "keys" in line)
