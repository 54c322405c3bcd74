"""`./bootstrap shell HOST` and `./bootstrap stop`: hosts that a run left up."""

import os
import sys

import hosts


def kept_hosts():
    found = {}
    for state in hosts.recorded_labs():
        if state["alive"]:
            found.update(state["hosts"])
    return found


def shell(arguments):
    found = kept_hosts()
    if len(arguments) < 1 or arguments[0] not in found:
        names = ", ".join(sorted(found)) or "none; start them with demo --keep"
        sys.exit(f"bootstrap: shell needs the name of a host that is up: {names}")
    name, *command = arguments
    user = "alice" if name == "laptop" else "root"
    host = hosts.Host(None, name, None)
    host.leader = found[name]
    argv = host.argv(["env", f"TERM={os.environ.get('TERM', 'dumb')}",
                      "script", "-qec", "exec su -l " + user, "/dev/null"])
    os.execvp(argv[0], argv)


def stop(_):
    count = hosts.stop_kept_labs()
    print(f"ended {count} set{'' if count == 1 else 's'} of hosts"
          if count else "no hosts were up")


if __name__ == "__main__":
    {"shell": shell, "stop": stop}[sys.argv[1]](sys.argv[2:])
