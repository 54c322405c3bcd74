"""Installing, enable, disable and removing, on a host of their own: what was
there before comes back byte for byte, and nobody who could log in is shut out.
"""

import os

import hosts
import pytest

# Every file that decides a login, ours too, with mode and owner.
ALL_LOGIN_FILES = (
    "find /etc/pam.d /etc/ssh /etc/sudoers /etc/sudoers.d"
    " ! -name 'ssh_host_*' -printf '%p %y %m %u %g\\n'"
    " -type f -exec sha256sum {} + | sort")
CONF = "/etc/jwtauth/jwtauth.conf"
CONFIG = """\
host_name = "lone.example.test";
issuers = ( { name = "corp"; issuer = "https://idp.example.test";
    jwks_file = "/etc/jwtauth/corp.jwks"; algorithms = [ "ES256" ];
    audience = [ "ssh://%h" ]; max_lifetime = 3600;
    accounts = ( { claim = "preferred_username"; } ); } );
services = {
    sshd = { scope_any = [ "ssh" ]; };
    sudo = { also = [ "sudo-i" ]; scope_any = [ "sudo" ]; };
};
revocation = { store = "embedded"; };
"""
DROP_IN = "/etc/ssh/sshd_config.d/20-jwtauth.conf"
MODULE = "/usr/lib/x86_64-linux-gnu/security/pam_jwt.so"
# Answers "Token: " with nothing, and whatever else with carol's password.
ASKPASS = """#!/bin/sh
case $1 in *Token*) echo ;; *) echo carols-password ;; esac
"""


def login_files(host):
    return host.run(ALL_LOGIN_FILES).stdout


def ctl(host, *words, check=True):
    return host.run(["jwtauthctl", *words], check=check)


@pytest.fixture(scope="module")
def plain(base_root):
    """A host with people, sshd and sudo, and no package of ours yet."""
    with hosts.Lab(base_root) as lab:
        (host,) = lab.boot(("lone", ["ssh"]))
        host.run("useradd -m -s /bin/bash -G sudo carol;"
                 "echo carol:carols-password | chpasswd;"
                 "useradd -m -s /bin/bash dave;"
                 "su dave -c 'mkdir -m 700 .ssh; ssh-keygen -qt ed25519 -N \"\""
                 " -f .ssh/id; cp .ssh/id.pub .ssh/authorized_keys'"
                 " -s /bin/bash -l")
        host.write_file("/usr/local/bin/answer", ASKPASS, 0o755)
        host.before_install = login_files(host)
        yield host


@pytest.fixture(scope="module")
def host(plain):
    """The same with the server's package, configured but not enabled."""
    install(plain)
    plain.after_install = login_files(plain)
    plain.write_file("/etc/jwtauth/corp.jwks", '{"keys":[]}')
    plain.write_file(CONF, CONFIG, 0o640, "root:jwtauth-conf")
    return plain


@pytest.fixture(autouse=True)
def as_it_was(request):
    """Each test leaves the host as "not enabled" as it found it."""
    yield
    if "host" in request.fixturenames:
        host = request.getfixturevalue("host")
        ctl(host, "disable", "--all", check=False)
        host.run("rm -f /etc/pam.d/jwtauth-* /etc/ssh/sshd_config.d/1*.conf")
        assert login_files(host) == host.before_install


def install(host, package="server"):
    debs = os.environ.get("JWTAUTH_DEBS", hosts.HERE.parents[1] / "build/deb")
    (deb,) = hosts.Path(debs).glob(f"jwtauth-{package}_*.deb")
    host.run(f"cat >/root/{package}.deb", input=deb.read_bytes())
    host.run("DEBIAN_FRONTEND=noninteractive apt-get install -q -y"
             " --no-install-recommends --allow-downgrades --reinstall"
             f" /root/{package}.deb")


def ssh(host, user, method, *options):
    """A login to the host itself, by one method alone."""
    return host.run(
        ["env", "SSH_ASKPASS=/usr/local/bin/answer",
         "SSH_ASKPASS_REQUIRE=force", "ssh",
         # sshd listens to nobody for a moment while it reloads.
         "-o", "ConnectionAttempts=10", "-o", "StrictHostKeyChecking=no",
         "-o", "UserKnownHostsFile=/dev/null",
         "-o", "NumberOfPasswordPrompts=1",
         "-o", f"PreferredAuthentications={method}",
         *options, f"{user}@127.0.0.1", "id", "-un"], check=False)


