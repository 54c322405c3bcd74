"""Back-channel logout on web1: nginx, the receiver's socket, and logout
tokens as an issuer makes them."""

import json
import secrets
import time

from forge import Forge
from jwtsite import ISSUER
from machine import HostError, poll

CLIENT = "web1-logout"
URL = "https://web1.example.test/jwtauth/logout"
EVENT = "http://schemas.openid.net/event/backchannel-logout"
SOCKET = "/run/jwtauth-logout/scgi.sock"
EXAMPLE = "/usr/share/doc/jwtauth-server/examples/nginx/jwtauth-logout"
NGINX = f"""\
include {EXAMPLE}-zone.conf;
server {{
    listen 443 ssl;
    server_name web1.example.test;
    ssl_certificate     /etc/nginx/web1.pem;
    ssl_certificate_key /etc/nginx/web1.key;
    include {EXAMPLE}.conf;
}}
"""


def let_logouts_in(site, ends=None):
    """The issuer's settings for logouts, in the config as it is."""
    text = site.web1.read_file("/etc/jwtauth/jwtauth.conf")
    setting = f'logout_audience = [ "{CLIENT}" ];'
    if ends is not None:
        setting += f' logout_ends = "{ends}";'
    site.configure(text.replace("    accounts     =",
                                f"    {setting}\n    accounts     =", 1))


def set_up(site):
    """As jwtauth-logout(8) says: nginx with the example, the socket."""
    address = site.web1.address
    site.issuer.run(["sh", "-ec", f"""cd /srv/tls; umask 077
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
            -subj /CN=web1.example.test -keyout web1.key -out web1.csr
        echo subjectAltName=DNS:web1.example.test,IP:{address} >san1
        openssl x509 -req -in web1.csr -CA ca.pem -CAkey ca.key \
            -CAcreateserial -days 2 -extfile san1 -out web1.pem"""])
    for name in "web1.pem", "web1.key":
        site.web1.write_file(f"/etc/nginx/{name}",
                             site.issuer.read_file(f"/srv/tls/{name}"), 0o600)
    site.web1.write_file("/etc/nginx/sites-enabled/default", NGINX)
    site.web1.run(["systemctl", "restart", "nginx"])
    site.web1.run(["systemctl", "enable", "--now", "jwtauth-logout.socket"])


def tear_down(site):
    site.web1.run(["systemctl", "disable", "--now", "jwtauth-logout.socket"])
    site.web1.run(["systemctl", "stop", "jwtauth-revoke.socket", "nginx"])


def issuer_of_logouts(site):
    """A forge of logout tokens: alice's, good now."""
    kid, key_file = site.current_key()

    def claims():
        now = int(time.time())
        return {"iss": ISSUER, "aud": CLIENT, "sub": "id-of-alice",
                "iat": now, "exp": now + 120, "jti": secrets.token_hex(16),
                "events": {EVENT: {}}}
    return Forge(site.issuer, key_file, kid, "RS256", claims)


def logout_token(site, drop=(), head=None, **changes):
    return issuer_of_logouts(site).token(
        drop, {"typ": "logout+jwt", **(head or {})}, **changes)


def post(site, body, *options):
    """(status, the answer's object or None, headers), by the issuer's curl."""
    site.issuer.write_file("/root/form", body)
    done = site.issuer.run(
        ["curl", "-sS", "--cacert", "/srv/tls/ca.pem", "-i",
         "--data-binary", "@/root/form", *options, URL])
    head, _, text = done.stdout.replace("\r\n", "\n").rpartition("\n\n")
    if not head:
        head, text = text, ""
    lines = head.splitlines()
    # A "100 Continue" may stand before it.
    at = max(i for i, line in enumerate(lines) if line.startswith("HTTP/"))
    headers = dict(line.lower().split(": ", 1) for line in lines[at + 1:]
                   if ": " in line)
    try:
        answer = json.loads(text) if text.strip() else None
    except ValueError:
        answer = None
    return int(lines[at].split()[1]), answer, headers


def post_token(site, token):
    return post(site, f"logout_token={token}")


def post_at(site, token):
    """Posts a good one; when curl was started, in ns of the machine's clock,
    which all hosts have."""
    site.issuer.write_file("/root/form", f"logout_token={token}")
    done = site.issuer.run(
        "date +%s%N; exec curl -sS -f --cacert /srv/tls/ca.pem"
        f" --data-binary @/root/form {URL}")
    return int(done.stdout)


# Sends each part of standard input (the byte 0xff separates them) on a
# connection of its own; prints the answers in the same form.
CLIENT_OF_SOCKET = """
import socket, sys
path, shut = sys.argv[1:]
answers = []
for part in sys.stdin.buffer.read().split(b"\\xff"):
    answer = b""
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    try:
        s.sendall(part)
        if shut == "shut":
            s.shutdown(socket.SHUT_WR)
        while got := s.recv(4096):
            answer += got
    except (ConnectionResetError, BrokenPipeError):
        pass  # it did not read all
    answers.append(answer)
sys.stdout.buffer.write(b"\\xff".join(answers))
"""


def to_socket(site, user, path, parts, shut=True):
    done = site.web1.run(
        ["python3", "-c", CLIENT_OF_SOCKET, path, "shut" if shut else "open"],
        user=user, input=b"\xff".join(parts), check=False)
    if done.returncode != 0:
        raise HostError(done.stderr.decode())
    return done.stdout.split(b"\xff")


def raw_scgi(site, data, shut=True):
    """What the receiver says to these very bytes, as www-data sends them."""
    return to_socket(site, "www-data", SOCKET, [data], shut)[0].decode()


def scgi(headers, body=b""):
    pairs = b"".join(name.encode() + b"\0" + value.encode() + b"\0"
                     for name, value in headers)
    return str(len(pairs)).encode() + b":" + pairs + b"," + body


def to_writer(site, user, *orders):
    """What revoke.sock answers to a process of that user, in turn."""
    answers = to_socket(site, user, "/run/jwtauth-revoke/revoke.sock",
                        [lines.encode() for lines in orders])
    return [json.loads(answer) for answer in answers]


def later():
    """Past the second in which everything so far was issued."""
    now = int(time.time())
    poll(lambda: int(time.time()) > now, 2, "the next second")


def listed(site):
    return json.loads(site.web1.run(
        ["jwtauthctl", "revoked", "list", "--json"]).stdout)


def fresh(site, **claims):
    """An access token that no logout so far has hit."""
    later()
    return site.forge("alice").token(**claims)


def reason(site, token):
    return site.check(token)["reason"]
