"""Point 4: a revocation reaches the sudo of a session that is open."""


def logged_in(site, token):
    site.certify("alice", token)
    return site.shell("alice")


def sudo_is_refused(site, alice, reason="revoked"):
    mark = site.web1.mark()
    alice.answer("sudo id -un </dev/null")
    status, shown = alice.run("true")
    assert "root" not in shown.splitlines()
    site.decision(mark, service="sudo", reason=reason)
    status, shown = alice.run("sudo -n id -un")
    assert status != 0 and "root" not in shown.splitlines(), shown


def test_after_a_revocation_the_next_sudo_is_refused(site):
    token = site.mint("alice")
    with logged_in(site, token) as alice:
        assert alice.run("sudo id -un") == (0, "root")
        assert alice.run("sudo -k") == (0, "")
        site.revoke(token)
        sudo_is_refused(site, alice)


def test_also_while_sudos_time_stamp_is_valid(site):
    token = site.mint("alice")
    with logged_in(site, token) as alice:
        assert alice.run("sudo -v") == (0, "")
        assert alice.run("sudo -n id -un") == (0, "root")
        site.revoke(token)
        sudo_is_refused(site, alice)


def test_also_where_sudoers_says_nopasswd(site):
    site.web1.write_file("/etc/sudoers.d/90-test",
                         "alice ALL=(ALL) NOPASSWD: ALL\n", 0o440)
    try:
        token = site.mint("alice")
        with logged_in(site, token) as alice:
            assert alice.run("sudo id -un") == (0, "root")
            site.revoke(token)
            sudo_is_refused(site, alice)
    finally:
        site.web1.run(["rm", "/etc/sudoers.d/90-test"])


def test_also_in_a_session_that_began_at_the_prompt(site):
    site.forget_certificate("alice")
    token = site.mint("alice", bound=False)
    with site.ssh_prompt("alice") as alice:
        alice.give_token(token)
        alice.ready()
        assert alice.run("sudo id -un") == (0, "root")
        site.revoke(token)
        sudo_is_refused(site, alice)


def test_a_new_login_with_it_is_refused_as_well(site):
    token = site.mint("alice")
    site.certify("alice", token)
    assert site.ssh("alice", "true").returncode == 0
    site.revoke(token)
    mark = site.web1.mark()
    assert site.ssh("alice", "true").returncode == 255
    site.decision(mark, service="sshd", reason="revoked")


def test_revoking_one_token_leaves_another_of_hers_alone(site):
    revoked, other = site.mint("alice"), site.mint("alice")
    site.revoke(revoked)
    site.certify("alice", other)
    assert site.ssh("alice", "sudo id -un").stdout == "root\n"


def test_what_was_revoked_is_listed_without_the_token(site):
    token = site.mint("alice")
    site.revoke(token)
    shown = site.web1.run(["jwtauthctl", "revoked", "list"]).stdout
    assert shown.strip()
    assert token.split(".")[2] not in shown


def test_a_blacklist_entry_of_an_application_counts(whole_site):
    whole_site.use_store("redis")
    token = whole_site.mint("alice")
    with logged_in(whole_site, token) as alice:
        assert alice.run("sudo id -un") == (0, "root")
        whole_site.redis_cli("SETEX", f"blacklist:{token}", "900", "1")
        sudo_is_refused(whole_site, alice)
