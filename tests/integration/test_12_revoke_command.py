"""jwtauthctl revoke and revoked, as an administrator uses them on web1."""

import json
import time

from machine import poll


def revoke(site, *options, input=None, check=False):
    return site.web1.run(["jwtauthctl", "revoke", *options], input=input,
                         check=check)


def answer(site, *options, input=None, status=0):
    """What a program is told: --json."""
    done = revoke(site, "--json", *options, input=input)
    assert done.returncode == status, done.stdout + done.stderr
    (line,) = done.stdout.splitlines()
    return json.loads(line)


def listed(site):
    return json.loads(site.web1.run(
        ["jwtauthctl", "revoked", "list", "--json"]).stdout)



def kinds_added(site, before):
    return sorted(entry["kind"] for entry in listed(site)
                  if entry not in before)


def reason(site, token):
    return site.check(token)["reason"]


def test_a_token_is_revoked_by_its_text_and_its_jti(site):
    token = site.mint("alice", bound=False)
    before = listed(site)
    shown = revoke(site, "--reason", "lost", input=token, check=True).stdout
    assert "id-of-alice" in shown and token.split(".")[2] not in shown
    assert reason(site, token) == "revoked"
    assert kinds_added(site, before) == ["jti", "sig"]


def test_revoking_twice_is_as_good_as_once(site):
    token = site.mint("alice", bound=False)
    revoke(site, input=token, check=True)
    count = len(listed(site))
    revoke(site, input=token, check=True)
    assert len(listed(site)) == count
    assert reason(site, token) == "revoked"


def test_a_token_that_does_not_verify_is_revoked_by_force_only(site):
    good = site.mint("alice", bound=False)
    head, payload, signature = good.split(".")
    forged = ".".join([head, payload, signature[:-8] + "AAAAAAAA"])
    before = listed(site)
    done = revoke(site, input=forged)
    assert done.returncode == 1 and "signature_invalid" in done.stderr
    assert kinds_added(site, before) == []
    assert reason(site, good) == "ok"
    # Its payload is good's, so its text is good's as well, and nothing else.
    revoke(site, "--force", input=forged, check=True)
    assert kinds_added(site, before) == ["sig"]


def test_an_expired_token_is_told_apart_and_revoked(site):
    now = int(time.time())
    token = site.forge("alice").token(iat=now - 7200, nbf=now - 7200,
                                      exp=now - 3600)
    done = revoke(site, input=token, check=True)
    assert "has expired" in done.stderr
    assert "unless a live session uses it" in done.stderr
    assert answer(site, input=token)["token"] == "expired"


def test_a_foreign_token_is_told_apart(site):
    forge = site.forge("alice")
    foreign = forge.token(iss="https://elsewhere.example.test")
    done = revoke(site, input=foreign)
    assert done.returncode == 1
    assert "a foreign token: its issuer is not in the config" in done.stderr
    assert "https://elsewhere.example.test" in done.stderr
    gone = forge.token(head={"kid": "long-gone"})
    assert "signed by no key that its issuer has now" in revoke(
        site, input=gone).stderr
    forced = answer(site, "--force", input=foreign)
    assert (forced["result"], forced["token"]) == ("revoked", "unverified")
    assert [entry["kind"] for entry in forced["entries"]] == ["sig"]


def test_a_program_is_answered_in_one_object(site):
    token = site.mint("alice", bound=False)
    first = answer(site, "--reason", "of the app", input=token)
    assert (first["result"], first["token"]) == ("revoked", "valid")
    assert (first["store"], first["by"], first["why"]) == (
        site.store, "root", "of the app")
    assert [entry["kind"] for entry in first["entries"]] == ["sig", "jti"]
    assert not any(entry["revoked_before"] for entry in first["entries"])
    again = answer(site, input=token)
    assert again["result"] == "revoked_before"
    assert {entry["hash"] for entry in again["entries"]} == {
        entry["hash"] for entry in first["entries"]}
    refused = answer(site, input="no token", status=1)
    assert (refused["result"], refused["error"]) == (
        "refused", "token_malformed")
    unknown = answer(site, "--jti", "x", "--issuer", "nobody", status=2)
    assert (unknown["result"], unknown["error"]) == (
        "refused", "config_error")


