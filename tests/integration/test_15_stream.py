"""jwtauth-check --stream on web1, for root and for a user who isn't."""

import json

CHECK = "/usr/libexec/jwtauth/jwtauth-check"

# Standard input: the request, then the token.
REVOKED_BETWEEN = f"""
set -eu
read -r request
read -r token
coproc STREAM {{ {CHECK} --stream; }}
exec 3<&"${{STREAM[0]}}" 4>&"${{STREAM[1]}}"
ask() {{ printf '%s\\n' "$request" >&4; read -r verdict <&3
	printf '%s\\n' "$verdict"; }}
ask
ask
printf '%s' "$token" | jwtauthctl revoke >/dev/null
ask
"""


def request(site, token, user="alice", **more):
    uid = int(site.web1.run(["id", "-u", user]).stdout)
    return json.dumps({"service": "sshd", "user": user, "uid": uid,
                       "token": token, **more})


def reasons(done):
    return [json.loads(line)["reason"] for line in done.stdout.splitlines()]


def test_each_line_has_its_verdict_and_the_log_has_it_too(site):
    good = site.mint("alice", bound=False)
    bad = good[:-8] + "AAAAAAAA"
    lines = [request(site, good), request(site, bad), "no request",
             request(site, good, uuid=1), request(site, good)]
    done = site.web1.run([CHECK, "--stream"], input="\n".join(lines))
    assert reasons(done) == ["ok", "signature_invalid", "token_malformed",
                             "token_malformed", "ok"]
    for line in done.stdout.splitlines():
        verdict = json.loads(line)
        assert verdict["decision"] == ("allow" if verdict["reason"] == "ok"
                                       else "deny")
        assert verdict["id"] in site.web1.run(
            ["journalctl", "-t", "jwtauth", "-o", "cat",
             "--grep", verdict["id"]]).stdout
    assert good not in site.web1.run(["journalctl", "-o", "cat"]).stdout


def test_a_revocation_counts_for_the_next_line(site):
    token = site.mint("alice", bound=False)
    done = site.web1.run(["bash", "-c", REVOKED_BETWEEN],
                         input=f"{request(site, token)}\n{token}\n")
    assert reasons(done) == ["ok", "ok", "revoked"]


def test_a_user_streams_past_the_services_own_limits(site):
    token = site.mint("alice", bound=False)
    lines = [request(site, token)] * 150
    done = site.web1.run([CHECK, "--stream"], input="\n".join(lines),
                         user="alice")
    assert reasons(done) == ["ok"] * 150
    # Of others a user may say nothing: the uid is dropped.
    done = site.web1.run([CHECK, "--stream"], input=request(
        site, token), user="bob")
    assert reasons(done) != ["ok"]


def test_the_stream_names_no_config_but_roots(site):
    done = site.web1.run([CHECK, "--stream", "--config", "/dev/null"],
                         user="alice", input="", check=False)
    assert done.returncode == 2 and "for root" in done.stderr
