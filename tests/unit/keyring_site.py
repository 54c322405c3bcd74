# SPDX-License-Identifier: ISC
"""A keyring in a temporary folder, and a real HTTPS server that shows its
JWKS, or an older one."""

import base64
import contextlib
import http.server
import json
import os
import pathlib
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import traceback

BINARY = os.path.abspath(
    os.environ.get("KEYRING", "tools/keyring/jwt-keyring"))
ISSUER = "https://idp.example.test"
DEADLINE = 60  # seconds that any wait may take, on a busy machine too
DAY = 86400


def poll(condition, what):
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.005)
    raise AssertionError("waited in vain: " + what)


class Handler(http.server.BaseHTTPRequestHandler):
    timeout = 20

    def log_message(self, *args):
        pass

    def do_GET(self):
        mirror = self.server.mirror
        mirror.requests += 1
        status, headers, body = mirror.answer()
        with contextlib.suppress(OSError):
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        pass

    def get_request(self):
        connection, address = super().get_request()
        return self.tls.wrap_socket(connection, server_side=True,
                                    do_handshake_on_connect=False), address


class Mirror:
    """Shows a file, or what a test set instead."""

    def __init__(self, folder, path):
        self.path = path
        self.fixed = None  # (status, headers, body)
        self.requests = 0
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.mirror = self
        self.server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.tls.load_cert_chain(folder / "server.pem")
        port = self.server.server_address[1]
        self.url = f"https://127.0.0.1:{port}/jwks.json"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self):
        return self.fixed or (200, [], self.path.read_bytes())

    def freeze(self):
        self.fixed = (200, [], self.path.read_bytes())

    def thaw(self):
        self.fixed = None

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Ring:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="keyring-test-"))
        self.dir = self.folder / "k"
        self.www = self.folder / "www"
        self.log = self.folder / "log"
        self.mirrors = []
        self.children = []
        self.run("init", "--dir", self.dir, "--issuer", ISSUER)
        self.publish()

    # -- running it

    def run(self, *words, expect=0, **options):
        done = subprocess.run([BINARY, *map(str, words)], text=True,
                              capture_output=True, timeout=60, **options)
        assert done.returncode == expect, \
            f"exit {done.returncode}, not {expect}: {words}\n" \
            f"{done.stdout}{done.stderr}"
        self.said = done.stdout + done.stderr
        return done.stdout

    def rotate(self, *words, expect=0):
        return self.run("rotate", "--dir", self.dir, "--out", self.www,
                        *words, expect=expect).split()

    def start(self, *words):
        """A rotation that goes on while the test does something else."""
        child = subprocess.Popen(
            [BINARY, "rotate", "--dir", str(self.dir), "--out", str(self.www),
             "--verbose", *map(str, words)], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.children.append(child)
        return child

    def publish(self):
        self.run("publish", "--dir", self.dir, "--out", self.www)

    def mint(self, *words):
        token = self.run("mint", "--dir", self.dir, "--subject", "s",
                         "--audience", "a", *words).strip()
        head = token.split(".")[0]
        return json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]

    def status(self, *words):
        return json.loads(self.run("status", "--dir", self.dir, "--json",
                                   *words))

    # -- what is on disk

    def state(self):
        return json.loads((self.dir / "keyring.json").read_text())

    def kids(self, state):
        return [key["kid"] for key in self.state()["keys"]
                if key["state"] == state]

    def current(self):
        return self.kids("current")[0]

    def next(self):
        return (self.kids("next") or [None])[0]

    def published(self):
        return [key["kid"] for key in
                json.loads((self.www / "jwks.json").read_text())["keys"]]

    def edit(self, change):
        """Changes keyring.json as nobody should."""
        state = self.state()
        change(state)
        new = self.dir / "edited"
        new.write_text(json.dumps(state))
        new.chmod(0o600)
        new.rename(self.dir / "keyring.json")

    def age(self, seconds):
        """As if all of it had been so long ago."""
        def change(state):
            for key in state["keys"]:
                for name in ("created", "published", "signing", "retired"):
                    if key.get(name):
                        key[name] -= seconds
        self.edit(change)

    # -- others

    def mirror(self):
        if not (self.folder / "server.pem").exists():
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                 "/CN=mirror", "-addext", "subjectAltName=IP:127.0.0.1",
                 "-keyout", "key.pem", "-out", "ca.pem"], check=True,
                capture_output=True, cwd=self.folder)
            (self.folder / "server.pem").write_text(
                (self.folder / "ca.pem").read_text()
                + (self.folder / "key.pem").read_text())
        self.mirrors.append(Mirror(self.folder, self.www / "jwks.json"))
        return self.mirrors[-1]

    def verifier(self, mirror):
        return ["--ca-file", self.folder / "ca.pem", "--verifier", mirror.url]

    def program(self, name, body, mode=0o755):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("#!/bin/sh\n" + body)
        path.chmod(mode)
        return path

    def hook(self, name="hook", status=0):
        """Notes how it was called."""
        return self.program(
            name, f'echo "{name} $*" >>{self.log}\nexit {status}\n')

    def logged(self):
        return self.log.read_text().splitlines() if self.log.exists() else []

    def settings(self, text):
        path = self.folder / "keyring.conf"
        path.write_text(text)
        path.chmod(0o640)
        return path

    def close(self):
        for child in self.children:
            if child.poll() is None:
                child.send_signal(signal.SIGKILL)
            child.communicate()
        for mirror in self.mirrors:
            mirror.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def main(module, name):
    tests = [value for value in list(vars(module).values())
             if getattr(value, "__module__", "") == module.__name__
             and hasattr(value, "__code__")
             and value.__code__.co_argcount == 1
             and value.__code__.co_varnames[0] == "ring"]
    passed = failed = 0
    for test in tests:
        if sys.argv[1:] and test.__name__ not in sys.argv[1:]:
            continue
        ring = Ring()
        began = time.monotonic()
        try:
            test(ring)
            passed += 1
            print(f"ok     {test.__name__}"
                  f" ({time.monotonic() - began:.1f} s)", flush=True)
        except Exception:  # a test that breaks has failed
            failed += 1
            print(f"FAILED {test.__name__}")
            traceback.print_exc(file=sys.stdout)
            sys.stdout.flush()
        finally:
            ring.close()
    print(f"{name}: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0
