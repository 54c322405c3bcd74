# SPDX-License-Identifier: ISC
"""Rows with more than one server, or with TLS before it: several addresses,
Sentinel, Cluster.
"""

import subprocess

from redis_rows import cut_off, full_backlog, row, synced, until_closed
from redis_site import PLACE, Proxy, Server, free_port, poll
from redis_tls import Certificates

HOME_SLOT_OF = "{blacklist}:"


# -- TLS

def over_tls(lab, *more):
    lab.certificates = Certificates()
    lab.tls_port = free_port()
    lab.redis = Server("redis", *lab.certificates.settings(lab.tls_port),
                       *more)
    return tls_setting(lab, lab.tls_port)


def tls_setting(lab, port):
    return (f'address = "tls:127.0.0.1:{port}";'
            f' tls = {{ ca_file = "{lab.certificates.ca}"; }};')


def wrong_certificate(what, name):
    @row(f"TLS: {what}", over_tls)
    def run(lab):
        def use(path):
            lab.redis.admin.execute_command(
                "CONFIG", "SET", "tls-cert-file", str(path))
        use(getattr(lab.certificates, name))
        yield
        use(lab.certificates.good)
    return run


wrong_certificate("the certificate has expired", "expired")
wrong_certificate("a certificate for another address", "other_name")
wrong_certificate("a certificate of an unknown CA", "unknown_ca")


@row("TLS: it wants a certificate of ours", over_tls)
def wants_ours(lab):
    lab.redis.do("CONFIG", "SET", "tls-auth-clients", "yes")
    yield
    lab.redis.do("CONFIG", "SET", "tls-auth-clients", "no")


@row("TLS: it speaks none any more", over_tls)
def speaks_none(lab):
    lab.redis.do("CONFIG", "SET", "tls-port", "0", "port", str(lab.tls_port))
    yield
    lab.redis.do("CONFIG", "SET", "port", "0", "tls-port", str(lab.tls_port))


def tls_behind_proxy(lab):
    over_tls(lab)
    lab.proxy = lab.keep(Proxy(lab.tls_port))
    return tls_setting(lab, lab.proxy.port)


@row("TLS: silence in the midst of the handshake", tls_behind_proxy)
def handshake_stops(lab):
    def spoil(client, upstream):
        upstream.sendall(client.recv(1 << 20))
        client.sendall(upstream.recv(100))
        until_closed(client)
    lab.proxy.spoil = spoil
    yield
    lab.proxy.spoil = None


@row("TLS: garbage", tls_behind_proxy)
def tls_garbage(lab):
    def spoil(client, upstream):
        client.recv(1 << 20)
        client.sendall(b"-ERR Protocol error\r\n" * 8)
        until_closed(client)
    lab.proxy.spoil = spoil
    yield
    lab.proxy.spoil = None


# -- several addresses

def two_addresses(lab):
    lab.redis = Server("redis")
    lab.second = lab.keep(Server("second"))
    return (f'addresses = [ "tcp:127.0.0.1:{lab.redis.port}",'
            f' "tcp:127.0.0.1:{lab.second.port}" ];')


def first_dead(lab):
    lab.redis = Server("redis")
    return (f'addresses = [ "tcp:127.0.0.1:{free_port()}",'
            f' "tcp:127.0.0.1:{lab.redis.port}" ];')


@row("two addresses: the first is dead", first_dead, mended=False)
def first_is_dead(lab):
    yield


@row("two addresses: the first swallows packets", lambda lab: (
    f'addresses = [ "{full_backlog(lab).split(chr(34))[1]}",'
    f' "tcp:127.0.0.1:{lab.redis.port}" ];'), mended=False)
def first_hangs(lab):
    yield


@row("two addresses: the second is another store", two_addresses)
def another_store(lab):
    lab.redis.end()
    yield
    lab.redis.start()


def pair(lab):
    """A primary and its replica, both known."""
    lab.redis = Server("redis")
    lab.replica = lab.keep(Server(
        "replica", f"replicaof 127.0.0.1 {lab.redis.port}"))
    lab.before_revoking = lambda: synced(lab.replica)
    return (f'addresses = [ "tcp:127.0.0.1:{lab.redis.port}",'
            f' "tcp:127.0.0.1:{lab.replica.port}" ];')


def has_all(lab):
    poll(lambda: len(lab.replica.admin.keys("blacklist:*")) ==
         len(lab.redis.admin.keys("blacklist:*")), "the replica has all")


@row("two addresses: the replica is not promoted yet", pair)
def not_promoted(lab):
    has_all(lab)
    lab.redis.end()
    yield
    lab.redis.start()


@row("two addresses: the replica was promoted", pair, mended=False)
def was_promoted(lab):
    has_all(lab)
    lab.redis.end()
    lab.replica.do("REPLICAOF", "NO", "ONE")
    yield


# -- Sentinel

class Sentinel:
    def __init__(self, primary, down_after):
        self.port = free_port()
        self.conf = PLACE / "sentinel.conf"
        self.conf.write_text(f"""\
port {self.port}
bind 127.0.0.1
dir {PLACE}
logfile {PLACE}/sentinel.log
sentinel monitor table 127.0.0.1 {primary} 1
sentinel down-after-milliseconds table {down_after}
sentinel failover-timeout table 2000
sentinel auth-user table admin
sentinel auth-pass table admin
""")
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", self.conf, "--sentinel"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        poll(lambda: self.ask("ping") == "PONG", "Sentinel starts")

    def ask(self, *words):
        done = subprocess.run(["redis-cli", "-p", str(self.port), *words],
                              capture_output=True, text=True)
        return done.stdout.strip()

    def primary(self):
        return self.ask("sentinel", "get-master-addr-by-name",
                        "table").split()[-1]

    def end(self):
        self.process.kill()
        self.process.wait()


