"""Tokens made by hand, so that the tests can make every wrong one.

Signing is openssl's on one of the test hosts: nothing of jwtauth, and no
Python library for JWTs, has a part in what these tests hold it against.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time

EC_COORDINATE = {"ES256": 32, "ES384": 48, "ES512": 66}  # bytes (RFC 7518)


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def payload(token):
    return json.loads(unb64url(token.split(".")[1]))


def header(token):
    return json.loads(unb64url(token.split(".")[0]))


def _der_integers(der):
    """The two integers of an ECDSA signature as openssl writes it."""
    at = 3 if der[1] & 0x80 else 2
    numbers = []
    for _ in range(2):
        length = der[at + 1]
        numbers.append(int.from_bytes(der[at + 2:at + 2 + length], "big"))
        at += 2 + length
    return numbers


class Forge:
    """Signs with a private key (a PEM file on a host) under a kid."""

    def __init__(self, host, key_file, kid, alg, claims):
        self.host = host
        self.key_file = key_file
        self.kid = kid
        self.alg = alg
        self.claims = claims  # a function: the claims of a good token

    def signing_input(self, drop=(), head=None, **changes):
        claims = {**self.claims(), **changes}
        for name in drop:
            del claims[name]
        fields = {"typ": "at+jwt", "alg": self.alg, "kid": self.kid,
                  **(head or {})}
        return b64url(compact(fields)) + "." + b64url(compact(claims))

    def token(self, drop=(), head=None, **changes):
        """A good token, but for the changes. head: header fields."""
        signed = self.signing_input(drop, head, **changes)
        return signed + "." + b64url(self.sign(signed.encode()))

    def sign(self, data):
        if self.alg == "EdDSA":
            return self._openssl(
                'f=$(mktemp); cat >"$f"; openssl pkeyutl -sign -rawin'
                ' -inkey "$0" -in "$f"; rm "$f"', data)
        bits = self.alg[2:]
        if not self.alg.startswith("ES"):
            return self._openssl(f'openssl dgst -sha{bits} -sign "$0"', data)
        size = EC_COORDINATE[self.alg]
        der = self._openssl(f'openssl dgst -sha{bits} -sign "$0"', data)
        return b"".join(n.to_bytes(size, "big") for n in _der_integers(der))

    def _openssl(self, line, data):
        return self.host.run(["sh", "-ec", line, self.key_file],
                             input=data).stdout

    # -- the classic attacks

    def none(self, spelling="none", **changes):
        fields = {"typ": "at+jwt", "alg": spelling, "kid": self.kid}
        claims = {**self.claims(), **changes}
        return b64url(compact(fields)) + "." + b64url(compact(claims)) + "."

    def hmac_of_public_key(self):
        """HS256 with the issuer's public key, as PEM, for a secret."""
        pem = self.host.run(["openssl", "pkey", "-in", self.key_file,
                             "-pubout"]).stdout.encode()
        fields = {"typ": "at+jwt", "alg": "HS256", "kid": self.kid}
        signed = b64url(compact(fields)) + "." + b64url(compact(self.claims()))
        mac = hmac.new(pem, signed.encode(), hashlib.sha256).digest()
        return signed + "." + b64url(mac)

    def changed_payload(self, **changes):
        """Signed as it was, read as something else."""
        head, body, signature = self.token().split(".")
        claims = {**json.loads(unb64url(body)), **changes}
        return ".".join((head, b64url(compact(claims)), signature))


def claims_for(issuer, audience, user, scope="ssh sudo", lifetime=900):
    """Claims of a good access token (RFC 9068)."""
    now = int(time.time())
    return {
        "iss": issuer, "aud": audience, "sub": f"id-of-{user}",
        "preferred_username": user, "client_id": "tests", "scope": scope,
        "iat": now, "exp": now + lifetime, "auth_time": now,
        "jti": secrets.token_hex(16),
    }


def ssh_key_thumbprint(public_key):
    """RFC 7638 thumbprint of an OpenSSH ed25519 public key line."""
    blob = base64.b64decode(public_key.split()[1])
    fields = []
    while blob:
        length = int.from_bytes(blob[:4], "big")
        fields.append(blob[4:4 + length])
        blob = blob[4 + length:]
    if fields[0] != b"ssh-ed25519":
        raise ValueError(f"not an ed25519 key: {fields[0]!r}")
    jwk = '{"crv":"Ed25519","kty":"OKP","x":"%s"}' % b64url(fields[1])
    return b64url(hashlib.sha256(jwk.encode()).digest())
