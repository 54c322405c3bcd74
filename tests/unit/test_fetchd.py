# SPDX-License-Identifier: ISC
"""jwtauth-fetchd against a real HTTPS issuer. Each test states a rule."""

import json
import os
import random
import signal
import socket
import sys
import time
import traceback

from fetchd_site import OIDC, Site, jwks, new_key, poll, reply


def learns_keys_by_openid_discovery(site):
    assert site.once() == 0, site.log()
    assert site.kids() == ["first"]
    cached = site.cached()
    assert cached["version"] == 1 and cached["issuer"] == site.issuer.url
    assert cached["jwks_uri"] == site.issuer.origin + "/jwks"
    assert cached["stale_until"] == cached["fetched_at"] + 7200
    assert os.stat(site.cache / "corp.json").st_mode & 0o777 == 0o644
    assert "corp: 1 key," in site.log()


def falls_back_to_the_path_form_of_rfc_8414(site):
    issuer = site.add_issuer("/realms/corp")
    issuer.discovery_path = \
        "/.well-known/oauth-authorization-server/realms/corp"
    site.configure(issuer)
    assert site.once() == 0, site.log()
    assert [path for path, _ in issuer.requests] == [
        "/realms/corp" + OIDC, issuer.discovery_path, "/jwks"]


def needs_no_discovery_where_jwks_uri_is_configured(site):
    site.configure(jwks_uri=site.issuer.origin + "/jwks")
    assert site.once() == 0, site.log()
    assert [path for path, _ in site.issuer.requests] == ["/jwks"]


def refuses_a_document_of_another_issuer(site):
    for other in (site.issuer.url + "/", "https://evil.example", None, 5):
        site.issuer.discovery = {"issuer": other}
        site.refuses("of issuer")
    assert site.issuer.fetches() == 0


def refuses_plain_http(site):
    for uri in (f"http://127.0.0.1:{site.issuer.port}/jwks", "file:///etc",
                "https://user@127.0.0.1/jwks", "jwks", 7):
        site.issuer.discovery = {"jwks_uri": uri}
        site.refuses("jwks_uri")
    site.configure(f"http://127.0.0.1:{site.issuer.port}")
    assert site.once() == 2 and "https" in site.log()


def refuses_an_issuer_of_another_ca_or_name(site):
    site.configure(ca=site.make_ca("other"))
    site.refuses("ca_file")
    site.configure(f"https://localhost:{site.issuer.port}")
    site.refuses("fetch.ca_file, the name")
    site.configure(ca=site.folder / "missing.pem")
    site.refuses("fetch.ca_file must be PEM")
    assert site.issuer.requests == []


def follows_no_redirect(site):
    site.issuer.pages["/jwks"] = (302, [("Location", "/other")], b"")
    site.issuer.pages["/other"] = (200, [], site.issuer.jwks)
    site.refuses("redirects are not followed")
    assert site.issuer.fetches("/other") == 0


def refuses_what_is_too_large(site):
    for site.issuer.chunked in (False, True):
        site.issuer.jwks = jwks(new_key("first"), {"x": "y" * 300000})
        site.refuses("answer has more than")
        site.issuer.discovery = {"padding": "y" * 70000}
        site.refuses("answer has more than")
        site.issuer.discovery = {}
    site.issuer.jwks = jwks(new_key("first"))
    site.issuer.headers = [(f"X-{i}", "y" * 1000) for i in range(40)]
    site.refuses("headers")


def server_that_hangs_is_left_in_bounded_time(site):
    silent = socket.create_server(("127.0.0.1", 0))
    dripping = site.add_issuer()
    dripping.drip = True
    good = site.add_issuer()
    site.configure(f"https://127.0.0.1:{silent.getsockname()[1]}", dripping,
                   good)
    began = time.monotonic()
    assert site.once() == 1
    assert time.monotonic() - began < 12
    assert os.listdir(site.cache) == ["corp3.json"]
    silent.close()


def is_ready_when_the_keys_are_there(site):
    site.serve()
    assert site.kids() == ["first"]


