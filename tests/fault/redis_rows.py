# SPDX-License-Identifier: ISC
"""The rows of the table: what may become of Redis. Each is a generator that
breaks it, yields while the host asks, and mends it where that can be done.
"""

import dataclasses
import shutil
import socket
import threading
import time
import typing

from redis_site import (Proxy, Server, answer_of, ctl, free_port,
                        poll, reset)

ROWS = []


@dataclasses.dataclass
class Row:
    what: str
    run: typing.Callable
    place: typing.Callable  # makes the servers; the setting that names them
    mended: bool  # afterwards a good token has to pass again


def on_tcp(lab):
    lab.redis = Server("redis")
    return f'address = "tcp:127.0.0.1:{lab.redis.port}";'


def on_unix(lab):
    lab.redis = Server("redis")
    return f'address = "unix:{lab.redis.socket}";'


def behind_proxy(lab):
    lab.redis = Server("redis")
    lab.proxy = lab.keep(Proxy(lab.redis.port))
    return f'address = "tcp:127.0.0.1:{lab.proxy.port}";'


def row(what, place=on_tcp, mended=True):
    def add(run):
        ROWS.append(Row(what, run, place, mended))
        return run
    return add


# -- Redis is away

@row("killed")
def killed(lab):
    lab.redis.end()
    yield
    lab.redis.start()


@row("killed, its unix socket left behind", on_unix)
def killed_unix(lab):
    lab.redis.end()
    yield
    lab.redis.start()


@row("stopped in good order", on_unix)
def stopped(lab):
    try:
        lab.redis.do("SHUTDOWN")
    except (OSError, lab.redis_error):
        pass
    lab.redis.end()
    yield
    lab.redis.start()


def wrong_port(lab):
    lab.follow_setting = on_tcp(lab)
    return f'address = "tcp:127.0.0.1:{free_port()}";'


@row("nobody ever listened there", wrong_port, mended=False)
def refused(lab):
    yield


def full_backlog(lab):
    """A port that drops what comes, as a firewall does."""
    listener = lab.keep(socket.socket())
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    for _ in range(4):
        filler = lab.keep(socket.socket())
        filler.setblocking(False)
        filler.connect_ex(listener.getsockname())
    lab.follow_setting = on_tcp(lab)
    return f'address = "tcp:127.0.0.1:{listener.getsockname()[1]}";'


@row("no packet comes back", full_backlog, mended=False)
def dropped(lab):
    yield


# -- Redis is there, and slow

@row("SIGSTOP")
def sigstop(lab):
    lab.redis.pause()
    yield
    lab.redis.resume()


@row("SIGSTOP, on a unix socket", on_unix)
def sigstop_unix(lab):
    lab.redis.pause()
    yield
    lab.redis.resume()


def asleep(lab, *words):
    sleeper = threading.Thread(target=lambda: lab.redis.do(*words))
    sleeper.start()
    time.sleep(0.05)  # that it has been read can't be seen from here
    return sleeper


@row("`DEBUG SLEEP`")
def debug_sleep(lab):
    sleeper = asleep(lab, "DEBUG", "SLEEP", str(lab.longest))
    yield
    sleeper.join()


@row("`CLIENT PAUSE`")
def client_pause(lab):
    lab.redis.do("CLIENT", "PAUSE", str(int(lab.longest * 1000)), "ALL")
    yield


@row("still loading its data")
def loading(lab):
    lab.redis.do("DEBUG", "POPULATE", "4000", "filler", "1024")
    lab.redis.do("BGREWRITEAOF")
    poll(lambda: lab.redis.do("INFO", "persistence")[
        "aof_rewrite_in_progress"] == 0, "the AOF is rewritten")
    lab.redis.end()
    # a key takes 5 ms, and clients are heard after each 1024 bytes
    lab.redis.start("key-load-delay 5000",
                    "loading-process-events-interval-bytes 1024")
    yield
    lab.redis.end()
    lab.redis.start()


@row("`maxclients` reached")
def maxclients(lab):
    lab.redis.do("CONFIG", "SET", "maxclients", "1")
    yield
    lab.redis.do("CONFIG", "SET", "maxclients", "1000")


# -- Redis has lost something

