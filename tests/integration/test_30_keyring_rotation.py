"""The issuer's own rotation: the timer as systemd fires it, the waiting run
killed and resumed, and a stolen key that hosts refuse within seconds."""

import json
import time

import pytest

import jwtsite
from machine import poll

HOME = "/var/lib/jwtauth-keyring"
SETTINGS = "/etc/jwtauth/keyring.conf"
SERVICE, TIMER = "jwt-key-rotation.service", "jwt-key-rotation.timer"
DAY = 86400

CONFIG = f"""\
dir = "{HOME}/keys";
out = "{HOME}/www";
rotate_after = "30d";
token_lifetime = "1h";
verifiers = (
    {{ url = "https://issuer.example.test/ring/jwks.json";
       ca_file = "{jwtsite.CA_FILE}"; }},
    {{ command = [ "/usr/bin/test", "-e", "{HOME}/allow" ]; }} );
wait = {{ longest = "1s"; }};
"""


class Rotation:
    """The keyring of the timer on the issuer's host."""

    def __init__(self, host):
        self.host = host

    def run(self, *words, check=True):
        return self.host.run(
            ["setpriv", "--reuid=jwtauth-keyring", "--regid=jwtauth-keyring",
             "--init-groups", "jwt-keyring", *words], check=check)

    def state(self):
        return json.loads(self.host.read_file(f"{HOME}/keys/keyring.json"))

    def kids(self, state):
        return [key["kid"] for key in self.state()["keys"]
                if key["state"] == state]

    def age(self, days):
        """As if the keys had been made earlier."""
        state = self.state()
        for key in state["keys"]:
            for name in ("created", "published", "signing"):
                if key.get(name):
                    key[name] -= days * DAY
        self.host.write_file(f"{HOME}/keys/keyring.json", json.dumps(state),
                             0o600, "jwtauth-keyring:jwtauth-keyring")

    def allow(self, yes):
        self.host.run(["touch" if yes else "rm", *([] if yes else ["-f"]),
                       f"{HOME}/allow"])

    def property(self, name, unit=SERVICE):
        return self.host.run(["systemctl", "show", "-P", name,
                              unit]).stdout.strip()

    def drop_in(self, unit, text):
        self.host.run(["mkdir", "-p", f"/etc/systemd/system/{unit}.d"])
        self.host.write_file(f"/etc/systemd/system/{unit}.d/test.conf", text)
        self.host.run(["systemctl", "daemon-reload"])

    def waits(self):
        return self.property("ActiveState") == "activating" and \
            self.state()["waiting"]["count"] == 1


@pytest.fixture(scope="module")
def rotation(any_site):
    host = any_site.issuer
    host.write_file(jwtsite.CA_FILE, host.read_file("/srv/tls/ca.pem"))
    config = host.read_file("/etc/nginx/sites-enabled/default")
    host.write_file("/etc/nginx/sites-enabled/default", config.replace(
        "default_type", f"location /ring/ {{ alias {HOME}/www/; }}\n"
        "    default_type"))
    host.run(["systemctl", "reload", "nginx"])
    made = Rotation(host)
    made.run("init", "--dir", f"{HOME}/keys", "--issuer", jwtsite.ISSUER)
    host.write_file(SETTINGS, CONFIG, 0o640, "root:jwtauth-conf")
    made.run("publish", "--config", SETTINGS)
    made.drop_in(SERVICE, "[Service]\nRestartSec=1\n")
    yield made
    host.run(["systemctl", "stop", TIMER, SERVICE], check=False)


def fires(rotation, calendar):
    """The timer, with another calendar: systemd does the rest."""
    rotation.drop_in(TIMER, "[Timer]\nOnCalendar=\nRandomizedDelaySec=0\n"
                     f"AccuracySec=100ms\nOnCalendar={calendar}\n")
    rotation.host.run(["systemctl", "restart", TIMER])


def test_the_package_enables_nothing(any_site):
    done = any_site.issuer.run(["systemctl", "is-enabled", TIMER], check=False)
    assert done.stdout.strip() == "disabled"


def test_the_timer_leaves_a_young_key_alone(rotation):
    current = rotation.kids("current")
    mark = rotation.host.mark()
    fires(rotation, "*-*-* *:*:0/2")
    poll(lambda: any("Finished" in line or "Deactivated" in line
                     for line in rotation.host.messages(mark, tag="systemd")),
         20, "the timer has fired")
    rotation.host.run(["systemctl", "stop", TIMER])
    assert rotation.property("Result") == "success"
    assert rotation.kids("current") == current and not rotation.kids("next")


def test_the_timer_rotates_a_key_that_is_due_and_waits(rotation):
    old, = rotation.kids("current")
    rotation.age(31)
    rotation.allow(False)
    fires(rotation, "*-*-* *:*:0/2")
    poll(rotation.waits, 30, "the rotation waits for the last verifier")
    assert rotation.property("LastTriggerUSec", TIMER) not in ("", "n/a")
    rotation.host.run(["systemctl", "stop", TIMER])
    assert rotation.kids("current") == [old]
    served = rotation.host.run(
        ["curl", "-s", "--cacert", jwtsite.CA_FILE,
         "https://issuer.example.test/ring/jwks.json"]).stdout
    assert rotation.kids("next")[0] in served and old in served


