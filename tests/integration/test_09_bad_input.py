"""Bad input: every input has a cap and a clear error."""

import time

import pytest

CONF = "/etc/jwtauth/jwtauth.conf"
CACHE = "/var/cache/jwtauth/corp.json"


def try_config(site, old, new):
    """`jwtauthctl config check` of a copy with a mistake in it."""
    text = site.web1.read_file(CONF)
    assert old in text
    site.web1.write_file("/root/try.conf", text.replace(old, new), 0o600)
    return site.web1.run(["jwtauthctl", "config", "check", "/root/try.conf"],
                         check=False)


def test_the_sites_own_config_passes(site):
    assert site.web1.run(["jwtauthctl", "config", "check"]).returncode == 0


def test_a_typo_names_file_line_setting_and_the_nearest_name(any_site):
    done = try_config(any_site, "max_lifetime", "max_lifetme")
    assert done.returncode != 0
    lines = any_site.web1.read_file("/root/try.conf").splitlines()
    line = next(i for i, text in enumerate(lines, 1) if "max_lifetme" in text)
    for part in (f"/root/try.conf:{line}", "max_lifetme", "max_lifetime"):
        assert part in done.stderr + done.stdout


@pytest.mark.parametrize("old, new, said", [
    ("leeway       = 5", "leeway       = 301", "leeway"),
    ("leeway       = 5", 'leeway       = "5"', "leeway"),
    ("max_lifetime = 3600", "max_lifetime = -1", "max_lifetime"),
    ('"RS256"', '"none"', "algorithms"),
    ('"RS256"', '"rs256"', "RS256"),
    ('store = "embedded"', 'store = "embeded"', "embedded"),
])
def test_a_value_out_of_range_names_the_setting(any_site, old, new, said):
    done = try_config(any_site, old, new)
    assert done.returncode != 0
    assert "/root/try.conf:" in done.stderr + done.stdout
    assert said in done.stderr + done.stdout


def test_a_config_that_others_can_write_is_refused(any_site):
    text = any_site.web1.read_file(CONF)
    any_site.web1.write_file("/root/try.conf", text, 0o666)
    done = any_site.web1.run(["jwtauthctl", "config", "check",
                              "/root/try.conf"], check=False)
    assert done.returncode != 0 and "/root/try.conf" in done.stderr


@pytest.fixture
def cache(any_site):
    """The cache file, free to spoil; put right again afterwards."""
    web1 = any_site.web1
    web1.run(["systemctl", "stop", "jwtauth-fetchd"])
    web1.run(["cp", "-p", CACHE, CACHE + ".aside"])
    yield any_site
    web1.run(["mv", CACHE + ".aside", CACHE])
    web1.run(["systemctl", "start", "jwtauth-fetchd"])


@pytest.mark.parametrize("spoil", [
    "truncate -s 100 $0", "truncate -s 0 $0", "echo nonsense >$0",
    "chown bob $0", "chmod 666 $0", "rm $0",
    "rm $0; ln -s $0.aside $0", "rm $0; mkfifo $0", "truncate -s 64M $0",
], ids=lambda line: line.replace(" ", "_").replace("$0", "FILE"))
def test_a_spoiled_cache_file_is_keys_unavailable_and_named(cache, spoil):
    token = cache.mint("alice", bound=False)
    cache.web1.run(["sh", "-ec", spoil, CACHE])
    mark = cache.web1.mark()
    try:
        began = time.monotonic()
        assert cache.check(token)["reason"] == "keys_unavailable"
        assert time.monotonic() - began < 4
        line = cache.decision(mark, reason="keys_unavailable")
        assert CACHE in str(line)
    finally:
        cache.web1.run(["rm", "-f", CACHE])


def test_a_token_of_a_mebibyte_is_too_large(any_site):
    assert any_site.check("a" * (1 << 20))["reason"] == "token_too_large"


@pytest.mark.parametrize("junk", [
    b"\x00\x01\x02\xff" * 100, b"a.b.c", b"....", b"a" * 1000,
    b"e30.e30.e30", b"\xff.\xff.\xff", b"{}", "\u00e9.\u00e9.x".encode(),
], ids=["binary", "short", "dots", "letters", "empty_json", "high_bytes",
        "json", "utf8"])
def test_junk_is_malformed(any_site, junk):
    assert any_site.check(junk)["reason"] == "token_malformed"


def test_an_empty_token_is_refused(any_site):
    assert any_site.check("")["decision"] == "deny"


def test_endless_answers_at_the_prompt_end_at_a_cap(any_site):
    any_site.forget_certificate("alice")
    with any_site.ssh_prompt("alice") as alice:
        alice.expect("Token: ")
        for n in range(40):
            alice.answer(f"{n:03d}" + "a" * 508)
            if alice.expect(r"Token \(from byte \d+\): ", "denied") == 1:
                break
        assert n <= 32
        assert alice.rest() == 255


def test_a_certificate_with_a_huge_token_does_no_harm(any_site):
    any_site.certify_by_hand("alice", "a" * 60000)
    done = any_site.ssh("alice", "true")
    any_site.forget_certificate("alice")
    assert done.returncode == 255
    any_site.certify("alice", any_site.mint("alice"))
    assert any_site.ssh("alice", "true").returncode == 0


def test_nothing_crashed_in_the_whole_run(whole_site):
    for host in (whole_site.web1, whole_site.issuer, whole_site.laptop):
        text = "\n".join(host.messages())
        for sign in ("segfault", "core dumped", "AddressSanitizer",
                     "SIGABRT", "stack smashing"):
            assert sign not in text


def test_no_half_written_file_is_left(whole_site):
    left = whole_site.web1.run(
        "find /var/cache/jwtauth /var/lib/jwtauth /run/jwtauth"
        " /etc/jwtauth \\( -name '*.new' -o -name '*.tmp*' -o -name '.*.*' \\)"
    ).stdout
    assert left == ""


def padded(site, token, length):
    """A certificate of so many bytes of base64, give or take four."""
    def pad(size):
        site.certify_by_hand("alice", token, "-O",
                             f"extension:zz@pad={'A' * size}")
        return int(site.laptop.run(
            "awk '{ print length($2) }' .ssh/id_ed25519-cert.pub",
            user="alice").stdout)

    size = 60000
    size += (length - pad(size)) * 3 // 4
    return pad(size)


def test_a_certificate_too_long_for_the_sessions_record_does_not_log_in(site):
    token = site.mint("alice")
    assert 98240 < padded(site, token, 98300) <= 98304
    assert site.ssh("alice", "true").returncode == 255
    assert 98200 < padded(site, token, 98230) <= 98240
    assert site.ssh("alice", "sudo -n id -un").stdout == "root\n"
    site.forget_certificate("alice")
