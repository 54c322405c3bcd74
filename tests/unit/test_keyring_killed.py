# SPDX-License-Identifier: ISC
"""kill -9 at random instants over whole rotations, with somebody who reads
what is published all the time."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time

from keyring_site import BINARY, main

LIFETIME = 1000  # seconds of a token
LEEWAY = 300
STEP = 100  # seconds that pass between two kills
KILLS = int(os.environ.get("KEYRING_KILLS", "240"))


class Reader(threading.Thread):
    """A key that was current before the JWKS was read must be in it."""

    def __init__(self, ring):
        super().__init__(daemon=True)
        self.ring, self.wrong, self.rounds, self.over = ring, [], 0, False

    def run(self):
        while not self.over:
            try:
                current = self.ring.current()
                found = self.ring.published()
                if current not in found:
                    self.wrong.append(f"{current} not in {found}")
            except (ValueError, OSError) as torn:
                self.wrong.append(repr(torn))
            self.rounds += 1
            time.sleep(0.0005)


def secrets_there(folder):
    return {path.read_text() for path in folder.glob("*.secret")}


def start(ring, extra):
    return subprocess.Popen(
        [BINARY, "rotate", "--dir", str(ring.dir), *map(str, extra)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def kill_after(child, seconds):
    """Whether it was still running."""
    try:
        child.wait(seconds)
        return False
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
        child.wait()
        return True


def duration(ring, extra):
    began = time.monotonic()
    assert start(ring, extra).wait(30) == 0
    return time.monotonic() - began


def what_is_left(ring, state):
    """At which step the kill came, as far as the disk tells."""
    return (bool(ring.next()), "published" in state["keys"][-1],
            tuple(item["event"] for item in state["pending"]))


def nothing_is_lost_whenever_it_is_killed(ring):
    true = ring.program("true", "exit 0\n")
    path = ring.settings(f'verifiers = ( {{ command = [ "{true}", "%k" ]; }} );'
                         f'hooks = ( {{ command = [ "{true}" ]; }} );')
    extra = ["--out", ring.www, "--config", path, "--token-lifetime",
             f"{LIFETIME}s"]
    whole = max(duration(ring, extra) for _ in range(5))
    ends, states, killed = {}, set(), 0
    reader = Reader(ring)
    reader.start()
    while killed < KILLS:
        killed += kill_after(start(ring, extra), random.uniform(0, whole * 1.2))
        states.add(what_is_left(ring, ring.state()))
        # Time passes: for the keys, and for the tokens that they signed.
        ring.age(STEP)
        ends = {kid: end - STEP for kid, end in ends.items()}
        ends[ring.mint("--lifetime", LIFETIME)] = time.time() + LIFETIME
        living = {kid for kid, end in ends.items()
                  if end + LEEWAY - 1 > time.time()}
        lost = living - set(ring.published())
        assert not lost, f"published no more, with living tokens: {lost}"
        assert len(ring.state()["keys"]) < 24, "nothing is ever dropped"
        left_over = [name for name in os.listdir(ring.dir)
                     if name.count(".") > 1]
        assert len(left_over) <= 1, left_over
    reader.over = True
    reader.join()
    assert not reader.wrong, reader.wrong[:3]
    assert start(ring, extra).wait(30) == 0
    assert start(ring, ["--drop-old", *extra]).wait(30) == 0
    names = {name for name in os.listdir(ring.dir) if name.endswith(".pem")}
    assert names == {key["kid"] + ".pem" for key in ring.state()["keys"]}
    print(f"       {killed} kills over {whole * 1000:.0f} ms, {len(ends)}"
          f" keys signed, {len(states)} states on disk, {reader.rounds} looks")
    assert len(states) >= 5 and len(ends) > 10


def a_secret_is_never_missing_from_the_files(ring):
    ring.dir, out = ring.folder / "h", ring.folder / "secrets"
    out.mkdir()
    ring.run("init", "--dir", ring.dir, "--alg", "HS256", "--issuer",
             "https://idp.example.test")
    extra = ["--secrets", out]
    whole = max(duration(ring, extra) for _ in range(3))
    killed = 0
    while killed < KILLS // 8:
        before = {(ring.dir / f"{kid}.secret").read_text()
                  for kid in [ring.current(), *ring.kids("retiring")]}
        killed += kill_after(start(ring, extra), random.uniform(0, whole))
        assert before <= secrets_there(out), "a secret was lost"
        if len(ring.kids("retiring")) > 6:
            assert start(ring, ["--drop-old", *extra]).wait(30) == 0
    assert start(ring, extra).wait(30) == 0
    assert len(secrets_there(out)) == len(ring.state()["keys"])


def a_stolen_key_goes_whenever_its_run_is_killed(ring):
    log = ring.hook("revoke")
    path = ring.settings(f'revoke = ( {{ command = [ "{log}", "%k" ]; }} );')
    extra = ["--out", ring.www, "--config", path]
    whole = max(duration(ring, ["--compromised", *extra]) for _ in range(3))
    killed = 0
    while killed < KILLS // 8:
        old = ring.current()
        before = (ring.dir / "keyring.json").read_bytes()
        killed += kill_after(start(ring, ["--compromised", *extra]),
                             random.uniform(0, whole))
        if (ring.dir / "keyring.json").read_bytes() == before:
            continue  # it was killed before anything was written down
        assert start(ring, ["--if-older-than", "30d", *extra]).wait(30) == 0
        assert ring.published() == [ring.current()] != [old]
        assert f"revoke {old}" in ring.logged()
        assert not (ring.dir / f"{old}.pem").exists()


if __name__ == "__main__":
    sys.exit(main(sys.modules["__main__"], "keyring_killed"))
