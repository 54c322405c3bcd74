"""What happens to the fleet, told in simulated minutes."""

import base64
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import report
from fleet import COOLDOWN, Clock, Fleet, Flood
from issuer import MAX_AGE, Issuer

LIFETIME = 10  # minutes that a token of the story lives
SETTLE = 15  # minutes until the hosts, started together, have drifted apart
CPU_SHARE = 0.2  # of this machine, for all fetches of the steady state
FACTOR_MOST = 30
SKEW_MOST = 2  # real seconds from a fetch to its file
CONNECT = 5  # simulated seconds that the fetcher gives a connection


class Story:
    def __init__(self, options, folder):
        self.short = options.short
        self.hosts = options.hosts
        self.issuer = Issuer(folder, options.build.resolve())
        self.fleet = Fleet(folder, options.build.resolve(), options.hosts)
        self.phases = []  # (name, kind, begin, end), minutes
        self.times = []  # (what, simulated seconds)
        self.faults = []
        self.current = None
        self.late = None  # transfers that ran out of time

    # -- time

    def pick_factor(self, wanted):
        """As fast as this machine fetches without being late."""
        cpu, took = self.fleet.cost_of_a_fetch()
        steady = self.hosts / (0.725 * MAX_AGE)  # fetches a simulated second
        factor = wanted or min(FACTOR_MOST, CPU_SHARE / (steady * cpu),
                               CONNECT / 2 / took)
        self.clock = Clock(round(factor, 1), self.fleet.keep_environment)
        print(f"{self.hosts} fetchers, one fetch takes {took * 1000:.1f} ms,"
              f" {cpu * 1000:.1f} of CPU: time goes {self.clock.factor:g}"
              " times as fast", flush=True)

    def wait(self, minutes):
        """Let them pass: that is what the story is made of."""
        time.sleep(minutes * 60 / self.clock.factor)

    def until(self, condition, what, most):
        """Simulated seconds until the condition holds; a fault after most
        minutes."""
        began = self.clock.minute()
        while not condition():
            if self.clock.minute() - began > most:
                self.faults.append(f"not within {most} minutes: {what}")
                break
            time.sleep(0.02)
        took = (self.clock.minute() - began) * 60
        self.times.append((what, took))
        return took

    def phase(self, name, kind="steady"):
        now = self.clock.minute()
        if self.phases:
            self.phases[-1][3] = now
        if name:
            self.phases.append([name, kind, now, None])
            print(f"minute {now:6.1f}: {name}", flush=True)

    # -- what happens

    def start_up(self):
        self.phase("start-up, all within a minute", "start")
        gap = 60 / self.clock.factor / self.hosts
        for host in range(self.hosts):
            began = time.monotonic()
            self.fleet.start_one(host, self.clock)
            time.sleep(max(0, gap - (time.monotonic() - began)))
        self.until(lambda: self.fleet.with_keys() == self.hosts,
                   "start-up: every host has keys", 20)
        self.current = self.issuer.token()
        self.fleet.set_tokens([("valid", self.current)])
        self.fleet.watch_begin(self.clock)
        settle = 3 if self.short else SETTLE
        self.wait(max(0, settle - self.clock.minute()))

    def steady(self, minutes):
        self.phase("nothing happens")
        self.wait(minutes)

    def all_accept(self, label, count):
        now = self.clock.simulated(time.time())
        return lambda: self.fleet.accepted_now(label, now) == count

    def rotation(self, number):
        self.phase(f"rotation {number}")
        old, began = self.current, self.clock.minute()
        new = self.issuer.rotate(self.fleet.folder, self.hosts)
        self.times.append((f"rotation {number}: every host has the new key",
                           (self.clock.minute() - began) * 60))
        self.current = new
        self.fleet.set_tokens([("valid", new), ("valid", old)])
        self.wait(LIFETIME)
        # In this order: no round that still calls it valid is under way.
        self.fleet.set_tokens([("valid", new), ("withdrawn", old)])
        self.until(self.all_accept("withdrawn", self.hosts),
                   f"rotation {number}: the old tokens have expired", 5)
        self.issuer.withdraw_old()
        self.until(self.all_accept("withdrawn", 0),
                   f"rotation {number}: no host takes the withdrawn key", 20)

    def outage(self, minutes, back):
        self.phase("outage, the issuer answers 503", "fault")
        self.issuer.overload(True)
        self.wait(minutes / 2)
        self.phase("outage, nobody answers", "silent")
        self.issuer.stop()
        self.issuer.overload(False)
        self.wait(minutes / 2)
        self.phase("the issuer is back", "fault")
        self.issuer.start()
        self.wait(back)

    def restart(self, minutes):
        self.phase("all fetchers restarted in a minute", "fault")
        self.fleet.stop_all()
        gap = 60 / self.clock.factor / self.hosts
        for host in range(self.hosts):
            self.fleet.start_one(host, self.clock)
            time.sleep(gap)
        self.wait(minutes)

    def flood(self, hosts, minutes, name, kind):
        """Bogus kids; half way, a new key that signs at once."""
        self.phase(name, kind)
        flood = Flood(self.fleet, range(hosts))
        self.wait(minutes / 2)
        if kind != "worst":
            self.urgent_key(hosts)
        self.wait(minutes / 2)
        flood.stop()
        self.times.append((f"{name}: questions asked", flood.sent))

    def urgent_key(self, hosts):
        old, new = self.current, self.issuer.new_key()
        self.fleet.set_tokens([("valid", old), ("next", new)])
        kid = kid_of(new)
        missing = set(range(hosts))

        def ask_all():
            missing.difference_update(
                {host for host in missing if self.fleet.ask(host, kid)})
            return not missing
        took = self.until(
            ask_all, "flood: a real new key reached every flooded host", 5)
        # One cooldown, one fetch, and what our own asking takes: a real second.
        if took > COOLDOWN + 15 + self.clock.factor:
            self.faults.append(f"a real key took {took:.0f} s in a flood")
        self.until(self.all_accept("next", self.hosts),
                   "flood: every host has that key", 20)
        self.current = new
        self.fleet.set_tokens([("valid", new), ("valid", old)])

    def check_clocks(self):
        """A fetcher with another time would make all figures worthless."""
        worst = self.fleet.worst_skew(self.clock)
        self.times.append(("clocks of the fetchers are right to", worst))
        if worst > SKEW_MOST * self.clock.factor:
            self.faults.append(f"a fetcher's clock is {worst:.0f} s off")

    def run(self):
        self.issuer.start()
        if self.short:
            self.start_up()
            self.rotation(1)
            self.outage(10, 5)
            self.restart(3)
            self.flood(max(1, self.hosts // 10), 4, "flood of bogus kids",
                       "fault")
        else:
            self.start_up()
            self.steady(15)
            for number in (1, 2, 3):
                self.rotation(number)
            self.outage(60, 25)
            self.restart(10)
            self.flood(self.hosts // 10, 10,
                       "flood of bogus kids on every tenth host", "fault")
            # What comes now is more than this machine can do.
            self.late = self.fleet.late()
            self.flood(self.hosts, 4, "flood on all hosts at once", "worst")
        self.phase(None)
        if self.late is None:
            self.late = self.fleet.late()
        self.check_clocks()


def kid_of(token):
    head = token.partition(".")[0]
    return json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))
                      )["kid"]


def loopback_bytes():
    """Sent over our own loopback so far, headers and handshakes too."""
    for line in Path("/proc/net/dev").read_text().splitlines():
        if line.strip().startswith("lo:"):
            return int(line.split()[9])
    raise RuntimeError("no loopback")


def tell(options):
    folder = Path(tempfile.mkdtemp(prefix="jwtauth-scale-", dir="/var/tmp"))
    folder.chmod(0o755)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    story = Story(options, folder)
    try:
        story.issuer.start()
        story.pick_factor(options.factor)
        story.issuer.stop()
        (folder / "access.log").unlink()
        bytes_before = loopback_bytes()
        story.run()
        text, good = report.make(
            story, loopback_bytes() - bytes_before,
            story.issuer.cpu_seconds(), story.fleet.memory())
    finally:
        story.fleet.close()
        story.issuer.close()
    print(text)
    if options.out:
        options.out.write_text(text)
    if options.keep or not good:
        print(f"logs: {folder}", file=sys.stderr)
    else:
        # Mounted in the Debian root too, for this process alone.
        subprocess.run(["umount", f"{story.issuer.root}/srv"], check=True)
        shutil.rmtree(folder)
    return 0 if good else 1
