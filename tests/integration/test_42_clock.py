"""The clock of the fetcher jumps by a year, both ways, while it runs.

The hosts share the machine's clock, and a time namespace has no clock of the
day; so a preloaded library (tests/unit/clock_shift.c) tells the fetcher on
web1 another time, in its own unit and sandbox.
"""

import json
import os
import struct

import pytest

import hosts
from machine import poll

LIBRARY = (hosts.HERE.parents[1]
           / "build/gcc/tests/unit/.libs/clock_shift.so")
SHIFT = "/etc/clock_shift"
DROP_IN = "/etc/systemd/system/jwtauth-fetchd.service.d/clock.conf"
UNIT = f"""\
[Service]
Environment=LD_PRELOAD=/usr/local/lib/clock_shift.so CLOCK_SHIFT={SHIFT}
"""
CACHE = "/var/cache/jwtauth/corp.json"
YEAR = 365 * 86400


def set_clock(site, seconds):
    """In place: the fetcher has the file mapped."""
    site.web1.run(["dd", f"of={SHIFT}", "conv=notrunc", "status=none"],
                  input=struct.pack("qqq", seconds, 0, 0))


@pytest.fixture
def moving(any_site):
    web1 = any_site.web1
    web1.run(["dd", "of=/usr/local/lib/clock_shift.so", "status=none"],
             input=LIBRARY.read_bytes())
    set_clock(any_site, 0)
    web1.run(["mkdir", "-p", os.path.dirname(DROP_IN)])
    web1.write_file(DROP_IN, UNIT)
    web1.run(["systemctl", "daemon-reload"])
    web1.run(["systemctl", "restart", "jwtauth-fetchd"])
    yield any_site
    web1.run(["rm", "-r", os.path.dirname(DROP_IN)])
    web1.run(["systemctl", "daemon-reload"])
    web1.run(["systemctl", "restart", "jwtauth-fetchd"])
    fetch_until(any_site, "fresh until")


def cached(site):
    return json.loads(site.web1.read_file(CACHE))


def fetch_until(site, word):
    """Fetch until the fetcher's log has a line with the word; that line."""
    mark = site.web1.mark()

    def said():
        site.web1.run(["systemctl", "reload", "jwtauth-fetchd"])
        return [line for line in site.web1.messages(mark, "jwtauth-fetchd")
                if line.startswith("corp:") and word in line]
    return poll(said, 30, f"the fetcher says {word!r}")[0]


@pytest.mark.parametrize("jump", [YEAR, -YEAR])
def test_a_clock_that_jumps_by_a_year_costs_no_key(moving, jump):
    site = moving
    fetch_until(site, "fresh until")
    before = cached(site)
    site.certify("alice", site.mint("alice"))

    set_clock(site, jump)
    # The issuer's certificate is not of that year: the reason names the clock.
    assert "clock" in fetch_until(site, "see fetch.ca_file")
    assert cached(site)["jwks"] == before["jwks"]
    assert site.ssh("alice", "id -un").stdout == "alice\n"

    set_clock(site, 0)
    fetch_until(site, "fresh until")
    after = cached(site)
    assert after["jwks"] == before["jwks"]
    assert after["fetched_at"] >= before["fetched_at"]
    assert after["stale_until"] - after["fetched_at"] == 259200
    assert site.ssh("alice", "id -un").stdout == "alice\n"
