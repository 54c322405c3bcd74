"""Back-channel logout under attack: tokens, requests, and what stands behind
the receiver.
"""

import hashlib
import json
import time

import pytest

import logouts
from jwtsite import AUDIENCE, ISSUER
from logouts import (CLIENT, EVENT, fresh, issuer_of_logouts, listed,
                     logout_token, post, post_token, raw_scgi, reason, scgi,
                     to_writer)
from machine import HostError

FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def receiver(any_site):
    site = any_site
    logouts.let_logouts_in(site)
    logouts.set_up(site)
    yield site
    logouts.tear_down(site)


def refusals(site):
    """What is posted, and the reason in the answer."""
    forge = issuer_of_logouts(site)
    now = int(time.time())
    good = {"typ": "logout+jwt"}
    access = site.forge("alice")
    yield "alg none", forge.none(), "alg_not_allowed"
    yield "HS256 by the public key", forge.hmac_of_public_key(), (
        "alg_not_allowed")
    yield "changed payload", forge.changed_payload(sub="id-of-bob"), (
        "signature_invalid")
    yield "unknown kid", forge.token(head={**good, "kid": "nobodys"}), (
        "key_unknown")
    yield "another issuer", forge.token(
        head=good, iss="https://evil.example.test"), "issuer_unknown"
    yield "another client", forge.token(head=good, aud="others"), (
        "audience_mismatch")
    yield "the hosts' own audience", forge.token(head=good, aud=AUDIENCE), (
        "audience_mismatch")
    yield "a nonce", forge.token(head=good, nonce="n"), "type_not_allowed"
    yield "no events", forge.token(["events"], good), "type_not_allowed"
    yield "another event", forge.token(
        head=good, events={EVENT + "s": {}}), "type_not_allowed"
    yield "the event as text", forge.token(head=good, events=EVENT), (
        "type_not_allowed")
    yield "an access token", access.token(), "type_not_allowed"
    yield "an access token's type", forge.token(head={"typ": "at+jwt"}), (
        "type_not_allowed")
    yield "an ID token", access.token(
        ["scope"], {"typ": "JWT"}, aud=CLIENT, nonce="n"), "type_not_allowed"
    yield "an ID token without nonce", access.token(
        head={"typ": "JWT"}, aud=CLIENT), "type_not_allowed"
    yield "no jti", forge.token(["jti"], good), "claim_missing"
    yield "nobody", forge.token(["sub"], good), "claim_missing"
    yield "no iat", forge.token(["iat"], good), "claim_missing"
    yield "no exp", forge.token(["exp"], good), "claim_missing"
    yield "expired", forge.token(
        head=good, iat=now - 600, exp=now - 300), "expired"
    yield "from the future", forge.token(
        head=good, iat=now + 300, exp=now + 420), "not_yet_valid"
    yield "for a day", forge.token(head=good, exp=now + 86000), (
        "lifetime_too_long")
    yield "no token at all", "a.b.c", "token_malformed"
    yield "nothing", "", "token_malformed"


def test_what_is_no_logout_token_for_us_is_refused(receiver):
    site = receiver
    token = fresh(site, sid="kept")
    mark = site.web1.mark()
    before = len(listed(site))
    for what, posted, expected in refusals(site):
        status, answer, headers = post_token(site, posted)
        assert (status, answer) == (400, {
            "error": "invalid_request", "error_description": expected}), what
        assert headers["cache-control"] == "no-store"
        assert headers["content-type"] == "application/json"
    assert len(listed(site)) == before
    assert reason(site, token) == "ok"
    line = site.decision(mark, event="logout", reason="audience_mismatch")
    assert line["issuer"] == ISSUER and line["decision"] == "deny"


def test_a_logout_token_counts_once(receiver):
    site = receiver
    token = logout_token(site)
    assert post_token(site, token)[0] == 200
    status, answer, _ = post_token(site, token)
    assert (status, answer["error_description"]) == (400, "replayed")


