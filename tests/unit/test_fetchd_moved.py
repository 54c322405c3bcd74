# SPDX-License-Identifier: ISC
"""jwtauth-fetchd whose issuer moves its keys, or fails in part."""

import signal
import sys
import time

from fetchd_site import (NOBODY, OIDC, jwks, new_key, new_rsa_key, poll,
                         reply, run)


def moved_jwks_uri_is_found_by_who_asks_for_new_keys(site):
    site.serve()
    poll(site.kids, "the first fetch")
    site.issuer.discovery = {"jwks_uri": site.issuer.origin + "/moved"}
    site.issuer.pages["/moved"] = (200, [], jwks(new_key("moved")))
    assert site.ctl("refresh")[0] == 0
    assert site.kids() == ["moved"]


def moved_jwks_uri_is_found_by_the_second_fetch_for_a_kid(site):
    site.configure(cooldown=1)
    site.serve()
    poll(site.kids, "the first fetch")
    site.issuer.discovery = {"jwks_uri": site.issuer.origin + "/moved"}
    site.issuer.pages["/moved"] = (200, [], jwks(new_key("moved")))
    assert site.ask("moved") == "no key_unknown"
    poll(lambda: site.ask("moved") == "ok", "discovery, a cooldown later")
    assert site.issuer.fetches() == 2


def discovery_that_fails_costs_no_keys(site):
    """Later it is tried again, even though the keys are fresh for hours."""
    site.issuer.headers = [("Cache-Control", "max-age=7000")]
    site.configure(cooldown=1)
    site.serve()
    poll(site.kids, "the first fetch")
    site.issuer.pages[OIDC] = (500, [], b"")
    for kid in ("second", "third"):
        site.issuer.jwks = jwks(new_key(kid))
        poll(lambda: site.ctl("refresh")[0] == 0, "new keys all the same")
        assert site.kids() == [kid]
    fetcher = site.shown()["fetcher"]
    assert "discovery: HTTP 500" in fetcher["problem"]
    assert fetcher["failures"] == 0
    assert fetcher["next_try"] - fetcher["tried_at"] <= 3600
    asked = site.issuer.fetches(OIDC)
    site.issuer.jwks = jwks(new_key("fourth"))
    assert site.ask("fourth") == "ok"  # by the address of before, at once
    assert site.issuer.fetches(OIDC) == asked
    assert "renewed the keys, but discovery" in site.ctl("show")[1]
    del site.issuer.pages[OIDC]
    poll(lambda: site.ctl("refresh")[0] == 0, "a good answer")
    assert "problem" not in site.shown()["fetcher"]


def another_issuers_document_is_no_outage(site):
    site.configure(cooldown=1)
    site.serve()
    poll(site.kids, "the first fetch")
    site.issuer.discovery = {"issuer": "https://evil.example"}
    site.issuer.jwks = jwks(new_key("second"))
    assert site.ctl("refresh")[0] == 1
    assert site.kids() == ["first"]
    assert "evil.example" in site.shown()["fetcher"]["problem"]


def key_that_was_asked_for_before_it_came_is_there_soon(site):
    site.configure(cooldown=1)
    site.serve()
    poll(site.kids, "the first fetch")
    for count in range(2, 6):  # somebody guesses its name, again and again
        poll(lambda n=count: site.ask("next") in (
            "no key_unknown", "no cooldown") and site.issuer.fetches() >= n,
            "a fetch in vain")
    site.issuer.jwks = jwks(new_key("first"), new_key("next"))
    began = time.monotonic()
    poll(lambda: site.ask("next") == "ok", "the key")
    assert time.monotonic() - began < 3


def key_without_a_name_does_not_make_missed_kids_forgotten(site):
    site.configure(cooldown=1)
    nameless = new_key("x")
    del nameless["kid"]
    site.issuer.jwks = jwks(new_key("first"), nameless)
    site.serve()
    poll(lambda: (site.cache / "corp.json").exists(), "the first fetch")
    assert site.ask("dead") == "no key_unknown"
    poll(lambda: site.ask("dead") == "no key_unknown" and
         site.issuer.fetches() == 3, "a second fetch in vain: two seconds now")
    assert site.ctl("refresh")[0] == 0
    assert site.issuer.fetches() == 4
    end = time.monotonic() + 1.2  # past the cooldown, within the two seconds
    while time.monotonic() < end:
        site.ask("dead")
    assert site.issuer.fetches() == 4


