# SPDX-License-Identifier: ISC
"""jwtauth-fetchd while somebody sets the clock, and while the disk has a fault.
"""

import json
import os
import subprocess
import sys
import time

from clock_shift import Clock
from fetchd_site import NOBODY, jwks, new_key, poll, run

YEAR = 365 * 86400


def set_back_a_year_it_serves_and_says_so(site):
    clock = Clock(site)
    site.serve()
    before = (site.cache / "corp.json").read_bytes()
    clock.set(-YEAR)
    assert site.ask("first") == "ok"
    poll(lambda: "the clock went back by" in site.log(), "the log")
    poll(lambda: "365 d from now" in site.log(), "the warning")
    poll(lambda: site.issuer.hands_shaken >= 2, "a fetch at once")
    poll(lambda: "problem" in site.shown()["fetcher"],
         "the certificate isn't valid yet")
    shown = site.shown()
    assert shown["state"] == "from the future" and shown["usable"]
    assert "timedatectl" in shown["warning"]
    assert site.ask("first") == "ok"
    assert (site.cache / "corp.json").read_bytes() == before
    clock.set(0)
    assert site.ask("first") == "ok"
    assert site.shown()["state"] == "fresh"


def set_forward_a_year_it_refuses_and_comes_back(site):
    clock = Clock(site)
    site.serve()
    before = (site.cache / "corp.json").read_bytes()
    clock.set(YEAR)
    assert site.ask("first") == "no fetch_failed"  # the certificate expired
    assert "the clock went forward by 365 d" in site.log()
    assert site.ctl("show")[0] == 1
    assert site.shown()["state"] == "too old"
    clock.set(0)
    assert site.ask("first") == "ok"
    assert site.shown()["state"] == "fresh"
    assert (site.cache / "corp.json").read_bytes() == before


def clock_put_right_ends_the_wait_after_what_failed_by_it(site):
    """With fresh keys the next try is an hour away at most."""
    site.issuer.headers = [("Cache-Control", "max-age=7000")]
    clock = Clock(site)
    site.serve()
    clock.set(-YEAR)
    poll(lambda: site.ask("first") == "ok" and
         "problem" in site.shown()["fetcher"], "no certificate of that year")
    clock.set(0)
    assert site.ask("first") == "ok"  # so that it looks
    poll(lambda: "problem" not in site.shown()["fetcher"], "a good fetch")


def keys_from_the_future_are_fetched_again_at_start(site):
    assert site.once() == 0
    now = int(time.time())
    site.write_cache(fetched_at=now + YEAR, fresh_until=now + YEAR + 300,
                     stale_until=now + YEAR + 7200)
    assert site.shown()["state"] == "from the future"
    site.serve()
    poll(lambda: site.cached()["fetched_at"] < now + 60, "a fetch")
    assert site.shown()["state"] == "fresh"


def keys_from_the_future_grow_old_all_the_same(site):
    clock = Clock(site)
    assert site.once() == 0
    now = int(time.time())
    site.write_cache(fetched_at=now + YEAR, fresh_until=now + YEAR + 300,
                     stale_until=now + YEAR + 7200)
    site.issuer.status = 500
    site.serve()
    assert site.ask("first") == "ok"
    clock.set(0, 3500)
    assert site.ask("first") == "ok"
    assert site.cached()["fetched_at"] == now + YEAR
    clock.set(0, 3700)
    assert poll(lambda: site.ask("first") == "ok" and
                site.cached()["fetched_at"] < now + 60, "the end of patience")
    assert site.cached()["stale_until"] <= time.time() + 7200
    assert "count as fetched now" in site.log()
    clock.set(7300, 11000)
    assert site.ctl("has", "first")[0] == 1
    assert site.kids() == ["first"]


def future_keys(at):
    now = int(time.time())
    times = {"fetched_at": now + YEAR, "fresh_until": now + YEAR + 300,
             "stale_until": now + YEAR + 7200}
    at.write_cache(**times)
    return times


def clock_put_right_gives_the_keys_their_own_times_back(site):
    """The issuer is down all the time; checkers need no fetcher for it."""
    clock = Clock(site)
    assert site.once() == 0
    times = future_keys(site)  # as they look to who is a year behind
    site.issuer.status = 500
    site.serve()
    clock.set(0, 3700)
    poll(lambda: site.ask("first") == "ok" and
         site.cached()["fetched_at"] < times["fetched_at"], "a stand-in")
    clock.set(YEAR + 1000, 3710)
    assert poll(lambda: site.ask("first") == "ok", "the keys")
    cached = site.cached()
    assert {name: cached[name] for name in times} == times
    assert "the clock was mended" in site.log()


