# SPDX-License-Identifier: ISC
"""The rows of the table: what an issuer may do to who asks for its keys."""

import dataclasses
import email.utils
import gzip
import json
import socket
import ssl
import time
import typing

from http_server import response, tls

KEPT = "kept"  # not a byte of the file changed
RENEWED = "renewed, same keys"
REPLACED = "replaced"
LATER = 1810  # seconds: keys that serve leave half of their fresh time


@dataclasses.dataclass
class Row:
    """One behaviour, and what has to come of it."""

    what: str
    cache: str
    problem: str = ""  # a regular expression, of what status says
    answer: typing.Callable = None  # after the request was read
    raw: typing.Callable = None  # instead of TLS
    context: ssl.SSLContext = None  # another TLS
    host: str = "127.0.0.1"
    etag: str = None  # in the cache file that is there before
    last_modified: str = None
    fresh: int = None  # seconds that the new cache is fresh for
    wait: tuple = None  # seconds from the try to the next, at least and most
    discovery: bool = False  # jwks_uri isn't configured
    proxy: str = None  # a URL
    retry: bool = True  # is asked once more, and good then


def answers(status, body=None, headers=(), length=True):
    """Status, headers and body; None: the row's new keys."""
    def answer(connection):
        content = connection.server.keys if body is None else body
        connection.send(response(status, content, headers, length))
    return answer


def statuses():
    """Every one but 200 leaves the cache alone."""
    said = {300: "", 305: "", 306: "", 304: "never asked for: no condition"}
    for status in (201, 202, 203, 204, 205, 206, 226, 300, 304, 305, 306, 400,
                   401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 418, 421,
                   429, 451, 499, 500, 501, 502, 503, 504, 511, 599, 999):
        body = b"" if status in (204, 205, 304) else None
        more = f", {said[status]}" if said.get(status) else ", with new keys" \
            if body is None else ""
        yield Row(f"{status}{more}", KEPT, f"HTTP {status}",
                  answers(status, body, length=body is None))


def freshness():
    date = email.utils.formatdate(1600000000, usegmt=True)
    later = email.utils.formatdate(1600001500, usegmt=True)
    for headers, fresh in (
            ((), 3600),
            (("Cache-Control: max-age=900",), 900),
            (("Cache-Control: max-age=1",), 300),
            (("Cache-Control: max-age=99999999",), 86400),
            (("Cache-Control: no-cache",), 300),
            (("Cache-Control: max-age=900, no-store",), 300),
            (("Cache-Control: max-age=900, must-revalidate",), 900),
            (("Cache-Control: s-maxage=900",), 3600),
            (("Cache-Control: max-age=soon",), 3600),
            (("Cache-Control: max-age=900", "Cache-Control: max-age=800"),
             800),
            (("Cache-Control: max-age=900", "Age: 500"), 400),
            (("Cache-Control: max-age=900", "Age: 5000"), 300),
            ((f"Date: {date}", f"Expires: {later}"), 1500),
            ((f"Date: {later}", f"Expires: {date}"), 300),
            (("Expires: 0",), 300),
            (("Cache-Control: max-age=900", "Expires: 0"), 900)):
        pairs = [tuple(line.split(": ", 1)) for line in headers]
        yield Row("200, " + (", ".join(f"`{line}`" for line in headers)
                             or "no header about caching"),
                  REPLACED, answer=answers(200, headers=pairs), fresh=fresh)


def validators():
    def not_modified(name, value):
        def answer(connection):
            same = connection.headers.get(name) == value
            connection.send(response(304 if same else 500, length=False))
        return answer

    date = "Tue, 14 Nov 2023 22:13:20 GMT"
    yield Row("304 to `If-None-Match`", RENEWED, fresh=3600,
              etag='"v1"',
              answer=not_modified("if-none-match", '"v1"'))
    yield Row("304 to `If-Modified-Since`", RENEWED, fresh=3600,
              last_modified=date,
              answer=not_modified("if-modified-since", date))
    yield Row("304 to a weak form of the same tag", RENEWED, fresh=3600,
              etag='W/"v1"',
              answer=answers(304, b"", [("ETag", '"v1"')], length=False))

    def another(connection):
        if {"if-none-match", "if-modified-since"} & set(connection.headers):
            connection.send(response(304, b"", [
                ("ETag", '"v2"'), ("Last-Modified", "later")], length=False))
        else:
            connection.send(response(200, connection.server.keys))

    yield Row("304 with another tag than was sent", REPLACED, etag='"v1"',
              answer=another)
    yield Row("304 with another date than was sent", REPLACED,
              last_modified=date, answer=another)
    yield Row("200 with new keys to `If-None-Match`", REPLACED,
              etag='"v1"', answer=answers(200))


