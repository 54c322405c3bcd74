# SPDX-License-Identifier: ISC
"""What every behaviour of an issuer does to the cache: a table of rows, each
against a real server and a real jwtauth-fetchd, all at the same time.

HTTP.md beside this file is the table that was seen; --write writes it anew.
"""

import base64
import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import socket
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "unit")]

import http_rows  # noqa: E402
from fetchd_site import (NOBODY, Site, jwks, new_key, openssl,  # noqa: E402
                         reply)
from http_rows import KEPT, RENEWED, REPLACED  # noqa: E402
from http_server import Proxy, Server, response, tls  # noqa: E402

BATCH = 50  # issuers of one fetcher
RSS_MAX = 16 * 1024  # KiB, with as many issuers
# A socket that hears and never answers; two runs at once have one each.
NO_RESOLVER = f"127.9.{os.getpid() >> 8 & 255}.{os.getpid() & 255 or 1}"
WORDS = {"kept": "stays as it is", RENEWED: "gets new times",
         REPLACED: "holds the new keys"}


def certificates(site):
    """Those that are wrong, beside the site's own."""
    site.make_certificate("ca", "other-name", "DNS:other.example.test")
    site.make_ca("stranger")
    site.make_certificate("stranger", "unknown-ca", "IP:127.0.0.1")
    site.make_ca("self-signed")
    path = site.folder / "self-signed.pem"
    path.write_bytes(path.read_bytes() +
                     (site.folder / "self-signed.key").read_bytes())
    expired(site)


def expired(site):
    folder = site.folder
    (folder / "db").touch()
    (folder / "ca.conf").write_text(
        f"[ca]\ndefault_ca=c\n[c]\ndatabase={folder}/db\nrand_serial=yes\n"
        f"new_certs_dir={folder}\ndefault_md=sha256\npolicy=p\n"
        "x509_extensions=e\n[p]\ncommonName=supplied\n"
        "[e]\nsubjectAltName=IP:127.0.0.1\n")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-subj", "/CN=expired", "-keyout", folder / "x.key",
            "-out", folder / "x.csr")
    openssl("ca", "-batch", "-notext", "-config", folder / "ca.conf",
            "-cert", folder / "ca.pem", "-keyfile", folder / "ca.key",
            "-startdate", "20200101000000Z", "-enddate", "20200102000000Z",
            "-in", folder / "x.csr", "-out", folder / "x.crt")
    (folder / "expired.pem").write_bytes(
        (folder / "x.crt").read_bytes() + (folder / "x.key").read_bytes())


def all_rows(site, closed_port):
    proxies = [f"http://127.0.0.1:{Proxy(refuse).port}"
               for refuse in (None, response(403))]
    yield from http_rows.statuses()
    yield from http_rows.freshness()
    yield from http_rows.validators()
    yield from http_rows.asked_to_wait()
    yield from http_rows.redirects(site)
    yield from http_rows.bodies(new_key, jwks)
    yield from http_rows.framing()
    yield from http_rows.slowness()
    yield from http_rows.tls_faults(site)
    yield from http_rows.discovery()
    yield from http_rows.ways(proxies, closed_port)


