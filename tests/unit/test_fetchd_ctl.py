# SPDX-License-Identifier: ISC
"""jwtauth-fetchd and the administrator's commands: keys refresh, show, has and
import."""

import sys
import time

from fetchd_site import jwks, new_key, poll, reply, run


def retry_after_is_obeyed_by_all(site):
    site.configure(cooldown=1)
    site.serve()
    poll(site.kids, "the first fetch")
    for status in (429, 503):
        site.issuer.status = status
        site.issuer.headers = [("Retry-After", "3")]
        poll(lambda: site.ctl("refresh")[0] == 1 and
             f"HTTP {status}" in site.ctl("show")[1], "the refusal")
        count, began = site.issuer.fetches(), time.monotonic()
        while time.monotonic() < began + 2.5:
            assert site.ask("second") == "no cooldown"
            status, text = site.ctl("refresh")
            assert status == 1 and "come again in" in text
        assert site.issuer.fetches() == count
        shown = site.shown()["fetcher"]
        assert shown["next_try"] - shown["tried_at"] >= 3
        site.issuer.status = 200
        poll(lambda: site.ctl("refresh")[0] == 0, "the end of it")


def refresh_fetches_now_and_says_what_came(site):
    site.serve()
    for kid in ("second", "third"):  # the other waits for its turn
        site.issuer.jwks = jwks(new_key(kid))
        assert site.ctl("refresh") == (0, "corp: renewed\n")
        assert site.kids() == [kid]
    site.issuer.jwks = b"garbage"
    status, text = site.ctl("refresh", "corp")
    assert status == 1 and "not renewed: fetch_failed: jwks_uri" in text
    assert site.kids() == ["third"]
    status, text = site.ctl("refresh", "nobody")
    assert status == 2 and "corp" in text


def refresh_is_by_a_fetch_that_begins_after_it(site):
    """One under way may bring what was there before; many share the next."""
    site.serve()
    poll(site.kids, "the first fetch")
    site.issuer.gate.clear()
    first = site.question("bogus")
    poll(lambda: site.issuer.fetches() == 2, "a fetch for the kid")
    site.issuer.jwks = jwks(new_key("second"))  # it brings the old ones
    waiting = [site.connect() for _ in range(5)]
    for s in waiting:
        s.sendall(b"renew corp\n")
    assert site.ask("first") == "ok"  # all have been read
    site.issuer.gate.set()
    assert reply(first) == "no key_unknown"
    assert [reply(s) for s in waiting] == ["ok"] * 5
    assert site.kids() == ["second"]
    assert site.issuer.fetches() == 3


def refresh_is_not_fobbed_off_by_an_etag(site):
    """nginx makes it of a second and a size: two sets may share it."""
    site.issuer.etag = '"same"'
    site.serve()
    poll(site.kids, "the first fetch")
    site.issuer.jwks = jwks(new_key("second"))
    assert site.ctl("refresh")[0] == 0
    assert site.kids() == ["second"]


def refresh_that_waits_is_told_when_the_issuer_says_not_to_come(site):
    site.serve()
    poll(site.kids, "the first fetch")
    site.issuer.status = 429
    site.issuer.headers = [("Retry-After", "30")]
    site.issuer.gate.clear()
    first = site.question("bogus")
    poll(lambda: site.issuer.fetches() == 2, "a fetch for the kid")
    waiting = site.connect()
    waiting.sendall(b"renew corp\n")
    assert site.ask("first") == "ok"  # it has been read
    site.issuer.gate.set()
    assert reply(first) == "no fetch_failed"
    word = reply(waiting)
    assert word.startswith("no retry_after "), word
    assert 30 <= int(word.split()[2]) <= 37


def refresh_without_a_fetcher_says_so(site):
    status, text = site.ctl("refresh")
    assert status == 3 and "systemctl status" in text
    assert site.once() == 0
    status, text = site.ctl("show")
    assert status == 0 and "does not answer" in text


