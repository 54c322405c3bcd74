"""The site of the tests and of the demo: issuer, web1 and laptop, set up as an
administrator would: packages, keys, one config file, `jwtauthctl enable`.
"""

import json
import re
import secrets
from pathlib import Path

import pexpect

import hosts
import machine
from forge import Forge, claims_for
from machine import HostError, poll

ISSUER = "https://issuer.example.test"
AUDIENCE = "ssh://web1.example.test"
CA_FILE = "/etc/ssl/certs/example-test-ca.pem"
KEYRING = "/srv/keyring"
WWW = "/srv/www"
HELPERS = "/usr/libexec/jwtauth"
REDIS_PORT = 6379
PASSWORDS = {"bob": "bob's password", "carol": "carol's password"}
USERS = ("alice", "bob", "carol")
STORES = ("embedded", "redis")
ANSWER_DEADLINE = 20  # seconds for one answer of ssh or sudo
AUDIT_DEADLINE = 10  # seconds until a line is in the journal
PROMPT_PART = 511  # bytes of a token a reply (DESIGN section 3)

# What decides logins on a host; not our own snippets, nor the host's keys.
LOGIN_FILES = ("find /etc/pam.d /etc/ssh /etc/sudoers /etc/sudoers.d -type f"
               " ! -path '/etc/pam.d/jwtauth-*' ! -name 'ssh_host_*'"
               " -exec sha256sum {} + | sort -k2")

CONFIG = """\
host_name = "web1.example.test";
issuers = ( {{
    name         = "corp";
    issuer       = "{issuer}";
    algorithms   = [ "RS256", "ES256", "EdDSA" ];
    audience     = [ "ssh://%h" ];
    token_type   = "access";
    max_lifetime = 3600;
    leeway       = 5;
    accounts     = ( {{ claim = "preferred_username"; }} );
    fetch        = {{ ca_file = "{ca_file}"; max_stale = 259200; cooldown = 1; }};
}} );
min_uid = 1000;
services = {{
    sshd = {{ scope_any = [ "ssh" ]; binding = "when_present"; permit = [ "pty" ]; }};
    sudo = {{ also = [ "sudo-i" ]; scope_any = [ "sudo" ]; }};
}};
revocation = {{
{revocation}
}};
"""
EMBEDDED = '    store = "embedded";'
REDIS = """\
    store = "redis";
    redis = {{ address = "tcp:{address}:{port}"; user = "jwtauth-host";
        password_file = "/etc/jwtauth/secrets/redis";
        writer_user = "jwtauth-revoker";
        writer_password_file = "/etc/jwtauth/revoker/redis";
        timeout_ms = 500; raw_tokens = true; }};"""


