# SPDX-License-Identifier: ISC
"""jwtauth-fetchd asked over its socket, by checkers."""

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


def idle_connections_are_closed_and_capped(site):
    site.serve()
    poll(site.kids, "the first fetch")
    idle = [site.connect() for _ in range(128)]
    poll(lambda: site.ask("first") == "no busy", "the cap")
    poll(lambda: site.ask("first") == "ok", "idle ones were dropped")
    assert all(s.recv(1) == b"" for s in idle)


def issuer_that_hangs_leaves_places_for_who_asks_for_another(site):
    other = site.add_issuer()
    site.configure(site.issuer, other)
    site.serve()
    poll(lambda: other.fetches() and site.issuer.fetches(), "first fetches")
    site.issuer.gate.clear()
    waiting = []
    for _ in range(3):
        waiting += [site.question(f"bogus {n}") for n in range(50)]
        assert site.ask("first") == "ok"  # these have been accepted
    poll(lambda: site.issuer.fetches() == 2, "one fetch for all of them")
    other.jwks = jwks(new_key("second"))
    assert site.ask("second", "corp2") == "ok"
    site.issuer.gate.set()
    words = [reply(s) for s in waiting]
    assert 60 <= words.count("no key_unknown") <= 65, words
    assert words.count("no busy") == 150 - words.count("no key_unknown")


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
