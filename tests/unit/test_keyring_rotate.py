# SPDX-License-Identifier: ISC
"""jwt-keyring rotate as built: its steps, its waiting, its end. Each test
states a rule."""

import json
import signal
import sys
import time

from keyring_site import BINARY, DAY, ISSUER, main, poll


def publishes_the_next_key_before_it_signs(ring):
    mirror, old = ring.mirror(), ring.current()
    mirror.freeze()
    child = ring.start(*ring.verifier(mirror))
    poll(lambda: ring.state()["waiting"]["count"] == 1, "it waits")
    new = ring.next()
    assert ring.published() == [old, new]
    assert ring.mint() == old
    assert ring.status()["running"]
    assert mirror.url in ring.status()["waiting"]["named"][0]
    ring.run("status", "--dir", ring.dir)
    assert f"waits for {mirror.url}: has not got it yet" in ring.said
    mirror.thaw()
    out, err = child.communicate(timeout=15)
    assert child.returncode == 0 and out == new + "\n", err
    assert ring.mint() == new and ring.kids("retiring") == [old]
    assert ring.state()["waiting"]["count"] == 0


def waits_for_every_verifier(ring):
    first, second = ring.mirror(), ring.mirror()
    first.freeze()
    second.freeze()
    flag = ring.folder / "flag"
    check = ring.program("has", f"test -e {flag}.$1\n")
    path = ring.settings(
        f'verifiers = ( {{ command = [ "{check}", "%k" ]; }} );'
        ' wait = { longest = "1s"; };')
    child = ring.start("--config", path, *ring.verifier(first),
                       *ring.verifier(second))
    poll(lambda: ring.state()["waiting"]["count"] == 3, "it waits")
    first.thaw()
    poll(lambda: ring.state()["waiting"]["count"] == 2, "the first has it")
    (ring.folder / f"flag.{ring.next()}").touch()
    poll(lambda: ring.state()["waiting"]["count"] == 1, "the second has it")
    assert child.poll() is None
    second.thaw()
    assert child.wait(15) == 0


def verifier_that_is_down_is_named_once_in_the_same_words(ring):
    """Each change of them is written to the keyring and the log."""
    path = ring.settings('verifiers = ( { url = "https://127.0.0.1:1/"; } );'
                         ' wait = { first = "1s"; longest = "1s"; };')
    ring.rotate("--wait", "3s", "--config", path, expect=4)
    assert ring.said.count("waiting for") == 1, ring.said
    assert "connect to server" in ring.said and " ms" not in ring.said


def gives_up_at_the_deadline_and_goes_on_the_next_time(ring):
    mirror, old = ring.mirror(), ring.current()
    mirror.freeze()
    ring.rotate("--wait", "1s", *ring.verifier(mirror), expect=4)
    assert "1 verifiers lack it" in ring.said
    new = ring.next()
    ring.rotate("--wait", "1s", *ring.verifier(mirror), expect=4)
    assert ring.next() == new and ring.mint() == old
    mirror.thaw()
    assert ring.rotate(*ring.verifier(mirror)) == [new]


def asks_less_and_less_often(ring):
    mirror = ring.mirror()
    mirror.freeze()
    ring.rotate("--wait", "7s", *ring.verifier(mirror), expect=4)
    # At 0, 1, 3 and 7 s, less up to a quarter of each pause.
    assert 3 <= mirror.requests <= 5, mirror.requests


def another_key_under_the_same_kid_does_not_count(ring):
    mirror = ring.mirror()
    mirror.freeze()
    ring.rotate("--wait", "1s", *ring.verifier(mirror), expect=4)
    keys = json.loads((ring.www / "jwks.json").read_text())
    keys["keys"][1] = dict(keys["keys"][0], kid=ring.next())
    mirror.fixed = (200, [], json.dumps(keys).encode())
    ring.rotate("--wait", "1s", *ring.verifier(mirror), expect=4)
    assert "has not got it yet" in ring.status()["waiting"]["named"][0]


