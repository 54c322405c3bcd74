"""The Redis store with a real Redis, where one is installed: in a host."""

import os
from pathlib import Path

import hosts
import machine
import pytest

BUILD = Path(os.environ.get("JWTAUTH_BUILD",
                            hosts.HERE.parents[1] / "build/gcc"))
ACL = hosts.HERE.parents[1] / "etc/redis/jwtauth.acl"
PLACE = "/run/redis-store"


def libcunit(program):
    """The one library of the tests that no host has."""
    for line in machine.run(["ldd", str(program)]).splitlines():
        name, _, path = line.partition(" => ")
        if name.strip().startswith("libcunit"):
            return Path(path.split()[0])
    raise AssertionError(f"{program} is not linked with CUnit")


def put(host, source, mode="644"):
    target = f"{PLACE}/{source.name}"
    host.run(["sh", "-c", 'cat >"$0" && chmod "$1" "$0"', target, mode],
             input=source.read_bytes())
    return target


def run(host, program, *options):
    """A program of build/gcc, in the host, where there is a redis-server."""
    assert program.exists(), f"{program}: make check builds it"
    host.run(["mkdir", "-p", PLACE])
    done = host.run(["env", f"LD_LIBRARY_PATH={PLACE}",
                     "JWT_REDIS_SERVER=/usr/bin/redis-server",
                     f"JWT_REDIS_ACL={put(host, ACL)}",
                     put(host, program, "755"), *options], check=False)
    shown = done.stdout if isinstance(done.stdout, str) else ""
    assert done.returncode == 0, shown
    return shown


def run_suite(host, name):
    program = BUILD / "tests/unit" / name
    host.run(["mkdir", "-p", PLACE])
    put(host, libcunit(program))
    shown = run(host, program)
    assert " passed, 0 failed" in shown, shown


@pytest.mark.parametrize("name", ["redis_store", "redis_loss",
                                  "redis_care"])
def test_the_store_keeps_its_rules_with_a_real_redis(plain_hosts, name):
    run_suite(plain_hosts["issuer"], name)


def test_tls_failover_sentinel_and_cluster_with_real_servers(plain_hosts):
    run_suite(plain_hosts["issuer"], "redis_topology")


def test_the_bench_of_revocation_still_runs(plain_hosts):
    """It measures nothing here."""
    shown = run(plain_hosts["issuer"],
                BUILD / "tests/bench/revocation/revocation", "--smoke")
    assert shown.count(": met") + shown.count(": NOT MET") == 9, shown