def test_an_unknown_key_is_fetched_for_as_in_a_login(receiver):
    site = receiver
    token = fresh(site)
    site.rotate()
    assert post_token(site, logout_token(site))[0] == 200
    assert reason(site, token) == "revoked"


def test_an_issuer_without_logout_audience_is_refused(receiver):
    site = receiver
    before = site.web1.read_file("/etc/jwtauth/jwtauth.conf")
    site.configure(before.replace("logout_audience", "#logout_audience", 1))
    try:
        status, answer, _ = post_token(site, logout_token(site))
        assert (status, answer["error_description"]) == (400, "policy_denied")
    finally:
        site.configure(before)


def test_requests_that_are_no_logout_get_the_right_status(receiver):
    site = receiver
    token = logout_token(site)
    form = f"logout_token={token}"
    plain = ["-H", "Content-Type: application/json"]
    assert post(site, form, "-X", "GET")[0] == 405
    assert post(site, form, "-X", "PUT")[0] == 405
    assert post(site, form, *plain)[0] == 415
    assert post(site, f"{form}&{form}")[0] == 400
    assert post(site, "logout_token=%")[0] == 400
    assert post(site, "x=1")[0] == 400
    assert post(site, "logout_token=" + "a" * 30000)[0] == 413
    assert post(site, "logout_token=" + "a" * 20000)[0] == 400
    # None of them used the token up.
    assert post(site, "x=1&" + form + "&y=2")[0] == 200


def headers(length, method="POST", content_type=FORM):
    return [("CONTENT_LENGTH", str(length)), ("SCGI", "1"),
            ("REQUEST_METHOD", method), ("CONTENT_TYPE", content_type)]


def test_a_web_server_that_was_broken_into_gets_no_further(receiver):
    """Requests as nginx never writes them, each answered or cut off."""
    site = receiver
    odd = [
        (b"", "400"),
        (b"GET / HTTP/1.1\r\n\r\n", "400"),
        (b"99999:", "413"),
        (b"0:,", "400"),
        (scgi(headers(100000)), "413"),
        (scgi(headers(5), b"ab"), "400"),
        (scgi(headers(1), b"ab"), "400"),
        (scgi([("SCGI", "1"), ("CONTENT_LENGTH", "0")]), "400"),
        (scgi(headers(0) + [("CONTENT_LENGTH", "9")]), "400"),
        (scgi(headers(0) + [("X", "a" * 16000)]), "400"),
        (scgi(headers(0) + [("X", "a" * 17000)]), "413"),
        (scgi(headers(0, "GET")), "405"),
        (b"\0" * 60000, "400"),
    ]
    for data, status in odd:
        shown = raw_scgi(site, data)
        assert shown.startswith(f"Status: {status} "), (data[:80], shown)
    states = site.web1.run(["systemctl", "list-units", "--failed", "--plain",
                            "--no-legend"]).stdout
    assert "jwtauth" not in states
    assert post_token(site, logout_token(site))[0] == 200


def test_a_slow_request_is_ended(receiver):
    began = time.monotonic()
    shown = raw_scgi(receiver, scgi(headers(5), b"ab"), shut=False)
    assert shown.startswith("Status: 408 ")
    assert 4 < time.monotonic() - began < 10


def test_while_the_store_is_away_the_issuer_is_told_to_come_again(receiver):
    site = receiver
    token = logout_token(site)
    site.web1.run(["systemctl", "stop", "jwtauth-revoke.socket"])
    # Stopping it stops what requires it.
    site.web1.run(["systemctl", "start", "jwtauth-logout.socket"])
    site.web1.run(["mv", "/run/jwtauth-revoke/revoke.sock",
                   "/run/jwtauth-revoke/aside"])
    try:
        status, answer, _ = post_token(site, token)
        assert (status, answer) == (400, {
            "error": "temporarily_unavailable",
            "error_description": "revocation_unreachable"})
    finally:
        site.web1.run(["mv", "/run/jwtauth-revoke/aside",
                       "/run/jwtauth-revoke/revoke.sock"])
    assert post_token(site, token)[0] == 200