def carol_logs_in_by_prompt(host):
    return ssh(host, "carol", "keyboard-interactive").stdout == "carol\n"


def dave_logs_in_by_key(host):
    return ssh(host, "dave", "publickey",
               "-i", "/home/dave/.ssh/id").stdout == "dave\n"


def refused(host, *words):
    """The error of an enable that must not change anything."""
    before = login_files(host)
    done = ctl(host, *words, check=False)
    assert done.returncode != 0, done.stdout
    assert login_files(host) == before
    return done.stderr


# ---- the package

def test_installing_changes_no_login(host):
    assert host.after_install == host.before_install


def test_folders_belong_to_whom_the_design_says(host):
    shown = host.run(
        "stat -c '%n %U:%G %a' /etc/jwtauth /etc/jwtauth/jwtauth.conf"
        " /etc/jwtauth/secrets /etc/jwtauth/revoker"
        " /etc/jwtauth/follower /var/cache/jwtauth"
        " /var/lib/jwtauth /var/lib/jwtauth/ids /var/lib/jwtauth/revoked"
        " /var/lib/jwtauth/copy /var/lib/jwtauth/seen /run/jwtauth"
        " /run/jwtauth/sessions"
        " /run/jwtauth/pending /run/jwtauth/used /run/jwtauth-fetch"
        " /run/jwtauth-names").stdout
    assert shown == """\
/etc/jwtauth root:jwtauth-conf 750
/etc/jwtauth/jwtauth.conf root:jwtauth-conf 640
/etc/jwtauth/secrets root:jwtauth 750
/etc/jwtauth/revoker root:jwtauth-revoke 750
/etc/jwtauth/follower root:jwtauth-follow 750
/var/cache/jwtauth jwtauth-fetch:jwtauth 750
/var/lib/jwtauth root:root 755
/var/lib/jwtauth/ids root:root 644
/var/lib/jwtauth/revoked jwtauth-revoke:jwtauth 750
/var/lib/jwtauth/copy jwtauth-follow:jwtauth 750
/var/lib/jwtauth/seen jwtauth:jwtauth-seen 710
/run/jwtauth root:root 755
/run/jwtauth/sessions root:root 700
/run/jwtauth/pending root:root 700
/run/jwtauth/used jwtauth:jwtauth 700
/run/jwtauth-fetch jwtauth-fetch:jwtauth 750
/run/jwtauth-names jwtauth-fetch:jwtauth-conf 750
"""


def test_no_program_is_setuid_or_setgid(host):
    shown = host.run("dpkg -L jwtauth-server | xargs -d '\\n' -I F"
                     " find F -maxdepth 0 -perm /6000").stdout
    assert shown == ""


def test_the_fetcher_can_not_read_the_checkers_secrets(host):
    host.write_file("/etc/jwtauth/secrets/x", "s", 0o640, "root:jwtauth")
    assert host.run(["cat", "/etc/jwtauth/secrets/x"],
                    user="jwtauth").stdout == "s"
    assert host.run(["cat", "/etc/jwtauth/secrets/x"], user="jwtauth-fetch",
                    check=False).returncode != 0
    host.run("rm /etc/jwtauth/secrets/x")


def test_ids_are_those_of_the_account_database(host):
    host.run("rm /var/lib/jwtauth/ids; systemctl restart jwtauth-ids")
    assert host.read_file("/var/lib/jwtauth/ids") == host.run(
        "echo $(id -u jwtauth) $(id -G jwtauth)").stdout


def test_units_run_in_their_sandboxes(host):
    host.run("systemctl restart jwtauth-check.socket jwtauth-fetchd;"
             "systemctl start jwtauth-sweep.service")
    units = "jwtauth-check.socket jwtauth-fetchd jwtauth-ids jwtauth-sweep.timer"
    assert host.run(f"systemctl is-active {units}").stdout == "active\n" * 4
    host.run(["jwtauth-check", "--service", "sshd", "--user", "carol"],
             user="carol", input="x", check=False)
    assert host.run("systemctl is-active jwtauth-check.service",
                    check=False).stdout == "active\n"
    assert host.run("systemctl --failed --plain --no-legend").stdout == ""


