"""A second server beside web1, with the same configuration."""

import jwtsite
from machine import poll

COPIED = {"/etc/jwtauth/secrets/redis": "root:jwtauth",
          "/etc/jwtauth/revoker/redis": "root:jwtauth-revoke"}


def boot_server(site, name, *services):
    """One with our packages, and nothing configured."""
    host, = site.lab.boot((name, services))
    site.install(host, "jwtauth-server", "libjwtcore0")
    return host


def add_server(site, name):
    """Boots it and installs what web1 has; alice lives there too."""
    host = boot_server(site, name, "ssh")
    host.run(["useradd", "--create-home", "--shell", "/bin/bash",
              "--groups", "sudo", "alice"])
    host.write_file(jwtsite.CA_FILE, site.web1.read_file(jwtsite.CA_FILE))
    keys = host.run("cat /etc/ssh/ssh_host_*_key.pub").stdout
    site.laptop.run(["sh", "-c", "cat >>/etc/ssh/ssh_known_hosts"],
                    input="".join(f"{host.address} {line}\n"
                                  for line in keys.splitlines()))
    copy_config(site, host)
    host.run(["jwtauthctl", "enable", "sshd", "--exempt", "bob"])
    return host


def copy_config(site, host):
    for path, owner in COPIED.items():
        if site.web1.run(["test", "-e", path], check=False).returncode == 0:
            host.write_file(path, site.web1.read_file(path), 0o640, owner)
    host.write_file("/etc/jwtauth/jwtauth.conf",
                    site.web1.read_file("/etc/jwtauth/jwtauth.conf"), 0o640,
                    "root:jwtauth-conf")
    host.run(["systemctl", "restart", "jwtauth-fetchd"])
    poll(lambda: host.run(["test", "-s", "/var/cache/jwtauth/corp.json"],
                          check=False).returncode == 0, 15,
         f"{host.name} has the issuer's keys")
    host.run("rm -f /var/lib/jwtauth/seen/*")
