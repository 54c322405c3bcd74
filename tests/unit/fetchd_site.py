# SPDX-License-Identifier: ISC
"""A real HTTPS issuer on loopback that misbehaves on request, and the fetcher.

Everything is in one temporary folder; as root the fetcher runs as nobody.
"""

import base64
import contextlib
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import types

CTL = os.environ.get("JWTAUTHCTL", "tools/ctl/jwtauthctl")
BINARY = os.environ.get("FETCHD", "tools/fetchd/jwtauth-fetchd")
NOBODY = 65534
OIDC = "/.well-known/openid-configuration"
DEADLINE = 30  # seconds that any wait may take, on a busy machine too


def poll(condition, what):
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError("waited in vain: " + what)


def openssl(*words, **options):
    return subprocess.run(["openssl", *words], check=True,
                          capture_output=True, **options).stdout


def new_key(kid, **members):
    private = openssl("genpkey", "-algorithm", "ed25519")
    public = openssl("pkey", "-pubout", "-outform", "DER", input=private)
    x = base64.urlsafe_b64encode(public[-32:]).rstrip(b"=").decode()
    return {"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": x, **members}


def new_rsa_key(kid):
    """Good enough to be imported: nobody signs with it."""
    n = bytearray(os.urandom(256))
    n[0] |= 0x80
    n[-1] |= 1
    text = base64.urlsafe_b64encode(n).rstrip(b"=").decode()
    return {"kty": "RSA", "kid": kid, "use": "sig", "n": text, "e": "AQAB"}


def jwks(*keys):
    return json.dumps({"keys": keys}).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20

    def log_message(self, *args):
        pass

    def do_GET(self):
        issuer = self.server.issuer
        issuer.requests.append((self.path, dict(self.headers)))
        status, headers, body = issuer.answer(self.path, self.headers)
        with contextlib.suppress(OSError):
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            if issuer.chunked:
                self.send_header("Transfer-Encoding", "chunked")
            elif status != 304:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if issuer.chunked:
                body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
            if status != 304:
                issuer.send(self.wfile, body)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        pass

    def get_request(self):
        # The handshake belongs to the thread of the connection.
        connection, address = super().get_request()
        self.issuer.hands_shaken += 1
        return self.tls.wrap_socket(connection, server_side=True,
                                    do_handshake_on_connect=False), address


class Issuer:
    """Answers by its attributes; a test sets them as it likes."""

    def __init__(self, folder, path=""):
        self.requests = []
        self.hands_shaken = 0  # or tried to be
        self.headers = []  # of the JWKS
        self.status = 200
        self.jwks = jwks(new_key("first"))
        self.etag = None
        self.not_modified_since = None
        self.chunked = False
        self.discovery_path = path + OIDC
        self.discovery = {}  # members that differ
        self.pages = {}  # path: (status, headers, body), before all else
        self.gate = threading.Event()  # the JWKS waits for it
        self.gate.set()
        self.drip = False
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.issuer = self
        self.server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.tls.load_cert_chain(folder / "server.pem")
        self.port = self.server.server_address[1]
        self.origin = f"https://127.0.0.1:{self.port}"
        self.url = self.origin + path
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path, headers):
        if path in self.pages:
            return self.pages[path]
        if path == self.discovery_path:
            document = {"issuer": self.url, "jwks_uri": self.origin + "/jwks",
                        **self.discovery}
            return 200, [], json.dumps(document).encode()
        if path != "/jwks":
            return 404, [], b"no such page"
        body, status = self.jwks, self.status
        self.gate.wait(20)
        more = list(self.headers)
        if self.etag:
            more.append(("ETag", self.etag))
            if headers.get("If-None-Match") == self.etag:
                status = 304
        if self.not_modified_since and headers.get(
                "If-Modified-Since") == self.not_modified_since:
            status = 304
        return status, more, body

    def send(self, out, body):
        if not self.drip:
            out.write(body)
            return
        for byte in body:  # for ever, as the fetcher sees it
            out.write(bytes([byte]))
            out.flush()
            time.sleep(0.2)

    def fetches(self, path="/jwks"):
        return sum(1 for asked, _ in self.requests if asked == path)

    def close(self):
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()


