# SPDX-License-Identifier: ISC
"""jwtauth-followd and a Redis. Each test states a rule."""

import json
import os
import signal
import socket
import sys
import time

from clock_shift import Clock
from fetchd_site import DEADLINE, poll, run
from followd_site import ID, PREFIX, Site, array, bulk, hashed, raw_name

TOKEN = "aGVhZA.Ym9keQ.c2ln"
STAYS = "the copy stays as it is"


def a_first_copy_has_all_that_is_there(site):
    names = {site.redis.revoke(kind, "a")
             for kind in ("sig", "jti", "sid", "sub", "kid")}
    site.redis.put(PREFIX + TOKEN, "1", 900)
    site.copied()
    assert site.names() == names | {raw_name(TOKEN)}
    assert (site.copy / "epoch").read_text() == f"{ID} 5\n"
    state = site.state()
    assert state["entries"] == 5 and state["raw"] == 1
    assert abs(state["synced_at"] - time.time()) < 30
    assert abs(state["scanned_at"] - time.time()) < 30
    until = site.entry(raw_name(TOKEN))["until"]
    assert abs(until - time.time() - 900) < 5


def no_raw_token_touches_the_disk(site):
    site.redis.put(PREFIX + TOKEN, "1", 900)
    site.copied()
    for path in site.copy.iterdir():
        assert TOKEN not in path.name and TOKEN not in path.read_text()
    assert TOKEN not in site.log()


def a_change_follows_at_once_and_so_does_its_undoing(site):
    site.follow()
    name = site.redis.revoke("jti", "a", why="stolen")
    poll(lambda: name in site.names(), "the entry")
    assert site.entry(name)["why"] == "stolen"
    poll(lambda: (site.copy / "epoch").read_text() == f"{ID} 1\n", "epoch")
    site.redis.change("undo", "jti", "a")
    poll(lambda: name not in site.names(), "no entry")


def raw_tokens_come_and_go_within_the_interval(site):
    site.follow()
    site.redis.put(PREFIX + TOKEN, "1", 900)
    poll(lambda: raw_name(TOKEN) in site.names(), "the raw token")
    site.redis.put(PREFIX + TOKEN, "1", 1800)  # for longer
    poll(lambda: site.entry(raw_name(TOKEN))["until"] > time.time() + 1000,
         "its new end")
    site.redis.delete(PREFIX + TOKEN)
    poll(lambda: raw_name(TOKEN) not in site.names(), "no raw token")


def what_redis_evicted_stays(site):
    site.follow()
    name = site.redis.revoke("jti", "a")
    site.redis.put(PREFIX + TOKEN, "1", 900)
    poll(lambda: raw_name(TOKEN) in site.names(), "the raw token")
    with site.redis.changed:
        site.redis.evicted += 2
        site.redis.delete(PREFIX + TOKEN)
        site.redis.delete(PREFIX + name.replace("-", ":"))
    site.scans()
    assert {name, raw_name(TOKEN)} <= site.names()


def what_redis_evicted_while_it_was_searched_stays(site):
    redis, evicted = site.redis, []

    def evict(words):
        with redis.changed:
            redis.twists.pop("PTTL")
            answer = redis.answer(words)  # it is still there
            redis.evicted += 1
            redis.delete(words[1])
            evicted.append(words[1])
        return answer

    redis.put(PREFIX + TOKEN, "1", 900)
    redis.twists["PTTL"] = evict
    site.follow()
    assert evicted == [PREFIX + TOKEN]
    site.scans(3)
    assert raw_name(TOKEN) in site.names()


def a_store_that_was_emptied_and_filled_again_deleted_nothing(site):
    """Our writers' entries came back with the epoch; raw tokens can't."""
    site.follow()
    site.redis.put(PREFIX + TOKEN, "1", 900)
    poll(lambda: raw_name(TOKEN) in site.names(), "the raw token")
    with site.redis.changed:
        site.redis.flushes += 1
        site.redis.delete(PREFIX + TOKEN)
    site.scans(3)
    assert raw_name(TOKEN) in site.names()


