"""`./bootstrap demo`: the main job as a short story on the terminal.

Each step says what is being done, shows the command that ran and what came
back, and stops the story if that is not what it should be.
"""

import json
import os
import shlex
import subprocess
import sys
import time

import pexpect

import hosts
import machine
import jwtsite
import test_03_refusals as refusals

INDENT = "    "


class Story:
    """Prints. Colours only on a terminal that wants them."""

    def __init__(self):
        self.colour = (sys.stdout.isatty() and "NO_COLOR" not in os.environ
                       and os.environ.get("TERM") != "dumb")
        self.number = 0
        self.open_step = None

    def paint(self, code, text):
        return f"\033[{code}m{text}\033[0m" if self.colour else text

    def say(self, text=""):
        print(text, flush=True)

    def progress(self, text):
        """A step of the set-up: its line ends when the next one begins."""
        self.progress_done()
        self.open_step = time.monotonic()
        print(f"  {text:<58} ", end="", flush=True)

    def progress_done(self):
        if self.open_step is not None:
            print(f"{time.monotonic() - self.open_step:4.0f} s", flush=True)
        self.open_step = None

    def chapter(self, title):
        self.number += 1
        self.say()
        self.say(self.paint("1", f"{self.number}. {title}"))

    def command(self, who, line):
        self.say(f"{INDENT}{self.paint('36', who + '$')} {line}")

    def output(self, text):
        for line in text.rstrip("\n").splitlines():
            self.say(INDENT + "  " + line.rstrip())

    def result(self, text):
        self.say(f"{INDENT}{self.paint('32', '=>')} {text}")

    def must(self, true, what):
        if not true:
            raise machine.HostError(f"the story breaks here: {what}")