# -- the two boundaries behind it

def order(kind, value="x", until=3600, before=None, count=1):
    now = int(time.time())
    lines = ""
    for number in range(count):
        entry = {"until": now + until, "when": now, "what": "by hand"}
        if before is not None:
            entry["before"] = now + before
        name = hashlib.sha256(f"{ISSUER}\n{value}{number}".encode())
        lines += f"{kind}-{name.hexdigest()} {json.dumps(entry)}\n"
    return lines + "end\n"


def test_the_writer_takes_from_the_receiver_no_more_than_a_logout(receiver):
    site = receiver
    before = {entry["hash"] for entry in listed(site)}
    day = 86400
    bad = [order("kid"), order("jti"), order("sig"), order("sub"),
           order("sub", before=3600), order("sid", until=30 * day),
           order("sid", until=-10), order("sid", count=3), order("sid")[:-4],
           "end\n", "", "x", order("sid").replace("sid-", "../sid-"),
           order("sid") + order("sid"), "x" * 200000]
    for lines, answer in zip(bad, to_writer(site, "jwtauth-logout", *bad)):
        assert answer["result"] == "failed", lines[:80]
        assert answer["entries"] == []
    # Fewer, where one's time is over meanwhile.
    assert {entry["hash"] for entry in listed(site)} <= before
    one, again = to_writer(site, "jwtauth-logout", order("sub", before=0),
                           order("sub", before=-1))
    assert (one["result"], one["by"]) == ("revoked", "jwtauth-logout")
    assert again["result"] == "revoked_before"


def test_the_writer_takes_from_root_and_from_nobody_else(receiver):
    site = receiver
    assert to_writer(site, "root", order("kid", "of-root"))[0]["by"] == "root"
    for user in "alice", "www-data", "jwtauth", "jwtauth-fetch":
        with pytest.raises(HostError, match="Permission denied"):
            to_writer(site, user, order("sid"))
    # And where the mode is wrong one day, the kernel's word counts.
    site.web1.run(["chmod", "666", "/run/jwtauth-revoke/revoke.sock"])
    try:
        answer = to_writer(site, "alice", order("sid"))[0]
        assert (answer["result"], answer["error"]) == (
            "failed", "policy_denied")
    finally:
        site.web1.run(["chmod", "660", "/run/jwtauth-revoke/revoke.sock"])


def test_a_flood_from_the_receiver_ends(receiver):
    site = receiver
    seconds = int(float(site.web1.read_file("/proc/uptime").split()[0]))
    site.web1.write_file("/run/jwtauth-revoke/rate/logout", f"1 {seconds}\n",
                         0o600, "jwtauth-revoke:jwtauth-revoke")
    answers = to_writer(site, "jwtauth-logout",
                        *[order("sid", f"flood{i}", count=2)
                          for i in range(20)])
    refused = [a for a in answers if a["result"] == "failed"]
    assert len(refused) > 10
    assert {a["error"] for a in refused} == {"revocation_unreachable"}
    assert to_writer(site, "root", order("sid"))[0]["result"] != "failed"
    site.web1.run(["rm", "/run/jwtauth-revoke/rate/logout"])


def test_the_writer_counts_on_in_no_store_that_went_back(receiver):
    """Another host's revocations are gone, of which no journal here knows:
    counting on would end the denial of the hosts that have seen them."""
    site = receiver
    reason(site, fresh(site))  # a login raises the mark
    path = f"/var/lib/jwtauth/seen/{site.store}"
    before = site.web1.read_file(path)
    epoch, count = before.split()
    site.web1.write_file(path, f"{epoch} {int(count) + 5}\n", 0o644,
                         "jwtauth:jwtauth")
    try:
        for user in "root", "jwtauth-logout":
            answer, = to_writer(site, user, order("sid", "after-loss"))
            assert (answer["result"], answer["error"]) == (
                "failed", "revocation_lost"), answer
        status, answer, _ = post_token(site, logout_token(site))
        assert (status, answer["error"]) == (400, "temporarily_unavailable")
    finally:
        site.web1.write_file(path, before, 0o644, "jwtauth:jwtauth")
    answer, = to_writer(site, "jwtauth-logout", order("sid", "after-loss"))
    assert answer["result"] == "revoked"


