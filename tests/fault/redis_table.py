#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""What a fault of Redis does to a login: a table of rows, each on real
servers, judged by the installed helper. Runs as root inside a test host; see
tests/integration/test_62_redis_faults.py. Prints the table at its end.
"""

import concurrent.futures
import contextlib
import re
import subprocess
import sys
import time

import redis

import redis_many  # noqa: F401 (adds its rows)
import redis_rows
import redis_site
from redis_site import (FRESH_FOR, SLACK_MS, TIMEOUT_MS, Follower, check, ctl,
                        poll)

MODES = {
    "deny": 'on_unreachable = "deny";',
    "allow_fresh": f'on_unreachable = "allow_fresh"; fresh_for = {FRESH_FOR};',
    "last_known": 'on_unreachable = "last_known"; max_age = 3600;',
}
TRIES = 5  # of an answer that came late: the machine may have been busy
HEAD = """\
# What a fault of Redis does to a login

Written by redis_table.py, which tries each row against real servers with the
installed programs. "revoked" are two tokens: one by `jwtauthctl revoke`, one by
an application's `SETEX blacklist:TOKEN`. In no row is either let in, and with
`last_known` in no row is a good token refused; the script fails otherwise.
With `allow_fresh` both are older than `fresh_for` and the good one is
younger: an older good one fares as with `deny`, and a revoked one that is
younger is let in where a good one is for want of an answer, which is what that
setting says. No verdict took longer than `timeout_ms` + 100 ms.

