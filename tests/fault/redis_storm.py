#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Many at once revoke and log in while Redis is killed and started again:
what was acknowledged holds, during the storm and after it. Runs as root inside
a test host; see tests/integration/test_62_redis_faults.py.

usage: redis_storm.py COUNT killed|cut    (half of them revoke, half check)

killed: by SIGKILL, with appendfsync always: nothing is ever lost.
cut: the file of a Redis with appendfsync everysec also loses its end, as when
the power goes; "jwtauthctl revoked restore --lift" brings back what was lost.
"""

import concurrent.futures
import os
import random
import sys
import threading
import time

from redis_site import Server, Site, check, ctl

WORKERS = 50
PATIENCE_MS = 2000  # timeout_ms: the machine is busy
DEADLINE_S = 60
KILLS = 4  # at least
CUT_MAX = 1500  # bytes; a revocation has some 700
NEVER = {"internal_error", "config_error", "keys_unavailable"}


class Storm:
    def __init__(self, count, cut):
        self.site, self.cut = Site(), cut
        self.site.reset()
        self.redis = Server("storm", *(["appendfsync everysec"] if cut
                                       else []))
        self.never = NEVER if cut else NEVER | {"revocation_lost"}
        self.config = self.site.configure(
            "storm", f'address = "unix:{self.redis.socket}";',
            'on_unreachable = "deny";', timeout=PATIENCE_MS)
        done = ctl("revoked", "init", config=self.config)
        assert done.returncode == 0, done.stderr
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            tokens = list(pool.map(self.site.issuer.token, [5] * count))
        self.doomed, self.good = tokens[:count // 2], tokens[count // 2:]
        self.acknowledged = []  # only ever appended to
        self.failures, self.seen = [], {}
        self.over = threading.Event()
        self.kills = 0

    # -- those who take part

    def revoke(self, token):
        done = ctl("revoke", config=self.config, token=token)
        self.count("revoke: " + ("acknowledged" if done.returncode == 0 else
                                 f"exit {done.returncode}"))
        if done.returncode == 0:
            self.acknowledged.append(token)

    def log_in(self, token):
        """A good token, and one that someone was told is revoked."""
        reason, detail, _ = check(self.config, token)
        self.count(f"good: {reason}")
        if reason in self.never | {"revoked"}:
            self.failures.append(f"a good token: {reason}: {detail}")
        if self.acknowledged:
            reason, detail, _ = check(self.config,
                                      random.choice(self.acknowledged))
            self.count(f"revoked: {reason}")
            if reason in self.never | {"ok"}:
                self.failures.append(f"a revoked token: {reason}: {detail}")

    def count(self, what, more=1):
        self.seen[what] = self.seen.get(what, 0) + more

    # -- the storm

    def kill_again_and_again(self):
        while not self.over.wait(random.uniform(0.3, 0.9)):
            self.redis.end()
            self.kills += 1
            if self.cut:
                self.lose_the_end()
            self.redis.start()
            if self.cut:
                self.restore()

    def lose_the_end(self):
        path, = (self.redis.folder / "appendonlydir").glob("*.incr.aof")
        size = path.stat().st_size
        lost = random.randrange(min(CUT_MAX, size // 2))
        os.truncate(path, size - lost)
        self.count("bytes lost", lost)

    def restore(self):
        done = ctl("revoked", "restore", "--lift", config=self.config)
        self.count(f"restore: exit {done.returncode}")
        if done.returncode != 0:
            self.failures.append(f"restore: {done.stderr}")

    def run(self):
        killer = threading.Thread(target=self.kill_again_and_again)
        jobs = [(self.revoke, token) for token in self.doomed]
        jobs += [(self.log_in, token) for token in self.good]
        random.shuffle(jobs)
        killer.start()
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            for done in [pool.submit(*job) for job in jobs]:
                done.result()
        while self.kills < KILLS:  # on a fast machine all is done before
            self.log_in(random.choice(self.good))
        self.over.set()
        killer.join()

    def afterwards(self):
        """Redis is there again."""
        def verdict(token):
            return check(self.config, token)[0]

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for reason in pool.map(verdict, self.acknowledged):
                if reason != "revoked":
                    self.failures.append(f"acknowledged, and now {reason}")
            for reason in pool.map(verdict, self.good[:50]):
                if reason != "ok":
                    self.failures.append(f"a good one is now {reason}")


def main():
    began = time.monotonic()
    storm = Storm(int(sys.argv[1]), sys.argv[2] == "cut")
    try:
        ready = time.monotonic()
        storm.run()
        stormed = time.monotonic() - ready
        storm.afterwards()
    finally:
        storm.over.set()
        storm.redis.end()
    for what, count in sorted(storm.seen.items()):
        print(f"{count:6} {what}")
    print(f"{storm.kills} kills in {stormed:.1f} s,"
          f" {time.monotonic() - began:.1f} s in all")
    for failure in storm.failures[:20]:
        print("FAILED " + failure)
    checks = {"every acknowledged revocation is in force": not storm.failures,
              "Redis was killed now and then": storm.kills >= KILLS,
              "a fifth of the revocations got through":
                  5 * len(storm.acknowledged) >= len(storm.doomed),
              f"it was over in {DEADLINE_S} s": stormed < DEADLINE_S}
    for what, good in checks.items():
        print(("ok     " if good else "FAILED ") + what)
    failed = sum(not good for good in checks.values())
    print(f"redis_storm: {len(checks) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
