# SPDX-License-Identifier: ISC
"""A Redis on a unix socket that misbehaves on request, and the follower.

It has what the follower asks for and no more; tests/integration has a real
one. Everything is in one temporary folder; as root the follower is nobody.
"""

import contextlib
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import socketserver
import subprocess
import tempfile
import threading
import time

from fetchd_site import DEADLINE, NOBODY, poll

BINARY = os.environ.get("FOLLOWD", "tools/followd/jwtauth-followd")
ID = "0123456789abcdef"
ISS = "https://idp.example.com"
PREFIX = "blacklist:"


def bulk(value):
    if value is None:
        return b"$-1\r\n"
    value = value if isinstance(value, bytes) else str(value).encode()
    return b"$%d\r\n%s\r\n" % (len(value), value)


def array(*items):
    return b"*%d\r\n%s" % (len(items), b"".join(items))


def hashed(kind, value):
    text = value if kind == "sig" else f"{ISS}\n{value}"
    return hashlib.sha256(text.encode()).hexdigest()


def raw_name(token):
    return "raw-" + hashlib.sha256(token.encode()).hexdigest()


class Redis(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, path):
        self.changed = threading.Condition()
        self.restart()
        self.keys, self.stream = {}, []
        self.counter = 0
        self.asked = []   # each command's words
        self.twists = {}  # a command's name: bytes, or a function of words
        self.number = 0
        super().__init__(str(path), Handler)
        os.chmod(path, 0o777)
        threading.Thread(target=self.serve_forever, args=(0.02,),
                         daemon=True).start()

    def restart(self):
        self.run_id = os.urandom(20).hex()
        self.flushes = 0
        self.data = os.urandom(20).hex()
        self.policy = "noeviction"
        self.evicted = 0
        self.role = "master"

    def put(self, key, value, ttl=None):
        with self.changed:
            self.keys[key] = (value, ttl and time.time() + ttl)
            self.changed.notify_all()

    def delete(self, key):
        with self.changed:
            self.keys.pop(key, None)

    def set_epoch(self, counter, name=ID):
        self.counter = counter
        self.put(PREFIX + "epoch", f"{name} {counter}")

    def add_line(self, **fields):
        """A line of the stream, as it is given."""
        with self.changed:
            self.number += 1
            self.stream.append((f"{1700000000000 + self.number}-0", fields))
            self.changed.notify_all()

    def change(self, op, kind, value, stream=True, **more):
        """A change of ours: the entry, the epoch and the line."""
        name = f"{kind}:{hashed(kind, value)}"
        entry = json.dumps({"until": int(time.time()) + 3600,
                            "when": int(time.time()), **more})
        with self.changed:
            if op == "add":
                self.put(PREFIX + name, entry, 3600)
            else:
                self.delete(PREFIX + name)
            self.set_epoch(self.counter + 1)
            if stream:
                self.add_line(op=op, name=name,
                              epoch=f"{ID} {self.counter}", json=entry)
        return name.replace(":", "-")

    def revoke(self, kind, value, **more):
        return self.change("add", kind, value, **more)

    def answer(self, words):
        name = words[0]
        twist = self.twists.get(name)
        if twist is not None and words[1:] != ["memory"]:
            return twist(words) if callable(twist) else twist
        with self.changed:  # one command at a time; XREAD lets others in
            return getattr(self, "do_" + name.lower())(*words[1:])

    def do_auth(self, *words):
        return b"+OK\r\n"

    def do_role(self):
        return array(bulk(self.role), b":0\r\n", array())

    def do_get(self, key):
        value = self.keys.get(key, (None,))[0]
        if isinstance(value, list):
            return b"-WRONGTYPE not a string\r\n"
        return bulk(value)

    def do_exists(self, key):
        return b":%d\r\n" % (key in self.keys)

    def do_pttl(self, key):
        value, until = self.keys.get(key, (None, 0))
        if value is None:
            return b":-2\r\n"
        return b":%d\r\n" % (-1 if until is None
                             else (until - time.time()) * 1000)

    def do_info(self, section=None):
        if section == "memory":
            return bulk("# Memory\r\nmaxmemory:4096\r\n"
                        f"maxmemory_policy:{self.policy}\r\n")
        if section == "commandstats":
            return bulk("# Commandstats\r\ncmdstat_flushall:calls="
                        f"{self.flushes},usec=9,failed_calls=0\r\n")
        return bulk(f"# Server\r\nrun_id:{self.run_id}\r\n# Stats\r\n"
                    f"evicted_keys:{self.evicted}\r\n# Replication\r\n"
                    f"role:{self.role}\r\nmaster_replid:{self.data}\r\n")

    def do_scan(self, cursor, _match, pattern, _count, count):
        parts = re.findall(r"\\.|.", pattern)
        made = re.compile("".join(
            {"?": ".", "*": ".*"}.get(p, re.escape(p[-1])) for p in parts),
            re.DOTALL)
        names = sorted(self.keys)
        end = int(cursor) + int(count)
        found = [n for n in names[int(cursor):end] if made.fullmatch(n)]
        return array(bulk(end if end < len(names) else 0),
                     array(*[bulk(n) for n in found]))

    def line(self, number, fields):
        return array(bulk(number), array(*[
            bulk(part) for pair in fields.items() for part in pair]))

    def do_xrevrange(self, *words):
        last = self.stream[-1:]
        return array(*[self.line(*line) for line in last])

    def do_xread(self, *words):
        count = int(words[words.index("COUNT") + 1])
        wait = 0
        if "BLOCK" in words:
            wait = int(words[words.index("BLOCK") + 1]) / 1000
        place = [int(n) for n in words[-1].split("-")]

        def newer():
            return [self.line(*line) for line in self.stream
                    if [int(n) for n in line[0].split("-")] > place][:count]

        with self.changed:
            self.changed.wait_for(newer, wait)
            lines = newer()
        if not lines:
            return b"*-1\r\n"
        return array(array(bulk(words[-2]), array(*lines)))