def a_store_that_was_emptied_while_it_was_searched_deleted_nothing(site):
    def empty():
        site.redis.flushes += 1

    site.follow()
    site.lose_raw_in_a_search(TOKEN, empty)
    poll(lambda: "the server changed during the search" in site.log(),
         "a word of it")
    site.scans(3)
    assert raw_name(TOKEN) in site.names()


def a_stream_that_went_back_while_it_was_searched_deleted_nothing(site):
    site.follow()
    name = site.redis.revoke("jti", "a")
    poll(lambda: name in site.names(), "the entry")
    site.lose_raw_in_a_search(TOKEN, site.redis.stream.clear)
    site.scans(3)
    assert raw_name(TOKEN) in site.names()


def a_store_that_may_evict_is_not_followed(site):
    site.follow()
    site.redis.put(PREFIX + TOKEN, "1", 900)
    poll(lambda: raw_name(TOKEN) in site.names(), "the raw token")
    with site.redis.changed:
        site.redis.policy = "volatile-lru"
        site.redis.delete(PREFIX + TOKEN)
    poll(lambda: "revocation_lost: redis: this server forgets" in site.log(),
         "a word of it")
    assert raw_name(TOKEN) in site.names()


def a_store_that_was_emptied_changes_nothing(site):
    site.follow()
    name = site.redis.revoke("jti", "a")
    site.redis.put(PREFIX + TOKEN, "1", 900)
    poll(lambda: {name, raw_name(TOKEN)} <= site.names(), "both")
    synced_at = site.state()["synced_at"]
    site.redis.keys.clear()
    site.redis.stream.clear()
    poll(lambda: "revocation_lost: the store has no epoch" in site.log(),
         "a word of it")
    tries = len(site.redis.asked)
    poll(lambda: len(site.redis.asked) > tries + 2, "more tries")
    assert {name, raw_name(TOKEN)} <= site.names()
    assert site.state()["synced_at"] - synced_at < 6
    assert site.log().count(STAYS) == 1, site.log()
    site.redis.set_epoch(0)  # made again, with less
    tries = len(site.redis.asked)
    poll(lambda: len(site.redis.asked) > tries + 2, "more tries")
    assert {name, raw_name(TOKEN)} <= site.names()


def a_lower_counter_or_another_store_changes_nothing(site):
    name = site.redis.revoke("jti", "a")
    site.copied()
    for counter, store in ((0, ID), (9, "fedcba9876543210")):
        site.redis.set_epoch(counter, store)
        site.redis.delete(PREFIX + name.replace("-", ":"))
        state = site.state()
        assert site.once() == 1
        assert name in site.names() and site.state() == state
        assert "revocation_lost" in site.log()


def raw_tokens_that_a_restart_lost_stay_until_their_end(site):
    process = site.follow()
    site.redis.put(PREFIX + TOKEN, "1", 900)
    poll(lambda: raw_name(TOKEN) in site.names(), "the raw token")
    with site.redis.changed:
        site.redis.restart()  # with the same epoch: restored, say
        site.redis.delete(PREFIX + TOKEN)
    site.scans()
    assert raw_name(TOKEN) in site.names()
    process.kill()
    process.wait()
    path = site.copy / raw_name(TOKEN)
    path.write_text(json.dumps({"until": int(time.time()) - 2, "when": 1}))
    site.follow()
    poll(lambda: raw_name(TOKEN) not in site.names(), "no raw token")


def raw_tokens_that_an_emptied_store_lost_stay(site):
    """By the server that had them; its epoch came back, from a journal."""
    site.follow()
    site.redis.revoke("jti", "a")
    site.redis.put(PREFIX + TOKEN, "1", 900)
    poll(lambda: raw_name(TOKEN) in site.names(), "the raw token")
    with site.redis.changed:
        site.redis.keys.clear()
        site.redis.stream.clear()
    poll(lambda: "revocation_lost" in site.log(), "a word of it")
    site.redis.set_epoch(1)
    site.scans(3)
    assert raw_name(TOKEN) in site.names()