def by_sentinel(down_after):
    def place(lab):
        pair(lab)
        lab.sentinel = lab.keep(Sentinel(lab.redis.port, down_after))
        poll(lambda: f"port={lab.replica.port}" in lab.sentinel.ask(
            "info", "sentinel") or "slaves=1" in lab.sentinel.ask(
                "info", "sentinel"), "Sentinel knows the replica", 20)
        return (f'sentinel = {{ name = "table"; addresses ='
                f' [ "tcp:127.0.0.1:{lab.sentinel.port}" ]; }};')
    return place


@row("Sentinel: the primary was killed, no failover yet",
     by_sentinel(60000))
def before_failover(lab):
    lab.redis.end()
    yield
    lab.redis.start()


@row("Sentinel: failed over to the replica", by_sentinel(300), mended=False)
def after_failover(lab):
    has_all(lab)
    lab.redis.end()
    failed_over(lab)
    yield


def lagging_sentinel(lab):
    setting = by_sentinel(500)(lab)
    lab.before_revoking = lambda: cut_off(lab)
    return setting


@row("Sentinel: failed over to a replica that lagged", lagging_sentinel,
     mended=False)
def lagging_failover(lab):
    lab.redis.end()
    failed_over(lab)
    yield


def failed_over(lab):
    poll(lambda: lab.sentinel.primary() == str(lab.replica.port) and
         lab.replica.do("ROLE")[0] == "master", "Sentinel fails over", 30)


@row("Sentinel is down", by_sentinel(60000))
def sentinel_down(lab):
    lab.sentinel.end()
    yield
    lab.sentinel.start()


@row("Sentinel names a replica", by_sentinel(60000))
def names_replica(lab):
    lab.redis.do("REPLICAOF", "127.0.0.1", "1")
    yield
    lab.redis.do("REPLICAOF", "NO", "ONE")


# -- Cluster

def cluster_says(node, *words):
    info = str(node.do("CLUSTER", "INFO"))
    return all(word in info for word in words)


def in_cluster(lab):
    """Three primaries, a third of the slots each."""
    buses = [free_port() for _ in range(3)]
    lab.nodes = [lab.keep(Server(
        f"node{i}", "cluster-enabled yes", "cluster-node-timeout 500",
        f"cluster-port {buses[i]}", hash_tag=True)) for i in range(3)]
    first = lab.nodes[0]
    for i, node in enumerate(lab.nodes):
        node.do("CLUSTER", "ADDSLOTSRANGE", i * 5462,
                min(i * 5462 + 5461, 16383))
        if i:
            first.do("CLUSTER", "MEET", "127.0.0.1", node.port, buses[i])
    poll(lambda: all(cluster_says(node, "cluster_state:ok",
                                  "cluster_known_nodes:3")
                     for node in lab.nodes), "the cluster is whole", 20)
    lab.slot = first.do("CLUSTER", "KEYSLOT", HOME_SLOT_OF)
    lab.redis = lab.nodes[lab.slot // 5462]
    lab.other = lab.nodes[(lab.slot // 5462 + 1) % 3]
    lab.nodes_ids = {node: node.do("CLUSTER", "MYID") for node in lab.nodes}
    seeds = ", ".join(f'"tcp:127.0.0.1:{node.port}"' for node in lab.nodes)
    lab.home_setting = (f'addresses = [ {seeds} ]; cluster = true;'
                        f' prefix = "{HOME_SLOT_OF}";'
                        ' raw_prefix = "blacklist:";')
    return lab.home_setting


def begin_to_move(lab):
    """The slot of our prefix, with its keys; who asks is sent by ASK."""
    lab.other.do("CLUSTER", "SETSLOT", lab.slot, "IMPORTING",
                 lab.nodes_ids[lab.redis])
    lab.redis.do("CLUSTER", "SETSLOT", lab.slot, "MIGRATING",
                 lab.nodes_ids[lab.other])
    keys = lab.redis.do("CLUSTER", "GETKEYSINSLOT", lab.slot, 100)
    lab.redis.do("MIGRATE", "127.0.0.1", lab.other.port, "", 0, 2000,
                 "AUTH2", "admin", "admin", "KEYS", *keys)


def end_of_move(lab):
    for node in (lab.other, lab.redis):
        node.do("CLUSTER", "SETSLOT", lab.slot, "NODE",
                lab.nodes_ids[lab.other])


@row("Cluster: our slot is on its way to another node", in_cluster,
     mended=False)
def slot_moves(lab):
    begin_to_move(lab)
    yield


@row("Cluster: our slot was resharded", in_cluster, mended=False)
def slot_moved(lab):
    begin_to_move(lab)
    end_of_move(lab)
    yield


@row("Cluster: the node of our slot restarted empty", in_cluster,
     mended=False)
def node_empty(lab):
    lab.redis.end()
    lab.redis.forget()
    lab.redis.start()
    poll(lambda: all(cluster_says(node, "cluster_state:ok")
                     for node in lab.nodes), "the cluster is whole", 20)
    yield


@row("Cluster: the node of our slot was killed", in_cluster)
def node_killed(lab):
    lab.redis.end()
    yield
    lab.redis.start()


@row("Cluster: another node is down, and the cluster with it", in_cluster)
def cluster_down(lab):
    lab.other.end()
    poll(lambda: cluster_says(lab.redis, "cluster_state:fail"),
         "the cluster says that it is down", 20)
    yield
    lab.other.start()


@row("Cluster: the node of our slot hangs", in_cluster)
def node_hangs(lab):
    lab.redis.pause()
    yield
    lab.redis.resume()