class Site:
    """Test CA, issuers, config, cache folder and the fetcher's processes."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="jwtauth-fetchd-"))
        self.folder.chmod(0o755)
        self.binary = self.folder / "jwtauth-fetchd"
        shutil.copy(BINARY, self.binary)  # nobody can't look into a checkout
        self.sanitized = b"__asan_init" in self.binary.read_bytes()
        self.ctl_binary = self.folder / "jwtauthctl"
        shutil.copy(CTL, self.ctl_binary)
        self.cache = self.folder / "cache"
        self.run = self.folder / "run"
        self.names = self.folder / "names"
        for folder in (self.cache, self.run, self.names):
            folder.mkdir(mode=0o755)
            if os.geteuid() == 0:
                os.chown(folder, NOBODY, NOBODY)
        self.socket = self.run / "fetch.sock"
        self.ca = self.make_ca("ca")
        self.make_certificate("ca", "server", "IP:127.0.0.1")
        self.start_as_root = None
        # Of every process, besides what start() says; this as its unit does.
        self.environment = {"GNUTLS_NO_IMPLICIT_INIT": "1"}
        self.issuers = []
        self.processes = []
        self.issuer = self.add_issuer()

    def make_ca(self, name):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                "/CN=" + name, "-keyout", self.folder / (name + ".key"),
                "-out", self.folder / (name + ".pem"))
        return self.folder / (name + ".pem")

    def make_certificate(self, ca, name, names):
        path = self.folder / (name + ".pem")
        key = self.folder / (name + ".key")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj",
                "/CN=" + name, "-CA", self.folder / (ca + ".pem"), "-CAkey",
                self.folder / (ca + ".key"), "-addext",
                "subjectAltName=" + names, "-addext",
                "basicConstraints=critical,CA:FALSE", "-keyout", key,
                "-out", path)
        path.write_bytes(path.read_bytes() + key.read_bytes())

    def add_issuer(self, path=""):
        issuer = Issuer(self.folder, path)
        self.issuers.append(issuer)
        return issuer

    def configure(self, *issuers, ca=None, cooldown=30, **strings):
        """One entry an issuer (a URL or an Issuer), named corp, corp2, ..."""
        trust = "" if ca == "system" else f'ca_file = "{ca or self.ca}";'
        entries = []
        for number, issuer in enumerate(issuers or (self.issuer,), 1):
            url = issuer if isinstance(issuer, str) else issuer.url
            more = "".join(f'{name} = "{value}"; '
                           for name, value in strings.items())
            entries.append(
                f'{{ name = "corp{"" if number == 1 else number}";'
                f' issuer = "{url}"; algorithms = [ "EdDSA", "RS256" ];'
                f' audience = [ "ssh://x" ]; {more}'
                f' accounts = ( {{ claim = "preferred_username"; }} );'
                f' fetch = {{ {trust}'
                f' max_stale = 7200; cooldown = {cooldown}; }}; }}')
        self.config = self.folder / "jwtauth.conf"
        self.config.write_text(
            f'host_name = "x";\nissuers = ( {", ".join(entries)} );\n'
            'services = { sshd = { scope_any = [ "ssh" ]; }; };\n'
            'revocation = { store = "none"; };\n')
        self.config.chmod(0o644)

    def start(self, *words, environment=None, **options):
        program = [self.binary]
        if self.start_as_root:  # a command that becomes nobody itself
            program = self.start_as_root
        elif os.geteuid() == 0:
            options.update(user=NOBODY, group=NOBODY, extra_groups=[])
        process = subprocess.Popen(
            [*program, "--config", self.config, "--cache", self.cache,
             "--names", self.names, "--socket", self.socket, *words], 
            env={**self.environment, **(environment or {})},
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=open(self.folder / "log", "ab"), **options)
        self.processes.append(process)
        return process

    def once(self, **options):
        """The exit status of --once."""
        (self.folder / "log").unlink(missing_ok=True)
        return self.start("--once", **options).wait(DEADLINE)

    def refuses(self, word):
        assert self.once() == 1
        assert self.kids() is None
        assert word in self.log(), self.log()

    def log(self):
        return (self.folder / "log").read_text()

    def listen_for_notify(self):
        path = self.folder / "notify"
        path.unlink(missing_ok=True)
        heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        heard.bind(str(path))
        path.chmod(0o666)
        heard.settimeout(DEADLINE)
        return heard

    def serve(self):
        """The daemon, once it says READY=1."""
        (self.folder / "log").unlink(missing_ok=True)
        path = self.folder / "notify"
        with self.listen_for_notify() as heard:
            process = self.start("--foreground",
                                 environment={"NOTIFY_SOCKET": str(path)})
            assert heard.recv(512).startswith(b"READY=1\n"), self.log()
        return process

    def kids(self):
        path = self.cache / "corp.json"
        if not path.exists():
            return None
        return [key["kid"] for key in self.cached()["jwks"]["keys"]]

    def cached(self):
        return json.loads((self.cache / "corp.json").read_text())

    def write_cache(self, **members):
        """The cache file with other members, as its owner would write it."""
        text = json.dumps({**self.cached(), **members})
        (self.cache / "corp.json").write_text(text)

    def connect(self):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        s.settimeout(DEADLINE)
        s.connect(str(self.socket))
        return s

    def question(self, kid, name="corp"):
        s = self.connect()
        text = base64.urlsafe_b64encode(kid.encode()).rstrip(b"=").decode()
        with contextlib.suppress(BrokenPipeError):  # answered before: busy
            s.sendall(f"refresh {name} {text}\n".encode())
        return s

    def ask(self, kid, name="corp"):
        return reply(self.question(kid, name))

    def ask_for_any(self, name="corp"):
        """As a checker asks whose token names no key."""
        s = self.connect()
        s.sendall(f"refresh {name}\n".encode())
        return reply(s)

    def ctl(self, subcommand, *words, **options):
        """jwtauthctl keys SUBCOMMAND: its exit status and all it says."""
        if os.geteuid() == 0:
            options.update(user=NOBODY, group=NOBODY, extra_groups=[])
        places = ["--config", self.config]
        if subcommand != "refresh":
            places += ["--cache-dir", self.cache]
        if subcommand != "import":
            places += ["--socket", self.socket]
        done = subprocess.run(
            [self.ctl_binary, "keys", subcommand, *words, *places],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=DEADLINE * 3, env=self.environment, **{"stdin": subprocess.DEVNULL, **options})
        return done.returncode, done.stdout

    def shown(self, name="corp"):
        """What keys show says of one issuer."""
        return json.loads(self.ctl("show", "--json", name)[1])[0]

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()
        for issuer in self.issuers:
            issuer.close()
        shutil.rmtree(self.folder)


def reply(s):
    with s:
        text = b""
        while not text.endswith(b"\n"):
            part = s.recv(256)
            if not part:
                break
            text += part
    return text.decode().rstrip("\n")


def run(tests, suite, make=Site):
    """Each function of one argument "site", on a site of its own."""
    passed = failed = 0
    for name, test in list(tests.items()):
        if not isinstance(test, types.FunctionType) \
                or test.__module__ != "__main__" \
                or test.__code__.co_varnames[:1] != ("site",):
            continue
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        site = make()
        site.configure()
        began = time.monotonic()
        try:
            test(site)
            passed += 1
            print(f"ok     {name} ({time.monotonic() - began:.1f} s)",
                  flush=True)
        except Exception:  # a test that breaks has failed
            failed += 1
            print(f"FAILED {name}")
            traceback.print_exc(file=sys.stdout)
            sys.stdout.flush()
        finally:
            site.close()
    print(f"{suite}: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0