def what_is_no_jwks_over_trusted_tls_does_not_count(ring):
    mirror = ring.mirror()
    answers = [
        (404, [], b"{}"), (200, [], b"not json"), (200, [], b'{"keys":5}'),
        (302, [("Location", mirror.url)], b""),
        (200, [], b'{"keys":[]}' + b" " * (300 * 1024)), (503, [], b"")]
    for answer in answers:
        mirror.fixed = answer
        ring.rotate("--wait", "1s", *ring.verifier(mirror), expect=4)
    mirror.thaw()
    ring.rotate("--wait", "1s", "--verifier", mirror.url, expect=4)
    assert "certificate" in ring.status()["waiting"]["named"][0]
    ring.rotate("--verifier", mirror.url.replace("https", "http"), expect=2)
    ring.rotate(*ring.verifier(mirror))


def a_key_is_public_for_as_long_as_caches_may_be_old(ring):
    ring.rotate("--publish-ahead", "1h", "--wait", "1s", expect=4)
    new = ring.next()
    ring.age(3590)
    ring.rotate("--publish-ahead", "1h", "--wait", "1s", expect=4)
    ring.age(9)
    assert ring.rotate("--publish-ahead", "1h") == [new]


def the_second_of_two_at_once_says_so(ring):
    mirror = ring.mirror()
    mirror.freeze()
    child = ring.start(*ring.verifier(mirror))
    poll(lambda: ring.state()["waiting"]["count"] == 1, "it waits")
    ring.rotate(expect=3)
    assert "another rotation runs" in ring.said
    assert ring.next() and child.poll() is None
    child.send_signal(signal.SIGKILL)
    child.wait()
    mirror.thaw()
    ring.rotate()


def a_killed_wait_goes_on_with_the_same_key(ring):
    mirror = ring.mirror()
    mirror.freeze()
    for _ in range(3):
        child = ring.start(*ring.verifier(mirror))
        poll(lambda: ring.state()["waiting"]["count"] == 1, "it waits")
        seen = ring.next()
        asked = mirror.requests
        poll(lambda: mirror.requests > asked, "it asks again")
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert not ring.status()["running"]
        ring.run("status", "--dir", ring.dir, "--check", expect=4)
    mirror.thaw()
    assert ring.rotate(*ring.verifier(mirror)) == [seen]
    ring.run("status", "--dir", ring.dir, "--check")


def a_key_that_is_dropped_meanwhile_never_signs(ring):
    mirror, old = ring.mirror(), ring.current()
    mirror.freeze()
    child = ring.start(*ring.verifier(mirror))
    poll(lambda: ring.state()["waiting"]["count"] == 1, "it waits")
    ring.run("drop", "--dir", ring.dir, "--", ring.next())
    ring.publish()
    mirror.thaw()
    assert child.wait(15) == 0
    assert ring.current() == old and len(ring.state()["keys"]) == 1


def the_age_decides(ring):
    old = ring.current()
    ring.rotate("--if-older-than", "30d")
    assert ring.current() == old
    ring.age(30 * DAY - 60)
    ring.rotate("--if-older-than", "30d")
    assert ring.current() == old
    # A month that was missed is caught up by any later run.
    ring.age(45 * DAY)
    new, = ring.rotate("--if-older-than", "30d")
    assert ring.current() == new != old
    ring.rotate("--if-older-than", "30d")
    assert ring.current() == new
    ring.age(-400 * DAY)  # the clock was ahead, and is set back
    ring.rotate("--if-older-than", "30d")
    assert ring.current() == new


def an_old_key_goes_when_its_last_token_is_dead(ring):
    old = ring.current()
    ring.rotate("--token-lifetime", "1h")
    ring.age(3600 + 290)
    ring.rotate("--if-older-than", "30d")
    assert ring.published()[0] == old
    ring.age(20)
    ring.rotate("--if-older-than", "30d")
    assert old not in ring.published() and not ring.kids("retiring")
    assert not (ring.dir / f"{old}.pem").exists()


def a_token_that_lives_longer_keeps_its_key(ring):
    old = ring.current()
    ring.run("mint", "--dir", ring.dir, "--subject", "s", "--audience", "a",
             "--lifetime", 2 * DAY)
    ring.rotate("--token-lifetime", "1h")
    ring.age(DAY)
    ring.rotate("--if-older-than", "30d")
    assert old in ring.published()
    # Also one that is signed while the key retires already.
    ring.mint("--lifetime", 3 * DAY, f"--kid={old}")
    until = ring.status()["keys"][0]["drop_after"]
    assert until >= time.time() + 3 * DAY
    # A usual one changes nothing.
    before = (ring.dir / "keyring.json").stat().st_ino
    ring.mint("--lifetime", 900)
    assert (ring.dir / "keyring.json").stat().st_ino == before