def raw_tokens_that_were_lost_between_two_looks_stay(site):
    def went_back():
        site.redis.stream.clear()

    def jumped():
        site.redis.set_epoch(site.redis.counter + 1)

    def other_data():
        site.redis.data = "0" * 40

    site.follow()
    for lost in (went_back, jumped, other_data):
        site.redis.revoke("jti", "a")
        site.redis.put(PREFIX + TOKEN, "1", 900)
        poll(lambda: raw_name(TOKEN) in site.names(), "the raw token")
        site.scans()
        with site.redis.changed:
            site.redis.delete(PREFIX + TOKEN)
            lost()
        site.scans(3)
        assert raw_name(TOKEN) in site.names(), lost


def an_accepted_store_is_followed_and_what_was_there_stays(site):
    name = site.redis.revoke("jti", "a")
    site.copied()
    site.redis.keys.clear()
    site.redis.stream.clear()
    site.redis.set_epoch(2, "fedcba9876543210")
    word = site.seen / "redis.accepted"
    word.write_text(f"{ID} 0\n")  # of another store
    assert site.once() == 1
    word.write_text("fedcba9876543210 2\n")
    os.utime(word, (1, 1))  # long before this loss
    assert site.once() == 1
    os.utime(word)
    site.redis.twists["SCAN"] = b"-ERR no\r\n"
    assert site.once() == 1  # it begins, and the old epoch says no more
    assert not (site.copy / "epoch").exists()
    assert site.state()["synced_at"] == 0
    site.redis.twists = {}
    site.copied()
    assert (site.copy / "epoch").read_text() == "fedcba9876543210 2\n"
    assert name in site.names()


def missing_changes_bring_the_whole_list(site):
    site.follow()
    name = site.redis.revoke("jti", "a", stream=False)  # an older writer
    poll(lambda: name in site.names(), "the entry")
    poll(lambda: (site.copy / "epoch").read_text() == f"{ID} 1\n", "epoch")
    site.processes[-1].kill()
    site.processes[-1].wait()
    gone = site.redis.revoke("sid", "b")
    kept = site.redis.revoke("sid", "c")
    site.redis.stream.pop(0)  # trimmed
    site.follow()
    assert {name, gone, kept} <= site.names()
    assert (site.copy / "epoch").read_text() == f"{ID} 3\n"


def a_list_of_a_store_that_is_lost_meanwhile_counts_nothing(site):
    redis = site.redis

    def emptied():
        redis.keys.clear()

    def made_anew():
        redis.keys.clear()
        redis.set_epoch(9, "fedcba9876543210")

    def went_back():
        redis.keys.clear()
        redis.set_epoch(1)

    for lost in (emptied, made_anew, went_back):
        def lose(words):
            redis.twists.pop("SCAN")
            lost()
            return redis.answer(words)

        redis.set_epoch(0)
        for number in range(3):
            redis.revoke("jti", number)
        redis.twists["SCAN"] = lose
        assert site.once() == 1, lost
        assert not (site.copy / "epoch").exists(), lost


def a_stream_that_went_back_is_read_whole(site):
    first = site.redis.revoke("jti", "a")
    site.redis.number += 1000
    site.redis.revoke("jti", "b")
    site.copied()
    site.redis.stream.pop()
    site.redis.number -= 1000
    site.redis.change("undo", "jti", "a")
    site.redis.set_epoch(9)
    site.copied()
    assert first not in site.names()


def a_change_that_comes_again_narrows_nothing(site):
    now = int(time.time())
    site.redis.revoke("sub", "alice", before=now - 500)
    name = site.redis.revoke("sub", "alice", before=now)
    site.copied()
    assert site.entry(name)["before"] == now
    (site.copy / "state").unlink()
    site.redis.stream.pop()
    site.copied()
    assert site.entry(name)["before"] == now


def an_undo_that_comes_again_undoes_nothing(site):
    site.redis.revoke("jti", "a")
    site.redis.change("undo", "jti", "a")
    name = site.redis.revoke("jti", "a")
    site.redis.stream.pop()  # the list brings it, and no change after it
    site.copied()
    assert name in site.names()


