"""What the test hosts need of the machine they run on: namespaces, process
ids, cgroups, and a way to wait for something.
"""

import ctypes
import os
import shlex
import signal
import subprocess
import threading
import time
from pathlib import Path

POLL_INTERVAL = 0.05  # seconds
PR_SET_PDEATHSIG = 1  # the numbers of linux/prctl.h, sched.h, mount.h
CLONE_NEWNS = 0x20000
MS_REC, MS_PRIVATE, MNT_DETACH = 0x4000, 0x40000, 2
SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}


class HostError(Exception):
    """A host, or a command on one, did not do what was asked."""


def poll(condition, deadline, what):
    """Call condition() until it returns something true, and return that."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise HostError(f"not within {deadline} s: {what}")
        time.sleep(POLL_INTERVAL)


def run(argv, **options):
    """Run a command on the machine; its output is in the error if it fails."""
    done = subprocess.run(argv, capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise HostError(
            f"{shlex.join(map(str, argv))}: exit {done.returncode}\n"
            f"{done.stdout}{done.stderr}"
        )
    return done.stdout


def start_time(pid):
    """When a process began, in clock ticks: with the pid, its identity."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(stat.rpartition(")")[2].split()[19])


def children(pid):
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(child) for child in listed.split()]


def cgroup_root():
    """The folder of the cgroup v2 tree, on hybrid machines too."""
    hybrid = Path("/sys/fs/cgroup/unified")
    return hybrid if hybrid.is_dir() else Path("/sys/fs/cgroup")


def remove_cgroup(folder):
    """Kill what is left in a cgroup and remove it with all below it."""
    if not folder.is_dir():
        return
    (folder / "cgroup.kill").write_text("1")

    def gone():
        for path, _, _ in os.walk(folder, topdown=False):
            try:
                os.rmdir(path)
            except OSError:
                pass
        return not folder.exists()

    poll(gone, 10, f"processes of {folder} end")


def ns_pids(pid):
    """A process's ids, from the machine's namespace to its innermost one."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    for line in status.splitlines():
        if line.startswith("NSpid:"):
            return [int(number) for number in line.split()[1:]]
    return []


def in_parallel(calls):
    """Call them all at once; the first failure is raised when all ended."""
    failures = []

    def guarded(call):
        try:
            call()
        except BaseException as failure:  # handed on below
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(c,)) for c in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


_libc = ctypes.CDLL(None, use_errno=True)


def _call(function, *arguments):
    if function(*arguments) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def die_with_parent():
    """To be called between fork and exec."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def own_root():
    """To be called between fork and exec: a mount namespace whose root is
    our root, also where that is a chroot. Processes in a chroot get no user
    namespaces, so units with PrivateUsers= would not start in the hosts.
    """
    _call(_libc.unshare, CLONE_NEWNS)
    _call(_libc.mount, None, b"/", None, MS_REC | MS_PRIVATE, None)
    root = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    ours = os.fstat(root)
    namespace = os.open("/proc/self/ns/mnt", os.O_RDONLY)
    _call(_libc.setns, namespace, 0)  # leaves a chroot
    top = os.stat("/")
    os.fchdir(root)
    if (top.st_dev, top.st_ino) != (ours.st_dev, ours.st_ino):
        _call(_libc.syscall, SYS_PIVOT_ROOT[os.uname().machine], b".", b".")
        _call(_libc.umount2, b".", MNT_DETACH)  # the old root, atop ours
        os.chroot(".")
    os.close(root)
    os.close(namespace)