def reload_forgets_nothing_of_an_issuer_that_stays(site):
    site.configure(cooldown=1)
    process = site.serve()
    poll(site.kids, "the first fetch")
    site.issuer.status = 503
    site.issuer.headers = [("Retry-After", "3600")]
    assert site.ctl("refresh")[0] == 1
    count = site.issuer.fetches()
    site.configure(site.issuer, site.add_issuer(), cooldown=1)
    process.send_signal(signal.SIGHUP)
    poll((site.cache / "corp2.json").exists, "the new issuer's keys")
    fetcher = site.shown()["fetcher"]
    assert fetcher["failures"] == 1 and "HTTP 503" in fetcher["problem"]
    assert fetcher["next_try"] - fetcher["tried_at"] >= 3600
    assert site.ask("second") == "no cooldown"
    assert site.issuer.fetches() == count


def who_waits_is_answered_over_a_reload(site):
    process = site.serve()
    poll(site.kids, "the first fetch")
    site.issuer.jwks = jwks(new_key("second"))
    site.issuer.gate.clear()
    waiting = site.question("second")
    poll(lambda: site.issuer.fetches() == 2, "a fetch for the kid")
    process.send_signal(signal.SIGHUP)
    poll(lambda: "read the config again" in site.log(), "the reload")
    site.issuer.gate.set()
    assert reply(waiting) == "ok"


def fetches_for_kids_hold_back_none_by_the_clock(site):
    """Of the latter eight run at once."""
    asked = [site.issuer] + [site.add_issuer() for _ in range(7)]
    site.configure(*asked)
    process = site.serve()
    poll(lambda: all(i.fetches() == 1 for i in asked), "the first fetches")
    for number, issuer in enumerate(asked, 1):
        issuer.gate.clear()
        site.question("bogus", f"corp{number}" if number > 1 else "corp")
    poll(lambda: all(i.fetches() == 2 for i in asked), "fetches for kids")
    new = site.add_issuer()
    site.configure(*asked, new)
    process.send_signal(signal.SIGHUP)
    began = time.monotonic()
    poll(new.fetches, "a fetch by the clock")
    assert time.monotonic() - began < 4  # those for kids end after ten
    for issuer in asked:
        issuer.gate.set()


def reloads_of_many_hosts_come_spread(site):
    issuers = [site.issuer] + [site.add_issuer() for _ in range(15)]
    site.configure(*issuers)
    process = site.serve()
    poll(lambda: all(i.fetches() == 1 for i in issuers), "the first fetches")
    process.send_signal(signal.SIGHUP)
    seen = {}
    began = time.monotonic()
    while len(seen) < len(issuers):
        assert time.monotonic() < began + 14
        for issuer in issuers:
            if issuer.fetches() > 1:
                seen.setdefault(issuer.port, time.monotonic())
        time.sleep(0.02)
    times = seen.values()
    assert max(times) - min(times) > 3


def flood_by_the_systems_cas_takes_less_than_16_mib(site):
    """No ca_file: the bundle of the system, with the site's CA in it."""
    public = "/etc/ssl/certs/ca-certificates.crt"
    bundle = site.folder / "bundle.pem"
    with open(public, "rb") as stream:
        bundle.write_bytes(stream.read() + site.ca.read_bytes())
    script = site.folder / "with-bundle"
    script.write_text(
        f'#!/bin/sh\nmount --bind {bundle} {public} || exit 9\n'
        f'exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups'
        f' {site.binary} "$@"\n')
    script.chmod(0o755)
    site.start_as_root = ["unshare", "-m", str(script)]
    issuers = [site.issuer] + [site.add_issuer() for _ in range(49)]
    for issuer in issuers:
        issuer.jwks = jwks(*[new_rsa_key(f"k{n}") for n in range(4)])
    site.configure(*issuers, ca="system", cooldown=1)
    process = site.serve()
    poll(lambda: all(i.fetches() == 1 for i in issuers), "all keys")
    names = ["corp"] + [f"corp{n}" for n in range(2, 51)]
    for _ in range(3):  # all of them at once, and once more
        for question in [site.question("bogus", name) for name in names]:
            assert reply(question) in ("no key_unknown", "no cooldown")
    assert sum(i.fetches() for i in issuers) >= 100
    with open(f"/proc/{process.pid}/status") as stream:
        peak = int(stream.read().split("VmHWM:")[1].split()[0])
    print(f"       {peak} KiB")
    assert peak < 16 * 1024 or site.sanitized, f"{peak} KiB"


if __name__ == "__main__":
    sys.exit(run(globals(), "fetchd_moved"))
