"""Point 2: a token of more than 2,000 bytes at the prompt, in parts."""

import pytest


@pytest.fixture(autouse=True)
def no_certificate(site):
    site.forget_certificate("alice")


def long_token(site, **changes):
    token = site.forge("alice").token(groups=["g" * 40] * 40, **changes)
    assert len(token) > 2000
    return token


@pytest.mark.parametrize("size", [511, 1023])
def test_a_long_token_logs_in_in_parts_of(site, size):
    with site.ssh_prompt("alice") as alice:
        alice.give_token(long_token(site), size)
        alice.ready()
        assert alice.run("id -un") == (0, "alice")


def test_a_token_whose_last_part_is_full_ends_with_an_empty_answer(site):
    forge = site.forge("alice")
    signature = len(forge.token()) - len(forge.signing_input())
    padding = next(n for n in range(1500, 2600) if
                   (len(forge.signing_input(pad="x" * n)) + signature)
                   % 511 == 0)
    token = forge.token(pad="x" * padding)
    assert len(token) % 511 == 0
    with site.ssh_prompt("alice") as alice:
        alice.give_token(token)
        alice.ready()


def test_a_part_that_ends_in_a_plus_sign_goes_on(site):
    token = long_token(site)
    with site.ssh_prompt("alice") as alice:
        alice.expect(r"Token: ")
        alice.answer(token[:100] + "+")
        alice.expect(r"Token \(from byte 100\): ")
        alice.answer(token[100:400] + "+")
        alice.expect(r"Token \(from byte 400\): ")
        at = 400
        while True:
            alice.answer(token[at:at + 511])
            at += 511
            if at > len(token):
                break
            alice.expect(rf"Token \(from byte {at}\): ")
        alice.ready()


def test_sudo_in_that_session_asks_nothing(site):
    with site.ssh_prompt("alice") as alice:
        alice.give_token(long_token(site))
        alice.ready()
        assert alice.run("sudo id -un") == (0, "root")


def test_the_same_part_again_is_refused_and_names_the_askpass_helper(site):
    token = long_token(site)
    mark = site.web1.mark()
    with site.ssh_prompt("alice") as alice:
        alice.expect(r"Token: ")
        alice.answer(token[:511])
        alice.expect(r"Token \(from byte 511\): ")
        alice.answer(token[:511])
        alice.expect("askpass")
        assert alice.rest() == 255
    assert "Accepted" not in "\n".join(site.web1.messages(mark))


def test_the_token_does_not_reach_the_sessions_environment(site):
    token = long_token(site)
    with site.ssh_prompt("alice") as alice:
        alice.give_token(token)
        alice.ready()
        status, text = alice.run("env")
        assert status == 0 and "HOME=" in text
        assert token[:60] not in text and token[-60:] not in text


def test_a_token_typed_for_sudo_elevates_who_came_with_a_password(site):
    with site.ssh_prompt("carol") as carol:
        carol.give_token("")
        carol.expect("assword: ")
        carol.answer("carol's password")
        carol.ready()
        carol.answer("sudo id -un")
        carol.give_token(site.forge("carol").token())
        carol.expect("root")
