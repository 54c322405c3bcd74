"""What runs inside sshd and sudo brings nothing along, and the helper asks
nobody who anybody is: seen on the real module and in a trace of a real sudo.
"""

import re
import subprocess

import machine
import jwtsite
import pytest

MODULE = "$(dpkg -L jwtauth-server | grep '/pam_jwt.so$')"
TRACE = "/tmp/sudo.trace"


def test_the_module_links_libpam_and_libc_alone(any_site):
    shown = any_site.web1.run(f"ldd {MODULE}").stdout
    names = {line.split()[0].split("/")[-1].split(".so")[0]
             for line in shown.splitlines()}
    assert names <= {"linux-vdso", "libpam", "libaudit", "libcap-ng", "libc",
                     "ld-linux-x86-64", "ld-linux-aarch64"}
    assert {"libpam", "libc"} <= names


def test_no_program_of_ours_is_setuid_or_setgid(any_site):
    files = any_site.web1.run(
        "dpkg -L $(dpkg-query -W -f '${Package}\\n' |"
        " grep -E '^(jwtauth|libjwtcore)') | grep . |"
        " xargs -d '\\n' -I{} find {} -maxdepth 0 -type f -perm /6000").stdout
    assert files == ""


def test_the_helper_imports_no_name_look_up(any_site):
    path = any_site.web1.outside(f"{jwtsite.HELPERS}/jwtauth-check")
    symbols = machine.run(["nm", "-D", "--undefined-only", path])
    bad = re.findall(r"\b(getpw\w*|getgr\w*|gethostby\w*|getaddrinfo"
                     r"|initgroups)\b", symbols)
    assert bad == []


@pytest.fixture(scope="module")
def traced(site):
    """The system calls of alice's sudo, and of bob's, whom we exempt."""
    site.certify("alice", site.mint("alice"))
    with site.shell("alice") as alice, site.shell("bob") as bob:
        traces = {"alice": trace_sudo(site, alice, None),
                  "bob": trace_sudo(site, bob, jwtsite.PASSWORDS["bob"])}
    return traces


def trace_sudo(site, person, password):
    pid = person.run("echo $$")[1]
    strace = subprocess.Popen(
        site.web1.argv(["strace", "-f", "-qq", "-s", "200", "-e",
                        "trace=open,openat,socket,connect,execve,execveat",
                        "-o", TRACE, "-p", pid]),
        stderr=subprocess.PIPE)
    machine.poll(lambda: "TracerPid:\t0" not in
               site.web1.read_file(f"/proc/{pid}/status"), 10, "strace is on")
    person.answer("sudo -k; sudo id -un")
    if password:
        person.expect("assword for bob: ")
        person.answer(password)
    person.expect("root\r\n")
    person.expect(person.READY)
    site.web1.run("pkill -INT -x strace")
    strace.wait(10)
    text = site.web1.read_file(TRACE)
    assert "execve(\"/usr/bin/sudo\"" in text
    return text


def helper_pids(trace):
    return set(re.findall(r"^(\d+) +execve(?:at)?\(.*jwtauth-check", trace,
                          re.MULTILINE)) | set(re.findall(
        r"^(\d+) +execveat\(\d+, \"\", \[\"jwtauth-check", trace,
        re.MULTILINE))


def lines_of(trace, pids):
    """A process's lines from its exec of the helper on."""
    lines, on = [], set()
    for line in trace.splitlines():
        pid = line.split(None, 1)[0]
        if pid in pids and "jwtauth-check" in line and "exec" in line:
            on.add(pid)
        if pid in on:
            lines.append(line)
    return lines


def test_the_helper_ran_in_the_trace(traced):
    assert helper_pids(traced["alice"])
    assert not helper_pids(traced["bob"]), "bob is exempt: nobody is asked"


def test_the_helper_never_opens_the_account_database(traced):
    trace = traced["alice"]
    lines = lines_of(trace, helper_pids(trace))
    assert any("/etc/jwtauth/jwtauth.conf" in line for line in lines)
    for line in lines:
        assert "nsswitch.conf" not in line
        assert "/etc/passwd" not in line and "/etc/group" not in line
        assert "libnss" not in line and "nscd" not in line


def sockets(trace, without):
    return {re.sub(r"^\d+ +", "", line) for line in trace.splitlines()
            if re.match(r"^\d+ +socket\(", line)
            and line.split(None, 1)[0] not in without}


def test_sudo_opens_no_socket_beyond_those_it_opens_without_us(traced):
    alice = sockets(traced["alice"], helper_pids(traced["alice"]))
    bob = sockets(traced["bob"], set())

    def kinds(calls):
        return {re.match(r"socket\(([^)]*)\)", call)[1] for call in calls}

    assert kinds(alice) <= kinds(bob)


def test_sudo_connects_nowhere_but_where_it_does_without_us(traced):
    def places(trace, without):
        return set(re.findall(
            r"^(?:%s) +connect\(\d+, (\{[^}]*\})" % "|".join(
                {line.split(None, 1)[0] for line in trace.splitlines()}
                - without), trace, re.MULTILINE))

    alice = places(traced["alice"], helper_pids(traced["alice"]))
    assert alice <= places(traced["bob"], set())
