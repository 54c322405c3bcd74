# SPDX-License-Identifier: ISC
"""jwt-keyring and others: hooks, stolen keys, settings, secrets. Each test
states a rule."""

import json
import os
import signal
import sys

from keyring_site import DAY, ISSUER, main, poll


def hooks_hear_of_each_step_in_order(ring):
    hook, old = ring.hook(), ring.current()
    new, = ring.rotate("--hook", hook)
    where = f"{ring.dir} {ring.www}"
    assert ring.logged() == [f"hook published {new} {where}",
                             f"hook signing {new} {where}"]
    ring.age(2 * DAY)
    ring.rotate("--hook", hook, "--if-older-than", "30d")
    assert ring.logged()[2:] == [f"hook dropped {old} {where}"]


def a_hook_gets_words_and_nothing_else(ring):
    out = ring.folder / "seen"
    spy = ring.program("spy", f"""\
env >{out}
wc -c >>{out}
ls /proc/self/fd >>{out}
echo noise
""")
    os.environ["SECRET"] = "x"
    said = ring.rotate("--hook", spy)
    assert said == [ring.current()], "noise is not among what we print"
    seen = out.read_text().splitlines()
    names = {line.split("=")[0] for line in seen if "=" in line}
    assert names <= {"PATH", "LC_ALL", "PWD", "SHLVL", "_", "OLDPWD"}, names
    rest = [line for line in seen if "=" not in line]
    assert rest[0] == "0" and set(rest[1:]) <= {"0", "1", "2", "3"}, rest


def words_are_not_read_by_a_shell(ring):
    path = ring.settings(f'hooks = ( {{ command = [ "{ring.hook()}",'
                         ' "$(id); `id` %% %e", "" ]; } );')
    ring.rotate("--config", path)
    assert ring.logged()[0] == "hook $(id); `id` % published "


def a_step_waits_for_its_hooks(ring):
    old, bad = ring.current(), ring.hook("bad", status=3)
    ring.rotate("--hook", bad, expect=5)
    assert "bad: exit 3" in ring.said
    new = ring.next()
    ring.rotate("--hook", bad, expect=5)
    assert ring.mint() == old and ring.next() == new
    assert len(ring.logged()) == 2
    assert ring.rotate("--hook", ring.hook()) == [new]


def an_old_key_retires_only_when_its_signers_were_told(ring):
    once = ring.program("once", f'test "$1" != signing || test -e {ring.log}')
    old = ring.current()
    new, = ring.rotate("--hook", once, expect=5)
    assert ring.mint() == new
    ring.age(9 * DAY)
    ring.rotate("--hook", once, "--if-older-than", "30d", expect=5)
    assert old in ring.published(), "dropped, and a signer may still use it"
    ring.log.touch()
    ring.rotate("--hook", once)  # goes on with the one that was begun
    assert ring.current() == new and old in ring.published()
    assert ring.status()["keys"][0]["drop_after"]


def a_hook_that_hangs_is_ended(ring):
    hang = ring.program("hang", f"echo $$ >{ring.log}; sleep 300 & wait")
    path = ring.settings(f'hooks = ( {{ command = [ "{hang}" ];'
                         ' timeout = "1s"; } );')
    ring.rotate("--config", path, expect=5)
    assert "took more than 1 s" in ring.said
    pid = int(ring.logged()[0])
    poll(lambda: not os.path.exists(f"/proc/{pid}"), "it is gone")


def a_folder_of_hooks_is_run_by_name(ring):
    for name in ("20-two", "10-one", "30-three.dpkg-old", ".hidden", "40~"):
        ring.hook("hooks/" + name)
    ring.hook("hooks/50-not").chmod(0o644)
    (ring.folder / "hooks").chmod(0o755)
    ring.rotate("--hook-dir", ring.folder / "hooks")
    assert [line.split()[0] for line in ring.logged()] == \
        ["hooks/10-one", "hooks/20-two"] * 2
    (ring.folder / "hooks/20-two").chmod(0o775)
    ring.rotate("--hook-dir", ring.folder / "hooks", expect=5)
    assert "20-two: not ours or root's alone to write" in ring.said
    (ring.folder / "hooks/20-two").chmod(0o755)
    (ring.folder / "hooks").chmod(0o777)
    ring.rotate("--hook-dir", ring.folder / "hooks", expect=5)
    (ring.folder / "hooks").chmod(0o755)
    ring.rotate("--hook-dir", ring.folder / "hooks")
    ring.rotate("--hook-dir", ring.folder / "none")


def theft(ring, revoke=0):
    """Settings with commands that note what they are told."""
    return ring.settings(
        f'revoke = ( {{ command = [ "{ring.hook("revoke", revoke)}", "%k" ]; }} );'
        f'refresh = ( {{ command = [ "{ring.hook("refresh")}", "%k" ]; }} );'
        f'hooks = ( {{ command = [ "{ring.hook()}", "%e", "%k" ]; }} );')


