"""An OpenID provider that is not ours, and its keys, rotated by its own means.

oidc-provider runs beside the hosts, on the bridge of their network; web1
believes it as a second issuer.
"""

import json
import subprocess

import pytest

import hosts
from forge import header, payload
from jwtsite import AUDIENCE
from machine import poll, run

NAME = "provider.example.test"
ADDRESS = hosts.Lab.NETWORK + ".1"
PORT = 8443
URL = f"https://{NAME}:{PORT}"
CA_FILE = "/etc/ssl/certs/provider-ca.pem"
CLIENT = "robot:secret-of-the-tests-alone-32-bytes"
CONFIG = f"""\
issuers = ( {{
    name       = "other";
    issuer     = "{URL}";
    algorithms = [ "RS256", "ES256" ];
    audience   = [ "ssh://%h" ];
    token_type = "access";
    accounts   = ( {{ subject = "robot"; user = "alice"; }} );
    fetch      = {{ ca_file = "{CA_FILE}"; cooldown = 1; }};
}} );
"""
CONFIG_FILE = "/etc/jwtauth/conf.d/other.conf"
NEW_KEY = {
    "RS256": "crypto.generateKeyPairSync('rsa', { modulusLength: 2048 })",
    "ES256": "crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' })",
}


class Provider:
    """oidc-provider; its keys change as its manual says: by a restart."""

    def __init__(self, lab, folder, algorithm):
        self.lab = lab
        self.folder = folder
        self.algorithm = algorithm
        self.modules = run([str(hosts.HERE / "provider/modules")]).strip()
        self.process = None
        self.more = {}  # for config.json
        self.make_tls()

    def make_tls(self):
        run(["sh", "-ec", f"""cd {self.folder}
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
                -nodes -days 2 -subj '/CN=provider CA' \
                -keyout ca.key -out ca.pem
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
                -nodes -days 2 -subj /CN={NAME} -CA ca.pem -CAkey ca.key \
                -addext subjectAltName=DNS:{NAME} \
                -addext basicConstraints=critical,CA:FALSE \
                -keyout issuer.key -out issuer.pem"""])

    def new_key(self, kid):
        text = run(["node", "-e", "const k = " + NEW_KEY[self.algorithm]
                    + ".privateKey.export({ format: 'jwk' });"
                    + "console.log(JSON.stringify(k))"])
        return {**json.loads(text), "kid": kid, "use": "sig",
                "alg": self.algorithm}

    def serve(self, *keys):
        """Start again with these keys; the first one signs."""
        self.stop()
        (self.folder / "config.json").write_text(json.dumps(
            {"issuer": URL, "port": PORT, "address": ADDRESS,
             "audience": AUDIENCE, "alg": self.algorithm,
             "jwks": {"keys": keys}, **self.more}))
        self.process = subprocess.Popen(
            self.lab.inside("env", "NODE_EXTRA_CA_CERTS="
                            f"{self.folder}/others-ca.pem", "setpriv",
                            "--pdeathsig", "KILL", "node",
                            f"{self.modules}/provider.mjs", str(self.folder)),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=open(self.folder / "log", "a"), text=True)
        assert self.process.stdout.readline() == "ready\n", (
            (self.folder / "log").read_text())

    def stop(self):
        if self.process is not None:
            self.process.kill()  # nsenter; node ends with it
            self.process.wait()
            self.process = None
            poll(lambda: subprocess.run(self.lab.inside(
                "curl", "-sk", f"https://{ADDRESS}:{PORT}/jwks"),
                capture_output=True).returncode != 0, 10, "node ends")

    def curl(self, path, *options):
        return json.loads(run(self.lab.inside(
            "curl", "-sS", "--cacert", str(self.folder / "ca.pem"),
            "--resolve", f"{NAME}:{PORT}:{ADDRESS}", *options, URL + path)))

    def token(self):
        answer = self.curl(
            "/token", "-u", CLIENT, "-d", "grant_type=client_credentials",
            "-d", "scope=ssh", "--data-urlencode", f"resource={AUDIENCE}")
        assert "access_token" in answer, answer
        return answer["access_token"]

    def published(self):
        return [key["kid"] for key in self.curl("/jwks")["keys"]]