def test_what_was_revoked_before_is_said(site):
    revoke(site, "--sid", "twice", check=True)
    shown = revoke(site, "--sid", "twice", check=True).stdout
    assert shown.startswith("was revoked before: sid twice")
    assert "(was revoked before, until " in shown
    # Later, there is more to a subject: tokens that were issued since.
    first = answer(site, "--sub", "id-of-nobody")
    poll(lambda: answer(site, "--sub", "id-of-nobody")["result"] == "revoked",
         3, "the next second")
    assert first["result"] == "revoked"


def test_it_is_remembered_as_long_as_a_session_may_outlive_it(site):
    now = int(time.time())
    token = site.mint("alice", bound=False)
    week, year = 7 * 86400, 366 * 86400
    for options, lasts, given in [
            ([], week, token), (["--jti", "a"], week, None),
            (["--sub", "a"], week, None), (["--sid", "a"], 30 * 86400, None),
            (["--kid", "a"], year, None),
            (["--jti", "b", "--for", "90s"], 90, None),
            (["--for", "30d"], 30 * 86400, token)]:
        for entry in answer(site, *options, input=given)["entries"]:
            assert 0 <= entry["until"] - (now + lasts) < 60, options


SUDOERS = "www-data ALL=(root) NOPASSWD: /usr/sbin/jwtauthctl revoke --json\n"


def test_an_application_without_rights_has_its_hook(site):
    """As examples/fastapi/revoke_hook.py runs it."""
    hook = ["sudo", "-n", "/usr/sbin/jwtauthctl", "revoke", "--json"]
    token = site.mint("alice", bound=False)
    site.web1.write_file("/etc/sudoers.d/90-hook", SUDOERS, 0o440)
    try:
        done = site.web1.run(hook, user="www-data", input=token)
        more = site.web1.run(hook + ["--kid", "x"], user="www-data",
                             check=False)
    finally:
        site.web1.run(["rm", "/etc/sudoers.d/90-hook"])
    assert json.loads(done.stdout)["result"] == "revoked"
    assert reason(site, token) == "revoked"
    assert more.returncode != 0 and more.stdout == ""


def sessions(site):
    """The records, but those of sessions that ended."""
    names = site.web1.run("ls /run/jwtauth/sessions").stdout.split()
    return [name for name in names if not name.endswith(".closed")]


def sudo_is_refused(alice):
    status, shown = alice.run("sudo -n id -un")
    return status != 0 and "root" not in shown.splitlines()


def test_a_live_login_is_revoked_by_its_session(site):
    site.certify("alice", site.mint("alice"))
    before = sessions(site)
    with site.shell("alice") as alice:
        assert alice.run("sudo -n id -un") == (0, "root")
        (name,) = set(sessions(site)) - set(before)
        shown = revoke(site, "--session", name, check=True).stdout
        assert "token of id-of-alice" in shown
        assert f"session {name} of alice" in shown
        assert sudo_is_refused(alice)
        again = answer(site, "--session", name)
        assert again["result"] == "revoked_before"


def test_a_live_login_is_revoked_by_its_certificates_serial(site):
    token = site.mint("alice")
    serial = site.certify_by_hand("alice", token)
    other = site.mint("alice", bound=False)
    with site.shell("alice") as alice:
        assert alice.run("sudo -n id -un") == (0, "root")
        revoked = answer(site, "--session", serial, "--reason", "lost")
        assert revoked["result"] == "revoked"
        assert sudo_is_refused(alice)
    assert reason(site, other) == "ok"


def test_both_tokens_of_a_session_are_revoked(site):
    """The one that opened it, and the one that sudo took last."""
    site.certify("alice", site.mint("alice", scope="ssh"))
    before = sessions(site)
    with site.shell("alice") as alice:
        second = site.mint("alice", bound=False, scope="sudo")
        alice.answer("sudo id -un")
        alice.give_token(second)
        alice.expect("root")
        alice.expect(alice.READY)
        (name,) = set(sessions(site)) - set(before)
        revoked = answer(site, "--session", name)
        assert [entry["kind"] for entry in revoked["entries"]] == [
            "sig", "jti"] * 2
    assert site.check(second, service="sudo")["reason"] == "revoked"


def test_of_a_session_that_is_not_there_nothing_is_revoked(site):
    gone = answer(site, "--session", "4294967294", status=1)
    assert gone["error"] == "no_such_session"
    assert answer(site, "--session", "0" * 16, status=1)["error"] == (
        "no_such_session")
    for odd in "../shadow", "1/../1", "1.closed", "", "pid-1", "x" * 16:
        assert revoke(site, "--session", odd).returncode == 2, odd


