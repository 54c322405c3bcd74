# SPDX-License-Identifier: ISC
"""Certificates for the table: one CA, one key, and one fault each."""

import subprocess

import redis_site

CA_CONF = """\
[ca]
default_ca = c
[c]
database = {folder}/db
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = p
x509_extensions = e
[p]
commonName = supplied
[e]
subjectAltName = {name}
"""
GOOD = ("20200101000000Z", "20400101000000Z")
PAST = ("20200101000000Z", "20200102000000Z")


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True,
                   capture_output=True)


class Certificates:
    def __init__(self):
        self.folder = redis_site.PLACE / "tls"
        self.folder.mkdir(exist_ok=True)
        self.key = self.folder / "server.key"
        self.ca = self.make_ca("ca")
        stranger = self.make_ca("stranger")
        openssl("req", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=redis",
                "-keyout", self.key, "-out", self.folder / "server.csr")
        self.good = self.sign("good", self.ca)
        self.expired = self.sign("expired", self.ca, dates=PAST)
        self.other_name = self.sign("other", self.ca, name="IP:127.0.0.9")
        self.unknown_ca = self.sign("unknown", stranger)

    def make_ca(self, name):
        path = self.folder / f"{name}.pem"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
                f"/CN={name}", "-keyout", path.with_suffix(".key"), "-out",
                path)
        path.chmod(0o644)
        return path

    def sign(self, file, ca, name="IP:127.0.0.1", dates=GOOD):
        path = self.folder / f"{file}.crt"
        (self.folder / "db").write_text("")
        (self.folder / "ca.conf").write_text(CA_CONF.format(
            folder=self.folder, name=name))
        openssl("ca", "-batch", "-notext", "-config", self.folder / "ca.conf",
                "-cert", ca, "-keyfile", ca.with_suffix(".key"),
                "-startdate", dates[0], "-enddate", dates[1], "-in",
                self.folder / "server.csr", "-out", path)
        return path

    def settings(self, port):
        """Of a redis-server that speaks TLS there and asks no certificate."""
        return [f"tls-port {port}", f"tls-cert-file {self.good}",
                f"tls-key-file {self.key}", f"tls-ca-cert-file {self.ca}",
                "tls-auth-clients no"]