def is_ready_soon_although_an_issuer_hangs(site):
    silent = socket.create_server(("127.0.0.1", 0))
    site.configure(f"https://127.0.0.1:{silent.getsockname()[1]}")
    began = time.monotonic()
    site.serve()
    assert time.monotonic() - began < 4.5
    silent.close()


def bad_answer_never_replaces_good_keys(site):
    assert site.once() == 0
    before = (site.cache / "corp.json").read_bytes()
    key = json.dumps(new_key("twice"))[:-1]
    deep = ('{"keys":[%s}],"x":%s%s}' % (key, "[" * 15, "]" * 15)).encode()
    bad = [b"", b"{", b"null", b"[]", b"{}", b"<html>", jwks(), jwks({}),
           jwks({"kty": "oct", "k": "c2VjcmV0"}), b"\xff\xfe", deep,
           jwks(new_key("enc", use="enc")), site.issuer.jwks[:-1],
           jwks(new_key("private", d="c2VjcmV0")),
           site.issuer.jwks + site.issuer.jwks,
           ('{"keys":[%s,"kid":"a"}]}' % key).encode()]
    for site.issuer.jwks in bad:
        assert site.once() == 1, site.issuer.jwks
        assert "keys not renewed" in site.log()
        assert (site.cache / "corp.json").read_bytes() == before
    site.issuer.jwks = jwks(new_key("fine"))
    for site.issuer.status in (201, 204, 304, 404, 429, 500, 503):
        assert site.once() == 1
        assert (site.cache / "corp.json").read_bytes() == before


def one_broken_key_does_not_cost_the_others(site):
    site.issuer.jwks = jwks({"kty": "RSA", "n": "AQ", "e": "Aw"},
                            new_key("fine"))
    assert site.once() == 0
    assert "corp: 1 key," in site.log() and "left out" in site.log()


def not_modified_renews_the_times_and_keeps_the_keys(site):
    site.issuer.etag = '"v1"'
    assert site.once() == 0 and site.cached()["etag"] == '"v1"'
    old = site.cached()
    old["fetched_at"] -= 1000
    (site.cache / "corp.json").write_text(json.dumps(old))
    assert site.once() == 0, site.log()
    assert "as before" in site.log()
    asked = [h.get("If-None-Match") for p, h in site.issuer.requests
             if p == "/jwks"]
    assert asked == [None, '"v1"']
    new = site.cached()
    assert new["fetched_at"] > old["fetched_at"]
    assert new["jwks"] == old["jwks"] and new["etag"] == '"v1"'


def kid_is_found_though_the_etag_stayed_the_same(site):
    site.issuer.etag = '"same"'
    site.serve()
    poll(site.kids, "the first fetch")
    site.issuer.jwks = jwks(new_key("second"))
    assert site.ask("second") == "ok"


def freshness_stays_within_its_limits(site):
    for header, seconds in (("max-age=1", 300), ("max-age=900", 900),
                            ("no-store", 300), ("public", 3600),
                            ("max-age=99999999999999999999", 7200)):
        site.issuer.headers = [("Cache-Control", header)]
        assert site.once() == 0
        cached = site.cached()
        assert cached["fresh_until"] - cached["fetched_at"] == seconds, header


def environment_steers_nothing(site):
    log = site.run / "keys.log"
    names = ("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY")
    environment = {name: "http://127.0.0.1:1" for name in names}
    environment.update(SSLKEYLOGFILE=str(log), CURL_HOME=str(site.run),
                       SSL_CERT_FILE="/dev/null", HOME=str(site.run))
    assert site.once(environment=environment) == 0, site.log()
    assert not log.exists()


def fresh_cache_is_not_fetched_again_at_start(site):
    assert site.once() == 0
    site.serve()
    assert site.ask("first") == "ok"
    assert site.issuer.fetches() == 1
    site.issuer.jwks = jwks(new_key("second"))
    assert site.ask("second") == "ok"  # and its address is still known
    assert site.issuer.fetches(OIDC) == 1


