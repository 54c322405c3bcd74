# SPDX-License-Identifier: ISC
"""A web application that ends tokens, and hosts where they are ended too:
both look at blacklist:TOKEN in the same Redis.

On the hosts, in /etc/jwtauth/jwtauth.conf: raw_tokens = true. The
application's user in Redis needs no more than this (redis-cli ACL SETUSER):

    app on >PASSWORD resetkeys ~blacklist:* -@all +auth +exists +setex

    apt install python3-fastapi python3-redis python3-jwt uvicorn
    uvicorn shared_redis:app
"""

import os
import time

import jwt
import redis
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

ISSUER = "https://idp.example.com/realms/corp"
AUDIENCE = "https://app.example.com"
LEEWAY = 30  # seconds, as on the hosts

app = FastAPI()
keys = jwt.PyJWKClient(os.environ.get("JWKS_URI", ISSUER + "/certs"))
store = redis.Redis.from_url(os.environ.get(
    "REDIS_URL", "unix:///run/redis/redis-server.sock"))


def bearer(given: HTTPAuthorizationCredentials = Depends(HTTPBearer())):
    """The token and its claims, if it is good and nobody has ended it."""
    token = given.credentials
    try:
        key = keys.get_signing_key_from_jwt(token).key
        claims = jwt.decode(token, key, ["RS256", "ES256"], issuer=ISSUER,
                            audience=AUDIENCE, leeway=LEEWAY,
                            options={"require": ["exp", "iat"]})
    except jwt.PyJWTError:
        raise HTTPException(401, "not a token for here") from None
    try:
        if store.exists(f"blacklist:{token}"):
            raise HTTPException(401, "this token was ended")
    except redis.RedisError:
        raise HTTPException(503, "cannot ask whether it was ended") from None
    return token, claims


@app.get("/me")
def me(given=Depends(bearer)):
    return {"sub": given[1]["sub"]}


@app.post("/logout", status_code=204)
def logout(given=Depends(bearer)):
    """Here and on every host, from the next request and the next sudo on."""
    token, claims = given
    ttl = int(claims["exp"] - time.time()) + LEEWAY
    try:
        store.setex(f"blacklist:{token}", max(ttl, 1), "1")
    except redis.RedisError:
        raise HTTPException(503, "not logged out: try again") from None
