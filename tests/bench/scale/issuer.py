"""The issuer of the simulation: a CA, nginx and a keyring.

nginx is that of the test hosts' Debian root, run there by chroot, so that
nothing has to be installed on the machine. It logs real times.
"""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

URL = "https://127.0.0.1:8443"
MAX_AGE = 600  # seconds that its answers are fresh
BASE_ROOT = Path(__file__).resolve().parents[2] / "integration/base-root"
# nginx's own: $ssl_session_reused tells full handshakes from resumed ones.
LOG_FORMAT = ("$msec $status $bytes_sent $request_length $request_uri"
              " $ssl_session_reused")
MOUNT = "/srv"  # an empty folder of every Debian root

# Asked once a second: of this machine, so half a minute of the story.
SETTINGS = """\
dir = "{keyring}";
out = "{www}";
wait = {{ deadline = "5m"; first = "1s"; longest = "1s"; }};
verifiers = ( {{ command = [ "/bin/sh", "-c",
    "test $(grep -l -- $0 {caches}/*/cache/corp.json | wc -l) = {count}",
    "%k" ]; }} );
"""

NGINX = """\
user www-data;
worker_processes 1;
daemon off;
pid {mount}/nginx.pid;
error_log {mount}/error.log warn;
events {{ worker_connections 4096; }}
http {{
    log_format story '{log_format}';
    access_log {mount}/access.log story;
    client_body_temp_path {mount}/tmp;
    default_type application/json;
    server {{
        listen 127.0.0.1:8443 ssl backlog=4096;
        ssl_certificate     {mount}/issuer.pem;
        ssl_certificate_key {mount}/issuer.key;
        root {mount}/www;
        add_header Cache-Control "max-age={max_age}";
        if (-f {mount}/overloaded) {{ return 503; }}
    }}
}}
"""


def run(*argv, **options):
    done = subprocess.run([str(word) for word in argv], text=True,
                          capture_output=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{argv[0]} {argv[1]}: {done.stdout}{done.stderr}")
    return done.stdout


class Issuer:
    def __init__(self, folder, build):
        self.folder = folder
        self.keyring = folder / "keyring"
        self.tool = build / "tools/keyring/jwt-keyring"
        self.www = folder / "www"
        self.www.mkdir()
        self.nginx = None
        self._make_tls()
        (folder / "nginx.conf").write_text(NGINX.format(
            mount=MOUNT, log_format=LOG_FORMAT, max_age=MAX_AGE))
        self._mount()
        self._keyring("init", "--issuer", URL, "--alg", "RS256")
        self.publish()

    def _make_tls(self):
        for name in ("ca", "issuer"):
            run("openssl", "ecparam", "-name", "prime256v1", "-genkey",
                "-noout", "-out", self.folder / f"{name}.key")
        run("openssl", "req", "-x509", "-key", self.folder / "ca.key",
            "-days", "2", "-subj", "/CN=simulation CA",
            "-out", self.folder / "ca.pem")
        run("openssl", "req", "-x509", "-key", self.folder / "issuer.key",
            "-CA", self.folder / "ca.pem", "-CAkey", self.folder / "ca.key",
            "-days", "2", "-subj", "/CN=issuer", "-addext",
            "subjectAltName=IP:127.0.0.1", "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-out", self.folder / "issuer.pem")

    def _mount(self):
        """Our folder inside the Debian root, seen by this process alone."""
        self.root = Path(run(BASE_ROOT).strip())
        run("mount", "--make-rprivate", "/")
        run("mount", "--bind", self.folder, f"{self.root}{MOUNT}")

    def start(self):
        self.nginx = subprocess.Popen(
            ["chroot", self.root, "/usr/sbin/nginx", "-c",
             f"{MOUNT}/nginx.conf"], stdin=subprocess.DEVNULL,
            stderr=open(self.folder / "nginx.err", "ab"))
        end = time.monotonic() + 20
        while subprocess.run(["openssl", "s_client", "-connect",
                              URL.removeprefix("https://")],
                             stdin=subprocess.DEVNULL,
                             capture_output=True).returncode != 0:
            if self.nginx.poll() is not None or time.monotonic() > end:
                raise RuntimeError("nginx does not serve: see "
                                   + str(self.folder / "nginx.err"))

    def stop(self):
        self.nginx.terminate()
        self.nginx.wait()

    def overload(self, yes):
        flag = self.folder / "overloaded"
        if yes:
            flag.touch()
        else:
            flag.unlink()

    def cpu_seconds(self):
        """That nginx has used so far."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if (stat.parent / "comm").read_text() == "nginx\n":
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def requests(self):
        """Each as (real time, status, bytes sent, path)."""
        for line in (self.folder / "access.log").read_text().splitlines():
            when, status, sent, _, path, _ = line.split()
            yield float(when), int(status), int(sent), path

    # -- keys

    def _keyring(self, word, *more):
        return run(self.tool, word, "--dir", self.keyring, *more)

    def publish(self):
        self._keyring("publish", "--out", self.www)
        for path in (self.www, *self.www.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)

    def token(self):
        """Under the key that signs now."""
        return self._keyring("mint", "--subject", "somebody", "--audience",
                             "ssh://x", "--lifetime", "3600").strip()

    def new_key(self):
        """Made and published; returns a token under it."""
        self._keyring("rotate")
        self.publish()
        return self.token()

    def rotate(self, caches, count):
        """By the keyring's own steps: it publishes the next key, waits until
        each of the caches has it, signs with it. A token under it."""
        settings = self.folder / "keyring.conf"
        settings.write_text(SETTINGS.format(
            keyring=self.keyring, www=self.www, caches=caches, count=count))
        settings.chmod(0o600)
        run(self.tool, "rotate", "--config", settings)
        return self.token()

    def withdraw_old(self):
        self._keyring("drop", "--retiring")
        self.publish()

    def key_count(self):
        status = json.loads(self._keyring("status", "--json"))
        return len(status["keys"])

    def close(self):
        if self.nginx is not None and self.nginx.poll() is None:
            self.stop()
        shutil.rmtree(self.keyring, ignore_errors=True)
