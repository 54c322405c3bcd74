"""What a fault of Redis does to a login: the whole table, on one host.

tests/fault/REDIS.md is what was seen; with JWTAUTH_WRITE_TABLES set it is
written anew.
"""

import os

import pytest

import fleet
import hosts

FAULT = hosts.HERE.parents[1] / "tests/fault"
ACL = hosts.HERE.parents[1] / "etc/redis/jwtauth.acl"
TABLE = FAULT / "REDIS.md"
PLACE = "/run/redis-faults"
DEADLINE = 600  # seconds; it takes about one minute
# How many revoke and log in at once; "make storm" takes 1,000.
STORM = os.environ.get("JWTAUTH_STORM", "200")


@pytest.fixture(scope="module")
def host(whole_site):
    """A server with our packages and a stock Redis, and nobody to log in."""
    made = fleet.boot_server(whole_site, "faults")
    made.run(["mkdir", "-m", "755", PLACE])
    for path in [ACL, *FAULT.glob("redis_*.py")]:
        made.write_file(f"{PLACE}/{path.name}", path.read_text())
    return made


def run(host, script, *words):
    return host.run(["env", "PYTHONDONTWRITEBYTECODE=1", "python3",
                     f"{PLACE}/{script}", *words], check=False,
                    timeout=DEADLINE)


def outcomes(text):
    """Without the last column, whose words are OpenSSL's and the kernel's."""
    return [line.rsplit("|", 2)[0] for line in text.splitlines()
            if line.startswith("|")]


def test_no_fault_lets_a_revoked_token_in_nor_with_a_copy_keeps_one_out(host):
    done = run(host, "redis_table.py")
    assert done.stderr.endswith(" passed, 0 failed, 0 skipped\n"), done.stderr
    if os.environ.get("JWTAUTH_WRITE_TABLES"):
        TABLE.write_text(done.stdout)
    (host.lab.logs / "redis-table.md").write_text(done.stdout)
    assert outcomes(done.stdout) == outcomes(TABLE.read_text()), \
        f"{TABLE} is not what was seen: {host.lab.logs}/redis-table.md"


@pytest.mark.parametrize("how", ["killed", "cut"])
def test_what_was_acknowledged_is_in_force_after_a_storm(host, how):
    done = run(host, "redis_storm.py", STORM, how)
    assert done.returncode == 0, done.stdout + done.stderr