class Handler(socketserver.StreamRequestHandler):
    def words(self):
        head = self.rfile.readline()
        count = int(head[1:]) if head else 0
        words = []
        for _ in range(count):
            size = int(self.rfile.readline()[1:])
            words.append(self.rfile.read(size + 2)[:-2].decode())
        return words

    def handle(self):
        with contextlib.suppress(OSError, ValueError):
            while words := self.words():
                self.server.asked.append(words)
                self.wfile.write(self.server.answer(words))


class Site:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.folder.chmod(0o755)
        self.binary = self.folder / "jwtauth-followd"
        shutil.copy(BINARY, self.binary)
        self.copy, self.seen = self.folder / "copy", self.folder / "seen"
        for folder in (self.copy, self.seen):
            folder.mkdir(mode=0o755)
        if os.geteuid() == 0:
            os.chown(self.copy, NOBODY, NOBODY)
        self.processes = []
        self.redis = None
        self.start_redis()
        self.redis.set_epoch(0)

    def start_redis(self):
        """A new server, or the same data served again."""
        old = self.redis
        (self.folder / "redis").unlink(missing_ok=True)
        self.redis = Redis(self.folder / "redis")
        if old is not None:
            self.redis.keys, self.redis.stream = old.keys, old.stream
            self.redis.counter, self.redis.number = old.counter, old.number

    def stop_redis(self):
        self.redis.twists = {name: b"" for name in (
            "ROLE", "GET", "XREAD", "SCAN", "INFO", "PTTL", "XREVRANGE")}
        self.redis.shutdown()
        self.redis.server_close()
        (self.folder / "redis").unlink(missing_ok=True)

    def configure(self, last_known=True, redis="", **more):
        self.config = self.folder / "jwtauth.conf"
        words = "".join(f"{name} = {value}; " for name, value in more.items())
        if last_known:
            words += 'on_unreachable = "last_known"; '
        self.config.write_text(
            'host_name = "x";\nrevocation = { store = "redis"; redis = {'
            f' address = "unix:{self.folder}/redis"; raw_tokens = true;'
            f' timeout_ms = 2000; {redis} }}; {words} }};\n')
        self.config.chmod(0o644)

    def start(self, *words, environment=None, **options):
        if os.geteuid() == 0:
            options.update(user=NOBODY, group=NOBODY, extra_groups=[])
        process = subprocess.Popen(
            [self.binary, "--config", self.config, "--copy", self.copy,
             "--seen", self.seen, "--interval", "1s", *words],
            env=environment or {}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, text=True,
            stderr=open(self.folder / "log", "a"), **options)
        self.processes.append(process)
        return process

    def follow(self):
        """The daemon, once it says that it follows."""
        word = "follows the store"
        before = self.log().count(word) if self.processes else 0
        process = self.start()
        poll(lambda: self.log().count(word) > before, "following")
        return process

    def scans(self, count=2):
        """Waits for so many whole searches for raw tokens."""
        def asked():
            return len([w for w in self.redis.asked if w == ["INFO"]])

        before = asked()  # one at the begin of each, one at its end
        poll(lambda: asked() > before + 2 * count, "searches")

    def lose_raw_in_a_search(self, token, loss):
        """It was found; when SCAN next begins it is gone, and loss() done."""
        redis, lost = self.redis, []

        def lose(words):
            with redis.changed:
                redis.twists.pop("SCAN")
                redis.delete(PREFIX + token)
                loss()
                lost.append(words[0])
                return redis.answer(words)

        redis.put(PREFIX + token, "1", 900)
        poll(lambda: raw_name(token) in self.names(), "the raw token")
        self.scans()
        redis.twists["SCAN"] = lose
        poll(lambda: lost, "a search")

    def once(self):
        """The exit status of --once."""
        return self.start("--once").wait(DEADLINE)

    def copied(self):
        assert self.once() == 0, self.log()

    def log(self):
        return (self.folder / "log").read_text()

    def status(self):
        process = self.start("--status")
        shown = process.communicate(timeout=DEADLINE)[0]
        return process.returncode, shown

    def names(self):
        """The revocations in the copy."""
        return {name for name in os.listdir(self.copy)
                if re.fullmatch("[a-z]{3}-[0-9a-f]{64}", name)}

    def entry(self, name):
        return json.loads((self.copy / name).read_text())

    def state(self):
        return json.loads((self.copy / "state").read_text())

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()
        with contextlib.suppress(OSError):
            self.stop_redis()
        shutil.rmtree(self.folder)