def test_root_opens_a_session_and_reads_nothing_of_it(site):
    site.certify("alice", site.mint("alice"))
    before = sessions(site)
    with site.shell("alice") as alice:
        alice.run("true")
        (name,) = set(sessions(site)) - set(before)
        site.web1.run(["strace", "-f", "-y", "-o", "/run/revoke.trace", "-e",
                       "trace=read,pread64,mmap,setresuid,openat",
                       "jwtauthctl", "revoke", "--session", name])
    trace = site.web1.read_file("/run/revoke.trace").splitlines()
    uid = site.web1.run(["id", "-u", "jwtauth"]).stdout.strip()
    path = f"/run/jwtauth/sessions/{name}>"
    reads = [line for line in trace if "read" in line.split()[1]
             and path in line]
    assert reads and not any("mmap" in line and path in line
                             for line in trace)
    reader = reads[0].split()[0]
    own = [line for line in trace if line.split()[0] == reader]
    became = next(i for i, line in enumerate(own)
                  if f"setresuid({uid}, " in line)
    assert became < own.index(reads[0])


def test_by_jti_or_sid_every_token_of_that_name_is_dead(site):
    for name in "jti", "sid":
        token = site.forge("alice").token(**{name: "a-name"})
        assert reason(site, token) == "ok"
        revoke(site, f"--{name}", "a-name", "--issuer", "corp", check=True)
        assert reason(site, token) == "revoked"


def test_by_kid_the_tokens_of_a_stolen_key_are_dead(site):
    token = site.mint("alice", bound=False)
    kid, _ = site.current_key()
    revoke(site, "--kid", kid, "--reason", "stolen", check=True)
    assert reason(site, token) == "revoked"
    site.rotate()
    assert reason(site, site.mint("alice", bound=False)) == "ok"


def test_by_sub_tokens_issued_until_now_are_dead(site):
    token = site.forge("alice").token(sub="id-of-a-thief")
    assert reason(site, token) == "ok"
    revoke(site, "--sub", "id-of-a-thief", "--for", "1h", check=True)
    assert reason(site, token) == "revoked"
    assert reason(site, site.mint("alice", bound=False)) == "ok"


def test_each_revocation_leaves_a_line_for_the_auditor(site):
    mark = site.web1.mark()
    revoke(site, "--jti", "audited", "--reason", "because", check=True)
    lines = [json.loads(line) for line in poll(
        lambda: site.web1.messages(mark, tag="jwtauthctl"), 5,
        "jwtauthctl's line is in the journal")]
    assert [(line["event"], line["kind"], line["why"], line["by"],
             line["result"]) for line in lines] == [
                 ("revoke", "jti", "because", "root", "ok")]


def test_the_token_never_stands_on_the_command_line(site):
    done = revoke(site, site.mint("alice", bound=False))
    assert done.returncode == 2 and "standard input" in done.stderr


def test_the_token_is_read_without_any_right(site):
    """One process reads the token, another one writes to the store."""
    token = site.mint("alice", bound=False)
    site.web1.run(["strace", "-f", "-o", "/run/revoke.trace", "-e",
                   "trace=read,setresuid,openat,write", "jwtauthctl",
                   "revoke"], input=token)
    trace = site.web1.read_file("/run/revoke.trace").splitlines()
    uid = site.web1.run(["id", "-u", "jwtauth"]).stdout.strip()
    writer = site.web1.run(["id", "-u", "jwtauth-revoke"]).stdout.strip()

    def pid_of(needle):
        return next(line.split()[0] for line in trace if needle in line)

    reader = pid_of("read(0, ")
    lines = {pid: [line for line in trace if line.split()[0] == pid]
             for pid in {line.split()[0] for line in trace}}
    became = {}
    for pid, own in lines.items():
        drop = next(i for i, line in enumerate(own) if "setresuid(" in line)
        became[pid] = own[drop].split("setresuid(")[1].split(",")[0]
        first = next(i for i, line in enumerate(own)
                     if "read(0, " in line or "/etc/jwtauth" in line
                     or "/var/lib/jwtauth" in line)
        assert drop < first, own[first]
    assert became[reader] == uid
    assert sorted(became.values()) == sorted([uid, writer])
    for pid, own in lines.items():
        if became[pid] == uid:
            assert not any("/revoker" in line or "/revoked" in line
                           for line in own)


