"""Point 7: local users log in and use sudo as before, whatever of jwtauth is
broken: bob, named in exempt=, and carol, who is not.
"""

import contextlib

import jwtsite
import pytest

CONF = "/etc/jwtauth/jwtauth.conf"


@contextlib.contextmanager
def moved_aside(web1, *paths):
    for path in paths:
        web1.run(["mv", path, f"{path}.aside"])
    try:
        yield
    finally:
        for path in paths:
            web1.run(["mv", f"{path}.aside", path])


@contextlib.contextmanager
def broken_config(web1):
    with moved_aside(web1, CONF):
        web1.write_file(CONF, "issuers = (((\n", 0o640, "root:jwtauth-conf")
        yield


def no_config(web1):
    return moved_aside(web1, CONF)


def no_helper(web1):
    return moved_aside(web1, jwtsite.HELPERS)


def no_ids(web1):
    return moved_aside(web1, "/var/lib/jwtauth/ids")


@contextlib.contextmanager
def no_user(web1):
    files = " ".join(f"/etc/{name}" for name in
                     ("passwd", "group", "shadow", "gshadow"))
    web1.run(f"for f in {files}; do cp -p $f $f.aside; done;"
             " systemctl stop jwtauth-check.socket jwtauth-check.service;"
             " userdel -f jwtauth; ! id jwtauth")
    try:
        yield
    finally:
        web1.run(f"for f in {files}; do mv $f.aside $f; done;"
                 " systemctl start jwtauth-check.socket")


@contextlib.contextmanager
def nothing(_):
    yield


BREAKS = [broken_config, no_config, no_helper, no_user, no_ids]


@pytest.fixture(params=[nothing, *BREAKS], ids=lambda what: what.__name__)
def broken(request, any_site):
    """The site with one part of jwtauth broken."""
    with request.param(any_site.web1):
        yield any_site


def past_the_token_prompt(person, password_prompt):
    """An empty answer, where a token is asked for: then the password."""
    if person.expect("Token: ", password_prompt) == 0:
        person.answer("")
        person.expect(password_prompt)


def test_bob_logs_in_with_his_own_key(broken):
    assert broken.ssh("bob", "id -un").stdout == "bob\n"


def test_bob_uses_sudo_with_his_password_and_sees_no_token_prompt(broken):
    with broken.shell("bob") as bob:
        bob.answer("sudo id -un")
        assert bob.expect("Token", "assword for bob: ") == 1
        bob.answer(jwtsite.PASSWORDS["bob"])
        bob.expect("root")


def test_bobs_wrong_password_is_still_refused(broken):
    with broken.shell("bob") as bob:
        bob.answer("sudo -k; sudo id -un")
        bob.expect("assword for bob: ")
        bob.answer("not it")
        bob.expect("try again")


def test_carol_gets_her_password_prompt_after_an_empty_answer(broken):
    with broken.ssh_prompt("carol") as carol:
        past_the_token_prompt(carol, "assword: ")
        carol.answer(jwtsite.PASSWORDS["carol"])
        carol.ready()
        assert carol.run("id -un") == (0, "carol")


def test_carol_uses_sudo_with_her_password(broken):
    with broken.ssh_prompt("carol") as carol:
        past_the_token_prompt(carol, "assword: ")
        carol.answer(jwtsite.PASSWORDS["carol"])
        carol.ready()
        carol.answer("sudo id -un")
        past_the_token_prompt(carol, "assword for carol: ")
        carol.answer(jwtsite.PASSWORDS["carol"])
        carol.expect("root")


def test_carols_wrong_password_is_still_refused(broken):
    with broken.ssh_prompt("carol") as carol:
        past_the_token_prompt(carol, "assword: ")
        carol.answer("not it")
        assert carol.rest() == 255


@pytest.mark.parametrize("what", [broken_config, no_config, no_helper, no_user],
                         ids=lambda what: what.__name__)
def test_a_good_token_is_refused_while_nobody_can_judge_it(any_site, what):
    any_site.certify("alice", any_site.mint("alice"))
    with what(any_site.web1):
        assert any_site.ssh("alice", "true").returncode == 255


# Not no_user: the helper goes by the numbers that root wrote down, and judges.
@pytest.mark.parametrize("what", [broken_config, no_config, no_helper, no_ids],
                         ids=lambda what: what.__name__)
def test_nobody_is_elevated_by_a_token_that_nobody_can_judge(any_site, what):
    any_site.certify("alice", any_site.mint("alice"))
    with any_site.shell("alice") as alice:
        assert alice.run("sudo id -un") == (0, "root")
        assert alice.run("sudo -k") == (0, "")
        with what(any_site.web1):
            status, shown = alice.run("sudo -n id -un")
            assert status != 0 and "root" not in shown.splitlines()


def test_with_nothing_broken_an_empty_answer_alone_lets_nobody_in(any_site):
    any_site.forget_certificate("alice")  # she has no password
    with any_site.ssh_prompt("alice") as alice:
        alice.expect("Token: ")
        alice.answer("")
        alice.expect("assword: ")
        alice.answer("")
        assert alice.rest() == 255


def test_all_is_well_again_afterwards(any_site):
    any_site.certify("alice", any_site.mint("alice"))
    assert any_site.ssh("alice", "sudo id -un").stdout == "root\n"