def asked_to_wait():
    def wait_until(status, value):
        """value: a text, or seconds from the answer on, as a date."""
        def answer(connection):
            text = value if isinstance(value, str) else \
                email.utils.formatdate(time.time() + value, usegmt=True)
            connection.send(response(status, b"", [("Retry-After", text)]))
        return answer

    for status in (429, 503):
        for value, said, wait in (
                ("120", "120", (120, LATER)), ("9999999", "9999999",
                                             (3600, 4400)),
                (600, "a date, in 10 minutes", (590, LATER)),
                (-600, "a date that is past", (1, LATER)),
                ("soon", "soon", (1, LATER))):
            yield Row(f"{status}, `Retry-After`: {said}", KEPT,
                      f"HTTP {status}",
                      wait_until(status, value), wait=wait, retry=wait[0] < 10)
    yield Row("500, `Retry-After`: 120, which is not for it", KEPT, "HTTP 500",
              wait_until(500, "120"), wait=(1, LATER))


def redirects(site):
    def to(where):
        def answer(connection):
            if connection.path == "/there":
                connection.send(response(200, connection.server.keys))
                return
            place = where.format(port=connection.server.port)
            connection.send(response(302, b"", [("Location", place)]))
        return answer

    def status(code):
        def answer(connection):
            if connection.path == "/there":
                connection.send(response(200, connection.server.keys))
                return
            connection.send(response(code, b"", [("Location", "/there")]))
        return answer

    for code in (301, 302, 303, 307, 308):
        yield Row(f"{code} inside the origin", REPLACED, answer=status(code))
    yield Row("302 to the whole URL inside the origin", REPLACED,
              answer=to("https://127.0.0.1:{port}/there"))
    another = "leads to another place"
    for what, place in (
            ("to another port", site.issuer.origin + "/jwks"),
            ("to another host", "https://localhost:{port}/there"),
            ("to plain http", "http://127.0.0.1:{port}/there"),
            ("to a file", "file:///etc/passwd"),
            ("with a user and password", "https://a:b@127.0.0.1:{port}/there")):
        yield Row(f"302 {what}", KEPT,
                  another + "|must have no user", to(place))
    yield Row("302 to itself, for ever", KEPT, "in circles", to("/jwks"))
    yield Row("302 without `Location`", KEPT, "HTTP 302", answers(302, b""))


def bodies(new_key, jwks):
    def body(what, text, problem, cache=KEPT, headers=()):
        return Row("200, " + what, cache, problem, answers(200, text, headers))

    good = jwks(new_key("after"))
    key = new_key("after")
    yield body("an empty body", b"", "")
    yield body("an HTML page", b"<!doctype html><p>Sign in", "")
    yield body("`null`", b"null", "")
    yield body("`{}`", b"{}", 'no array "keys"')
    yield body("`{\"keys\": []}`", jwks(), "of 0 keys none serves")
    yield body("`keys` is no array", b'{"keys": {}}', 'no array "keys"')
    yield body("a member twice", b'{"keys":[],"keys":[]}', "")
    yield body("JSON cut in the middle", good[:-20], "")
    yield body("JSON with something behind it", good + good, "")
    yield body("not UTF-8", b'{"keys":["\xff"]}', "")
    yield body("200 objects inside each other",
               b'{"a":' * 200 + b"1" + b"}" * 200, "")
    yield body("257 keys", jwks(*[key] * 257), "257 keys")
    yield body("only keys of unknown kinds", jwks({"kty": "new"}, {}),
               "of 2 keys none serves")
    yield body("only a key for encryption", jwks({**key, "use": "enc"}),
               "of 1 keys none serves")
    yield body("only a private key", jwks({**key, "d": key["x"]}),
               "of 1 keys none serves")
    yield body("only a secret", jwks({"kty": "oct", "k": "c2VjcmV0"}),
               "of 1 keys none serves")
    yield body("only an RSA key of 1024 bits", jwks(
        {"kty": "RSA", "e": "AQAB", "n": "v" * 170 + "w"}), "of 1 keys none serves")
    yield body("a good key among strange ones", jwks({"kty": "new"}, key, {}),
               "", REPLACED)
    yield body("as `text/html`", None, "", REPLACED,
               [("Content-Type", "text/html")])
    yield body("gzip that nobody asked for", gzip.compress(good), "",
               headers=[("Content-Encoding", "gzip")])
    yield body("300 KB", good[:-1] + b" " * 300000 + b"}", "more than 262144")


