# SPDX-License-Identifier: ISC
"""jwtauth-fetchd asked over its socket: for kids, for new keys, how it is."""

import json
import os
import signal
import socket
import sys
import time

from fetchd_site import OIDC, jwks, new_key, poll, reply, run


def kid_is_found_though_the_etag_stayed_the_same(site):
    site.issuer.etag = '"same"'
    site.serve()
    poll(site.kids, "the first fetch")
    site.issuer.jwks = jwks(new_key("second"))
    assert site.ask("second") == "ok"


def many_who_wait_for_a_kid_cost_one_fetch(site):
    site.serve()
    poll(site.kids, "the first fetch")
    site.issuer.jwks = jwks(new_key("first"), new_key("second"))
    site.issuer.gate.clear()
    waiting = [site.question("second") for _ in range(10)]
    poll(lambda: site.issuer.fetches() == 2, "a fetch for the kid")
    assert site.ask("first") == "ok"  # a known kid waits for nobody
    site.issuer.gate.set()
    assert [reply(s) for s in waiting] == ["ok"] * 10
    assert site.kids() == ["first", "second"]
    assert site.issuer.fetches() == 2
    assert site.issuer.fetches(OIDC) == 1


def bogus_kids_cost_one_fetch_a_cooldown(site):
    site.configure(cooldown=2)
    site.serve()
    poll(site.kids, "the first fetch")
    assert site.ask("bogus") == "no key_unknown"
    site.issuer.jwks = jwks(new_key("first"), new_key("second"))
    for number in range(20):
        assert site.ask(f"bogus {number}") == "no cooldown"
    assert site.ask("first") == "ok"
    assert site.issuer.fetches() == 2
    poll(lambda: site.ask("second") == "ok", "the new key, a cooldown later")
    assert site.issuer.fetches() == 3


def rotations_in_a_row_cost_no_cooldown(site):
    site.serve()
    poll(site.kids, "the first fetch")
    for kid in ("second", "third", "fourth"):
        site.issuer.jwks = jwks(new_key(kid))
        assert site.ask(kid) == "ok"
        assert site.kids() == [kid]


def failed_fetch_answers_who_waits(site):
    site.serve()
    poll(site.kids, "the first fetch")
    site.issuer.status = 500
    assert site.ask("second") == "no fetch_failed"
    assert site.ask("first") == "ok"


def ok_is_said_only_of_what_is_on_disk(site):
    site.serve()
    poll(site.kids, "the first fetch")
    site.issuer.jwks = jwks(new_key("first"), new_key("second"))
    site.cache.rename(site.folder / "away")
    assert site.ask("second") == "no fetch_failed"
    (site.folder / "away").rename(site.cache)


def spoiled_cache_file_is_put_back_for_who_asks(site):
    site.serve()
    poll(site.kids, "the first fetch")
    path = site.cache / "corp.json"
    for spoil in (path.unlink, lambda: os.truncate(path, 100),
                  lambda: path.chmod(0o666)):
        spoil()
        assert site.ask("first") == "ok"
        assert site.kids() == ["first"]
        assert path.stat().st_mode & 0o777 == 0o644
    assert site.issuer.fetches() == 1


def file_counts_and_not_what_is_remembered(site):
    site.serve()
    poll(site.kids, "the first fetch")
    site.issuer.jwks = jwks(new_key("second"))
    cached = site.cached()
    cached["fetched_at"] -= 1
    cached["jwks"] = json.loads(site.issuer.jwks)
    path = site.cache / "corp.json"
    path.write_text(json.dumps(cached))  # as another fetcher would
    assert site.ask("second") == "ok"
    assert site.issuer.fetches() == 1
    assert site.ask("first") == "no key_unknown"
    assert site.kids() == ["second"]


def questions_do_not_read_a_file_that_did_not_change(site):
    """Whoever sends tokens makes checkers ask, and the file may be large."""
    site.issuer.jwks = jwks(new_key("first"), {"kty": "x", "kid": "x" * 100000})
    process = site.serve()
    poll(site.kids, "the first fetch")
    assert site.ask("first") == "ok"

    def read_so_far():
        with open(f"/proc/{process.pid}/io") as stream:
            return int(stream.readline().split()[1])
    before = read_so_far()
    for number in range(20):
        assert site.ask("first") == "ok"
        assert site.ask(f"bogus {number}").startswith("no ")
    # One is read again, since the first bogus kid cost a fetch.
    assert read_so_far() - before < 350000
    assert site.issuer.fetches() == 2