def what_was_wrong_is_kept_until_it_is_right(site):
    site.configure(cooldown=1)
    site.serve()
    assert "problem" not in site.shown()["fetcher"]
    site.issuer.status = 500
    site.ctl("refresh")
    fetcher = site.shown()["fetcher"]
    assert fetcher["failures"] == 1 and "HTTP 500" in fetcher["problem"]
    assert fetcher["next_try"] >= fetcher["tried_at"]
    assert "failed 1 time: jwks_uri: HTTP 500" in site.ctl("show")[1]
    site.issuer.status = 200
    poll(lambda: site.ctl("refresh")[0] == 0, "a good answer")
    assert "problem" not in site.shown()["fetcher"]


def warning_grows_as_the_end_nears(site):
    assert site.once() == 0
    seen = []
    now = int(time.time())
    for fetched, fresh, stale in ((-9, 9, 99), (-99, -9, 99), (-99, -60, 40),
                                  (-99, -90, 10), (-99, -90, -1)):
        site.write_cache(fetched_at=now + fetched * 60,
                         fresh_until=now + fresh * 60,
                         stale_until=now + stale * 60)
        status, text = site.ctl("show")
        assert status == (1 if stale < 0 else 0)
        seen.append([line for line in text.splitlines() if "warning" in line])
    assert seen[0] == [] and len({str(lines) for lines in seen}) == 5


def has_answers_for_a_rotation_that_waits(site):
    site.configure(cooldown=1)
    site.serve()
    assert site.ctl("has", "first") == (0, "corp has it\n")
    assert site.ctl("has", "first", "corp")[0] == 0
    assert site.ctl("has", "second")[0] == 1
    site.issuer.jwks = jwks(new_key("second"))
    assert site.ctl("has", "second")[0] == 1
    assert site.issuer.fetches() == 1  # it only looked
    assert site.ctl("has", "second", "--refresh")[0] == 0
    assert site.ctl("has", "first")[0] == 1
    assert site.ctl("has", "first", "nobody")[0] == 2
    assert site.ctl("has")[0] == 2
    site.write_cache(stale_until=1)
    assert site.ctl("has", "second")[0] == 1


def imported_keys_serve_without_a_fetcher(site):
    path = site.folder / "carried.json"
    path.write_bytes(jwks(new_key("carried")))
    assert site.ctl("import", "corp", path)[0] == 0
    assert site.kids() == ["carried"]
    cached = site.cached()
    assert cached["stale_until"] == cached["fetched_at"] + 7200
    assert cached["jwks_uri"] is None
    assert site.ctl("has", "carried")[0] == 0
    with open(path) as stream:
        assert site.ctl("import", "corp", "-", stdin=stream)[0] == 0
    site.serve()
    assert site.ask("carried") == "ok"


def imported_keys_are_taken_by_a_fetcher_that_runs(site):
    site.serve()
    path = site.folder / "carried.json"
    path.write_bytes(jwks(new_key("carried")))
    assert site.ctl("import", "corp", path)[0] == 0
    assert site.ask("carried") == "ok"
    assert site.issuer.fetches() == 1


def import_of_nothing_good_changes_nothing(site):
    assert site.once() == 0
    before = (site.cache / "corp.json").read_bytes()
    path = site.folder / "carried.json"
    for text in (b"", b"{}", b"{", jwks(), jwks({"kty": "x"}),
                 jwks(new_key("private", d="c2VjcmV0")),
                 jwks(new_key("a"), new_key("private", d="c2VjcmV0")),
                 jwks(new_key("enc", use="enc")), b" " * 300000):
        path.write_bytes(text)
        status, said = site.ctl("import", "corp", path)
        assert status == 1 and "carried.json: " in said, (text, said)
        assert (site.cache / "corp.json").read_bytes() == before
    assert site.ctl("import", "corp", site.folder / "missing")[0] == 3
    assert site.ctl("import", "nobody", path)[0] == 2


if __name__ == "__main__":
    sys.exit(run(globals(), "fetchd_ctl"))