@row("restarted empty", mended=False)
def restarted_empty(lab):
    lab.redis.end()
    lab.redis.forget()
    lab.redis.start()
    yield


@row("`FLUSHALL`", mended=False)
def flushed(lab):
    lab.redis.do("FLUSHALL")
    yield


@row("set up anew after a loss", mended=False)
def set_up_anew(lab):
    lab.redis.do("FLUSHALL")
    lab.new_epoch()
    yield


def volatile(lab):
    """RDB alone, and a dump from before the revocations."""
    lab.redis = Server("redis", durable=False)
    lab.before_revoking = lambda: (
        lab.redis.do("SAVE"), shutil.copy(lab.redis.folder / "dump.rdb",
                                          lab.redis.folder / "old"))
    return f'address = "tcp:127.0.0.1:{lab.redis.port}";'


@row("restored from an old dump", volatile, mended=False)
def old_dump(lab):
    lab.redis.end()
    shutil.copy(lab.redis.folder / "old", lab.redis.folder / "dump.rdb")
    lab.redis.start()
    yield


@row("killed without persistence since the last dump", volatile,
     mended=False)
def not_persistent(lab):
    lab.redis.end()
    lab.redis.start()
    yield


@row("evicts under maxmemory: an entry is gone", mended=False)
def evicts(lab):
    admin = lab.redis.admin
    used = lab.redis.do("INFO", "memory")["used_memory"]
    admin.config_set("maxmemory-policy", "volatile-ttl")
    admin.config_set("maxmemory", used + (1 << 20))
    while len(admin.keys("blacklist:*")) > lab.lasting:
        try:
            admin.set(f"filler:{time.monotonic_ns()}", "x" * 10000)
        except lab.redis_error:
            assert len(admin.keys("blacklist:*")) <= lab.lasting
    yield


@row("full: OOM on each write")
def oom(lab):
    lab.redis.admin.config_set("maxmemory", 1)
    failed = ctl("revoke", config=lab.configs["deny"], token=lab.site.old)
    assert failed.returncode != 0 and "OOM" in failed.stderr, failed
    yield
    lab.redis.admin.config_set("maxmemory", 0)


@row("disk full: MISCONF on each write")
def misconf(lab):
    lab.redis.do("CONFIG", "SET", "save", "1 1")
    (lab.redis.folder / "dump.rdb").mkdir()  # no file can take its place
    lab.redis.do("SET", "x", "x")
    poll(lambda: lab.redis.do("INFO", "persistence")[
        "rdb_last_bgsave_status"] == "err", "a dump failed", 20)
    failed = ctl("revoke", config=lab.configs["deny"], token=lab.site.old)
    assert failed.returncode != 0 and "MISCONF" in failed.stderr, failed
    yield


def default_without_rights(lab):
    """As many write it; Redis replays its AOF as that user (issue 14541)."""
    lab.redis = Server("redis", default_user="user default off")
    return f'address = "tcp:127.0.0.1:{lab.redis.port}";'


@row("restarted, the user default off and without rights",
     default_without_rights, mended=False)
def replayed_without_rights(lab):
    lab.redis.end()
    lab.redis.start()
    yield


# -- another server answers

def with_replica(lab):
    lab.redis = Server("redis")
    lab.replica = lab.keep(Server(
        "replica", f"replicaof 127.0.0.1 {lab.redis.port}"))
    lab.before_revoking = lambda: synced(lab.replica)
    return f'address = "tcp:127.0.0.1:{lab.redis.port}";'


def synced(replica):
    poll(lambda: replica.do("INFO", "replication").get(
        "master_link_status") == "up" and replica.do("DBSIZE") > 0,
         "the replica has the data")


def take_over(lab, promote=True):
    """The replica, at the address of the primary."""
    port = lab.redis.port
    lab.redis.end()
    if promote:
        lab.replica.do("REPLICAOF", "NO", "ONE")
    lab.replica.do("CONFIG", "SET", "port", str(port))


def cut_off(lab):
    """The replica has what there was, and hears of nothing more."""
    synced(lab.replica)
    lab.replica.do("CONFIG", "SET", "masterauth", "wrong")
    lab.redis.do("CLIENT", "KILL", "TYPE", "replica")
    poll(lambda: lab.replica.do("INFO", "replication")[
        "master_link_status"] == "down", "the replica is cut off")


