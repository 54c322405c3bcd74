# SPDX-License-Identifier: ISC
"""jwtauth-fetchd looks up the host names of Redis, and keeps what it knew."""

import json
import os
import shutil
import signal
import stat
import sys

from clock_shift import Clock
from fetchd_site import poll, run

SHIM = os.environ.get("HOST_ANSWERS_SO", "tests/unit/.libs/host_answers.so")
REDIS = "redis.example.com"
OTHER = "other.example.com"


class Dns:
    """What the site's processes are told, to be changed at any time."""

    def __init__(self, site):
        self.path = site.folder / "answers"
        library = site.folder / "host_answers.so"
        shutil.copy(SHIM, library)
        self.say({})
        before = site.environment.get("LD_PRELOAD", "")
        site.environment = {
            **site.environment, "HOST_ANSWERS": str(self.path),
            "LD_PRELOAD": f"{before} {library}".strip(),
            "ASAN_OPTIONS": "verify_asan_link_order=0:detect_leaks=0"}

    def say(self, answers):
        new = self.path.with_suffix(".new")
        new.write_text("".join(f"{name} {words}\n"
                               for name, words in answers.items()))
        new.chmod(0o644)
        new.rename(self.path)


def use(place, *addresses):
    """The config's Redis at these addresses."""
    text = place.config.read_text()
    begin = text.index("revocation = ")
    listed = ", ".join(f'"{address}"' for address in addresses)
    place.config.write_text(text[:begin] + f"""\
revocation = {{ store = "redis"; redis = {{ raw_tokens = false;
    addresses = [ {listed} ]; }}; }};
""")


def known(place, name=REDIS):
    """What the file has of one name; None: there is no such file or name."""
    path = place.names / "redis.json"
    if not path.exists():
        return None
    for one in json.loads(path.read_text())["names"]:
        if one["name"] == name:
            return one
    return None


def addresses(place, name=REDIS):
    found = known(place, name)
    return found and found["addresses"]


def all_addresses_of_a_name_are_written(site):
    dns = Dns(site)
    dns.say({REDIS: "10.0.0.1 2001:db8::1 10.0.0.1", OTHER: "10.0.0.2"})
    use(site, f"tcp:{REDIS}:6379", f"tcp:{OTHER}:1", "tcp:10.0.0.9:6379",
        "tcp:Redis.Example.Com:6380")
    site.serve()
    assert addresses(site) == ["10.0.0.1", "2001:db8::1"]
    assert addresses(site, OTHER) == ["10.0.0.2"]
    assert known(site)["answered_at"] > 1700000000
    assert known(site)["trouble"] == ""
    path = site.names / "redis.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert len(json.loads(path.read_text())["names"]) == 2
    assert f"{REDIS}: 10.0.0.1, 2001:db8::1" in site.log()


def no_more_than_eight_are_kept_and_none_that_no_server_has(site):
    dns = Dns(site)
    dns.say({REDIS: " ".join(f"10.0.0.{i}" for i in range(1, 12)),
             OTHER: "0.0.0.0 fe80::1 224.0.0.1 :: 255.255.255.255"})
    use(site, f"tcp:{REDIS}:6379", f"tcp:{OTHER}:1")
    site.serve()
    assert addresses(site) == [f"10.0.0.{i}" for i in range(1, 9)]
    assert addresses(site, OTHER) == []
    assert known(site, OTHER)["trouble"]


def a_new_answer_is_taken_within_the_interval(site):
    clock = Clock(site)
    dns = Dns(site)
    dns.say({REDIS: "10.0.0.1"})
    use(site, f"tcp:{REDIS}:6379")
    site.serve()
    dns.say({REDIS: "10.0.0.2"})
    clock.set(passed=20)
    site.ask("first")  # the loop goes round
    assert addresses(site) == ["10.0.0.1"]
    clock.set(passed=34)  # 30 seconds, and a tenth
    site.ask("first")
    poll(lambda: addresses(site) == ["10.0.0.2"], "the new address")


