# SPDX-License-Identifier: ISC
"""An HTTPS server that does what a row of the table says, byte for byte."""

import contextlib
import socket
import ssl
import struct
import threading

LINE_END = b"\r\n"
WAIT = 20  # seconds: longer than a fetcher waits


def response(status, body=b"", headers=(), length=True):
    """The bytes of an answer; reason phrases are nobody's business."""
    lines = [f"HTTP/1.1 {status} X"]
    lines += [f"{name}: {value}" for name, value in headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + 2 * LINE_END + body


def tls(certificate, oldest=None, newest=None, ciphers=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if ciphers:
        context.set_ciphers(ciphers)
    if oldest:
        context.minimum_version = oldest
    if newest:
        context.maximum_version = newest
    context.load_cert_chain(certificate)
    return context


class Connection:
    """What a row does things to."""

    def __init__(self, server, raw):
        self.server, self.raw, self.stream = server, raw, None
        self.path, self.headers = "", {}

    def shake_hands(self, context):
        self.stream = context.wrap_socket(self.raw, server_side=True)

    def read_request(self):
        text = b""
        while 2 * LINE_END not in text:
            part = self.stream.recv(4096)
            if not part:
                raise OSError("gone")
            text += part
        lines = text.decode().split("\r\n")
        self.path = lines[0].split()[1]
        self.headers = {
            name.lower(): value.strip() for name, value in
            (line.split(":", 1) for line in lines[1:] if ":" in line)}

    def send(self, data):
        self.stream.sendall(data)

    def send_slowly(self, data, pause):
        for byte in data:
            self.send(bytes([byte]))
            if self.server.ended.wait(pause):
                return

    def hang(self):
        """Until the other side goes away."""
        self.server.ended.wait(WAIT)

    def reset(self):
        end = self.stream or self.raw
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                       struct.pack("ii", 1, 0))
        end.close()


class Server:
    """One row's issuer. Once it is good again, it answers as it should."""

    def __init__(self, row, context, keys):
        self.row, self.context, self.keys = row, context, keys
        self.good = False
        self.ended = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.port = self.listener.getsockname()[1]
        self.origin = f"https://{row.host}:{self.port}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                raw, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(raw,),
                             daemon=True).start()

    def serve(self, raw):
        connection = Connection(self, raw)
        with contextlib.suppress(OSError, ssl.SSLError), raw:
            if not self.good and self.row.raw:
                self.row.raw(connection)
                return
            connection.shake_hands(self.context if self.good
                                   else self.row.context or self.context)
            connection.read_request()
            if self.good or not self.row.answer:
                connection.send(response(200, self.keys))
            else:
                self.row.answer(connection)
            with contextlib.suppress(OSError, ValueError):  # it was torn off
                connection.stream.unwrap()
            connection.stream.close()

    def close(self):
        self.ended.set()
        self.listener.close()


class Proxy:
    """Takes CONNECT; refuse: an answer to give instead."""

    def __init__(self, refuse=None):
        self.refuse = refuse
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                raw, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(raw,),
                             daemon=True).start()

    def serve(self, raw):
        with contextlib.suppress(OSError), raw:
            verb, place = raw.recv(4096).decode().split()[:2]
            if verb != "CONNECT" or self.refuse:
                raw.sendall(self.refuse or response(405))
                return
            host, port = place.rsplit(":", 1)
            with socket.create_connection((host, int(port))) as far:
                raw.sendall(b"HTTP/1.1 200 X\r\n\r\n")
                back = threading.Thread(target=pump, args=(far, raw))
                back.start()
                pump(raw, far)
                back.join(WAIT)


def pump(source, sink):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