def many_who_wait_for_a_kid_cost_one_fetch(site):
    site.serve()
    poll(site.kids, "the first fetch")
    site.issuer.jwks = jwks(new_key("first"), new_key("second"))
    site.issuer.gate.clear()
    waiting = [site.question("second") for _ in range(10)]
    poll(lambda: site.issuer.fetches() == 2, "a fetch for the kid")
    assert site.ask("first") == "ok"  # a known kid waits for nobody
    site.issuer.gate.set()
    assert [reply(s) for s in waiting] == ["ok"] * 10
    assert site.kids() == ["first", "second"]
    assert site.issuer.fetches() == 2
    assert site.issuer.fetches(OIDC) == 1


def bogus_kids_cost_one_fetch_a_cooldown(site):
    site.configure(cooldown=2)
    site.serve()
    poll(site.kids, "the first fetch")
    assert site.ask("bogus") == "no key_unknown"
    site.issuer.jwks = jwks(new_key("first"), new_key("second"))
    for number in range(20):
        assert site.ask(f"bogus {number}") == "no cooldown"
    assert site.ask("first") == "ok"
    assert site.issuer.fetches() == 2
    poll(lambda: site.ask("second") == "ok", "the new key, a cooldown later")
    assert site.issuer.fetches() == 3


def rotations_in_a_row_cost_no_cooldown(site):
    site.serve()
    poll(site.kids, "the first fetch")
    for kid in ("second", "third", "fourth"):
        site.issuer.jwks = jwks(new_key(kid))
        assert site.ask(kid) == "ok"
        assert site.kids() == [kid]


def failed_fetch_answers_who_waits(site):
    site.serve()
    poll(site.kids, "the first fetch")
    site.issuer.status = 500
    assert site.ask("second") == "no fetch_failed"
    assert site.ask("first") == "ok"


def ok_is_said_only_of_what_is_on_disk(site):
    site.serve()
    poll(site.kids, "the first fetch")
    site.issuer.jwks = jwks(new_key("first"), new_key("second"))
    site.cache.rename(site.folder / "away")
    assert site.ask("second") == "no fetch_failed"
    (site.folder / "away").rename(site.cache)


def spoiled_cache_file_is_put_back_for_who_asks(site):
    site.serve()
    poll(site.kids, "the first fetch")
    path = site.cache / "corp.json"
    for spoil in (path.unlink, lambda: os.truncate(path, 100),
                  lambda: path.chmod(0o666)):
        spoil()
        assert site.ask("first") == "ok"
        assert site.kids() == ["first"]
        assert path.stat().st_mode & 0o777 == 0o644
    assert site.issuer.fetches() == 1


def file_counts_and_not_what_is_remembered(site):
    site.serve()
    poll(site.kids, "the first fetch")
    site.issuer.jwks = jwks(new_key("second"))
    cached = site.cached()
    cached["fetched_at"] -= 1
    cached["jwks"] = json.loads(site.issuer.jwks)
    path = site.cache / "corp.json"
    path.write_text(json.dumps(cached))  # as another fetcher would
    assert site.ask("second") == "ok"
    assert site.issuer.fetches() == 1
    assert site.ask("first") == "no key_unknown"
    assert site.kids() == ["second"]


def strange_questions_are_refused(site):
    site.configure(site.issuer)
    site.serve()
    for line in (b"\n", b"refresh\n", b"refresh corp\n", b"refresh corp \n",
                 b"refresh corp a b\n", b"refresh corp Zh\n", b"REFRESH a Zg\n",
                 b"\x00\xff\n", b"x" * 1024,
                 b"refresh corp " + b"QUFB" * 86 + b"\n"):
        s = site.connect()
        s.sendall(line)
        assert reply(s) == "no malformed", line
    assert site.ask("a", "nobody") == "no unknown_issuer"
    assert site.ask("a", "../corp") == "no unknown_issuer"


def idle_connections_are_closed_and_capped(site):
    site.serve()
    poll(site.kids, "the first fetch")
    idle = [site.connect() for _ in range(128)]
    poll(lambda: site.ask("first") == "no busy", "the cap")
    poll(lambda: site.ask("first") == "ok", "idle ones were dropped")
    assert all(s.recv(1) == b"" for s in idle)