class Site:
    """Three hosts and what is on them. Make it with `with Site(...)`."""

    def __init__(self, base, debs, keep=False, say=lambda text: None):
        self.lab = hosts.Lab(base, keep)
        self.debs = Path(debs)
        self.say = say  # told what is being done, for the demo
        self.store = None
        self.redis_passwords = {
            name: secrets.token_hex(16)
            for name in ("jwtauth-host", "jwtauth-revoker",
                         "jwtauth-follower", "app", "admin")}

    def __enter__(self):
        self.lab.start()
        try:
            self._set_up()
        except BaseException:
            self.lab.stop()
            raise
        return self

    def __exit__(self, *failure):
        self.lab.__exit__(*failure)

    # -- set-up

    def _set_up(self):
        self.say("boot issuer, web1 and laptop")
        self.issuer, self.web1, self.laptop = self.lab.boot(
            ("issuer", []), ("web1", ["ssh"]), ("laptop", []))
        self.say("add the people: alice, bob and carol")
        machine.in_parallel([self._people_on_web1, self._people_on_laptop])
        self.files_before_install = self.web1.run(LOGIN_FILES).stdout
        self.say("install the packages")
        machine.in_parallel([
            lambda: self.install(self.issuer, "jwtauth-client"),
            lambda: self.install(self.web1, "jwtauth-server", "libjwtcore0"),
            lambda: self.install(self.laptop, "jwtauth-client"),
        ])
        self.say("issuer: keys, TLS, nginx, Redis")
        self._issuer_tls()
        self._issuer_keys()
        self._redis()
        self.say("web1: configure and enable")
        self.use_store("embedded")
        self.files_before_enable = self.web1.run(LOGIN_FILES).stdout
        self.enable("sshd", "sudo")

    def install(self, host, *packages):
        """The packages, as an administrator installs them."""
        paths = []
        for package in packages:
            found = sorted(self.debs.glob(f"{package}_*.deb"))
            if not found:
                raise HostError(f"no {package} in {self.debs}:"
                                " make it with ./bootstrap build")
            paths.append(f"/root/{found[-1].name}")
            host.run(["sh", "-c", 'cat >"$0"', paths[-1]],
                     input=found[-1].read_bytes())
        host.run(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get",
                  "install", "-q", "-y", "--no-install-recommends", *paths])

    def _people_on_web1(self):
        for user in USERS:
            self.web1.run(["useradd", "--create-home", "--shell", "/bin/bash",
                           "--groups", "sudo", user])
        self.web1.run(["chpasswd"], input="".join(
            f"{user}:{word}\n" for user, word in PASSWORDS.items()))

    def _people_on_laptop(self):
        for user in USERS:
            self.laptop.run(["useradd", "--create-home", "--shell",
                             "/bin/bash", user])
            self.laptop.run("mkdir -m 700 .ssh;"
                            " ssh-keygen -q -t ed25519 -N '' -C $USER@laptop"
                            " -f .ssh/id_ed25519", user=user)
        keys = self.web1.run("cat /etc/ssh/ssh_host_*_key.pub").stdout
        self.laptop.write_file("/etc/ssh/ssh_known_hosts", "".join(
            f"web1 {line}\n" for line in keys.splitlines()))
        poll(lambda: self.web1.run(["id", "bob"], check=False).returncode == 0,
             10, "bob is on web1")
        self.web1.run("mkdir -m 700 .ssh; cat >.ssh/authorized_keys",
                      user="bob", input=self.public_key("bob"))

    def _issuer_tls(self):
        self.issuer.run(["sh", "-ec", f"""
            mkdir -p /srv/tls {WWW}; cd /srv/tls; umask 077
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
                -nodes -days 2 -subj '/CN=example test CA' \
                -keyout ca.key -out ca.pem
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
                -subj /CN=issuer.example.test -keyout issuer.key -out issuer.csr
            echo subjectAltName=DNS:issuer.example.test >san
            openssl x509 -req -in issuer.csr -CA ca.pem -CAkey ca.key \
                -CAcreateserial -days 2 -extfile san -out issuer.pem"""])
        self.web1.write_file(CA_FILE, self.issuer.read_file("/srv/tls/ca.pem"))
        self.issuer.write_file("/etc/nginx/sites-enabled/default", f"""\
server {{
    listen 443 ssl;
    server_name issuer.example.test;
    ssl_certificate     /srv/tls/issuer.pem;
    ssl_certificate_key /srv/tls/issuer.key;
    root {WWW};
    default_type application/json;
}}
""")

    def _issuer_keys(self):
        self.issuer.run(["jwt-keyring", "init", "--dir", KEYRING,
                         "--issuer", ISSUER, "--alg", "RS256"])
        self.publish()
        self.issuer.run(["systemctl", "start", "nginx"])

    def publish(self):
        """The keyring's public side, to where nginx serves it."""
        self.issuer.run(["jwt-keyring", "publish", "--dir", KEYRING,
                         "--out", WWW])
        self.issuer.run(["chmod", "-R", "a+rX", WWW])

    def _redis(self):
        """Redis with the users of our example, and one for applications."""
        words = self.redis_passwords
        lines = ["bind 0.0.0.0", "user default off ~* &* +@all",
                 f"user app on >{words['app']} resetkeys ~* -@all +auth"
                 " +setex +del +flushdb",
                 f"user admin on >{words['admin']} ~* &* +@all"]
        example = hosts.HERE.parents[1] / "etc/redis/jwtauth.acl"
        for line in example.read_text().splitlines():
            if line.startswith("user "):
                name = line.split()[1]
                lines.append(re.sub(r">\S+", f">{words[name]}", line))
        self.issuer.run(["sh", "-c", "cat >>/etc/redis/redis.conf"],
                        input="\n".join(lines) + "\n")
        self.issuer.run(["systemctl", "start", "redis-server"])

    # -- configuration of web1

    def use_store(self, store):
        """Configure web1 for a store and start with nothing revoked."""
        self.store = store
        revocation = EMBEDDED if store == "embedded" else REDIS.format(
            address=self.issuer.address, port=REDIS_PORT)
        if store == "redis":
            self.web1.write_file("/etc/jwtauth/secrets/redis",
                                 self.redis_passwords["jwtauth-host"] + "\n",
                                 0o640, "root:jwtauth")
            self.web1.write_file("/etc/jwtauth/revoker/redis",
                                 self.redis_passwords["jwtauth-revoker"] + "\n",
                                 0o640, "root:jwtauth-revoke")
        self.configure(CONFIG.format(issuer=ISSUER, ca_file=CA_FILE,
                                     revocation=revocation))
        if store == "redis":
            self.redis_cli("FLUSHDB")
            self.web1.run("rm -f /var/lib/jwtauth/seen/*"
                          " /var/lib/jwtauth/journal/redis*")
            self.web1.run(["jwtauthctl", "revoked", "init"])

    def configure(self, text):
        self.web1.write_file("/etc/jwtauth/jwtauth.conf", text, 0o640,
                             "root:jwtauth-conf")
        self.web1.run(["jwtauthctl", "config", "check"])
        self.web1.run(["systemctl", "restart", "jwtauth-fetchd"])
        self.wait_for_keys()

    def wait_for_keys(self):
        poll(lambda: self.web1.run(
            ["test", "-s", "/var/cache/jwtauth/corp.json"],
            check=False).returncode == 0, 15, "web1 has the issuer's keys")

    def enable(self, *services):
        for service in services:
            self.web1.run(["jwtauthctl", "enable", service,
                           "--exempt", "bob"])

    def redis_cli(self, *words, user="app"):
        return self.issuer.run(
            ["redis-cli", "--no-auth-warning", "--user", user, "--pass",
             self.redis_passwords[user], *words]).stdout

    # -- tokens

    def public_key(self, user):
        return self.laptop.read_file(f"/home/{user}/.ssh/id_ed25519.pub")

    def mint_command(self, user, *options, bound=True, scope="ssh sudo"):
        argv = ["jwt-keyring", "mint", "--dir", KEYRING, "--subject",
                f"id-of-{user}", "--audience", AUDIENCE, "--scope", scope,
                "--claim", f"preferred_username={user}"]
        if bound:
            self.issuer.write_file("/root/key.pub", self.public_key(user))
            argv += ["--cnf", "/root/key.pub"]
        return argv + list(options)

    def mint(self, user, *options, **choices):
        """A token from the issuer, bound to the user's SSH key or not."""
        return self.issuer.run(
            self.mint_command(user, *options, **choices)).stdout.strip()

    def forge(self, user="alice"):
        """Signs with the issuer's current key whatever a test wants."""
        kid, key_file = self.current_key()
        return Forge(self.issuer, key_file, kid, "RS256",
                     lambda: claims_for(ISSUER, AUDIENCE, user))

    def current_key(self):
        status = json.loads(self.issuer.run(
            ["jwt-keyring", "status", "--dir", KEYRING, "--json"]).stdout)
        current = next(key for key in status["keys"]
                       if key["state"] == "current")
        return current["kid"], f"{KEYRING}/{current['kid']}.pem"

    def revoke(self, token):
        self.web1.run(["jwtauthctl", "revoke"], input=token)

    def rotate(self):
        self.issuer.run(["jwt-keyring", "rotate", "--dir", KEYRING])
        self.publish()

    def let_issuer_into_web1(self):
        """root on the issuer's host may run commands on web1, by a key."""
        self.issuer.run("mkdir -p -m 700 /root/.ssh;"
                        " test -e /root/.ssh/id_ed25519 || ssh-keygen -q"
                        " -t ed25519 -N '' -f /root/.ssh/id_ed25519")
        key = self.issuer.read_file("/root/.ssh/id_ed25519.pub")
        self.web1.run("mkdir -p -m 700 /root/.ssh;"
                      " cat >/root/.ssh/authorized_keys", input=key)
        keys = self.web1.run("cat /etc/ssh/ssh_host_*_key.pub").stdout
        self.issuer.write_file("/root/.ssh/known_hosts", "".join(
            f"web1 {line}\n" for line in keys.splitlines()))

    def drop_old_keys(self):
        """The issuer stops publishing what it no longer signs with."""
        self.issuer.run(["jwt-keyring", "drop", "--dir", KEYRING,
                         "--retiring"])
        self.publish()

    def requests_for_keys(self):
        """How often the issuer was asked for its JWKS."""
        log = self.issuer.read_file("/var/log/nginx/access.log")
        return log.count("jwks")

    def check(self, token, service="sshd", user="alice", check=False):
        """What jwtauth-check on web1 says of a token: its JSON."""
        uid = self.web1.run(["id", "-u", user]).stdout.strip()
        done = self.web1.run([f"{HELPERS}/jwtauth-check", "--service", service,
                              "--user", user, "--uid", uid, "--json"],
                             input=token, check=check)
        return json.loads(done.stdout)

    # -- logging in, from the laptop

    def hand_over(self, user, token):
        """The token as a file in the user's home on the laptop."""
        self.laptop.run(["sh", "-c", "umask 077; cat >token"], user=user,
                        input=token)

    def certify(self, user, token):
        """jwt-login puts the certificate beside the key."""
        self.hand_over(user, token)
        self.laptop.run(["jwt-login", "--token-file", "token"], user=user)

    def certify_by_hand(self, user, token, *options):
        """A certificate with any token at all, from ssh-keygen. Returns the
        serial as the logs show it."""
        serial = secrets.randbits(63)
        self.laptop.run(
            ["ssh-keygen", "-q", "-s", ".ssh/id_ed25519", "-I", "by hand",
             "-n", "jwtauth", "-z", str(serial), "-V", "-1m:+1h",
             "-O", f"extension:jwt@jwtauth={token}", *options,
             ".ssh/id_ed25519.pub"], user=user)
        return f"{serial:016x}"

    def forget_certificate(self, user):
        self.laptop.run("rm -f .ssh/*-cert.pub", user=user)

    def ssh(self, user, command, *options, target=None, check=False):
        """ssh as a script runs it: nobody there to answer a prompt."""
        return self.laptop.run(
            ["ssh", "-n", "-o", "BatchMode=yes", *options,
             f"{target or user}@web1", command], user=user, check=check)

    def ssh_prompt(self, user, *options, methods="keyboard-interactive",
                   host="web1"):
        """ssh on a terminal, with no key: it will be asked something."""
        argv = self.laptop.argv(
            ["ssh", "-tt", "-o", f"PreferredAuthentications={methods}", "-o",
             "NumberOfPasswordPrompts=1", *options, f"{user}@{host}",
             "env TERM=dumb PS1='ready> ' bash --norc --noprofile -i"], user=user)
        return Terminal(argv)

    def shell(self, user, *options):
        """A logged-in shell on web1, by the user's key or certificate."""
        terminal = self.ssh_prompt(user, "-o", "BatchMode=yes", *options,
                                   methods="publickey")
        terminal.ready()
        return terminal

    # -- what web1 noted down

    def decisions(self, since, **wanted):
        """The audit lines since a mark that have these fields."""
        found = []
        for message in self.web1.messages(since, tag="jwtauth"):
            try:
                line = json.loads(message)
            except ValueError:
                continue
            if all(line.get(name) == value
                   for name, value in wanted.items()):
                found.append(line)
        return found

    def decision(self, since, **wanted):
        """The first of them, which may take a moment to be there."""
        shown = " ".join(f"{k}={v}" for k, v in wanted.items())
        try:
            return poll(lambda: self.decisions(since, **wanted),
                        AUDIT_DEADLINE, f"an audit line with {shown}")[0]
        except HostError as failure:
            lines = "\n".join(self.web1.messages(since))
            raise HostError(f"{failure}\nweb1's journal:\n{lines}") from None