def a_copy_that_reads_another_stream_decides_nothing_until_then(site):
    site.redis.revoke("jti", "a")
    site.copied()
    site.redis.stream.clear()
    site.redis.twists["SCAN"] = b"-ERR no\r\n"
    assert site.once() == 1
    assert site.state()["synced_at"] == 0
    word = site.seen / "redis.accepted"  # long before, of less than it has
    word.write_text(f"{ID} 0\n")
    os.utime(word, (1, 1))
    site.redis.twists = {}
    site.redis.set_epoch(0)
    assert site.once() == 1 and "revocation_lost" in site.log()
    site.redis.set_epoch(1)
    site.copied()


def a_change_that_is_none_brings_the_whole_list(site):
    site.follow()
    name = site.redis.revoke("jti", "a", stream=False)
    site.redis.add_line(op="widen", name=name.replace("-", ":"),
                        epoch=f"{ID} 1", json="{}")  # of a newer writer
    poll(lambda: (site.copy / "epoch").read_text() == f"{ID} 1\n", "epoch")
    assert name in site.names()


def an_entry_that_is_over_is_neither_copied_nor_kept(site):
    name = site.redis.revoke("jti", "a", until=int(time.time()) - 1)
    site.copied()
    assert name not in site.names()
    (site.copy / name).write_text('{"until":1,"when":1}')
    site.copied()
    assert name not in site.names()


def a_clock_that_was_ahead_lost_nothing(site):
    clock = Clock(site)
    old = site.redis.revoke("jti", "a")
    site.copied()
    clock.set(86400)
    site.start(environment=site.environment)
    poll(lambda: old not in site.names(), "that it is over")
    new = site.redis.revoke("jti", "b")
    poll(lambda: (site.copy / "epoch").read_text() == f"{ID} 2\n", "epoch")
    assert new not in site.names()
    clock.set(0)
    poll(lambda: {old, new} <= site.names(), "both")
    poll(lambda: 0 < site.state()["synced_at"] <= time.time(), "its time")
    assert "the clock went back" in site.log()


def a_copy_of_the_future_is_made_again(site):
    name = site.redis.revoke("jti", "a")
    site.copied()
    for member in ("synced_at", "scanned_at"):
        (site.copy / name).unlink()
        state = site.state()
        state[member] += 1000
        (site.copy / "state").write_text(json.dumps(state))
        site.stop_redis()
        assert site.once() == 1
        assert site.state()["synced_at"] == site.state()["scanned_at"] == 0
        site.start_redis()
        site.copied()
        assert name in site.names(), member


def one_killed_while_it_copies_leaves_whole_files(site):
    names = {site.redis.revoke("jti", n) for n in range(600)}
    tokens = {raw_name(f"a.{n}.c") for n in range(600)}
    for n in range(600):
        site.redis.put(f"{PREFIX}a.{n}.c", "1", 900)
    for share in (50, 400, 590, 650, 1100):
        process = site.start()
        poll(lambda: len(site.names()) >= share or process.poll() is not None,
             "some files")
        process.kill()
        process.wait()
        for name in site.names():
            assert site.entry(name)["until"] > time.time()
        if (site.copy / "state").exists():
            state = site.state()
            assert state["scanned_at"] == 0 or tokens <= site.names()
            assert state["synced_at"] == 0 or names <= site.names()
    site.copied()
    assert site.names() == names | tokens


def names_of_a_hostile_redis_stay_where_they_are(site):
    good = hashed("jti", "a")
    bad = ["../../etc/passwd", "jti:../../../../tmp/x", f"raw:{good}",
           f"epoch:{good}", f"jti:{good.upper()}", f"jti:{good}0",
           f"jti:{good[1:]}/", "", "state", f"xxx:{good}", "jti:" + "\0" * 64]
    for name in bad:
        site.redis.add_line(op="add", name=name, epoch=f"{ID} 0",
                            json='{"until":1900000000,"when":1}')
        site.redis.put(PREFIX + name, "1", 900)
    for token in ("../a.b.c", "a.b.c/d", "a.b", "a.b.c.d", "a b.c.d", "user:7",
                  "a." + "b" * 16400 + ".c"):
        site.redis.put(PREFIX + token, "1", 900)
    site.copied()
    assert site.names() == set()
    assert sorted(os.listdir(site.copy)) == [
        ".follower", "epoch", "state"]
    assert site.log().count("is none") == 1, site.log()


