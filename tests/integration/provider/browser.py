"""A person at a browser, as far as oidc-provider's own pages need one: signs
in, gives the code to the client, and signs out when told.

usage: browser.py URL ADDRESS CA AUDIENCE LOGIN
Prints the token response in one line, waits for a line on standard input,
signs out, and prints when that was begun and ended: nanoseconds since 1970.
"""

import base64
import hashlib
import http.cookiejar
import json
import re
import secrets
import socket
import ssl
import sys
import time
import urllib.parse
import urllib.request

CLIENT, SECRET = "hosts", "secret-of-the-tests-alone-32-bytes"
BACK = "https://hosts.example.test/back"  # nobody is there: see Arrived


class Arrived(Exception):
    """The browser is sent back to the client."""


class Redirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, request, answer, code, message, headers, url):
        if url.startswith(BACK):
            raise Arrived(url)
        return super().redirect_request(request, answer, code, message,
                                        headers, url)


class Browser:
    def __init__(self, url, address, ca):
        self.url = url
        find = socket.getaddrinfo
        socket.getaddrinfo = lambda host, *rest: find(address, *rest)
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(
                context=ssl.create_default_context(cafile=ca)),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
            Redirects())

    def open(self, path, form=None, headers=None):
        url = urllib.parse.urljoin(self.url, path)
        data = form and urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(url, data, headers or {})
        return self.opener.open(request, timeout=20).read().decode()

    def authorize(self, query, login):
        """The code: through sign-in and consent."""
        try:
            page = self.open("/auth?" + urllib.parse.urlencode(query))
            while True:
                action = re.search(r'<form[^>]* action="([^"]+)"', page)[1]
                prompt = re.search(
                    r'name="prompt" value="([^"]+)"', page)[1]
                page = self.open(action, {
                    "prompt": prompt, "login": login, "password": "any"})
        except Arrived as arrived:
            answer = urllib.parse.urlsplit(str(arrived)).query
            return urllib.parse.parse_qs(answer)["code"][0]

    def sign_in(self, audience, login):
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(
            hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
        code = self.authorize({
            "client_id": CLIENT, "response_type": "code",
            "scope": "openid ssh", "redirect_uri": BACK,
            "resource": audience, "code_challenge": challenge.decode(),
            "code_challenge_method": "S256"}, login)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        return self.open("/token", {
            "grant_type": "authorization_code", "code": code,
            "redirect_uri": BACK, "code_verifier": verifier,
            "resource": audience}, {"Authorization": f"Basic {basic}"})

    def sign_out(self, id_token):
        page = self.open("/session/end?id_token_hint=" + id_token)
        xsrf = re.search(r'name="xsrf" value="([^"]+)"', page)[1]
        self.open("/session/end/confirm", {"xsrf": xsrf, "logout": "yes"})


def main():
    url, address, ca, audience, login = sys.argv[1:]
    browser = Browser(url, address, ca)
    tokens = browser.sign_in(audience, login)
    print(tokens.replace("\n", ""), flush=True)
    sys.stdin.readline()
    began = time.time_ns()
    browser.sign_out(json.loads(tokens)["id_token"])
    print(began, time.time_ns(), flush=True)


main()