def framing():
    def cut(connection):
        whole = response(200, connection.server.keys)
        connection.send(whole[:-30])

    def chunks(end):
        def answer(connection):
            connection.send(
                b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"%x\r\n%s\r\n" % (len(connection.server.keys),
                                   connection.server.keys) + end)
        return answer

    def endless(connection):
        connection.send(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.send(b"400\r\n" + b" " * 1024 + b"\r\n")

    def torn(connection):
        connection.send(response(200, connection.server.keys, length=False))
        connection.stream.shutdown(socket.SHUT_RDWR)

    def bytes_of(data):
        return lambda connection: connection.send(data)

    def then(first):
        return lambda connection: connection.send(
            first + response(200, connection.server.keys))

    yield Row("the body ends before `Content-Length`", KEPT, "", cut)
    yield Row("chunks, whole", REPLACED, answer=chunks(b"0\r\n\r\n"))
    yield Row("chunks without an end", KEPT, "", chunks(b""))
    yield Row("a chunk of length `zz`", KEPT, "", chunks(b"zz\r\n"))
    yield Row("chunks for ever", KEPT, "more than 262144", endless)
    yield Row("no length, ended by TLS", REPLACED,
              answer=answers(200, length=False))
    # The end of the JSON is what tells that nothing was cut off.
    yield Row("no length, and TLS torn off", REPLACED, answer=torn)
    yield Row("`Content-Length` of 10 GB", KEPT, "more than 262144", bytes_of(
        b"HTTP/1.1 200 X\r\nContent-Length: 10000000000\r\n\r\n{"))
    yield Row("`Content-Length: -1`", KEPT, "", bytes_of(
        b"HTTP/1.1 200 X\r\nContent-Length: -1\r\n\r\n{}"))
    yield Row("headers of 40 KB", KEPT, "headers more than 32768", then(
        b"HTTP/1.1 200 X\r\n" + b"".join(
            b"X-%d: %s\r\n" % (i, b"y" * 1000) for i in range(40))))
    yield Row("one header of 200 KB", KEPT, "", then(
        b"HTTP/1.1 200 X\r\nX: " + b"y" * 200000))
    yield Row("headers for ever", KEPT, "headers more than 32768", lambda c: [
        c.send(b"HTTP/1.1 200 X\r\n")] + [
            c.send(b"X: y\r\n" * 1000) for _ in iter(int, 1)])
    yield Row("`103` first, then keys", REPLACED, answer=then(
        b"HTTP/1.1 103 X\r\nLink: </x>\r\n\r\n"))
    yield Row("garbage", KEPT, "", bytes_of(b"\x00\xff\x13garbage\r\n\r\n"))
    yield Row("HTTP/0.9: keys without headers", KEPT, "",
              lambda c: c.send(c.server.keys))
    yield Row("closed without an answer", KEPT, "", lambda connection: None)
    yield Row("reset after the request", KEPT, "", lambda c: c.reset())


def slowness():
    yield Row("silence after connect", KEPT, "silent", raw=lambda c: c.hang())
    yield Row("silence in the midst of TLS", KEPT, "silent", raw=lambda c: (
        c.raw.recv(4096), c.raw.sendall(b"\x16\x03\x03"), c.hang()))
    yield Row("silence after the request", KEPT, "silent",
              lambda c: c.hang())
    yield Row("silence after the headers", KEPT, "silent", lambda c: (
        c.send(b"HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\n"), c.hang()))
    yield Row("a byte every 0.2 s", KEPT, "silent", lambda c: c.send_slowly(
        response(200, c.server.keys), 0.2))


def tls_faults(site):
    def certificate(name, **more):
        return tls(site.folder / f"{name}.pem", **more)

    yield Row("TLS 1.1", KEPT, "TLS 1.2", context=certificate(
        "server", oldest=ssl.TLSVersion.TLSv1, newest=ssl.TLSVersion.TLSv1_1,
        ciphers="ALL:@SECLEVEL=0"))
    yield Row("TLS 1.2", REPLACED, context=certificate(
        "server", newest=ssl.TLSVersion.TLSv1_2))
    yield Row("a certificate that expired", KEPT, "expired",
              context=certificate("expired"))
    yield Row("a certificate for another name", KEPT, "ca_file, the name",
              context=certificate("other-name"))
    yield Row("a certificate of an unknown CA", KEPT, "ca_file, the name",
              context=certificate("unknown-ca"))
    yield Row("a certificate signed by itself", KEPT, "ca_file, the name",
              context=certificate("self-signed"))
    yield Row("plain HTTP", KEPT, "", raw=lambda c: (
        c.raw.recv(4096), c.raw.sendall(response(200, c.server.keys))))
    yield Row("reset after connect", KEPT, "", raw=lambda c: c.reset())
    yield Row("closed after connect", KEPT, "", raw=lambda c: None)


def discovery():
    def document(**members):
        def answer(connection):
            origin = connection.server.origin
            body = response(200, connection.server.keys)
            if connection.path.startswith("/.well-known/"):
                text = {"issuer": origin, "jwks_uri": origin + "/jwks",
                        **members}
                body = response(200, json.dumps(text).encode())
            connection.send(body)
        return answer

    def second_name(connection):
        if "openid" in connection.path:
            connection.send(response(404))
        else:
            document()(connection)

    def both(status):
        return answers(status, b"")

    def row(what, cache, problem, answer):
        return Row("discovery: " + what, cache, problem, answer,
                   discovery=True, retry=False)

    yield row("a document", REPLACED, "", document())
    yield row("404 for OIDC, a document for RFC 8414", REPLACED, "",
              second_name)
    def only(status):
        def answer(connection):
            known = connection.path == "/jwks"
            connection.send(response(200, connection.server.keys) if known
                            else response(status))
        return answer

    for status in (404, 429, 500, 503):
        said = f"discovery: HTTP {status}"
        yield row(f"{status}, and jwks_uri too", KEPT,
                  said + "; jwks_uri: HTTP", both(status))
        yield row(f"{status}, jwks_uri answers", REPLACED, said, only(status))
    yield row("of another issuer", KEPT, "is of issuer",
              document(issuer="https://evil.example"))
    yield row("without `issuer`", REPLACED, "is of issuer",
              document(issuer=None))
    yield row("without `jwks_uri`", REPLACED, "no jwks_uri",
              document(jwks_uri=None))
    yield row("`jwks_uri` of plain http", REPLACED, "must begin with https",
              document(jwks_uri="http://127.0.0.1/jwks"))
    yield row("not JSON", KEPT, "", answers(200, b"<html>"))
    yield row("100 KB", KEPT, "more than 65536", answers(200, b" " * 100000))


def ways(proxies, closed_port):
    """Names and proxies; proxies: those that pass and refuse."""
    yield Row("a resolver that never answers", KEPT, "(?i)resolving timed out",
              host="hang.example.test", retry=False)
    yield Row("a port where nobody listens", KEPT, "is the issuer up",
              raw=lambda c: None, host=f"127.0.0.1:{closed_port}",
              retry=False)
    passing, refusing = proxies
    yield Row("through a proxy", REPLACED, proxy=passing)
    yield Row("a proxy that says 403", KEPT, "403|proxy", proxy=refusing,
              retry=False)
    yield Row("a proxy that isn't there", KEPT, "fetch.proxy",
              proxy=f"http://127.0.0.1:{closed_port}", retry=False)