def stand_in_times_do_not_replace_what_was_imported_meanwhile(site):
    clock = Clock(site)
    assert site.once() == 0
    future_keys(site)
    site.issuer.status = 500
    site.serve()
    path = site.folder / "carried.json"
    path.write_bytes(jwks(new_key("carried")))
    assert site.ctl("import", "corp", path)[0] == 0
    clock.set(0, 3700)
    for _ in range(3):
        assert site.ask("x", "nobody") == "no unknown_issuer"  # rounds
    assert site.kids() == ["carried"]
    assert site.ask("carried") == "ok"


def time_that_the_host_sleeps_counts(site):
    """The next try was an hour away at most; the host slept for longer."""
    site.issuer.headers = [("Cache-Control", "max-age=7000")]
    clock = Clock(site)
    site.serve()
    site.issuer.status = 500
    assert site.ctl("refresh")[0] == 1
    count = site.issuer.fetches()
    clock.set(wall=4000, slept=4000)
    assert site.ask("first") == "ok"  # so that it looks
    poll(lambda: site.issuer.fetches() > count, "a try")
    assert "the clock went" not in site.log()


def old_keys_are_tried_again_soon_after_a_start_and_after_sleep(site):
    """The network may come up last. While it is up, there is no haste."""
    clock = Clock(site)
    assert site.once() == 0
    now = int(time.time())
    site.write_cache(fetched_at=now - 3700, fresh_until=now - 100,
                     stale_until=now + 80000)
    site.issuer.status = 500
    site.serve()
    poll(lambda: site.issuer.fetches() >= 3, "a second try")
    site.issuer.status = 200
    assert site.ctl("refresh")[0] == 0
    site.write_cache(fetched_at=now - 3700, fresh_until=now - 100,
                     stale_until=now + 80000)
    assert site.ask("first") == "ok"  # it takes these
    site.issuer.status = 500
    assert site.ctl("refresh")[0] == 1
    count = site.issuer.fetches()
    clock.set(wall=100, slept=100)
    assert site.ask("first") == "ok"  # so that it looks
    poll(lambda: site.issuer.fetches() > count, "a try")


def mount_small_disk(at):
    subprocess.run(["mount", "-t", "tmpfs", "-o",
                    f"size=64k,mode=755,uid={NOBODY},gid={NOBODY}", "tmpfs",
                    at], check=True)


def disk_that_is_full_keeps_the_old_keys_and_says_so(site):
    if os.geteuid() != 0:
        raise AssertionError("this needs root, for a disk of its own")
    mount_small_disk(site.cache)
    try:
        site.configure(cooldown=1)
        site.serve()
        before = (site.cache / "corp.json").read_bytes()
        with open(site.cache / "filler", "wb", 0) as filler:
            try:
                while filler.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        site.issuer.jwks = jwks(new_key("second"))
        assert site.ask("second") == "no fetch_failed"
        assert site.ask("first") == "ok"
        assert (site.cache / "corp.json").read_bytes() == before
        assert sorted(os.listdir(site.cache)) == ["corp.json", "filler"]
        problem = site.shown()["fetcher"]["problem"]
        assert "No space left" in problem, problem
        (site.cache / "filler").unlink()
        poll(lambda: site.ask("second") == "ok", "room again")
        assert "problem" not in site.shown()["fetcher"]
        subprocess.run(["mount", "-o", "remount,ro", site.cache], check=True)
        site.issuer.jwks = jwks(new_key("third"))
        poll(lambda: site.ask("third") == "no fetch_failed", "the refusal")
        assert site.ask("second") == "ok"
        assert "Read-only" in site.shown()["fetcher"]["problem"]
        status, text = site.ctl("show")
        assert status == 0 and "Read-only" in text
    finally:
        subprocess.run(["umount", "-l", site.cache], check=False)


def cache_of_an_image_serves_before_the_network_is_up(site):
    """Written by root into the image; no route leads anywhere."""
    assert site.once() == 0
    text = (site.cache / "corp.json").read_text()
    (site.cache / "corp.json").unlink()
    (site.cache / "corp.json").write_text(text)  # ours now, not the fetcher's
    site.issuer.close()
    site.serve()
    assert site.ask("first") == "ok"
    assert site.ctl("has", "first") == (0, "corp has it\n")
    site.processes[-1].terminate()
    assert site.processes[-1].wait(5) == 0
    assert json.loads(text) == site.cached()


if __name__ == "__main__":
    sys.exit(run(globals(), "fetchd_clock"))