def lagging(lab):
    setting = with_replica(lab)
    lab.before_revoking = lambda: cut_off(lab)
    return setting


@row("a replica answers, not promoted", with_replica, mended=False)
def replica_answers(lab):
    poll(lambda: len(lab.replica.admin.keys("blacklist:*")) ==
         len(lab.redis.admin.keys("blacklist:*")), "the replica has all")
    take_over(lab, promote=False)
    yield


@row("a replica was promoted, and had all", with_replica, mended=False)
def promoted(lab):
    poll(lambda: len(lab.replica.admin.keys("blacklist:*")) ==
         len(lab.redis.admin.keys("blacklist:*")), "the replica has all")
    take_over(lab)
    yield


@row("a replica was promoted, and lagged", lagging, mended=False)
def promoted_lagging(lab):
    take_over(lab)
    yield


# -- it does not let the host in

@row("wrong password")
def wrong_password(lab):
    lab.redis.do("ACL", "SETUSER", "jwtauth-host", "resetpass", ">another")
    yield
    lab.redis.do("ACL", "SETUSER", "jwtauth-host", ">READER-PASSWORD")


@row("the user is off")
def user_off(lab):
    lab.redis.do("ACL", "SETUSER", "jwtauth-host", "off")
    yield
    lab.redis.do("ACL", "SETUSER", "jwtauth-host", "on")


@row("ACL: a command is denied")
def command_denied(lab):
    lab.redis.do("ACL", "SETUSER", "jwtauth-host", "-get")
    yield
    lab.redis.do("ACL", "SETUSER", "jwtauth-host", "+get")


@row("ACL: the keys are denied", mended=False)
def keys_denied(lab):
    lab.redis.do("ACL", "SETUSER", "jwtauth-host", "resetkeys")
    yield


# -- bytes go wrong on the way

def spoiled(what):
    """A row where the proxy takes over with this function."""
    def add(spoil):
        def run(lab):
            lab.proxy.spoil = spoil
            yield
            lab.proxy.spoil = None
        row(what, behind_proxy)(run)
        return spoil
    return add


def until_closed(client):
    while client.recv(65536):
        pass


@spoiled("half an answer, then closed")
def half_closed(client, upstream):
    answer = answer_of(client, upstream)
    client.sendall(answer[:len(answer) // 2])


@spoiled("half an answer, then silence")
def half_silent(client, upstream):
    answer = answer_of(client, upstream)
    client.sendall(answer[:len(answer) // 2])
    until_closed(client)


@spoiled("all but the last byte, then closed")
def last_byte(client, upstream):
    client.sendall(answer_of(client, upstream)[:-1])


@spoiled("an answer too many")
def one_more(client, upstream):
    client.sendall(answer_of(client, upstream) + b"$-1\r\n")
    until_closed(client)


@spoiled("the answers of another question")
def answers_mixed(client, upstream):
    answer_of(client, upstream)
    client.sendall(b"+OK\r\n" * 16)
    until_closed(client)


@spoiled("garbage")
def garbage(client, upstream):
    answer_of(client, upstream)
    client.sendall(bytes(range(128, 256)) * 8)
    until_closed(client)


@spoiled("a web server")
def web_server(client, upstream):
    answer_of(client, upstream)
    client.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")


@spoiled("a string that never ends")
def endless(client, upstream):
    answer_of(client, upstream)
    client.sendall(b"$536870912\r\n")
    while True:
        client.sendall(b"x" * 65536)


@spoiled("an array of 2147483647")
def huge_array(client, upstream):
    answer_of(client, upstream)
    client.sendall(b"*2147483647\r\n")
    until_closed(client)


@spoiled("a byte every 10 ms")
def drip(client, upstream):
    for byte in answer_of(client, upstream):
        client.sendall(bytes([byte]))
        time.sleep(0.01)
    until_closed(client)


@spoiled("silence")
def silence(client, upstream):
    answer_of(client, upstream)
    until_closed(client)


@spoiled("closed before the answer")
def closed(client, upstream):
    answer_of(client, upstream)


@spoiled("reset before the answer")
def torn(client, upstream):
    answer_of(client, upstream)
    reset(client)