def an_entry_without_sense_counts_for_ever(site):
    name = f"kid:{hashed('kid', 'a')}"
    for text in ("", "x", "{}", '{"until":-1}', "{" * 3000, "9" * 4096):
        site.redis.add_line(op="add", name=name, epoch=f"{ID} 0", json=text)
        site.copied()
        assert site.entry(name.replace(":", "-"))["until"] == 253402300799
        (site.copy / name.replace(":", "-")).unlink()


def answers_without_sense_leave_the_copy_alone(site):
    name = site.redis.revoke("jti", "a")
    site.copied()
    entry = array(bulk("5-0"), array(bulk("op"), bulk("add")))
    stream = PREFIX + "stream"
    bad = {
        "XREAD": [b":1\r\n", b"+OK\r\n", b"*0\r\n", array(bulk("x")),
                  array(array(bulk(stream))), b"-NOPERM no\r\n",
                  array(array(bulk(stream), bulk("x"))),
                  array(array(bulk(stream), array(bulk("x")))),
                  array(array(bulk(stream), array(array(bulk("x"))))),
                  array(array(bulk(stream), array(
                      array(bulk("1-x"), array())))),
                  array(array(bulk(stream), array(
                      array(bulk("9" * 21 + "-0"), array())))),
                  # the same again and again
                  array(array(bulk(stream), array(entry)))],
        "XREVRANGE": [b":1\r\n", array(bulk("x")), array(entry, entry)],
        "SCAN": [b":1\r\n", array(bulk("0")), array(b":0\r\n", array()),
                 array(bulk("0"), bulk("x")), array(bulk("9" * 30), array()),
                 array(bulk("0"), array(b":1\r\n")),
                 array(bulk("0"), array(bulk("other:a.b.c")))],
        "INFO": [b":1\r\n", bulk(""), bulk("run_id:x\r\n"), b"-NOPERM x\r\n"],
        "ROLE": [array(bulk("slave"))],
    }
    state = site.state()
    for command, answers in bad.items():
        for answer in answers:
            site.redis.twists = {command: answer}
            assert site.once() == 1, (command, answer)
            assert name in site.names()
            after = site.state()
            assert after["scanned_at"] == state["scanned_at"] \
                or command not in ("SCAN", "INFO"), (command, answer)
    site.redis.twists = {}
    site.copied()


def an_answer_too_long_is_refused_and_the_copy_gets_old(site):
    site.copied()
    scanned_at = site.state()["scanned_at"]
    site.redis.put(PREFIX + "a" * (1 << 20), "1")
    assert site.once() == 1
    assert site.state()["scanned_at"] == scanned_at
    assert "an answer of more than" in site.log()
    site.start()
    poll(lambda: "an application's key below" in site.log(), "a word of it")


def long_keys_of_others_keep_no_token_from_being_found(site):
    for n in range(100):
        site.redis.put(f"{PREFIX}{n}{'a' * 40000}", "1")
    site.redis.put(PREFIX + "z.z.z", "1", 900)
    site.start()
    poll(lambda: raw_name("z.z.z") in site.names(), "the token")


def long_tokens_come_in_small_steps(site):
    tokens = [f"a.{n}{'b' * 8000}.c" for n in range(300)]
    for token in tokens:
        site.redis.put(PREFIX + token, "1", 900)
    process = site.start()
    poll(lambda: len(site.names()) == 300, "all tokens")
    assert process.poll() is None


def a_flood_of_changes_is_followed_to_its_end(site):
    for n in range(1200):
        name = site.redis.revoke("sid", n % 7)
    site.copied()
    assert len(site.names()) == 7 and name in site.names()
    assert (site.copy / "epoch").read_text() == f"{ID} 1200\n"


