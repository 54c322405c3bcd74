"""Back-channel logout: what the issuer ends, the next sudo refuses."""

import pytest

import logouts
from logouts import fresh, later, logout_token, post_token, reason


@pytest.fixture(scope="module")
def receiver(site):
    logouts.let_logouts_in(site)
    logouts.set_up(site)
    yield site
    logouts.tear_down(site)


def test_a_logout_of_the_user_is_refused_at_the_next_sudo(receiver):
    site = receiver
    later()
    token = site.mint("alice")
    site.certify("alice", token)
    with site.shell("alice") as alice:
        assert alice.run("sudo id -un") == (0, "root")
        status, answer, headers = post_token(site, logout_token(site))
        assert (status, answer) == (200, None)
        assert headers["cache-control"] == "no-store"
        mark = site.web1.mark()
        status, shown = alice.run("sudo -n id -un")
        assert status != 0 and "root" not in shown.splitlines()
        site.decision(mark, service="sudo", reason="revoked")
    later()
    assert reason(site, site.mint("alice", bound=False)) == "ok"


def test_from_the_post_to_the_refused_sudo_it_takes_a_moment(receiver):
    site = receiver
    times = []
    for _ in range(3):
        later()
        site.certify("alice", site.mint("alice"))
        token = logout_token(site)
        with site.shell("alice") as alice:
            assert alice.run("sudo -n true") == (0, "")
            alice.answer("while sudo -n true 2>/dev/null; do :; done;"
                         " date +%s%N")
            began = logouts.post_at(site, token)
            alice.expect(r"(\d{19})\s")
            times.append((int(alice.child.match[1]) - began) / 1e6)
            alice.expect(alice.READY)
    shown = ", ".join(f"{ms:.0f}" for ms in sorted(times))
    print(f"\n{site.store}: from POST to refused sudo: {shown} ms")
    assert max(times) < 5000  # on a machine that is busy with much else


def test_a_logout_of_a_session_ends_its_tokens(receiver):
    site = receiver
    one, other = fresh(site, sid="one"), fresh(site, sid="other")
    assert post_token(site, logout_token(
        site, drop=["sub"], sid="one"))[0] == 200
    assert reason(site, one) == "revoked"
    assert reason(site, other) == "ok"
    # Renewed within the session that was ended.
    assert reason(site, fresh(site, sid="one")) == "revoked"


def test_of_session_and_user_both_are_ended_unless_the_config_says_less(
        receiver):
    site = receiver
    without = fresh(site)
    assert post_token(site, logout_token(site, sid="three"))[0] == 200
    assert reason(site, without) == "revoked"
    before = site.web1.read_file("/etc/jwtauth/jwtauth.conf")
    site.configure(before.replace(
        "logout_audience", 'logout_ends = "session"; logout_audience', 1))
    try:
        without, within = fresh(site), fresh(site, sid="four")
        assert post_token(site, logout_token(site, sid="four"))[0] == 200
        assert reason(site, within) == "revoked"
        assert reason(site, without) == "ok"
    finally:
        site.configure(before)