def test_a_store_that_was_ready_stays_as_it_is(site):
    before = listed(site)
    shown = site.web1.run(["jwtauthctl", "revoked", "init"]).stdout
    assert "ready before" in shown
    assert listed(site) == before
    site.web1.run(["systemctl", "start", "jwtauth-sweep.service"])
    assert listed(site) == before


def test_a_revocation_is_shown_and_taken_back(site):
    token = site.mint("alice", bound=False)
    revoke(site, "--reason", "a mistake", input=token, check=True)
    names = [f"{entry['kind']}-{entry['hash']}" for entry in listed(site)
             if entry.get("why") == "a mistake"]
    shown = site.web1.run(["jwtauthctl", "revoked", "show", *names]).stdout
    assert all(name in shown for name in names)
    assert "a mistake" in shown and "id-of-alice" in shown
    assert reason(site, token) == "revoked"
    mark = site.web1.mark()
    site.web1.run(["jwtauthctl", "revoked", "undo", "--reason", "found it",
                   *(name[:24] for name in names)])
    lines = [json.loads(line) for line in poll(
        lambda: site.web1.messages(mark, tag="jwtauthctl"), 5,
        "jwtauthctl's line is in the journal")]
    assert {(line["event"], line["why"], line["by"], line["result"])
            for line in lines} == {("undo", "found it", "root", "ok")}
    assert reason(site, token) == "ok"


def test_a_lost_store_comes_back_from_the_journal(site):
    """No host is told anything: its denial ends by itself."""
    token, good = (site.mint("alice", bound=False) for _ in range(2))
    revoke(site, input=token, check=True)
    assert (reason(site, token), reason(site, good)) == ("revoked", "ok")
    if site.store == "redis":
        site.redis_cli("FLUSHDB")
    else:
        site.web1.run("find /var/lib/jwtauth/revoked -type f -delete")
    assert reason(site, good) == "revocation_lost"
    done = revoke(site, input=good)
    assert done.returncode == 3 and "jwtauthctl revoked restore" in done.stderr
    restore = ["jwtauthctl", "revoked", "restore"]
    if site.store == "redis":  # other hosts may have revoked in it
        told = site.web1.run(restore, check=False)
        assert told.returncode == 1 and "--lift" in told.stdout
        assert (reason(site, token), reason(site, good)) == (
            "revoked", "revocation_lost")
        restore.append("--lift")
    assert "by itself" in site.web1.run(restore).stdout
    assert (reason(site, token), reason(site, good)) == ("revoked", "ok")


def doctor(site):
    done = site.web1.run(["jwtauthctl", "doctor", "--json"], check=False)
    found = json.loads(done.stdout)
    errors = [one for one in found if one["level"] == "error"]
    assert done.returncode == (1 if errors else 0)
    return found, errors


def test_doctor_finds_nothing_wrong_on_a_host_that_is_well(site):
    found, errors = doctor(site)
    assert errors == []
    checks = {one["check"] for one in found}
    assert checks >= {"config", "ids", "folders", "disk", "units", "keys",
                      "check.sock", "store", "journal"}
    assert ("store: server" in checks) == (site.store == "redis")


def test_doctor_finds_what_is_wrong(site):
    site.web1.run(["systemctl", "stop", "jwtauth-sweep.timer"])
    site.web1.run(["chmod", "g+w", "/var/lib/jwtauth/journal"])
    try:
        _, errors = doctor(site)
    finally:
        site.web1.run(["systemctl", "start", "jwtauth-sweep.timer"])
        site.web1.run(["chmod", "g-w", "/var/lib/jwtauth/journal"])
    assert {one["check"] for one in errors} == {"units", "folders", "journal"}
    assert all(one["advice"] for one in errors)
    assert doctor(site)[1] == []


def test_a_lost_store_is_named_and_can_be_accepted(whole_site):
    site = whole_site
    site.use_store("redis")
    token = site.mint("alice", bound=False)
    assert reason(site, token) == "ok"
    site.redis_cli("FLUSHDB")
    assert reason(site, token) == "revocation_lost"
    assert revoke(site, input=token).returncode == 3
    refused = site.web1.run(["jwtauthctl", "revoked", "init"], check=False)
    assert refused.returncode == 3 and "revoked restore" in refused.stderr
    site.web1.run(["jwtauthctl", "revoked", "init", "--anew"])
    assert reason(site, token) == "revocation_lost"
    site.web1.run(["jwtauthctl", "revoked", "accept-store"])
    assert reason(site, token) == "ok"
