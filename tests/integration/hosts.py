"""Throwaway Debian hosts: systemd-nspawn over one read-only base root.

A Lab is one process in mount, network and process namespaces of its own. The
hosts' overlays, their network and every process of theirs live in there, so
nothing appears on the machine, and the death of that one process ends it all,
however the test run ended. A Host is one booted system in the lab.
"""

import ctypes
import json
import os
import shlex
import signal
import subprocess
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
STATE = Path("/run/jwtauth-dev")  # one file a lab: what `bootstrap stop` ends
BOOT_DEADLINE = 60  # seconds; three hosts at once on two busy cores
RUN_DEADLINE = 60
PR_SET_PDEATHSIG = 1
POLL_INTERVAL = 0.05


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


class Lab:
    """The place where hosts run: see the head of this file."""

    NETWORK = "10.77.0"

    def __init__(self, base, keep=False):
        self.base = str(base)
        self.keep = keep
        self.hosts = {}
        self.cgroup = None
        self.holder = None
        self.logs = None

    def start(self):
        remove_dead_labs()
        script = (
            "set -e; mount -t tmpfs -o mode=755 tmpfs /run; mkdir /run/hosts;"
            "ip link set lo up; ip link add lan type bridge;"
            "ip link set lan up; echo ready; exec sleep infinity"
        )
        self.holder = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "--net",
             "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc",
             "sh", "-c", script],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            preexec_fn=None if self.keep else _die_with_parent,
            start_new_session=True)
        if self.holder.stdout.readline() != "ready\n":
            raise HostError("could not make the namespaces for test hosts; "
                            "in a chroot its folder must be a mount point "
                            "(see CONTRIBUTING.md)")
        self.init = children(self.holder.pid)[0]
        self.cgroup = cgroup_root() / f"jwtauth-dev-{self.holder.pid}"
        self.logs = Path(os.environ.get("JWTAUTH_LOGS", "/tmp"))
        self._record()
        return self

    def _record(self):
        """Tell `bootstrap shell` and `bootstrap stop` what is running."""
        STATE.mkdir(mode=0o755, exist_ok=True)
        state = {
            "holder": self.holder.pid,
            "started": start_time(self.holder.pid),
            "cgroup": str(self.cgroup),
            "keep": self.keep,
            "hosts": {host.name: host.leader for host in self.hosts.values()},
        }
        path = STATE / f"{self.holder.pid}.json"
        new = path.with_suffix(".new")
        new.write_text(json.dumps(state))
        new.rename(path)

    def inside(self, *argv):
        """The command line that runs argv in the lab, outside of any host."""
        return ["nsenter", "-t", str(self.init), "-m", "-n", "-i", "-p", "--",
                *argv]

    def boot(self, *specs):
        """Boot several hosts at once; each spec is (name, services)."""
        for number, (name, services) in enumerate(specs, len(self.hosts) + 1):
            address = f"{self.NETWORK}.{10 + number}"
            self.hosts[name] = Host(self, name, address, services)
        names = [name for name, _ in specs]
        in_parallel([self.hosts[name].start for name in names])
        self._record()
        return [self.hosts[name] for name in names]

    def hosts_file(self):
        lines = ["127.0.0.1 localhost"]
        lines += [f"{host.address} {host.name}.example.test {host.name}"
                  for host in self.hosts.values()]
        return "\n".join(lines) + "\n"

    def stop(self):
        if self.holder is None:
            return
        self.holder.kill()
        self.holder.wait()
        remove_lab(self.holder.pid, self.cgroup)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        if kind is not None or not self.keep:
            self.stop()


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


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


def remove_lab(holder, cgroup):
    """Clean up after a lab whose holder is dead."""
    for folder in cgroup.parent.glob(cgroup.name):
        remove_cgroup(folder)
    (STATE / f"{holder}.json").unlink(missing_ok=True)


def recorded_labs():
    """What /run knows of labs: kept ones, running ones, and dead ones."""
    labs = []
    for path in sorted(STATE.glob("*.json")):
        state = json.loads(path.read_text())
        state["alive"] = start_time(state["holder"]) == state["started"]
        labs.append(state)
    return labs


def stop_kept_labs():
    """End every lab that was left up; returns how many there were."""
    kept = [lab for lab in recorded_labs() if lab["alive"] and lab["keep"]]
    for state in kept:
        os.kill(state["holder"], signal.SIGKILL)
        poll(lambda: start_time(state["holder"]) != state["started"], 10,
             "the lab ends")
    remove_dead_labs()
    return len(kept)


def remove_dead_labs():
    """Clean up after test runs that were killed."""
    for state in recorded_labs():
        if not state["alive"]:
            remove_lab(state["holder"], Path(state["cgroup"]))