def test_it_stays_far_below_its_memory_limit_while_it_waits(rotation):
    pid = rotation.property("MainPID")
    status = rotation.host.read_file(f"/proc/{pid}/status")
    resident = next(int(line.split()[1]) for line in status.splitlines()
                    if line.startswith("VmRSS"))
    print(f"resident {resident} KiB, MemoryHigh"
          f" {rotation.property('MemoryHigh')}, MemoryCurrent"
          f" {rotation.property('MemoryCurrent')}")
    assert resident * 1024 * 2 < int(rotation.property("MemoryHigh"))
    assert rotation.property("User") == "jwtauth-keyring"


def test_the_second_of_two_at_once_says_so(rotation):
    done = rotation.run("rotate", "--config", SETTINGS, check=False)
    assert done.returncode == 3 and "another rotation runs" in done.stderr


def test_a_killed_rotation_is_resumed_and_ends(rotation):
    seen, = rotation.kids("next")
    pid = rotation.property("MainPID")
    rotation.host.run(["systemctl", "kill", "-s", "KILL", SERVICE])
    poll(lambda: rotation.property("MainPID") not in ("0", pid), 20,
         "systemd has started it again")
    poll(rotation.waits, 20, "it waits again")
    assert rotation.kids("next") == [seen]
    rotation.allow(True)
    poll(lambda: rotation.property("ActiveState") == "inactive", 20,
         "the rotation is done")
    assert rotation.property("Result") == "success"
    assert rotation.kids("current") == [seen]
    assert len(rotation.kids("retiring")) == 1


def test_a_month_that_was_missed_is_caught_up(rotation):
    old, = rotation.kids("current")
    rotation.age(45)
    stamp = f"/var/lib/systemd/timers/stamp-{TIMER}"
    # The next date is months away; Persistent= is what fires it.
    fires(rotation, "*-01-01 00:00:00" if time.gmtime().tm_mon != 1
          else "*-07-01 00:00:00")
    rotation.host.run(["touch", "-d", "400 days ago", stamp])
    rotation.host.run(["systemctl", "restart", TIMER])
    poll(lambda: rotation.kids("current") != [old], 20, "it has rotated")
    rotation.host.run(["systemctl", "stop", TIMER])


def test_the_sandbox_is_tight(rotation):
    shown = rotation.host.run(["systemd-analyze", "security", "--no-pager",
                               SERVICE], check=False).stdout
    last = shown.strip().splitlines()[-1]
    print(last)
    assert float(last.split(":")[1].split()[0]) <= 1.5


def test_a_service_mints_from_its_credentials_alone(rotation):
    keys = f"{HOME}/keys"
    shown = rotation.host.run(
        ["systemd-run", "--quiet", "--pipe", "--wait",
         "-p", "DynamicUser=yes",
         "-p", f"LoadCredential=keyring.json:{keys}/keyring.json",
         "-p", f"LoadCredential=signing:{keys}/signing",
         "sh", "-c", 'jwt-keyring mint --credentials "$CREDENTIALS_DIRECTORY"'
         " --subject s --audience a"]).stdout
    assert shown.count(".") == 2
    done = rotation.host.run(
        ["systemd-run", "--quiet", "--pipe", "--wait", "-p",
         "DynamicUser=yes", "jwt-keyring", "mint", "--dir", keys, "--subject",
         "s", "--audience", "a"], check=False)
    assert done.returncode != 0


def test_a_stolen_key_is_refused_by_hosts_within_seconds(any_site):
    site = any_site
    site.let_issuer_into_web1()
    ssh = '"/usr/bin/ssh", "-o", "BatchMode=yes", "root@web1"'
    site.issuer.write_file("/root/keyring.conf", f"""\
dir = "{jwtsite.KEYRING}"; out = "{jwtsite.WWW}";
revoke = ( {{ command = [ {ssh}, "jwtauthctl", "revoke", "--kid", "%k" ]; }} );
refresh = ( {{ command = [ {ssh}, "jwtauthctl", "keys", "refresh" ]; }} );
""", 0o600)
    stolen, _ = site.current_key()
    token = site.mint("alice", bound=False)
    assert site.check(token)["reason"] == "ok"
    began = time.monotonic()
    site.issuer.run(["jwt-keyring", "rotate", "--compromised", "--config",
                     "/root/keyring.conf"])
    took = time.monotonic() - began
    reason = site.check(token)["reason"]
    print(f"refused as {reason} after {took:.1f} s")
    assert reason in ("revoked", "key_unknown") and took < 10
    site.publish()
    assert stolen not in site.issuer.read_file(f"{jwtsite.WWW}/jwks.json")
    assert stolen in json.dumps(json.loads(site.web1.run(
        ["jwtauthctl", "revoked", "list", "--json"]).stdout))
    assert site.check(site.mint("alice", bound=False))["reason"] == "ok"


def test_a_rotation_waits_until_a_host_has_the_key(any_site):
    """The host itself says so; no login asks for an unknown kid."""
    site = any_site
    site.let_issuer_into_web1()
    ssh = '"/usr/bin/ssh", "-o", "BatchMode=yes", "root@web1"'
    site.issuer.write_file("/root/keyring.conf", f"""\
dir = "{jwtsite.KEYRING}"; out = "{jwtsite.WWW}";
verifiers = ( {{ command = [ {ssh}, "jwtauthctl", "keys", "has", "%k" ]; }} );
hooks = ( {{ after = [ "published" ];
             command = [ {ssh}, "jwtauthctl", "keys", "refresh" ]; }} );
wait = {{ longest = "1s"; }};
""", 0o600)
    site.issuer.run(["jwt-keyring", "rotate", "--config",
                     "/root/keyring.conf"])
    before = site.requests_for_keys()
    assert site.check(site.mint("alice", bound=False))["reason"] == "ok"
    assert site.requests_for_keys() == before
