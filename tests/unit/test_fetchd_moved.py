# SPDX-License-Identifier: ISC
"""jwtauth-fetchd whose issuer moves its keys, or fails in part."""

import sys

from fetchd_site import OIDC, jwks, new_key, poll, run


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


if __name__ == "__main__":
    sys.exit(run(globals(), "fetchd_moved"))