def test_the_writer_reads_the_mark_and_can_neither_change_nor_lock_it(
        receiver):
    site = receiver
    reason(site, fresh(site))
    folder = "/var/lib/jwtauth/seen"
    def tried(command):
        return site.web1.run(
            ["runuser", "-u", "jwtauth-revoke", "--", "sh", "-c",
             command], check=False).returncode == 0
    assert tried(f"cat {folder}/{site.store}")
    for command in (f"echo x >{folder}/{site.store}", f"touch {folder}/x",
                    f"ls {folder}", f"cat {folder}/.lock",
                    f"rm {folder}/{site.store}"):
        assert not tried(command), command


UNIT_SHELL = """\
[Service]
ExecStart=
ExecStart=/bin/sh -c 'exec 2>&1; id; {}'
"""


def test_in_its_unit_the_receiver_sees_no_secret_and_no_store(receiver):
    """What the unit of a receiver that was broken into lets it do."""
    site = receiver
    folder = "/run/systemd/system/jwtauth-logout@.service.d"
    script = ("cat /etc/jwtauth/jwtauth.conf >/dev/null && echo config;"
              " cat /var/cache/jwtauth/corp.json >/dev/null && echo keys;"
              " ls /etc/jwtauth/secrets; ls /etc/jwtauth/revoker;"
              " ls /var/lib/jwtauth/revoked; ls /run/jwtauth;"
              " touch /var/cache/jwtauth/x; touch /etc/x; ls /home/alice;"
              " kill -0 1; cat /proc/self/net/dev")
    site.web1.run(["mkdir", "-p", folder])
    site.web1.write_file(f"{folder}/shell.conf", UNIT_SHELL.format(script))
    try:
        site.web1.run(["systemctl", "daemon-reload"])
        shown = raw_scgi(site, b"")
    finally:
        site.web1.run(["rm", "-r", folder])
        site.web1.run(["systemctl", "daemon-reload"])
    lines = shown.splitlines()
    assert "(jwtauth-logout)" in lines[0]
    assert lines[1:3] == ["config", "keys"], shown
    refused = [line for line in lines if line.endswith((
        "Permission denied", "Read-only file system",
        "Operation not permitted"))]
    assert len(refused) == 8, shown
    assert " lo:" in shown and "host0" not in shown


def test_the_units_are_tight(receiver):
    shown = {}
    for unit in "jwtauth-revoke@x.service", "jwtauth-logout@x.service":
        last = receiver.web1.run(["systemd-analyze", "security", "--no-pager",
                                  unit]).stdout.splitlines()[-1]
        shown[unit] = float(last.split(": ")[1].split()[0])
    print("\n", shown)
    assert shown["jwtauth-revoke@x.service"] <= 1.5
    assert shown["jwtauth-logout@x.service"] <= 0.5


def test_all_processes_of_a_socket_together_have_a_bound(receiver):
    """Of memory and tasks: each of their units alone has one, too."""
    def show(unit, *names):
        shown = receiver.web1.run(["systemctl", "show", unit, "-p",
                                   ",".join(names)]).stdout
        return dict(line.split("=", 1) for line in shown.splitlines())
    for name in "jwtauth-revoke", "jwtauth-logout":
        unit = show(f"{name}@x.service", "Slice", "TasksMax", "MemoryMax")
        together = show(unit["Slice"], "TasksMax", "MemoryMax")
        most = int(show(f"{name}.socket", "MaxConnections")["MaxConnections"])
        assert unit["Slice"] == f"{name}.slice"
        assert int(together["MemoryMax"]) <= 512 << 20
        assert most <= int(together["TasksMax"]) <= 128
