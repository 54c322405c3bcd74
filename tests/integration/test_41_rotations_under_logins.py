"""Three rotations while people log in, one after another, all the time."""

import json
import threading

import pytest

from jwtsite import ISSUER, KEYRING, WWW
from machine import poll

ROTATIONS = 3
LOGINS = 4  # of each kind before the story goes on
PATIENCE = 60  # seconds for that many


class Logins:
    """Somebody who logs in by ssh with a certificate, over and over, with
    each of the tokens in turn."""

    def __init__(self, site, user, *tokens):
        self.site = site
        self.user = user
        self.lock = threading.Lock()
        self.tokens = tokens
        self.done = 0  # logins since the tokens were last changed
        self.total = 0
        self.refused = []
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *failure):
        self.stopped.set()
        self.thread.join()

    def _run(self):
        while not self.stopped.is_set():
            with self.lock:  # held for a whole login: see use()
                self._log_in(self.tokens[self.total % len(self.tokens)])

    def _log_in(self, token):
        self.total += 1
        self.site.certify(self.user, token)
        said = self.site.ssh(self.user, "id -un")
        if said.stdout != self.user + "\n":
            self.refused.append((token, said.returncode, said.stderr))
        self.done += 1

    def use(self, *tokens):
        """From the next login on; none with another token is under way."""
        with self.lock:
            self.tokens = tokens
            self.done = 0
        self.go_on()

    def go_on(self):
        poll(lambda: self.done >= LOGINS or not self.thread.is_alive(),
             PATIENCE, f"{LOGINS} more logins of {self.user}")
        assert self.thread.is_alive() and not self.refused, self.refused


def fetch_again(site):
    def fetched_at():
        return json.loads(site.web1.read_file(
            "/var/cache/jwtauth/corp.json"))["fetched_at"]

    def renewed():
        site.web1.run(["systemctl", "reload", "jwtauth-fetchd"])
        return fetched_at() > before
    before = fetched_at()
    poll(renewed, 20, "web1 fetches the keys again")


def rotate_by_steps(site):
    """Publishes the next key, waits until nginx shows it, signs with it."""
    site.issuer.run(["jwt-keyring", "rotate", "--dir", KEYRING, "--out", WWW,
                     "--ca-file", "/srv/tls/ca.pem",
                     "--verifier", f"{ISSUER}/jwks.json", "--wait", "30s"])


@pytest.fixture
def two_keys(any_site):
    any_site.drop_old_keys()
    fetch_again(any_site)
    return any_site


def test_three_rotations_refuse_no_valid_token_and_take_no_withdrawn(two_keys):
    site = two_keys
    with Logins(site, "alice", site.mint("alice")) as logins:
        logins.go_on()
        for _ in range(ROTATIONS):
            old = logins.tokens[0]
            carols = site.mint("carol")
            site.certify("carol", carols)
            assert site.ssh("carol", "id -un").stdout == "carol\n"

            rotate_by_steps(site)
            new = site.mint("alice")
            logins.use(old, new)  # both are valid now
            assert site.ssh("carol", "id -un").stdout == "carol\n"
            logins.use(new)

            site.drop_old_keys()
            fetch_again(site)
            assert site.check(old)["reason"] == "key_unknown"
            mark = site.web1.mark()
            assert site.ssh("carol", "true").returncode == 255
            site.decision(mark, service="sshd", reason="key_unknown")
            logins.go_on()
    assert not logins.refused
    assert logins.total >= 3 * ROTATIONS * LOGINS
