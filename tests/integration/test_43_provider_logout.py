"""A person signs out at an OpenID provider that is not ours (oidc-provider),
and the next sudo is refused.
"""

import json
import subprocess
import sys

import pytest

import hosts
import logouts
from forge import payload
from jwtsite import AUDIENCE
from machine import run
from test_40_other_provider import (ADDRESS, CA_FILE, CONFIG_FILE, NAME, PORT,
                                    URL, Provider)

LOGIN = "alice-at-the-provider"
CONFIG = f"""\
issuers = ( {{
    name       = "other";
    issuer     = "{URL}";
    algorithms = [ "ES256" ];
    audience   = [ "ssh://%h" ];
    accounts   = ( {{ subject = "{LOGIN}"; user = "alice"; }} );
    logout_audience = [ "hosts" ];
    fetch      = {{ ca_file = "{CA_FILE}"; cooldown = 1; }};
}} );
services = {{
    sudo = {{ also = [ "sudo-i" ]; scope_any = [ "sudo", "ssh" ]; }};
}};
"""


@pytest.fixture(scope="module")
def provider(any_site, tmp_path_factory):
    site, web1 = any_site, any_site.web1
    made = Provider(site.lab, tmp_path_factory.mktemp("provider"), "ES256")
    run(site.lab.inside("ip", "addr", "replace", f"{ADDRESS}/24", "dev",
                        "lan"))
    (made.folder / "others-ca.pem").write_text(
        site.issuer.read_file("/srv/tls/ca.pem"))
    made.more = {
        "logout_uri": f"https://{web1.address}/jwtauth/logout"}
    logouts.set_up(site)
    hosts_file = web1.read_file("/etc/hosts")
    config = web1.read_file("/etc/jwtauth/jwtauth.conf")
    web1.write_file("/etc/hosts", hosts_file + f"{ADDRESS} {NAME}\n")
    web1.write_file(CA_FILE, (made.folder / "ca.pem").read_text())
    made.serve(made.new_key("key-a"))
    web1.write_file(CONFIG_FILE, CONFIG, 0o640, "root:jwtauth-conf")
    site.configure(config)
    yield made
    made.stop()
    web1.run(["rm", "-f", CONFIG_FILE, "/var/cache/jwtauth/other.json"])
    web1.write_file("/etc/hosts", hosts_file)
    logouts.tear_down(site)
    site.configure(config)


class Person:
    """Signed in at the provider; see provider/browser.py."""

    def __init__(self, made):
        self.process = subprocess.Popen(
            made.lab.inside(sys.executable,
                            str(hosts.HERE / "provider/browser.py"), URL,
                            ADDRESS, str(made.folder / "ca.pem"), AUDIENCE,
                            LOGIN),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.token = json.loads(
            self.process.stdout.readline())["access_token"]

    def sign_out(self):
        """When it began and ended, in ns."""
        shown, _ = self.process.communicate("out\n")
        began, ended = shown.split()
        return int(began), int(ended)


def test_who_signs_out_at_the_provider_is_signed_out_of_sudo(any_site,
                                                             provider):
    site = any_site
    site.forget_certificate("alice")
    person = Person(provider)
    assert payload(person.token)["sub"] == LOGIN
    with site.ssh_prompt("alice") as alice:
        alice.give_token(person.token)
        alice.ready()
        assert alice.run("sudo -n true") == (0, "")
        alice.answer("while sudo -n true 2>/dev/null; do :; done;"
                     " date +%s%N")
        began, ended = person.sign_out()
        alice.expect(r"(\d{19})\s")
        refused = int(alice.child.match[1])
        alice.expect(alice.READY)
    assert (provider.folder / "log").read_text().count("expected 200") == 0
    print(f"\nfrom \"sign out\" to refused sudo: {(refused - began) / 1e6:.0f}"
          f" ms; the provider was done after {(ended - began) / 1e6:.0f} ms")
    assert site.check(person.token)["reason"] == "revoked"


def test_who_signs_in_again_is_let_in(any_site, provider):
    logouts.later()
    assert any_site.check(Person(provider).token)["reason"] == "ok"