def a_stream_that_never_ends_keeps_no_search_from_its_turn(site):
    def steady(words):
        site.redis.revoke("jti", site.redis.counter % 7)
        with site.redis.changed:
            return site.redis.do_xread(*words[1:])

    site.redis.put(PREFIX + TOKEN, "1", 900)
    site.redis.twists["XREAD"] = steady
    site.copied()
    assert raw_name(TOKEN) in site.names()


def a_copy_without_room_decides_nothing_until_there_is_some(site):
    for n in range(12):
        site.redis.put(f"{PREFIX}a.{n}.c", "1", 900)
    names = {site.redis.revoke("jti", n) for n in range(12)}
    assert site.start("--once", "--room", "20").wait(DEADLINE) == 1
    assert len(site.names()) == 20
    code, shown = site.status()
    assert code == 1 and "more than the 20" in shown
    process = site.start("--room", "20")
    poll(lambda: site.log().count(", not whole") == 2, "a word of it")
    for n in range(10):
        site.redis.delete(f"{PREFIX}a.{n}.c")
    poll(lambda: "there is room" in site.log(), "room")
    tokens = {raw_name(f"a.{n}.c") for n in (10, 11)}
    poll(lambda: site.names() == names | tokens, "all of it")
    poll(lambda: site.status()[0] == 0, "that it decides")
    assert process.poll() is None


def an_outage_is_one_line_and_its_end_another(site):
    site.follow()
    site.stop_redis()
    poll(lambda: STAYS in site.log(), "a word of it")
    began = time.monotonic()
    poll(lambda: time.monotonic() > began + 3, "a while")
    assert site.log().count("\n") == 2, site.log()
    site.start_redis()
    poll(lambda: site.log().count("follows the store") == 2, "its end")
    assert site.log().count("\n") == 3, site.log()


def where_no_copy_is_wanted_it_ends_well(site):
    site.configure(last_known=False)
    assert site.start().wait(DEADLINE) == 0
    assert 'on_unreachable is not "last_known"' in site.log()
    assert not (site.copy / "state").exists()


def it_logs_in_as_the_follower(site):
    secret = site.folder / "secret"
    secret.write_text("FOLLOWER\n")
    os.chown(secret, site.copy.stat().st_uid, -1)
    secret.chmod(0o600)
    site.configure(redis='user = "host"; password_file = "/nonexistent"; '
                   'follower_user = "copier"; '
                   f'follower_password_file = "{secret}";')
    site.copied()
    assert {tuple(w) for w in site.redis.asked if w[0] == "AUTH"} == {
        ("AUTH", "copier", "FOLLOWER")}


def a_folder_that_others_may_write_is_refused(site):
    site.copy.chmod(0o777)
    assert site.once() == 2
    assert "others" not in site.names()


def a_copy_has_one_follower(site):
    site.follow()
    assert site.once() == 2
    assert "another jwtauth-followd" in site.log()


def systemd_is_told_and_sigterm_ends_it_well(site):
    site.redis.revoke("jti", "a")
    site.copied()
    path = site.folder / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(path))
        path.chmod(0o666)
        heard.settimeout(DEADLINE)
        process = site.start(environment={"NOTIFY_SOCKET": str(path)})
        told = b""
        while b"STATUS=copied" not in told:
            told += heard.recv(512) + b"\n"
    # Ready first: what there is to read may take longer than a start.
    assert told.startswith(b"READY=1\n") and b"WATCHDOG=1" in told
    process.send_signal(signal.SIGTERM)
    assert process.wait(DEADLINE) == 0


def status_says_how_old_the_copy_is_and_whether_it_decides(site):
    code, shown = site.status()
    assert code == 1 and "decides nothing" in shown
    site.redis.revoke("jti", "a")
    site.copied()
    code, shown = site.status()
    assert code == 0 and "1 revocations, 0 raw tokens" in shown
    assert "decides while Redis is away" in shown
    state = site.state()
    state["synced_at"] -= 90000
    (site.copy / "state").write_text(json.dumps(state))
    code, shown = site.status()
    assert code == 1 and "s old, max_age is 86400" in shown


if __name__ == "__main__":
    sys.exit(run(globals(), "followd", Site))