class Case:
    """One row: its server, its entry in the config, its cache file."""

    def __init__(self, site, number, row, context):
        self.site, self.row, self.name = site, row, f"row{number}"
        self.server = Server(row, context, jwks(new_key("after")))
        origin = self.server.origin
        if row.host.startswith("127.0.0.1:"):
            origin = "https://" + row.host
        self.uri = origin + "/jwks"
        self.path = site.cache / f"{self.name}.json"
        more = "" if row.discovery else f' jwks_uri = "{self.uri}";'
        proxy = f' proxy = "{row.proxy}";' if row.proxy else ""
        self.entry = (
            f'{{ name = "{self.name}"; issuer = "{origin}";{more}'
            f' algorithms = [ "EdDSA", "RS256" ]; audience = [ "ssh://x" ];'
            f' accounts = ( {{ claim = "sub"; }} ); fetch = {{'
            f' ca_file = "{site.ca}"; cooldown = 1;{proxy} }}; }}')
        # Who asks for new keys gets the whole set: these are due by the clock.
        self.due = bool(row.etag or row.last_modified)
        now = int(time.time())
        self.path.write_text(json.dumps({
            "version": 1, "issuer": origin, "jwks_uri": self.uri,
            "fetched_at": now - 10,
            "fresh_until": now - 5 if self.due else now + 3600,
            "stale_until": now + 86400, "etag": row.etag,
            "last_modified": row.last_modified,
            "jwks": json.loads(jwks(new_key("before")))}))
        if os.geteuid() == 0:
            os.chown(self.path, NOBODY, NOBODY)
        self.before = self.path.read_bytes()

    def ask(self, line):
        with self.site.connect() as s:
            s.settimeout(60)
            s.sendall(line.encode() + b"\n")
            text = b""
            while part := s.recv(4096):
                text += part
        return text.decode()

    def kid(self):
        return json.loads(self.path.read_text())["jwks"]["keys"][0]["kid"]

    def knows(self, kid):
        """Does the fetcher find it, without asking anybody?"""
        word = base64.urlsafe_b64encode(kid.encode()).rstrip(b"=").decode()
        return self.ask(f"refresh {self.name} {word}") == "ok\n"

    def ask_status(self):
        lines = self.ask("status " + self.name).splitlines()
        return dict(line.partition(" ")[::2] for line in lines[1:])

    def try_it(self):
        began = time.monotonic()
        self.reply = None if self.due else self.ask("renew " + self.name)
        self.status = self.ask_status()
        while "tried_at" not in self.status or self.status["fetching"] != "0":
            assert time.monotonic() < began + 20, "never tried"
            time.sleep(0.05)
            self.status = self.ask_status()
        self.took = time.monotonic() - began
        after = self.path.read_bytes()
        self.file = json.loads(after)
        self.seen = KEPT if after == self.before else \
            REPLACED if "before" not in self.kids() else RENEWED
        self.kept_served = self.seen == REPLACED or self.knows("before")

    def kids(self):
        return [key.get("kid") for key in self.file["jwks"]["keys"]]

    def fresh(self):
        return self.file["fresh_until"] - self.file["fetched_at"]

    def wait(self):
        return int(self.status["next_try"]) - int(self.status["tried_at"])

    def judge(self):
        row, problem = self.row, self.status.get("problem", "")
        assert self.seen == row.cache, f"the cache: {self.seen}"
        assert self.kept_served, "a known key was not there"
        assert self.due or (self.reply == "ok\n") == (row.cache != KEPT), \
            self.reply
        assert bool(problem) == (row.cache == KEPT or row.problem != ""), \
            problem
        assert re.search(row.problem, problem), problem
        assert self.took < 12, f"it took {self.took:.1f} s"
        assert row.fresh in (None, self.fresh()), f"fresh: {self.fresh()}"
        if row.wait:
            assert row.wait[0] <= self.wait() <= row.wait[1], self.wait()

    def try_again(self):
        """The issuer is good again; nothing of before must stand in the way."""
        self.server.good = True
        end = time.monotonic() + 20
        while (said := self.ask("renew " + self.name)) != "ok\n":
            assert time.monotonic() < end, f"afterwards: {said}"
            time.sleep(0.2)
        assert self.kid() == "after"
        assert "problem" not in self.ask("status " + self.name)

    def line(self):
        problem = self.status.get("problem", "")
        for secret, word in ((r"OpenSSL/[\d.]+", "OpenSSL"),
                             (r"127\.0\.0\.1:\d+", "ISSUER"),
                             (r"localhost:\d+", "localhost:N"),
                             (r"port \d+", "port N"),
                             (r"after \d+ m", "after N m"),
                             (r"with \d+ out of \d+ bytes", "with N bytes"),
                             (r"\b\d+ bytes remaining", "N bytes remaining")):
            problem = re.sub(secret, word, problem)
        cache = WORDS[self.seen]
        if self.row.fresh:
            cache += f", fresh for {self.fresh()} s"
        return f"| {self.row.what} | {cache} | {problem.replace('|', ' ')} |"