@pytest.fixture(scope="module", params=["RS256", "ES256"])
def provider(any_site, request, tmp_path_factory):
    lab, web1 = any_site.lab, any_site.web1
    made = Provider(lab, tmp_path_factory.mktemp("provider"), request.param)
    run(lab.inside("ip", "addr", "replace", f"{ADDRESS}/24", "dev", "lan"))
    hosts_file = web1.read_file("/etc/hosts")
    web1.write_file("/etc/hosts", hosts_file + f"{ADDRESS} {NAME}\n")
    web1.write_file(CA_FILE, (made.folder / "ca.pem").read_text())
    made.a, made.b = made.new_key("key-a"), made.new_key("key-b")
    made.serve(made.a)
    web1.write_file(CONFIG_FILE, CONFIG, 0o640, "root:jwtauth-conf")
    web1.run(["jwtauthctl", "config", "check"])
    web1.run(["systemctl", "restart", "jwtauth-fetchd"])
    yield made
    made.stop()
    web1.run(["rm", "-f", CONFIG_FILE, "/var/cache/jwtauth/other.json"])
    web1.write_file("/etc/hosts", hosts_file)
    web1.run(["systemctl", "restart", "jwtauth-fetchd"])


def fetch_again(site):
    """A good fetch that begins now, whatever was under way."""
    def renewed():
        return site.web1.run(["jwtauthctl", "keys", "refresh", "other"],
                             check=False).returncode == 0
    poll(renewed, 60, "the provider's keys are fetched again")


def cached(site):
    return json.loads(site.web1.read_file("/var/cache/jwtauth/other.json"))


def reason(site, token):
    return site.check(token)["reason"]


def test_its_access_tokens_are_taken_by_discovery_alone(any_site, provider):
    token = provider.token()
    assert header(token)["typ"] == "at+jwt"  # RFC 9068, as it makes them
    assert header(token)["alg"] == provider.algorithm
    verdict = any_site.check(token)
    assert (verdict["decision"], verdict["reason"]) == ("allow", "ok")
    assert (verdict["user"], verdict["issuer"]) == ("alice", URL)
    assert verdict["token_id"] == payload(token)["jti"]


def test_its_tokens_are_judged_by_the_accounts_and_rules(any_site, provider):
    verdict = any_site.check(provider.token(), user="bob")
    assert verdict["reason"] == "user_mismatch"
    assert any_site.check(provider.token(), service="sudo")["reason"] == (
        "policy_denied")


def test_through_its_rotation_tokens_are_judged_rightly(any_site, provider):
    a, b = provider.a, provider.b
    provider.serve(a)
    old = provider.token()
    assert header(old)["kid"] == "key-a"
    assert reason(any_site, old) == "ok"

    provider.serve(a, b)  # b is known before it signs
    assert provider.published() == ["key-a", "key-b"]
    fetch_again(any_site)
    assert reason(any_site, provider.token()) == "ok"

    provider.serve(b, a)
    new = provider.token()
    assert header(new)["kid"] == "key-b"
    for token in (old, new, provider.token()):
        assert reason(any_site, token) == "ok"

    provider.serve(b)
    fetch_again(any_site)
    assert reason(any_site, old) == "key_unknown"
    assert reason(any_site, new) == "ok"
    assert reason(any_site, provider.token()) == "ok"


def test_a_key_that_signs_at_once_is_fetched_for(any_site, provider):
    provider.serve(provider.a)
    fetch_again(any_site)
    surprise = provider.new_key("key-c")
    provider.serve(surprise, provider.a)
    assert reason(any_site, provider.token()) == "ok"


def test_while_it_is_down_its_tokens_are_judged_as_before(any_site, provider):
    provider.serve(provider.a)
    fetch_again(any_site)
    good = provider.token()
    provider.serve(provider.new_key("key-d"))
    stranger = provider.token()
    provider.stop()
    assert reason(any_site, good) == "ok"
    assert reason(any_site, stranger) == "key_unknown"