def strange_questions_are_refused(site):
    site.configure(site.issuer)
    site.serve()
    for line in (b"\n", b"refresh\n", b"refresh corp \n",
                 b"refresh corp a b\n", b"refresh corp Zh\n", b"REFRESH a Zg\n",
                 b"\x00\xff\n", b"x" * 1024,
                 b"refresh corp " + b"QUFB" * 86 + b"\n"):
        s = site.connect()
        s.sendall(line)
        assert reply(s) == "no malformed", line
    assert site.ask("a", "nobody") == "no unknown_issuer"
    assert site.ask("a", "../corp") == "no unknown_issuer"


def token_without_a_kid_asks_for_keys_where_there_are_none(site):
    site.configure(cooldown=1)
    site.issuer.status = 500
    site.serve()
    assert site.ask_for_any() == "no fetch_failed"
    for _ in range(10):
        assert site.ask_for_any() == "no cooldown"
    assert site.issuer.fetches() == 2
    site.issuer.status = 200
    poll(lambda: site.ask_for_any() == "ok", "keys, a cooldown later")
    site.issuer.jwks = jwks(new_key("second"))
    count = site.issuer.fetches()
    assert site.ask_for_any() == "ok"  # any will do
    assert site.issuer.fetches() == count
    site.write_cache(stale_until=1)
    assert site.ask_for_any() == "ok"
    assert site.kids() == ["second"]


def dead_kid_costs_fewer_and_fewer_fetches(site):
    site.configure(cooldown=1)
    site.serve()
    poll(site.kids, "the first fetch")
    assert site.ask("dead") == "no key_unknown"
    began = time.monotonic()
    while time.monotonic() < began + 4.5:
        assert site.ask("dead") in ("no key_unknown", "no cooldown")
        time.sleep(0.05)
    assert 3 <= site.issuer.fetches() <= 4  # at 0, 1 and 3 seconds
    site.issuer.jwks = jwks(new_key("first"), new_key("second"))
    assert poll(lambda: site.ask("second") == "ok", "a new key")
    site.issuer.jwks = jwks(new_key("first"), new_key("dead"))
    assert poll(lambda: site.ask("dead") == "ok", "a new key forgets")


def real_key_in_a_flood_is_there_within_a_cooldown(site):
    site.configure(cooldown=2)
    site.serve()
    poll(site.kids, "the first fetch")
    number = 0
    assert site.ask("bogus") == "no key_unknown"
    site.issuer.jwks = jwks(new_key("first"), new_key("second"))
    began = time.monotonic()
    while site.ask("second") != "ok":
        assert time.monotonic() < began + 2.5
        for _ in range(20):
            number += 1
            site.ask(f"bogus {number}")
            assert site.ask("first") == "ok"
    assert site.issuer.fetches() == 3


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


def idle_connections_are_closed_and_capped(site):
    site.serve()
    poll(site.kids, "the first fetch")
    idle = [site.connect() for _ in range(128)]
    poll(lambda: site.ask("first") == "no busy", "the cap")
    poll(lambda: site.ask("first") == "ok", "idle ones were dropped")
    assert all(s.recv(1) == b"" for s in idle)


def serves_the_socket_that_systemd_passes(site):
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(site.socket))
    listener.listen(5)
    site.binary, real = site.folder / "activate", site.binary
    site.binary.write_text("#!/bin/sh\nLISTEN_FDS=1 LISTEN_PID=$$ exec "
                           f'{real} "$@" 3<&{listener.fileno()}\n')
    site.binary.chmod(0o755)
    site.socket.chmod(0o666)
    process = site.start(pass_fds=[listener.fileno()])
    assert site.ask("x", "nobody") == "no unknown_issuer"
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0
    assert site.socket.exists()  # it is systemd's


def second_fetcher_refuses_to_start_and_a_dead_ones_socket_is_replaced(site):
    first = site.serve()
    second = site.start()
    assert second.wait(5) == 1 and "another" in site.log()
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert site.socket.exists()
    site.serve()
    assert site.ask("x", "nobody") == "no unknown_issuer"


if __name__ == "__main__":
    sys.exit(run(globals(), "fetchd_asked"))