def run_batch(site, cases, failures):
    site.config.write_text(
        f'issuers = ( {", ".join(case.entry for case in cases)} );\n'
        'services = { sshd = { scope_any = [ "ssh" ]; }; };\n'
        'revocation = { store = "none"; };\n')
    process = site.serve()
    with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
        list(pool.map(Case.try_it, cases))
        for case in cases:
            try:
                case.judge()
            except AssertionError as why:
                failures[case] = str(why)
        again = [case for case in cases
                 if case.row.retry and case not in failures]
        for case, done in [(c, pool.submit(c.try_again)) for c in again]:
            try:
                done.result()
            except (AssertionError, OSError) as why:
                failures[case] = str(why)
    memory = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    process.terminate()
    assert process.wait(2) == 0, "it did not end at once"
    return int(re.search(r"VmHWM:\s+(\d+)", memory).group(1))


def hide_resolver(site):
    """The fetcher finds a name server that hears it and says nothing."""
    silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    silent.bind((NO_RESOLVER, 53))
    conf = site.folder / "resolv.conf"
    conf.write_text(f"nameserver {NO_RESOLVER}\n")
    conf.chmod(0o644)
    script = site.folder / "with-resolver"
    script.write_text(
        f'#!/bin/sh\nmount --bind {conf} /etc/resolv.conf || exit 9\n'
        f'exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups'
        f' {site.binary} "$@"\n')
    script.chmod(0o755)
    site.start_as_root = ["unshare", "-m", str(script)]
    return silent


def table(cases):
    lines = ["# What an issuer's answers do to the key cache", "",
             "Written by test_http_table.py, which tries each row against a"
             " real server. Before", "each the cache holds a good key;"
             " \"stays\" means to the last byte, and that its key", "goes on"
             " to verify. The last column is what `jwtauthctl keys show`"
             " says.", "", "| the issuer | the cache file | what is wrong |",
             "|---|---|---|"]
    return "\n".join(lines + [case.line() for case in cases]) + "\n"


def outcomes(text):
    """Without the last column: its words are curl's and OpenSSL's."""
    return [line.rsplit("|", 2)[0] for line in text.splitlines()
            if line.startswith("|")]


def main():
    site = Site()
    with contextlib.ExitStack() as stack:
        stack.callback(site.close)
        site.configure()
        certificates(site)
        closed = socket.socket()
        closed.bind(("127.0.0.1", 0))
        stack.callback(closed.close)
        context = tls(site.folder / "server.pem")
        rows = list(all_rows(site, closed.getsockname()[1]))
        cases = [Case(site, number, row, context)
                 for number, row in enumerate(rows, 1)]
        if os.geteuid() == 0:
            stack.callback(hide_resolver(site).close)
        failures, most = {}, 0
        for start in range(0, len(cases), BATCH):
            most = max(most, run_batch(site, cases[start:start + BATCH],
                                       failures))
        for case in cases:
            print(f"FAILED {case.row.what}: {failures[case]}"
                  if case in failures else f"ok     {case.row.what}")
            case.server.close()
        text = table(cases)
        sanitized = site.sanitized
    if "--write" in sys.argv:
        (HERE / "HTTP.md").write_text(text)
    checks = {"the table in HTTP.md is what was seen (else: --write)":
              outcomes(text) == outcomes((HERE / "HTTP.md").read_text())}
    if not sanitized:  # whose memory is several times as much
        checks[f"{BATCH} fetches at once took {most} KiB, less than"
               f" {RSS_MAX}"] = most < RSS_MAX
    (pathlib.Path("http-table.md")).write_text(text)
    for what, good in checks.items():
        print(("ok     " if good else "FAILED ") + what)
    failed = len(failures) + sum(not good for good in checks.values())
    print(f"http_table: {len(cases) + len(checks) - failed} passed,"
          f" {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