def a_stolen_key_is_out_at_once_and_revoked_first(ring):
    old = ring.current()
    new, = ring.rotate("--compromised", "--config", theft(ring))
    assert ring.published() == [new] == [ring.mint()]
    assert not (ring.dir / f"{old}.pem").exists()
    assert ring.logged() == [f"revoke {old}", f"refresh {old}",
                             f"hook compromised {old}", f"hook signing {new}"]
    assert not ring.kids("retiring") and not ring.kids("next")


def a_stolen_key_goes_while_a_rotation_waits(ring):
    mirror, old = ring.mirror(), ring.current()
    mirror.freeze()
    child = ring.start(*ring.verifier(mirror))
    poll(lambda: ring.state()["waiting"]["count"] == 1, "it waits")
    beside = ring.next()
    new, = ring.rotate("--compromised", "--config", theft(ring))
    assert new != beside, "it lay beside the stolen one"
    mirror.thaw()
    assert child.wait(15) == 0
    assert ring.published() == [new] == [ring.mint()]
    assert beside not in ring.published() and old not in ring.published()


def a_host_that_cannot_be_told_is_told_by_the_next_run(ring):
    old = ring.current()
    new, = ring.rotate("--compromised", "--config", theft(ring, revoke=1),
                       expect=5)
    # The others are told all the same.
    assert f"refresh {old}" in ring.logged()
    assert ring.published() == [new]
    # Said twice: the new key, which nobody stole, stays.
    ring.rotate("--compromised", "--config", theft(ring, revoke=1), expect=5)
    assert ring.current() == new
    ring.rotate("--if-older-than", "30d", "--config", theft(ring))
    assert ring.current() == new
    assert ring.logged()[-1] == f"revoke {old}"
    assert not ring.state()["pending"]


def a_stolen_key_can_be_named(ring):
    old = ring.current()
    new, = ring.rotate()
    ring.rotate("--compromised", "--config", theft(ring), "--", old)
    assert ring.published() == [new] == [ring.mint()]
    assert ring.logged()[0] == f"revoke {old}"
    ring.rotate("--compromised", "--config", theft(ring), "--", old)
    assert ring.current() == new


def a_stolen_key_goes_also_where_files_cannot_be_written(ring):
    old = ring.current()
    (ring.www / "jwks.json").unlink()
    (ring.www / "jwks.json").mkdir()
    new, = ring.rotate("--compromised", "--config", theft(ring), expect=1)
    assert "jwks.json" in ring.said
    assert ring.mint() == new and ring.logged()[0] == f"revoke {old}"
    (ring.www / "jwks.json").rmdir()
    ring.rotate("--if-older-than", "30d")
    assert ring.published() == [new]


def settings_are_read_with_clear_errors(ring):
    for text, expected in (
            ('dri = "/x";', 'unknown setting "dri"; did you mean "dir"?'),
            ('dir = "x";', '"dir" is "x", expected an absolute path'),
            ('rotate_after = 30;', '"rotate_after" is 30, expected a duration'),
            ('rotate_after = "30 d";', 'expected a duration such as'),
            ('issuer = "http://x";', 'expected an https URL'),
            ('algorithm = "RS1";', 'such as "ES256"'),
            ('verifiers = ( { url = "http://x/"; } );', 'an https URL'),
            ('verifiers = ( { } );', 'needs "url" or "command"'),
            ('verifiers = ( { command = [ "/x" ]; ca_file = "/y"; } );',
             '"ca_file" in verifiers goes with "url"'),
            ('hooks = ( { command = [ "x" ]; } );', '"/PATH/OF/PROGRAM"'),
            ('hooks = ( { command = [ "/x", "%z" ]; } );', '%k is the kid'),
            ('hooks = ( { after = [ "x" ]; command = [ "/x" ]; } );',
             '"signing"'),
            ('hooks = ( { timeout = "1s"; } );', '"command" is missing'),
            ('revoke = [ "/x" ];', '( { ... }, ... ), a list'),
            ('wait = { deadline = "x"; };', 'expected a duration'),
            ('dir = "/x"\ndir = "/y"', 'keyring.conf:2:'),
            ('@include "x"', '@include')):
        path = ring.settings(text)
        for command in ("rotate", "publish", "status"):
            ring.run(command, "--config", path, expect=2)
            assert expected in ring.said, (text, ring.said)
            assert "keyring.conf:" in ring.said
    path = ring.settings(f'dir = "{ring.dir}";')
    path.chmod(0o666)
    ring.run("rotate", "--config", path, expect=2)
    assert "mode is 0666" in ring.said