def sigterm_ends_it_cleanly_in_the_midst_of_a_fetch(site):
    site.issuer.gate.clear()
    process = site.serve()
    poll(site.issuer.fetches, "a fetch that hangs")
    process.send_signal(signal.SIGTERM)
    assert process.wait(2) == 0
    assert not site.socket.exists()


def serves_the_socket_that_systemd_passes(site):
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(site.socket))
    listener.listen(5)
    site.binary, real = site.folder / "activate", site.binary
    site.binary.write_text("#!/bin/sh\nLISTEN_FDS=1 LISTEN_PID=$$ exec "
                           f'{real} "$@" 3<&{listener.fileno()}\n')
    site.binary.chmod(0o755)
    site.socket.chmod(0o666)
    process = site.start(pass_fds=[listener.fileno()])
    assert site.ask("x", "nobody") == "no unknown_issuer"
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0
    assert site.socket.exists()  # it is systemd's


def second_fetcher_refuses_to_start_and_a_dead_ones_socket_is_replaced(site):
    first = site.serve()
    second = site.start()
    assert second.wait(5) == 1 and "another" in site.log()
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert site.socket.exists()
    site.serve()
    assert site.ask("x", "nobody") == "no unknown_issuer"


def sighup_reads_the_config_again_unless_it_is_broken(site):
    process = site.serve()
    poll(site.kids, "the first fetch")
    site.config.write_text("issuers = nonsense")
    process.send_signal(signal.SIGHUP)
    poll(lambda: "old config stays" in site.log(), "the refusal")
    assert site.ask("first") == "ok"
    site.configure(site.issuer, site.add_issuer())
    process.send_signal(signal.SIGHUP)
    poll((site.cache / "corp2.json").exists, "the new issuer's keys")
    assert poll(lambda: site.ask("first", "corp2") == "ok", "its answer")


def core_and_memory_are_nobodys_to_read(site):
    process = site.serve()
    assert os.stat(f"/proc/{process.pid}/mem").st_uid == 0
    limits = open(f"/proc/{process.pid}/limits").read()
    core = next(line for line in limits.splitlines() if "core file" in line)
    assert core.split()[4] == "0", core


def killed_at_any_instant_it_leaves_the_old_file_or_the_new(site):
    site.configure(jwks_uri=site.issuer.origin + "/jwks")
    keys = [new_key("k"), {"kty": "x", "padding": "y" * 200000}]
    seen = set()
    began = time.monotonic()
    assert site.once() == 0
    usual = time.monotonic() - began
    for number in range(150):
        site.issuer.jwks = jwks(*keys, {"kty": "x", "number": number})
        process = site.start("--once")
        time.sleep(random.uniform(0, usual * 1.2))  # the instant to kill at
        process.send_signal(signal.SIGKILL)
        process.wait()
        cached = site.cached()
        assert cached["stale_until"] == cached["fetched_at"] + 7200
        seen.add(cached["jwks"]["keys"][-1].get("number"))
    assert len(seen) > 5, "it was always killed before it wrote"
    left = site.cache / "corp.json.abcdef"
    left.write_text("half")
    os.utime(left, (0, 0))
    site.serve()
    assert not left.exists()


def main():
    tests = [value for value in list(globals().values())
             if getattr(value, "__module__", "") == "__main__"
             and value.__code__.co_varnames[:1] == ("site",)]
    passed = failed = 0
    for test in tests:
        if sys.argv[1:] and test.__name__ not in sys.argv[1:]:
            continue
        site = Site()
        site.configure()
        began = time.monotonic()
        try:
            test(site)
            passed += 1
            print(f"ok     {test.__name__}"
                  f" ({time.monotonic() - began:.1f} s)", flush=True)
        except Exception:  # a test that breaks has failed
            failed += 1
            print(f"FAILED {test.__name__}")
            traceback.print_exc(file=sys.stdout)
            sys.stdout.flush()
        finally:
            site.close()
    print(f"fetchd: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