class Host:
    """One booted Debian. Commands run inside by nsenter."""

    def __init__(self, lab, name, address, services=()):
        self.lab = lab
        self.name = name
        self.address = address
        self.services = list(services)
        self.leader = None
        self.console = None

    # -- life

    def start(self):
        self._prepare()
        self._spawn()
        self.leader = poll(self._find_leader, BOOT_DEADLINE,
                           f"{self.name} starts: see {self.console}")
        self._plug_in()
        poll(self._booted, BOOT_DEADLINE,
             f"{self.name} boots: see {self.console}")

    def _prepare(self):
        """Lay the overlay and what must be there before the first boot."""
        enable = "".join(
            f"systemctl --quiet --root=root enable {service};"
            for service in self.services)
        script = (
            "set -e; umask 022; mkdir /run/hosts/$NAME; cd /run/hosts/$NAME;"
            "mkdir upper work root; mount -t overlay overlay -o"
            " lowerdir=$BASE,upperdir=$PWD/upper,workdir=$PWD/work root;"
            "echo $NAME >root/etc/hostname; cat >root/etc/hosts;"
            "ssh-keygen -q -A -f root;" + enable)
        run(self.lab.inside("env", f"NAME={self.name}",
                            f"BASE={self.lab.base}", "sh", "-c", script),
            input=self.lab.hosts_file())

    def _spawn(self):
        self.console = self.lab.logs / f"host-{self.name}.console"
        cgroup = self.lab.cgroup / self.name
        cgroup.mkdir(parents=True)
        argv = self.lab.inside(
            "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
            "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1",
            "systemd-nspawn", "-q", "-D", f"/run/hosts/{self.name}/root",
            "--register=no", "--keep-unit", "--private-network",
            "--resolv-conf=off", "--timezone=off", "--link-journal=no",
            f"--machine={self.name}", "-b")

        def enter_cgroup():
            (cgroup / "cgroup.procs").write_text("0")

        with open(self.console, "wb") as console:
            self.nspawn = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=console,
                stderr=subprocess.STDOUT, preexec_fn=enter_cgroup,
                start_new_session=True)

    def _find_leader(self):
        """The host's own process 1: below nsenter, below nspawn."""
        if self.nspawn.poll() is not None:
            raise HostError(f"{self.name} did not start:\n"
                            + self.console.read_text(errors="replace"))
        depth = len(_ns_pids(self.lab.init)) + 1
        for nspawn in children(self.nspawn.pid):
            for child in children(nspawn):
                pids = _ns_pids(child)
                if len(pids) == depth and pids[-1] == 1:
                    return child
        return None

    def _plug_in(self):
        """A cable from this host to the lab's bridge."""
        inner = f"{self.name}-in"
        run(self.lab.inside(
            "sh", "-ec",
            f"ip link add {self.name} type veth peer name {inner};"
            f"ip link set {self.name} master lan up"))
        # ip finds the target by pid, so this one runs outside of the lab's
        # process namespace.
        run(["nsenter", "-t", str(self.lab.init), "-n", "--", "ip", "link",
             "set", inner, "netns", str(self.leader)])
        run(["nsenter", "-t", str(self.leader), "-n", "--", "sh", "-ec",
             f"ip link set {inner} name host0;"
             f"ip addr add {self.address}/24 dev host0; ip link set host0 up"])

    def _booted(self):
        if not Path(f"/proc/{self.leader}/root/run/systemd/private").exists():
            return False
        done = self.run(["systemctl", "is-system-running", "--wait"],
                        check=False)
        return done.stdout.strip() in ("running", "degraded")

    def poweroff(self):
        self.run(["systemctl", "poweroff"], check=False)
        self.nspawn.wait(BOOT_DEADLINE)

    # -- commands

    def argv(self, command, user=None):
        """The command line, for the machine, that runs a command in here."""
        if isinstance(command, str):
            command = ["sh", "-c", command]
        prefix = ["nsenter", "-t", str(self.leader), "-m", "-u", "-i", "-n",
                  "-p", "-C", "--"]
        if user is not None:
            prefix += ["setpriv", f"--reuid={user}", f"--regid={user}",
                       "--init-groups", "--reset-env",
                       "sh", "-c", 'cd && exec "$@"', "sh"]
        else:
            prefix += ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                       "HOME=/root", "LC_ALL=C.UTF-8", "TERM=dumb"]
        return prefix + list(command)

    def run(self, command, user=None, input=None, check=True,
            timeout=RUN_DEADLINE):
        """Run a command (a list, or a shell line) to its end."""
        done = subprocess.run(
            self.argv(command, user), input=input, timeout=timeout,
            stdin=subprocess.DEVNULL if input is None else None,
            text=not isinstance(input, bytes), capture_output=True)
        if check and done.returncode != 0:
            shown = command if isinstance(command, str) else shlex.join(command)
            raise HostError(f"{self.name}: {shown}: exit {done.returncode}\n"
                            f"{done.stdout}{done.stderr}")
        return done

    def outside(self, path):
        """A file in here, as a path on the machine."""
        return f"/proc/{self.leader}/root{path}"

    def write_file(self, path, content, mode=0o644, owner="root:root"):
        """Put a file there in one step, as rename does."""
        self.run(["sh", "-ec",
                  'umask 077; cat >"$0.new"; chown "$2" "$0.new";'
                  'chmod "$1" "$0.new"; mv "$0.new" "$0"',
                  path, f"{mode:o}", owner], input=content)

    def read_file(self, path):
        return self.run(["cat", path]).stdout

    # -- journal

    def mark(self):
        """A place in the journal, for journal(since=...)."""
        shown = self.run(["journalctl", "--quiet", "-n", "0",
                          "--show-cursor"]).stdout
        return shown.rpartition("cursor: ")[2].strip()

    def journal(self, since=None, tag=None):
        """Journal entries after a mark, oldest first, as dictionaries."""
        command = ["journalctl", "--quiet", "-o", "json", "--no-pager", "-a"]
        if since:
            command.append(f"--after-cursor={since}")
        if tag:
            command += ["-t", tag]
        lines = self.run(command).stdout.splitlines()
        return [json.loads(line) for line in lines]

    def messages(self, since=None, tag=None):
        return [str(entry.get("MESSAGE", ""))
                for entry in self.journal(since, tag)]


def _ns_pids(pid):
    """A process's ids, from the machine's namespace to its innermost one."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return []
    for line in status.splitlines():
        if line.startswith("NSpid:"):
            return [int(number) for number in line.split()[1:]]
    return []