def test_the_sandboxed_checker_judges_by_the_secrets_it_may_read(host):
    install(host, "client")
    host.write_file("/etc/jwtauth/secrets/corp", "0123456789abcdef" * 4,
                    0o640, "root:jwtauth")
    host.write_file(CONF, CONFIG.replace(
        'jwks_file = "/etc/jwtauth/corp.jwks"',
        'secret_files = [ "/etc/jwtauth/secrets/corp" ]').replace(
        "ES256", "HS256"), 0o640, "root:jwtauth-conf")
    try:
        token = host.run(
            ["jwt-keyring", "mint", "--secret-file",
             "/etc/jwtauth/secrets/corp", "--issuer",
             "https://idp.example.test", "--audience",
             "ssh://lone.example.test", "--subject", "carol", "--claim",
             "preferred_username=carol", "--scope", "ssh"]).stdout
        uid = host.run("id -u carol").stdout.strip()
        judged = host.run(["jwtauth-check", "--service", "sshd", "--user",
                           "carol", "--uid", uid, "--json"], user="carol",
                          input=token, check=False)
        assert judged.returncode == 0, judged.stdout + judged.stderr
        assert '"ok"' in judged.stdout
    finally:
        host.write_file(CONF, CONFIG, 0o640, "root:jwtauth-conf")
        host.run("rm /etc/jwtauth/secrets/corp")


def test_an_upgrade_leaves_what_is_enabled(host):
    ctl(host, "enable", "sshd")
    ctl(host, "enable", "sudo")
    enabled = login_files(host)
    install(host)
    assert login_files(host) == enabled
    assert host.run("systemctl is-active jwtauth-check.socket jwtauth-fetchd"
                    ).stdout == "active\nactive\n"


def test_removing_restores_every_login(host):
    ctl(host, "enable", "sshd")
    ctl(host, "enable", "sudo")
    try:
        host.run("dpkg --remove jwtauth-server")
        assert login_files(host) == host.before_install
        assert carol_logs_in_by_prompt(host) is False  # as before: Debian's no
        assert dave_logs_in_by_key(host)
        # sshd was told: it looks for no command that isn't there any more.
        assert "jwtauth" not in host.run("sshd -T").stdout
    finally:
        install(host)


def test_purging_leaves_nothing(host):
    ctl(host, "enable", "sudo", "--exempt", "carol")
    try:
        host.run("rm /etc/jwtauth/corp.jwks;"
                 "dpkg --purge jwtauth-server jwtauth-client")
        assert login_files(host) == host.before_install
        assert host.run("find /etc /usr /var/lib /var/cache /run -xdev"
                        " -name '*jwtauth*' ! -path '/run/host*'"
                        " ! -path '/var/lib/systemd/*'").stdout == ""
    finally:
        install(host)
        host.write_file("/etc/jwtauth/corp.jwks", '{"keys":[]}')
        host.write_file(CONF, CONFIG, 0o640, "root:jwtauth-conf")


# ---- enable and disable

@pytest.mark.parametrize("service", ["sshd", "sudo"])
def test_disable_undoes_enable_byte_for_byte(host, service):
    ctl(host, "enable", service)
    assert login_files(host) != host.before_install
    ctl(host, "disable", service)
    assert login_files(host) == host.before_install


def test_enable_covers_sudo_i(host):
    ctl(host, "enable", "sudo")
    for phase in ("auth", "account", "session"):
        assert (f"@include jwtauth-sudo-i-{phase}\n"
                in host.read_file("/etc/pam.d/sudo-i"))


def test_disable_keeps_what_was_edited_meanwhile(host):
    text = host.read_file("/etc/pam.d/sshd")
    ctl(host, "enable", "sshd")
    host.run("sed -i '1i # mine' /etc/pam.d/sshd")
    ctl(host, "disable", "sshd")
    assert host.read_file("/etc/pam.d/sshd") == "# mine\n" + text
    host.write_file("/etc/pam.d/sshd", text)


def test_exempt_accounts_outlive_a_disable(host):
    ctl(host, "enable", "sudo", "--exempt", "carol,root")
    ctl(host, "disable", "sudo")
    ctl(host, "enable", "sudo")
    assert "exempt=carol,root\n" in host.read_file("/etc/pam.d/jwtauth-sudo-auth")


def test_a_snippet_that_another_service_includes_stays(host):
    ctl(host, "enable", "sudo")
    host.write_file("/etc/pam.d/mine", "@include jwtauth-sudo-auth\n")
    ctl(host, "disable", "sudo")
    assert host.run("test -e /etc/pam.d/jwtauth-sudo-auth",
                    check=False).returncode == 0
    host.run("rm /etc/pam.d/mine")


