# SPDX-License-Identifier: ISC
"""Inside a test host: redis-servers of our own, tokens, the installed
programs with a configuration of our own, and a proxy that spoils bytes.
"""

import base64
import binascii
import grp
import hashlib
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

import redis  # Debian's python3-redis

PLACE = pathlib.Path("/run/redis-faults")
CHECK = "/usr/libexec/jwtauth/jwtauth-check"
FOLLOWER = "/usr/libexec/jwtauth/jwtauth-followd"
STATE = pathlib.Path("/var/lib/jwtauth")
ISSUER = "https://table.example.test"
TIMEOUT_MS = 200
SLACK_MS = 100  # the promise: a login waits timeout_ms + 100 ms at most
OLD, FRESH_FOR, LIFETIME = 1200, 900, 3600  # seconds
START_S = 10

CONFIG = """\
host_name = "table";
issuers = ( {{ name = "table"; issuer = "{issuer}"; jwks_file = "{jwks}";
    algorithms = [ "ES256" ]; audience = [ "ssh://table" ];
    token_type = "access"; max_lifetime = {lifetime}; leeway = 5;
    accounts = ( {{ claim = "preferred_username"; }} ); }} );
services = {{ sshd = {{ scope_any = [ "ssh" ]; unix = false; }}; }};
revocation = {{
    store = "redis";
    redis = {{ {redis}
        user = "jwtauth-host"; password_file = "{place}/reader";
        writer_user = "jwtauth-revoker"; writer_password_file = "{place}/writer";
        follower_user = "jwtauth-follower";
        follower_password_file = "{place}/follower";
        timeout_ms = {timeout}; raw_tokens = true; }};
    {mode}
}};
"""


def poll(condition, what, deadline=START_S):
    end = time.monotonic() + deadline
    while not (value := condition()):
        assert time.monotonic() < end, \
            f"not within {deadline} s: {what() if callable(what) else what}"
        time.sleep(0.01)
    return value


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def slot(key):
    """Of a Redis Cluster."""
    return binascii.crc_hqx(key.encode(), 0) % 16384


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Issuer:
    """An ES256 key of openssl's, and tokens by it."""

    def __init__(self, folder):
        self.key, self.jwks = folder / "issuer.key", folder / "jwks.json"
        subprocess.run(["openssl", "ecparam", "-genkey", "-noout", "-name",
                        "prime256v1", "-out", self.key], check=True)
        der = subprocess.run(["openssl", "ec", "-in", self.key, "-pubout",
                              "-outform", "DER"], check=True,
                             capture_output=True).stdout
        self.jwks.write_text(json.dumps({"keys": [{
            "kty": "EC", "crv": "P-256", "kid": "k", "alg": "ES256",
            "x": b64url(der[-64:-32]), "y": b64url(der[-32:])}]}))

    def token(self, age):
        now = int(time.time())
        parts = [{"typ": "at+jwt", "alg": "ES256", "kid": "k"}, {
            "iss": ISSUER, "aud": "ssh://table", "sub": "id-of-alice",
            "preferred_username": "alice", "client_id": "table",
            "scope": "ssh", "iat": now - age, "exp": now - age + LIFETIME,
            "jti": secrets.token_hex(8)}]
        signed = ".".join(b64url(json.dumps(part).encode()) for part in parts)
        der = subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.key],
                             input=signed.encode(), check=True,
                             capture_output=True).stdout
        return f"{signed}.{b64url(raw_signature(der))}"


def raw_signature(der):
    """r and s as RFC 7518 has them, from openssl's DER."""
    at, numbers = 2, b""
    for _ in range(2):
        length = der[at + 1]
        value = int.from_bytes(der[at + 2:at + 2 + length], "big")
        numbers += value.to_bytes(32, "big")
        at += 2 + length
    return numbers