"""


class Lab:
    """One row: its servers, its configurations, what was seen."""

    redis_error = redis.exceptions.RedisError
    longest = TIMEOUT_MS * 15 / 1000  # seconds that all questions may take

    def __init__(self, site, row):
        self.site, self.row = site, row
        self.stack = contextlib.ExitStack()
        self.before_revoking = lambda: None
        self.seen, self.details, self.took = {}, {}, 0
        self.redis = self.proxy = self.replica = None
        self.follow_setting = None  # where the hosts' own is no good

    def keep(self, thing):
        """Ended with the row."""
        self.stack.callback(getattr(thing, "end", None) or thing.close)
        return thing

    def run(self):
        with self.stack:
            self.stack.callback(lambda: self.redis and self.redis.end())
            self.set_up()
            steps = self.row.run(self)
            next(steps)
            self.ask()
            self.judge()
            next(steps, None)
            if self.row.mended:
                self.see_it_mended()

    # -- before

    def set_up(self):
        self.site.reset()
        settings = self.row.place(self)
        self.modes = {mode: text for mode, text in MODES.items()
                      if mode in self.site.modes}
        self.configs = {
            mode: self.site.configure(mode, settings, text)
            for mode, text in self.modes.items()}
        # Always reaches the servers; in a cluster there is no other way.
        self.home = self.site.configure("home", getattr(
            self, "home_setting", f'address = "unix:{self.redis.socket}";'),
                                        MODES["deny"])
        self.must(ctl("revoked", "init", config=self.home))
        self.before_revoking()
        self.must(ctl("revoke", config=self.home, token=self.site.revoked))
        self.blacklist(self.site.raw)
        self.lasting = len(self.redis.admin.keys("blacklist:*")) - \
            self.expiring()
        if "last_known" in self.configs:
            follower = self.keep(Follower(self.site.configure(
                "follow", self.follow_setting or settings,
                MODES["last_known"])))
            poll(lambda: follower.has(self.site.raw),
                 lambda: f"the copy is whole: {follower.says()}")
        # Asked once in good times, the host knows how far the store was.
        for token, reason in ((self.site.revoked, "revoked"),
                              (self.site.raw, "revoked"),
                              (self.site.old, "ok")):
            assert check(self.home, token)[0] == reason

    def blacklist(self, token):
        """As an application would, wherever in a cluster the key belongs."""
        subprocess.run(["redis-cli", "-c", "-p", str(self.redis.port),
                        "--no-auth-warning", "--user", "admin", "--pass",
                        "admin", "SETEX", f"blacklist:{token}", "1800", "1"],
                       check=True, capture_output=True)

    def expiring(self):
        return sum(self.redis.admin.ttl(key) > 0
                   for key in self.redis.admin.keys("blacklist:*"))

    @staticmethod
    def must(done):
        assert done.returncode == 0, done.stderr

    def new_epoch(self):
        self.must(ctl("revoked", "init", "--anew", config=self.home))

    # -- while it is broken

    def ask(self):
        site = self.site
        asked = {mode: [site.revoked, site.raw, site.old]
                 for mode in self.configs}
        asked["allow_fresh"].insert(2, site.fresh)
        with concurrent.futures.ThreadPoolExecutor(len(asked)) as pool:
            said = pool.map(lambda mode: [
                self.verdict(mode, token) for token in asked[mode]], asked)
        self.seen = dict(zip(asked, said))
        older = self.seen["allow_fresh"].pop()
        assert older == self.seen["deny"][2], f"an older one: {older}"

    def verdict(self, mode, token):
        best = None
        for _ in range(TRIES):
            reason, detail, took = check(self.configs[mode], token)
            best = took if best is None else min(best, took)
            if best <= TIMEOUT_MS + SLACK_MS:
                break
        self.took = max(self.took, best)
        self.details[mode, token] = detail
        return reason

    def judge(self):
        for mode, (revoked, raw, good) in self.seen.items():
            assert revoked != "ok", f"{mode}: a revoked token was let in"
            assert raw != "ok", f"{mode}: a blacklisted token was let in"
            assert mode != "last_known" or good == "ok", \
                f"last_known: a good token: {good}"
        assert self.took <= TIMEOUT_MS + SLACK_MS, f"{self.took:.0f} ms"

    def see_it_mended(self):
        for mode, config in self.configs.items():
            for token, reason in ((self.site.old, "ok"),
                                  (self.site.revoked, "revoked"),
                                  (self.site.raw, "revoked")):
                seen = []
                poll(lambda: seen.append(check(config, token)) or
                     seen[-1][0] == reason,
                     lambda: f"{mode}, mended: not {reason}: {seen[-1]}")

    # -- afterwards

    def line(self):
        cells = [self.row.what]
        for mode in MODES:
            revoked, raw, good = self.seen.get(mode, ["not tried"] * 3)
            cells += [revoked if revoked == raw else f"{revoked}, {raw}",
                      good]
        detail = self.details.get(("deny", self.site.old)) or \
            self.details.get(("deny", self.site.revoked), "")
        for words, instead in ((r"127\.0\.0\.1:\d+", "REDIS"),
                               (r"/run/redis-faults/\S+", "FILE"),
                               (r"until \d+", "until TIME"),
                               (r"\b[0-9a-f]{16}\b", "ID")):
            detail = re.sub(words, instead, detail)
        return "| " + " | ".join(cells + [detail.replace("|", " ")]) + " |"


def table(labs):
    names = ["Redis"]
    for mode in MODES:
        names += [f"{mode}: revoked", "good"]
    names.append("what is logged, with deny")
    lines = ["| " + " | ".join(names) + " |", "|---" * len(names) + "|"]
    return HEAD + "\n".join(lines + [lab.line() for lab in labs]) + "\n"


def known_modes(site):
    """Those that this build has."""
    return [mode for mode, text in MODES.items() if redis_site.understood(
        site.configure("probe", 'address = "tcp:127.0.0.1:1";', text))]


def main():
    site = redis_site.Site()
    site.modes = known_modes(site)
    labs, failures = [], 0
    wanted = sys.argv[1:]
    for row in redis_rows.ROWS:
        if wanted and not any(word in row.what for word in wanted):
            continue
        lab = Lab(site, row)
        began = time.monotonic()
        try:
            lab.run()
            said = "ok     "
        except Exception as why:  # each row is tried
            failures += 1
            said = f"FAILED {type(why).__name__}: {why}: "
        labs.append(lab)
        print(f"{said}{row.what} ({time.monotonic() - began:.1f} s)",
              file=sys.stderr, flush=True)
    skipped = [mode for mode in MODES if mode not in site.modes]
    for mode in skipped:
        print(f"SKIPPED {mode}: not built", file=sys.stderr)
    print(table(labs), end="")
    print(f"redis_table: {len(labs) - failures} passed, {failures} failed,"
          f" {len(skipped)} skipped", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
