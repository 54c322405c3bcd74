# SPDX-License-Identifier: ISC
"""jwtauth-fetchd against a real HTTPS issuer. Each test states a rule."""

import json
import os
import random
import signal
import socket
import sys
import time

from fetchd_site import OIDC, jwks, new_key, new_rsa_key, poll, run


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


def follows_redirects_inside_the_origin_only(site):
    pages = site.issuer.pages
    for status in (301, 302, 303, 307, 308):
        pages["/jwks"] = (status, [("Location", "/other")], b"")
        pages["/other"] = (200, [], jwks(new_key(str(status))))
        assert site.once() == 0, site.log()
        assert site.kids() == [str(status)]
    other = site.add_issuer()
    other.pages["/other"] = pages["/other"]
    for place in (other.origin + "/other", "//localhost/other",
                  f"http://127.0.0.1:{site.issuer.port}/other"):
        pages["/jwks"] = (302, [("Location", place)], b"")
        assert site.once() == 1 and "another place" in site.log()
    assert other.requests == []
    pages["/other"] = pages["/jwks"] = (302, [("Location", "/other")], b"")
    assert site.once() == 1 and "circles" in site.log()
    assert site.issuer.fetches("/other") == 5 + 3


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


def last_modified_is_enough_for_not_modified(site):
    date = "Tue, 14 Nov 2023 22:13:20 GMT"
    site.issuer.headers = [("Last-Modified", date)]
    assert site.once() == 0 and site.cached()["last_modified"] == date
    site.issuer.headers = []
    site.issuer.not_modified_since = date
    before = site.cached()["jwks"]
    assert site.once() == 0 and "as before" in site.log()
    assert site.once() == 0 and "as before" in site.log()  # it is kept
    assert site.cached()["jwks"] == before
    site.issuer.jwks = jwks(new_key("second"))
    site.issuer.not_modified_since = None
    assert site.once() == 0 and site.kids() == ["second"]
    assert site.cached()["last_modified"] is None


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


def sigterm_ends_it_cleanly_in_the_midst_of_a_fetch(site):
    site.issuer.gate.clear()
    process = site.serve()
    poll(site.issuer.fetches, "a fetch that hangs")
    process.send_signal(signal.SIGTERM)
    assert process.wait(2) == 0
    assert not site.socket.exists()


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


def fifty_issuers_take_less_than_16_mib(site):
    bundle = site.folder / "bundle.pem"  # as large as a system's
    public = "/etc/ssl/certs/ca-certificates.crt"
    bundle.write_bytes(b"".join(
        open(path, "rb").read() for path in (public, site.ca)
        if os.path.exists(path)))
    issuers = [site.add_issuer() for _ in range(49)]
    for issuer in issuers:  # sets as large providers have them
        issuer.jwks = jwks(*[new_rsa_key(f"k{n}") for n in range(4)])
    site.configure(site.issuer, *issuers, ca=bundle)
    process = site.serve()
    poll(lambda: len(os.listdir(site.cache)) == 50, "all keys")
    text = open(f"/proc/{process.pid}/status").read()
    peak = int(text.split("VmHWM:")[1].split()[0])
    assert peak < 16 * 1024 or site.sanitized, f"{peak} KiB"
    process.send_signal(signal.SIGHUP)
    poll(lambda: site.issuer.fetches() == 2, "a reload")
    assert all(poll(lambda i=i: i.fetches() == 2, "all") for i in issuers)
    text = open(f"/proc/{process.pid}/status").read()
    peak = int(text.split("VmHWM:")[1].split()[0])
    assert peak < 16 * 1024 or site.sanitized, f"{peak} KiB, reloaded"


def watchdog_is_fed_and_a_reload_is_told(site):
    heard = site.listen_for_notify()
    site.start("--foreground", environment={
        "NOTIFY_SOCKET": str(site.folder / "notify"),
        "WATCHDOG_USEC": "600000"})
    seen = []
    began = time.monotonic()
    while time.monotonic() < began + 2:
        seen.append(heard.recv(512).decode())
    assert any(text.startswith("READY=1") and "STATUS=keys of" in text
               for text in seen)
    assert 6 <= seen.count("WATCHDOG=1") <= 30
    site.processes[-1].send_signal(signal.SIGHUP)
    words = [heard.recv(512).decode().split("=")[0] for _ in range(30)]
    assert words.index("RELOADING") < words.index("READY")
    site.processes[-1].send_signal(signal.SIGTERM)
    poll(lambda: heard.recv(512) == b"STOPPING=1", "the end")
    heard.close()


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


if __name__ == "__main__":
    sys.exit(run(globals(), "fetchd"))
