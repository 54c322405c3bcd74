"""The hosts of the simulation: a fetcher process each, in compressed time.

Each fetcher runs under libfaketime, so that its clocks and its waiting go
`factor` times as fast; nothing in it knows. The logins of all hosts are one
process, watch_hosts, whose findings are read here.
"""

import base64
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import threading
import time

import issuer

NOBODY = 65534
FAKETIME = "/usr/lib/{}-linux-gnu/faketime/libfaketime.so.1"
CONFIG = """\
host_name = "x";
issuers = ( {{ name = "corp"; issuer = "{url}"; algorithms = [ "RS256" ];
    audience = [ "ssh://x" ]; accounts = ( {{ claim = "sub"; }} );
    fetch = {{ ca_file = "{ca}"; max_stale = 259200; cooldown = {cooldown}; }};
}} );
services = {{ sshd = {{ scope_any = [ "ssh" ]; }}; }};
revocation = {{ store = "none"; }};
"""
COOLDOWN = 30


class Clock:
    """Real and simulated seconds since the epoch."""

    def __init__(self, factor, keep_environment):
        self.preload = (FAKETIME.format(os.uname().machine)
                        + f":{keep_environment}")
        self.began = time.time()
        self.factor = factor

    def simulated(self, real):
        return self.began + (real - self.began) * self.factor

    def minute(self, simulated=None):
        """Minutes since the beginning of the story."""
        if simulated is None:
            simulated = self.simulated(time.time())
        return (simulated - self.began) / 60

    def environment(self):
        """For a process that starts now."""
        ahead = (time.time() - self.began) * (self.factor - 1)
        return {"LD_PRELOAD": self.preload,
                "FAKETIME": f"+{ahead:.3f} x{self.factor:g}",
                "NO_FAKE_STAT": "1"}


class Fleet:
    def __init__(self, folder, build, count):
        self.folder = folder / "hosts"
        self.folder.mkdir()
        self.count = count
        self.binary = folder / "jwtauth-fetchd"
        shutil.copy(build / "tools/fetchd/jwtauth-fetchd", self.binary)
        self.keep_environment = folder / "keep_environment.so"
        shutil.copy(build / "tests/bench/scale/.libs/keep_environment.so",
                    self.keep_environment)
        self.watcher = build / "tests/bench/scale/watch_hosts"
        self.config = folder / "jwtauth.conf"
        self.config.write_text(CONFIG.format(
            url=issuer.URL, ca=folder / "ca.pem", cooldown=COOLDOWN))
        self.config.chmod(0o644)
        self.tokens = folder / "tokens"
        self.processes = [None] * count
        self.rounds = {}  # label: [(simulated time, accepted, refused, asked)]
        self.refusals = []  # what watch_hosts says of refused valid tokens
        self.watch = None
        for host in range(count):
            cache = self.folder / str(host) / "cache"
            cache.mkdir(parents=True)
            os.chown(cache.parent, NOBODY, NOBODY)
            os.chown(cache, NOBODY, NOBODY)

    def argv(self, host):
        home = self.folder / str(host)
        return [self.binary, "--config", self.config, "--cache",
                home / "cache", "--socket", home / "fetch.sock"]

    def start_one(self, host, clock):
        with open(self.folder / str(host) / "log", "ab") as log:
            self.processes[host] = subprocess.Popen(
                [*self.argv(host), "--foreground"],
                env=clock.environment(), stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=log, user=NOBODY,
                group=NOBODY, extra_groups=[])

    def stop_all(self):
        for process in self.processes:
            if process is not None:
                process.kill()
        for process in self.processes:
            if process is not None:
                process.wait()

    def cost_of_a_fetch(self, tries=12):
        """(CPU seconds, seconds) of this machine for one, start and all."""
        began, before = time.monotonic(), os.times()
        for _ in range(tries):
            subprocess.run([*self.argv(0), "--once"], check=True,
                           capture_output=True, user=NOBODY, group=NOBODY,
                           extra_groups=[])
        after = os.times()
        (self.folder / "0/cache/corp.json").unlink()
        return ((after.children_user - before.children_user
                 + after.children_system - before.children_system) / tries,
                (time.monotonic() - began) / tries)

    def with_keys(self):
        return sum((self.folder / str(host) / "cache/corp.json").exists()
                   for host in range(self.count))

    def memory(self):
        """Mean proportional set size of a fetcher, bytes."""
        total = 0
        for process in self.processes:
            with open(f"/proc/{process.pid}/smaps_rollup") as text:
                total += int(re.search(r"^Pss: +(\d+)", text.read(), re.M)[1])
        return total * 1024 / self.count

    def worst_skew(self, clock):
        """Seconds between a fetch, as the fetcher says, and its file."""
        worst = 0
        for host in range(self.count):
            path = self.folder / str(host) / "cache/corp.json"
            fetched_at = json.loads(path.read_text())["fetched_at"]
            written = clock.simulated(path.stat().st_mtime)
            worst = max(worst, abs(written - fetched_at))
        return worst

    def late(self):
        """Transfers that ran out of time: our machine was too slow."""
        logs = [(self.folder / str(host) / "log").read_text()
                for host in range(self.count)]
        return sum(log.count("timed out") + log.count("timeout")
                   for log in logs)

    # -- logins

    def set_tokens(self, tokens):
        """Pairs of label and token: see watch_hosts."""
        new = self.tokens.with_suffix(".new")
        new.write_text("".join(f"{label} {token}\n"
                               for label, token in tokens))
        new.rename(self.tokens)

    def watch_begin(self, clock):
        self.watch = subprocess.Popen(
            [self.watcher, self.config, self.folder, str(self.count),
             self.tokens, f"{clock.began:.6f}", f"{clock.factor:g}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        threading.Thread(target=self._read_rounds, daemon=True).start()
        threading.Thread(target=self._read_refusals, daemon=True).start()

    def _read_rounds(self):
        for line in self.watch.stdout:
            when, label, _, accepted, _, refused, _, asked = line.split()
            self.rounds.setdefault(label, []).append(
                (float(when), int(accepted), int(refused), int(asked)))

    def _read_refusals(self):
        for line in self.watch.stderr:
            self.refusals.append(line.strip())

    def accepted_now(self, label, since):
        """Hosts that take the token, in the last round begun after since."""
        rounds = self.rounds.get(label, [])
        if not rounds or rounds[-1][0] < since:
            return None
        return rounds[-1][1]

    def ask(self, host, kid, wait=0.05):
        """A checker's question for a kid; True: the host has it now."""
        text = base64.urlsafe_b64encode(kid.encode()).decode().rstrip("=")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.settimeout(wait)
            try:
                s.connect(str(self.folder / str(host) / "fetch.sock"))
                s.sendall(f"refresh corp {text}\n".encode())
                return wait > 0 and s.recv(64) == b"ok\n"
            except OSError:  # it fetches: no need to wait here
                return False

    def close(self):
        if self.watch is not None:
            self.watch.kill()
            self.watch.wait()
        self.stop_all()


class Flood:
    """Bogus kids, each only once, for the fetchers of some hosts."""

    def __init__(self, fleet, hosts):
        self.fleet = fleet
        self.hosts = hosts
        self.sent = 0
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.stopped.is_set():
            for host in self.hosts:
                self.fleet.ask(host, secrets.token_hex(12), 0)
                self.sent += 1
            self.stopped.wait(0.02)

    def stop(self):
        self.stopped.set()
        self.thread.join()