def a_keyring_of_the_release_before_is_taken_over(ring):
    def old_form(state):
        for key in state["keys"]:
            for name in ("published", "signing", "retired"):
                key.pop(name, None)
        for name in ("token_lifetime", "pending", "waiting"):
            state.pop(name)
        state["version"] = 1
    old, new = ring.current(), ring.rotate()[0]
    ring.edit(old_form)
    assert ring.mint() == new and ring.status()["keys"][0]["drop_after"]
    ring.age(2 * DAY)
    ring.rotate("--if-older-than", "30d")
    assert old not in ring.published() and ring.state()["version"] == 2


def a_key_that_was_handed_over_becomes_the_next(ring):
    ring.run("init", "--dir", ring.folder / "other", "--issuer", ISSUER)
    made = next((ring.folder / "other").glob("*.pem"))
    assert ring.rotate("--next-key", made) == [made.stem]
    made.chmod(0o644)
    ring.rotate("--next-key", made, expect=1)
    made.chmod(0o600)
    ring.rotate("--next-key", made, expect=1)
    assert "in the keyring already" in ring.said
    ring.rotate("--next-key", made, "--alg", "RS256", expect=1)
    assert ring.current() == made.stem and not ring.next()


def a_dry_run_changes_nothing(ring):
    mirror = ring.mirror()
    before = (ring.dir / "keyring.json").read_bytes()
    ring.rotate("--dry-run", *ring.verifier(mirror))
    assert f"would wait until {mirror.url} has the next key" in ring.said
    ring.rotate("--dry-run", "--if-older-than", "30d")
    assert "no new key before" in ring.said
    ring.rotate("--dry-run", "--compromised")
    assert f"would throw {ring.current()} out" in ring.said
    assert before == (ring.dir / "keyring.json").read_bytes()
    assert mirror.requests == 0


def status_says_by_its_exit_what_needs_a_look(ring):
    check = ["status", "--dir", ring.dir, "--check", "--if-older-than", "30d"]
    ring.run(*check)
    ring.age(32 * DAY)
    ring.run(*check)
    ring.age(2 * DAY)
    ring.run(*check, expect=6)
    assert "a new key is due at" in ring.said
    ring.rotate("--hook", ring.hook(status=1), expect=5)
    ring.run(*check, expect=5)
    assert 'not told yet: "published"' in ring.said
    ring.rotate()
    ring.run(*check)


def files_that_cannot_be_written_stop_a_rotation(ring):
    old = ring.current()
    (ring.www / "jwks.json").unlink()
    (ring.www / "jwks.json").mkdir()
    ring.rotate(expect=1)
    assert ring.current() == old and ring.mint() == old
    (ring.www / "jwks.json").rmdir()
    new, = ring.rotate()
    assert ring.published() == [old, new]


def memory_stays_the_same_while_it_waits(ring):
    def resident(child):
        with open(f"/proc/{child.pid}/status") as lines:
            return next(int(line.split()[1]) for line in lines
                        if line.startswith("VmRSS"))
    mirror = ring.mirror()
    mirror.freeze()
    one = (f'{{ url = "{mirror.url}"; ca_file = "{ring.folder}/ca.pem"; }}')
    path = ring.settings("verifiers = ( " + ", ".join([one] * 64) + " );"
                         ' wait = { longest = "1s"; };')
    child = ring.start("--config", path)
    poll(lambda: mirror.requests > 2 * 64, "two rounds")
    early = resident(child)
    poll(lambda: mirror.requests > 8 * 64, "eight rounds")
    late = resident(child)
    print(f"       {early} KiB, later {late} KiB")
    if b"__asan_init" in open(BINARY, "rb").read():
        print("       skipped: a sanitizer keeps what was freed")
        return
    assert late <= early + 512 and late < 24 * 1024


if __name__ == "__main__":
    sys.exit(main(sys.modules["__main__"], "keyring_rotate"))
