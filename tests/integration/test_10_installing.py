"""Installing changes no login; enable and disable leave no trace."""

import pytest
from jwtsite import LOGIN_FILES


def test_installing_touched_no_file_of_sshd_sudo_or_pam(whole_site):
    plain = whole_site.issuer
    assert whole_site.files_before_enable == whole_site.files_before_install
    assert plain.run("grep -l jwt /etc/pam.d/sshd /etc/pam.d/sudo*"
                     " /etc/pam.d/common-*", check=False).stdout == ""


def test_disable_puts_everything_back_as_it_was(any_site):
    web1 = any_site.web1
    enabled = web1.run(LOGIN_FILES).stdout
    try:
        for service in ("sudo", "sshd"):
            web1.run(["jwtauthctl", "disable", service])
        assert web1.run(LOGIN_FILES).stdout == any_site.files_before_enable
        assert any_site.ssh("bob", "id -un").stdout == "bob\n"
    finally:
        any_site.enable("sshd", "sudo")
    assert web1.run(LOGIN_FILES).stdout == enabled


@pytest.mark.parametrize("service", ["sshd", "sudo"])
def test_enabling_twice_changes_nothing(any_site, service):
    before = any_site.web1.run(LOGIN_FILES).stdout
    any_site.enable(service)
    assert any_site.web1.run(LOGIN_FILES).stdout == before


def test_enable_sshd_refuses_beside_another_authorizedkeyscommand(any_site):
    web1 = any_site.web1
    other = "/etc/ssh/sshd_config.d/10-other.conf"
    web1.run(["jwtauthctl", "disable", "sshd"])
    try:
        web1.write_file(other, "AuthorizedKeysCommand /usr/bin/true %u\n"
                               "AuthorizedKeysCommandUser nobody\n")
        done = web1.run(["jwtauthctl", "enable", "sshd"], check=False)
        assert done.returncode != 0
        assert "AuthorizedKeysCommand" in done.stderr
    finally:
        web1.run(["rm", "-f", other])
        any_site.enable("sshd")


def test_the_host_comes_up_again_after_a_reboot_of_its_services(any_site):
    web1 = any_site.web1
    web1.run(["systemctl", "restart", "ssh", "jwtauth-fetchd",
              "jwtauth-check.socket"])
    failed = web1.run(["systemctl", "--failed", "--plain", "--no-legend"])
    assert failed.stdout == ""