def all_comes_from_the_settings_and_options_win(ring):
    path = ring.settings(f"""
        dir = "{ring.dir}"; out = "{ring.www}"; rotate_after = "30d";
        algorithm = "RS256"; token_lifetime = "1h";
        hooks = ( {{ after = [ "signing" ]; command = [ "{ring.hook()}" ]; }} );
        """)
    ring.run("rotate", "--config", path, "--if-due")
    assert len(ring.state()["keys"]) == 1
    ring.run("rotate", "--if-due", "--dir", ring.dir, expect=2)
    ring.age(31 * DAY)
    ring.run("status", "--config", path)
    assert "a new key is due at" in ring.said
    ring.run("rotate", "--if-due", "--config", path)
    key = ring.state()["keys"][1]
    assert key["alg"] == "RS256" and ring.published()[1] == key["kid"]
    assert ring.state()["token_lifetime"] == 3600
    assert ring.logged() == ["hook "]
    ring.run("rotate", "--alg", "Ed25519", "--config", path, "--out",
             ring.folder / "other")
    assert ring.state()["keys"][2]["alg"] == "Ed25519"
    assert len(ring.published()) == 2
    ring.run("publish", "--config", path)
    assert len(ring.published()) == 3


def secrets_of(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def secrets_roll_over_as_files(ring):
    ring.dir, out = ring.folder / "h", ring.folder / "secrets"
    out.mkdir()
    ring.run("init", "--dir", ring.dir, "--alg", "HS256", "--issuer", ISSUER)
    ring.run("publish", "--dir", ring.dir, "--secrets", out)
    first = secrets_of(out)
    assert list(first) == ["current.secret"]
    assert len(first["current.secret"]) == 65
    assert (out / "current.secret").stat().st_mode & 0o777 == 0o600
    rotate = ["rotate", "--dir", ring.dir, "--secrets", out]
    ring.run(*rotate, "--publish-ahead", "1h", "--wait", "1s", expect=4)
    waiting = secrets_of(out)
    assert waiting["current.secret"] == first["current.secret"]
    assert set(waiting) == {"current.secret", "next.secret"}
    ring.run(*rotate)
    assert secrets_of(out) == {"current.secret": waiting["next.secret"],
                               "older-1.secret": first["current.secret"]}
    ring.run(*rotate)
    third = secrets_of(out)
    assert third["older-1.secret"] == waiting["next.secret"]
    assert third["older-2.secret"] == first["current.secret"]
    ring.age(2 * DAY)
    ring.run(*rotate, "--if-older-than", "30d")
    assert secrets_of(out) == {"current.secret": third["current.secret"]}
    assert len(list(ring.dir.glob("*.secret"))) == 1


def what_is_secret_is_in_no_argument_and_no_document(ring):
    ring.dir = ring.folder / "h"
    ring.run("init", "--dir", ring.dir, "--alg", "HS512", "--issuer", ISSUER)
    args = ring.program(
        "args", f'tr "\\0" " " </proc/$PPID/cmdline >>{ring.log};'
                f' tr "\\0" " " </proc/$PPID/environ >>{ring.log};'
                f' echo "$@" >>{ring.log}\n')
    ring.rotate("--hook", args)
    secrets = [path.read_text().strip() for path in ring.dir.glob("*.secret")]
    assert len(secrets) == 2
    shown = ring.log.read_text() + ring.said + json.dumps(ring.state()) + \
        (ring.www / "jwks.json").read_text()
    assert not [secret for secret in secrets if secret in shown]
    assert ring.published() == []


def mint_signs_from_systemds_credentials(ring):
    handed = ring.folder / "credentials"
    handed.mkdir()

    def hand_over():
        for name in ("keyring.json", "signing"):
            (handed / name).unlink(missing_ok=True)
            (handed / name).write_bytes((ring.dir / name).read_bytes())
            (handed / name).chmod(0o400)
    mint = ["mint", "--credentials", handed, "--subject", "s", "--audience",
            "a"]
    hand_over()
    ring.run(*mint)
    ring.run(*mint, "--lifetime", 2 * DAY, expect=1)
    assert "raise its --token-lifetime" in ring.said
    ring.run(*mint, "--kid", ring.current(), expect=2)
    ring.run(*mint, "--dir", ring.dir, expect=2)
    ring.rotate()
    (handed / "signing").unlink()
    (handed / "signing").write_bytes((ring.dir / "signing").read_bytes())
    (handed / "signing").chmod(0o400)
    ring.run(*mint, expect=1)  # a key, and not the one of keyring.json
    hand_over()
    ring.run(*mint)
    (handed / "signing").chmod(0o444)
    ring.run(*mint, expect=1)


def a_hook_does_not_outlive_a_killed_rotation(ring):
    hang = ring.program("hang", f"echo $$ >{ring.log}; exec sleep 300")
    child = ring.start("--hook", hang)
    pid = int(poll(ring.logged, "the hook runs")[0])
    child.send_signal(signal.SIGKILL)
    child.wait()
    poll(lambda: not os.path.exists(f"/proc/{pid}"), "it is gone")
    assert ring.rotate("--hook", ring.hook()) == [ring.current()]


if __name__ == "__main__":
    sys.exit(main(sys.modules["__main__"], "keyring_hosts"))