class Demo:
    def __init__(self, site, story):
        self.site = site
        self.story = story

    def on(self, host, user, command, shown=None, input=None):
        """Run and show a command; its whole output."""
        name = f"{user or 'root'}@{host.name}"
        self.story.command(name, shown or (
            command if isinstance(command, str) else shlex.join(command)))
        done = host.run(command, user=user, check=False, input=input)
        self.story.output(done.stdout + done.stderr)
        return done

    def ssh(self, user, command):
        site = self.site
        self.story.command(f"{user}@laptop", f"ssh web1 {command}")
        done = site.ssh(user, command)
        self.story.output(done.stdout + done.stderr)
        return done

    def audit(self, mark, **wanted):
        line = self.site.decision(mark, **wanted)
        kept = {name: line[name] for name in
                ("service", "user", "decision", "reason", "id")
                if name in line}
        self.story.result("web1's log: " + json.dumps(kept))
        return line

    def new_token(self, note="bound to alice's SSH key"):
        site, story = self.site, self.story
        command = site.mint_command("alice")
        story.command("root@issuer", shlex.join(command) + " >token")
        token = site.issuer.run(command).stdout.strip()
        story.result(f"a token of {len(token)} bytes, {note}")
        site.hand_over("alice", token)
        done = self.on(site.laptop, "alice",
                       ["jwt-login", "--token-file", "token"])
        story.must(done.returncode == 0, "no certificate")
        return token

    # -- the chapters

    def login(self):
        self.story.chapter("alice logs in with a token bound to her key, and"
                           " elevates: no prompt anywhere")
        self.new_token()
        mark = self.site.web1.mark()
        done = self.ssh("alice", "id -un")
        self.story.must(done.stdout == "alice\n", "alice is not logged in")
        self.audit(mark, service="sshd", reason="ok")
        mark = self.site.web1.mark()
        done = self.ssh("alice", "sudo id")
        self.story.must("uid=0(root)" in done.stdout, "sudo did not elevate")
        self.audit(mark, service="sudo", reason="ok")

    def prompt(self):
        self.story.chapter("a token of more than 2,000 bytes at the prompt,"
                           " in parts")
        site, story = self.site, self.story
        site.forget_certificate("alice")
        token = site.forge("alice").token(groups=["g" * 40] * 40)
        story.command("alice@laptop", f"ssh web1     # {len(token)} bytes")
        with site.ssh_prompt("alice") as alice:
            alice.give_token(token)
            alice.ready()
            for line in alice.seen.splitlines():
                if "Token" in line:
                    story.output(line)
            status, shown = alice.run("sudo id -un")
            story.must((status, shown) == (0, "root"), "sudo asked something")
            story.command("alice@web1", "sudo id -un")
            story.output(shown)

    def refused(self):
        self.story.chapter("what is refused: the user is told nothing, the"
                           " log has the reason")
        site, story = self.site, self.story
        for wrong, reason in refusals.REFUSED:
            forge = refusals.BoundForge(site.forge("alice"),
                                        site.public_key("alice"))
            line = refusals.refused_with_a_certificate(site, wrong(forge))
            story.must(line["reason"] == reason, f"{line['reason']}")
            what = wrong.__name__.replace("_", " ")
            story.say(f"{INDENT}{what:<28} ssh: Permission denied   "
                      f"web1's log: {reason}")

    def revoked(self):
        self.story.chapter(f"revoked while she is logged in ({self.site.store}"
                           " store)")
        site, story = self.site, self.story
        token = self.new_token()
        with site.shell("alice") as alice:
            story.command("alice@laptop", "ssh web1")
            self.sudo(alice, "sudo id -un", True)
            mark = site.web1.mark()
            self.on(site.web1, None, ["jwtauthctl", "revoke"], input=token,
                    shown="jwtauthctl revoke <token")
            self.sudo(alice, "sudo -n id -un", False)
            story.result("refused, although sudo's time stamp is valid")
            self.audit(mark, service="sudo", reason="revoked")
        self.on(site.web1, None, ["jwtauthctl", "revoked", "list"])

    def sudo(self, terminal, line, allowed):
        self.story.command("alice@web1", line)
        status, shown = terminal.run(line)
        self.story.output(shown)
        self.story.must((status == 0) == allowed, "not what should be")

    def rotated(self):
        self.story.chapter("the issuer rotates its key: nobody notices")
        site, story = self.site, self.story
        old = site.mint("alice")
        self.on(site.issuer, None, ["jwt-keyring", "rotate", "--dir",
                                    jwtsite.KEYRING])
        story.command("root@issuer", "jwt-keyring publish --dir"
                      f" {jwtsite.KEYRING} --out {jwtsite.WWW}")
        site.publish()
        self.new_token("under the new key")
        before = site.requests_for_keys()
        done = self.ssh("alice", "id -un")
        story.must(done.stdout == "alice\n", "the new key is not known")
        story.must(site.requests_for_keys() == before + 1, "more than once")
        story.result("web1 did not know the kid and asked the issuer once")
        site.certify("alice", old)
        done = self.ssh("alice", "id -un")
        story.must(done.stdout == "alice\n", "the old key is gone too early")
        story.result("that was a token under the old key, still published")

    def outages(self):
        self.story.chapter("the issuer is down: logins go on from the cache")
        site, story = self.site, self.story
        self.new_token()
        self.on(site.issuer, None, ["systemctl", "stop", "nginx"])
        try:
            done = self.ssh("alice", "sudo id -un")
            story.must(done.stdout == "root\n", "the cache did not serve")
        finally:
            self.on(site.issuer, None, ["systemctl", "start", "nginx"])

    def redis(self):
        site, story = self.site, self.story
        site.use_store("redis")
        self.revoked()
        story.chapter("Redis is down: nobody is let in unchecked")
        self.new_token()
        self.on(site.issuer, None, ["systemctl", "stop", "redis-server"])
        try:
            mark = site.web1.mark()
            done = self.ssh("alice", "true")
            story.must(done.returncode == 255, "let in unchecked")
            self.audit(mark, service="sshd", reason="revocation_unreachable")
        finally:
            self.on(site.issuer, None, ["systemctl", "start", "redis-server"])

    def local_users(self):
        self.story.chapter("bob and carol, local users: as before, also with"
                           " jwtauth broken")
        site, story = self.site, self.story
        self.on(site.web1, None, ["mv", jwtsite.HELPERS,
                                  jwtsite.HELPERS + ".aside"])
        try:
            done = self.ssh("bob", "id -un")
            story.must(done.stdout == "bob\n", "bob is locked out")
            with site.ssh_prompt("carol") as carol:
                story.command("carol@laptop", "ssh web1")
                carol.expect("Token: ")
                story.output("Token: (an empty answer)")
                carol.answer("")
                carol.expect("assword: ")
                story.output("Password: ***")
                carol.answer(jwtsite.PASSWORDS["carol"])
                carol.ready()
                status, shown = carol.run("id -un")
                story.command("carol@web1", "id -un")
                story.output(shown)
        finally:
            self.on(site.web1, None, ["mv", jwtsite.HELPERS + ".aside",
                                      jwtsite.HELPERS])

    def run(self):
        self.login()
        self.prompt()
        self.refused()
        self.revoked()
        self.rotated()
        self.outages()
        self.local_users()
        self.redis()


def farewell(story, site, keep):
    story.say()
    if not keep:
        story.say("The hosts are gone. To look around in them:"
                  " ./bootstrap demo --keep")
        return
    site.use_store("embedded")
    site.certify("alice", site.mint("alice", "--lifetime", "3600"))
    story.say(story.paint("1", "The hosts are up. Look around:"))
    story.say("  ./bootstrap shell laptop    then: ssh web1, and there:"
              " sudo id")
    story.say("  ./bootstrap shell web1      then: journalctl -t jwtauth")
    story.say("  ./bootstrap stop            ends them")
    story.say("alice's token is good for an hour.")


def main(arguments):
    keep = "--keep" in arguments
    story = Story()
    base = machine.run([str(hosts.HERE / "base-root")]).strip()
    debs = hosts.HERE.parents[1] / "build/deb"
    began = time.monotonic()
    try:
        with jwtsite.Site(base, debs, keep, story.progress) as site:
            story.progress_done()
            Demo(site, story).run()
            farewell(story, site, keep)
    except (machine.HostError, AssertionError, subprocess.TimeoutExpired,
            pexpect.ExceptionPexpect, KeyboardInterrupt) as failure:
        story.progress_done()
        story.say()
        story.say(f"{story.paint('31', 'demo failed')}:"
                  f" {failure or type(failure).__name__}")
        story.say("The hosts are gone. What the hosts printed at boot is in"
                  f" {os.environ.get('JWTAUTH_LOGS', '/tmp')}")
        return 1
    story.say(f"The whole story took {time.monotonic() - began:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
