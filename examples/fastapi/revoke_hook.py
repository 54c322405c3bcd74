# SPDX-License-Identifier: ISC
"""A web application on a host that has tokens ended there: by jwtauthctl, so
it needs neither Redis nor a password, and works with the embedded store.

The application's user may do this one thing, /etc/sudoers.d/app-revoke:

    app ALL=(root) NOPASSWD: /usr/sbin/jwtauthctl revoke --json

    apt install python3-fastapi uvicorn sudo
    uvicorn revoke_hook:app
"""

import json
import subprocess

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

COMMAND = ["sudo", "-n", "/usr/sbin/jwtauthctl", "revoke", "--json"]

app = FastAPI()


def revoke(token):
    """What jwtauthctl(8) answers: see there, FOR PROGRAMS. The token goes in
    on standard input, never as an argument, which all users could read."""
    done = subprocess.run(COMMAND, input=token, text=True, timeout=30,
                          capture_output=True)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


@app.post("/logout")
def logout(given: HTTPAuthorizationCredentials = Depends(HTTPBearer())):
    """Nothing to check first: who has a token may end it."""
    try:
        answer = revoke(given.credentials)
    except (OSError, RuntimeError, ValueError, subprocess.TimeoutExpired):
        raise HTTPException(503, "not logged out: try again") from None
    if answer["result"] == "refused":
        raise HTTPException(400, answer["error"])
    return {"until": max(entry["until"] for entry in answer["entries"])}