class Terminal:
    """A person at ssh on a terminal."""

    READY = "ready> "

    def __init__(self, argv):
        self.child = pexpect.spawn(argv[0], argv[1:], timeout=ANSWER_DEADLINE,
                                   encoding="utf-8", codec_errors="replace",
                                   dimensions=(50, 200))
        self.seen = ""

    def expect(self, *patterns):
        """Wait for one of the patterns (regular expressions); which."""
        try:
            index = self.child.expect(list(patterns))
        except (pexpect.TIMEOUT, pexpect.EOF):
            self.seen += self.child.before or ""
            raise HostError(f"instead of {patterns}: {self.seen!r}") from None
        self.seen += self.child.before + self.child.after
        return index

    def answer(self, text):
        self.child.sendline(text)

    def ready(self):
        """The shell's prompt; from here on, run() works."""
        self.expect(self.READY)
        self.child.sendline("stty -echo")
        self.expect(self.READY)

    def give_token(self, token, size=PROMPT_PART):
        """Answer the token prompts, in parts, as the offsets ask."""
        self.expect(r"Token: ")
        at = 0
        while True:
            part = token[at:at + size]
            at += len(part)
            self.answer(part)
            if len(part) < size:
                return
            self.expect(rf"Token \(from byte {at}\): ")

    def run(self, command, deadline=ANSWER_DEADLINE):
        """A command in the shell: (exit status, output)."""
        self.child.sendline(f"{command}; echo \"<status $?>\"")
        self.child.expect(r"<status (\d+)>\s+" + re.escape(self.READY),
                          timeout=deadline)
        return int(self.child.match[1]), self.child.before.replace("\r", "").strip()

    def rest(self):
        """All that comes until ssh ends; its exit status."""
        self.seen += self.child.read()
        self.child.close()
        return self.child.exitstatus

    def close(self):
        self.child.close(force=True)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.close()