class Server:
    """A redis-server with the users of etc/redis/jwtauth.acl."""

    def __init__(self, name, *settings, port=None, durable=True,
                 default_user="user default off ~* &* +@all",
                 hash_tag=False):
        self.folder = PLACE / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.port = free_port() if port is None else port
        self.socket = self.folder / "redis.sock"
        self.settings = [f"port {self.port}", "bind 127.0.0.1",
                         f"unixsocket {self.socket}", "unixsocketperm 777",
                         f"dir {self.folder}", 'save ""', "loglevel warning",
                         f"logfile {self.folder}/log",
                         default_user,
                         "user admin on >admin ~* &* +@all",
                         "enable-debug-command yes",
                         "repl-diskless-sync-delay 0",
                         "masteruser admin", "masterauth admin"]
        if durable:
            self.settings += ["appendonly yes", "appendfsync always"]
        self.settings += users(hash_tag) + list(settings)
        self.process = self.admin = None
        self.start()

    def start(self, *more):
        conf = self.folder / "redis.conf"
        conf.write_text("\n".join([*self.settings, *more]) + "\n")
        self.process = subprocess.Popen(
            ["redis-server", conf], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.admin = redis.Redis(unix_socket_path=str(self.socket),
                                 username="admin", password="admin",
                                 socket_timeout=START_S,
                                 decode_responses=True)
        poll(self.answers, f"{self.folder.name} starts")

    def answers(self):
        assert self.process.poll() is None, \
            (self.folder / "log").read_text()[-2000:]
        try:
            return self.admin.ping()
        except redis.exceptions.BusyLoadingError:
            return True  # the row wants it so, or waits on its own
        except (redis.exceptions.RedisError, OSError):
            return False

    def do(self, *words):
        return self.admin.execute_command(*words)

    def end(self, how=signal.SIGKILL):
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(how)
            self.process.wait()
        self.process = None

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def forget(self):
        """Its data is gone, as if it had never been persistent."""
        for path in self.folder.iterdir():
            if path.name.startswith(("appendonly", "dump")):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def users(hash_tag):
    """Of the example; in a cluster our own keys have another prefix."""
    text = (PLACE / "jwtauth.acl").read_text()
    if hash_tag:
        text = re.sub(r"(%R)?~blacklist:\*",
                      r"\1~{blacklist}:* \1~blacklist:*", text)
    return [line for line in text.splitlines() if line.startswith("user ")]


class Proxy:
    """Stands before Redis. spoil(client, upstream, request) takes over once
    the client has asked; without it bytes pass as they are."""

    def __init__(self, port):
        self.upstream = port
        self.spoil = None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(client,),
                             daemon=True).start()

    def one(self, client):
        try:
            with client, socket.create_connection(
                    ("127.0.0.1", self.upstream)) as upstream:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.talk(client, upstream)
        except OSError:
            pass

    def talk(self, client, upstream):
        spoil = self.spoil
        if spoil is not None:
            spoil(client, upstream)
            return
        threading.Thread(target=pump, args=(upstream, client),
                         daemon=True).start()
        pump(client, upstream)

    def close(self):
        self.listener.close()


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def answer_of(client, upstream):
    """What Redis says to what the client asks at once."""
    upstream.sendall(client.recv(1 << 20))
    upstream.settimeout(0.05)
    answer = b""
    try:
        while data := upstream.recv(65536):
            answer += data
    except TimeoutError:
        pass
    return answer


def reset(connection):
    """Closes it with RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                          struct.pack("ii", 1, 0))
    connection.close()


class Site:
    """What stays the same from row to row: tokens and places."""

    def __init__(self):
        self.issuer = Issuer(PLACE)
        secret("reader", "READER-PASSWORD", "jwtauth")
        secret("writer", "WRITER-PASSWORD", "jwtauth-revoke")
        secret("follower", "FOLLOWER-PASSWORD", "jwtauth-follow")
        self.revoked = self.issuer.token(OLD)  # by jwtauthctl revoke
        # By an application's SETEX; in a cluster not on the node of our own.
        self.raw = next(token for token in iter(
            lambda: self.issuer.token(OLD), None) if
            slot(f"blacklist:{token}") < slot("blacklist") // 2)
        self.fresh, self.old = self.issuer.token(5), self.issuer.token(OLD)

    def configure(self, name, redis_settings, mode, timeout=TIMEOUT_MS):
        path = PLACE / f"{name}.conf"
        path.write_text(CONFIG.format(
            issuer=ISSUER, jwks=self.issuer.jwks, lifetime=LIFETIME,
            redis=redis_settings, place=PLACE, timeout=timeout, mode=mode))
        path.chmod(0o644)
        return path

    def reset(self):
        """This host has met no store yet, and keeps no copy."""
        for folder in "seen", "copy", "journal":
            for path in (STATE / folder).glob("*"):
                path.unlink()


class Follower:
    """jwtauth-followd, and what it has copied."""

    def __init__(self, config):
        self.config = config
        self.process = subprocess.Popen(
            [FOLLOWER, "--config", config, "--interval", "1s"],
            stdin=subprocess.DEVNULL, stderr=open(PLACE / "followd.log", "w"))

    def has(self, *raw_tokens):
        """May the copy decide, and does it know these?"""
        if self.process.poll() is not None:
            raise AssertionError((PLACE / "followd.log").read_text())
        names = ["raw-" + hashlib.sha256(token.encode()).hexdigest()
                 for token in raw_tokens]
        return all((STATE / "copy" / name).exists() for name in names) and \
            subprocess.run([FOLLOWER, "--config", self.config, "--status"],
                           capture_output=True).returncode == 0

    def says(self):
        done = subprocess.run([FOLLOWER, "--config", self.config, "--status"],
                              capture_output=True, text=True)
        return done.stdout + (PLACE / "followd.log").read_text()

    def end(self):
        self.process.kill()
        self.process.wait()


def secret(name, text, group):
    path = PLACE / name
    path.write_text(text + "\n")
    os.chown(path, 0, grp.getgrnam(group).gr_gid)
    path.chmod(0o640)


def ctl(*words, config, token=None):
    return subprocess.run(["jwtauthctl", *words, "--config", str(config)],
                          input=token, capture_output=True, text=True,
                          timeout=60)


def check(config, token):
    """The helper's reason, its detail, and milliseconds that it took."""
    began = time.monotonic()
    done = subprocess.run([CHECK, "--config", str(config), "--service",
                           "sshd", "--user", "alice"], input=token,
                          capture_output=True, text=True, timeout=60)
    took = (time.monotonic() - began) * 1000
    said = re.match(r"(allow|deny): (\w+)", done.stdout)
    assert said, done.stdout + done.stderr
    assert (said.group(1) == "allow") == (said.group(2) == "ok")
    assert (done.returncode == 0) == (said.group(2) == "ok")
    detail = done.stderr.strip().removeprefix("jwtauth-check: ")
    return said.group(2), detail, took


def understood(config):
    """Does this build know all that stands in it?"""
    return subprocess.run(["jwtauthctl", "config", "check", str(config)],
                          capture_output=True).returncode == 0