def test_refuses_beside_another_authorizedkeyscommand_and_says_where(host):
    host.write_file("/etc/ssh/sshd_config.d/10-other.conf",
                    "\nAuthorizedKeysCommand /usr/bin/true %u\n"
                    "AuthorizedKeysCommandUser nobody\n")
    words = refused(host, "enable", "sshd")
    assert "/etc/ssh/sshd_config.d/10-other.conf:2" in words


def test_refuses_where_sshd_refuses_its_configuration(host):
    host.write_file("/etc/ssh/sshd_config.d/10-bad.conf", "Nonsense yes\n")
    assert "Nonsense" in refused(host, "enable", "sshd")


def test_refuses_where_sudoers_is_broken(host):
    host.write_file("/etc/sudoers.d/bad", "garbage\n", 0o440)
    try:
        assert "sudoers.d/bad" in refused(host, "enable", "sudo")
    finally:
        host.run("rm /etc/sudoers.d/bad")


@pytest.mark.parametrize("text", [
    "issuers = (((\n",
    CONFIG.replace("sshd = {", "login = {"),
    'services = { sshd = { scope_any = [ "ssh" ]; }; };\n'])
def test_refuses_a_configuration_that_would_refuse_all(host, text):
    host.write_file(CONF, text, 0o640, "root:jwtauth-conf")
    try:
        assert CONF in refused(host, "enable", "sshd")
    finally:
        host.write_file(CONF, CONFIG, 0o640, "root:jwtauth-conf")


def test_takes_it_back_where_sshd_does_not_read_the_folder(host):
    text = host.read_file("/etc/ssh/sshd_config")
    host.run("sed -i /^Include/d /etc/ssh/sshd_config")
    try:
        assert "Include" in refused(host, "enable", "sshd")
    finally:
        host.write_file("/etc/ssh/sshd_config", text)


def test_takes_it_back_where_one_file_can_not_be_written(host):
    # Nothing can be renamed over a mount point.
    host.run("mount --bind /etc/pam.d/sshd /etc/pam.d/sshd")
    try:
        assert "/etc/pam.d/sshd" in refused(host, "enable", "sshd")
    finally:
        host.run("umount /etc/pam.d/sshd")


def test_a_dry_run_changes_nothing(host):
    before = login_files(host)
    assert "would" in ctl(host, "enable", "sshd", "--dry-run").stdout
    assert login_files(host) == before


def test_sshd_takes_the_change_without_a_restart(host):
    pid = host.run("systemctl show -P MainPID ssh").stdout
    ctl(host, "enable", "sshd")
    assert carol_logs_in_by_prompt(host)
    assert host.run("systemctl show -P MainPID ssh").stdout == pid


# ---- who could log in still can, and nobody else

def test_an_empty_answer_leads_to_the_password(host):
    ctl(host, "enable", "sshd")
    assert carol_logs_in_by_prompt(host)
    assert dave_logs_in_by_key(host)


def test_a_prompt_for_tokens_opens_no_passwords(host):
    host.write_file("/etc/ssh/sshd_config.d/10-keys.conf",
                    "PasswordAuthentication no\n")
    host.run("systemctl reload ssh")
    assert not carol_logs_in_by_prompt(host)
    ctl(host, "enable", "sshd")
    assert "keyboard-interactive" in ssh(
        host, "carol", "none").stderr, "tokens are asked for"
    assert not carol_logs_in_by_prompt(host)
    assert dave_logs_in_by_key(host)


def test_refuses_a_prompt_where_a_match_block_differs(host):
    host.write_file("/etc/ssh/sshd_config.d/19-match.conf",
                    "Match User dave\nPasswordAuthentication no\nMatch all\n")
    words = refused(host, "enable", "sshd")
    assert "19-match.conf:2" in words and "--no-prompt" in words
    ctl(host, "enable", "sshd", "--no-prompt")
    assert "keyboard-interactive" not in ssh(host, "carol", "none").stderr
    assert dave_logs_in_by_key(host)


@pytest.mark.parametrize("gone", [MODULE, "/usr/libexec/jwtauth", CONF])
def test_local_logins_work_where_a_part_is_gone(host, gone):
    ctl(host, "enable", "sshd")
    ctl(host, "enable", "sudo")
    host.run(["mv", gone, gone + ".aside"])
    try:
        assert carol_logs_in_by_prompt(host)
        assert dave_logs_in_by_key(host)
        answer = host.run(
            ["env", "SUDO_ASKPASS=/usr/local/bin/answer", "sudo", "-kA", "id",
             "-un"], user="carol", check=False)
        assert answer.stdout == "root\n", answer.stderr
    finally:
        host.run(["mv", gone + ".aside", gone])