def a_reload_looks_up_at_once_what_the_config_names_now(site):
    dns = Dns(site)
    dns.say({REDIS: "10.0.0.1", OTHER: "10.0.0.2"})
    use(site, f"tcp:{REDIS}:6379")
    daemon = site.serve()
    use(site, f"tcp:{OTHER}:6379")
    daemon.send_signal(signal.SIGHUP)
    poll(lambda: addresses(site, OTHER) == ["10.0.0.2"], "the other name")
    assert known(site) is None
    use(site, "tcp:10.0.0.1:6379")
    daemon.send_signal(signal.SIGHUP)
    poll(lambda: not (site.names / "redis.json").exists(), "no file")


def an_outage_leaves_the_addresses_of_before(site):
    dns = Dns(site)
    dns.say({REDIS: "10.0.0.1"})
    use(site, f"tcp:{REDIS}:6379")
    daemon = site.serve()
    since = known(site)["answered_at"]
    for answer in ({}, {REDIS: ""}, {REDIS: "0.0.0.0"}):
        dns.say(answer)
        daemon.send_signal(signal.SIGHUP)
        poll(lambda: known(site)["trouble"], "the trouble")
        assert addresses(site) == ["10.0.0.1"]
        assert known(site)["answered_at"] == since
        dns.say({REDIS: "10.0.0.1"})  # tried again within seconds
        poll(lambda: not known(site)["trouble"], "the end of the trouble")
        since = known(site)["answered_at"]
    assert "the addresses of before stay: 10.0.0.1" in site.log()


def the_next_daemon_goes_on_with_what_the_last_one_knew(site):
    dns = Dns(site)
    dns.say({REDIS: "10.0.0.1"})
    use(site, f"tcp:{REDIS}:6379")
    daemon = site.serve()
    daemon.terminate()
    daemon.wait(10)
    dns.say({})
    site.serve()
    assert addresses(site) == ["10.0.0.1"]
    assert known(site)["trouble"]


def a_damaged_file_is_written_anew(site):
    dns = Dns(site)
    dns.say({REDIS: "10.0.0.1"})
    (site.names / "redis.json").write_text("{")
    use(site, f"tcp:{REDIS}:6379")
    site.serve()
    assert addresses(site) == ["10.0.0.1"]


def a_look_up_that_hangs_holds_up_nothing_else(site):
    dns = Dns(site)
    dns.say({REDIS: "hang", OTHER: "10.0.0.2"})
    use(site, f"tcp:{REDIS}:6379", f"tcp:{OTHER}:1")
    daemon = site.serve()
    assert addresses(site) == []
    assert addresses(site, OTHER) == ["10.0.0.2"]
    for _ in range(100):  # a look-up that goes on is not begun again
        daemon.send_signal(signal.SIGHUP)
        assert site.ask("first") == "ok"
    tasks = os.listdir(f"/proc/{daemon.pid}/task")
    assert len(tasks) < 8, tasks
    dns.say({REDIS: "10.0.0.1", OTHER: "10.0.0.2"})
    poll(lambda: addresses(site) == ["10.0.0.1"], "the late answer")
    dns.say({REDIS: "hang", OTHER: "10.0.0.2"})
    daemon.send_signal(signal.SIGHUP)
    use(site, "tcp:10.0.0.1:6379")
    daemon.send_signal(signal.SIGHUP)
    assert site.ask("first") == "ok"
    daemon.terminate()
    assert daemon.wait(10) == 0


def a_name_without_an_answer_is_said_to_be_so(site):
    Dns(site)
    use(site, f"tcp:{REDIS}:6379")
    site.serve()
    assert addresses(site) == []
    assert "not known" in known(site)["trouble"]
    assert f"{REDIS}: no address, so Redis can't be asked" in site.log()


def without_a_name_nothing_is_looked_up_or_written(site):
    site.serve()
    assert list(site.names.iterdir()) == []


if __name__ == "__main__":
    sys.exit(run(globals(), "fetchd_names"))
