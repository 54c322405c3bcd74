"""Point 5: the issuer rotates its key."""


def test_a_token_under_the_new_key_works_at_once(site):
    site.rotate()
    before = site.requests_for_keys()
    site.certify("alice", site.mint("alice"))
    assert site.ssh("alice", "id -un").stdout == "alice\n"
    assert site.requests_for_keys() == before + 1


def test_a_token_under_the_old_key_still_works(site):
    old = site.mint("alice")
    site.rotate()
    new = site.mint("alice")
    for token in (new, old):
        site.certify("alice", token)
        assert site.ssh("alice", "id -un").stdout == "alice\n"


def test_after_the_old_key_is_dropped_its_tokens_are_refused(site):
    old = site.mint("alice")
    site.rotate()
    site.drop_old_keys()
    new = site.mint("alice")
    site.certify("alice", new)
    assert site.ssh("alice", "true").returncode == 0
    mark = site.web1.mark()
    site.certify("alice", old)
    assert site.ssh("alice", "true").returncode == 255
    site.decision(mark, service="sshd", reason="key_unknown")


def test_an_unknown_kid_is_fetched_for_once_not_at_every_try(site):
    token = site.forge("alice").token(head={"kid": "never-published"})
    site.forget_certificate("alice")
    before = site.requests_for_keys()
    for _ in range(5):
        assert site.check(token)["reason"] == "key_unknown"
    assert site.requests_for_keys() - before <= 2
