"""The connection budget: what Odoo's pods may open at most, against what PgBouncer and PostgreSQL take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph, Node
from policies.kit.rule import StackRule, types
from policies.kit.values import Finding, Value, one_of
from policies.rules.catalog import CONFIG_MAP, LEARN, RESILIENCE
from policies.rules.kubernetes_odoo import Options, configurations
from policies.rules.kubernetes_scaling import SCALED_OBJECTS
from policies.rules.kubernetes_workloads import SERVERS

_SERVER, _PARAMETER = "dbforpostgresql:Server", "dbforpostgresql:Configuration"
_ENDPOINT = "dbforpostgresql:VirtualEndpoint"
POOLED_PORT = "6432"
# learn.microsoft.com azure/postgresql/flexible-server/concepts-limits: 15 connections are the service's own;
# concepts-pgbouncer: what it takes and opens where nothing is set.
RESERVED_CONNECTIONS = 15
_DEFAULTS = {"pgbouncer.default_pool_size": 50, "pgbouncer.max_client_conn": 5000}
_ON = one_of("true", "on", "1")
# odoo.com documentation/18.0/developer/reference/cli.html.
DEFAULT_MAXCONN, DEFAULT_CRON_THREADS, DEFAULT_PORT = 64, 2, "5432"
# kubernetes.io docs/concepts/workloads/controllers/deployment/#max-surge
DEFAULT_SURGE = "25%"
Place = tuple[str | None, str | None]


@dataclass(frozen=True, kw_only=True)
class _Pool:
    """Pods that run Odoo from one configuration.

    Args:
        host: first label of the database's host name.
        database: name of the database.
        pooled: whether they connect through PgBouncer.
        connections: what they open at most, at their highest scale, in the middle of a rolling update.
    """

    host: str
    database: str
    pooled: bool
    connections: int


def _budget_holds(graph: Graph, config: Mapping[str, Any]) -> Iterator[Finding]:
    pools = list(_pools(graph))
    for server in graph.of(_SERVER):
        parameters = dict(_parameters(graph, server))
        # One whose name is not known by now may be any.
        if "" in parameters or "max_connections" not in parameters:
            continue
        hosts = (server, *graph.children(server, "serverName", _ENDPOINT))
        names = {each.at("name").text() for each in hosts}
        own = [pool for pool in pools if pool.host in names]
        yield from (server.finding(message) for message in _excess(parameters, own, config["others"]))


def _excess(parameters: Mapping[str, Value], pools: list[_Pool], others: int) -> Iterator[str]:
    direct = sum(pool.connections for pool in pools if not pool.pooled)
    needed = direct + others + RESERVED_CONNECTIONS
    if "pgbouncer.enabled" in parameters and parameters["pgbouncer.enabled"].meets(_ON):
        pooled = [pool for pool in pools if pool.pooled]
        clients, most = sum(pool.connections for pool in pooled), _limit(parameters, "pgbouncer.max_client_conn")
        if clients > most:
            yield f"pgbouncer.max_client_conn must be at least {clients}, what the pods open at most: it is {most}"
        databases = max(len({pool.database for pool in pooled}), 1)
        needed += databases * _limit(parameters, "pgbouncer.default_pool_size")
    if needed > (limit := _limit(parameters, "max_connections")):
        yield (
            f"max_connections must be at least {needed}: PgBouncer's pools, {direct} direct connections of pods, "
            f"{others} others, {RESERVED_CONNECTIONS} of the service; it is {limit}"
        )


def _limit(parameters: Mapping[str, Value], name: str) -> int:
    """A parameter's number; one that is not known by now allows anything."""
    if name not in parameters:
        return _DEFAULTS[name]
    text = parameters[name].text() or ""
    if text.isdecimal():
        return int(text)
    return 0 if name == "pgbouncer.default_pool_size" else 2**31


def _parameters(graph: Graph, server: Node) -> Iterator[tuple[str, Value]]:
    for each in graph.children(server, "serverName", _PARAMETER):
        yield each.named("configurationName").text() or "", each.at("value")


def _pools(graph: Graph) -> Iterator[_Pool]:
    scaled = {_target(each): each.at("spec.maxReplicaCount").number() for each in graph.of(*SCALED_OBJECTS)}
    files = {_place(each): options for each in graph.of(*CONFIG_MAP) for _, options in configurations(each.at("data"))}
    for workload in graph.of(*SERVERS):
        namespace, _ = place = _place(workload)
        replicas = scaled.get(place) or workload.at("spec.replicas").number() or 1
        for name in _mounted(workload.at("spec.template.spec.volumes")):
            if (options := files.get((namespace, name))) is not None:
                yield _pool(options, _with_surge(workload, int(replicas)))


def _pool(options: Options, pods: int) -> _Pool:
    return _Pool(
        host=options.get("db_host", "").split(".")[0],
        database=options.get("db_name", ""),
        pooled=options.get("db_port", DEFAULT_PORT) == POOLED_PORT,
        connections=pods * _each_pod(options),
    )


def _each_pod(options: Options) -> int:
    """Connections of a pod: of each process as many as it may hold, of the one for web sockets too."""
    workers, cron = (
        max(_int(options, name, default), 0)
        for name, default in (("workers", 0), ("max_cron_threads", DEFAULT_CRON_THREADS))
    )
    each = _int(options, "db_maxconn", DEFAULT_MAXCONN)
    serves = options.get("http_enable", "True").casefold() == "true"
    gevent = _int(options, "db_maxconn_gevent", each) if serves and workers else 0
    return max(workers + cron, 1) * each + gevent


def _int(options: Options, name: str, default: int) -> int:
    try:
        return int(options.get(name, ""))
    except ValueError:
        return default


def _with_surge(workload: Node, replicas: int) -> int:
    if workload.type.endswith(":StatefulSet") or workload.at("spec.strategy.type").may_meet(one_of("Recreate")):
        return replicas
    given = workload.at("spec.strategy.rollingUpdate.maxSurge")
    if not given.known():
        return replicas
    if (pods := given.number()) is not None:
        return replicas + int(pods)
    return replicas + ceil(replicas * float((given.text() or DEFAULT_SURGE).rstrip("%")) / 100)


def _mounted(volumes: Value) -> Iterator[str | None]:
    for volume in volumes.elements():
        yield volume.at("configMap.name").text()
        for source in volume.at("projected.sources").elements():
            yield source.at("configMap.name").text()


def _target(scaler: Node) -> Place:
    return scaler.at("metadata.namespace").text(), scaler.at("spec.scaleTargetRef.name").text()


def _place(node: Node) -> Place:
    return node.at("metadata.namespace").text(), node.at("metadata.name").text()


RULES = (
    StackRule(
        id="pg-connection-budget",
        title="PostgreSQL and PgBouncer take all connections that Odoo may open",
        family=RESILIENCE,
        severity=Severity.HIGH,
        types=types(_SERVER, _PARAMETER, _ENDPOINT) | CONFIG_MAP | SERVERS | SCALED_OBJECTS,
        why="At the close, when all pods run, the next connection is refused: postings fail that worked all month.",
        remedy="Raise max_connections or pgbouncer.max_client_conn as far as the server's memory carries them, or "
        "lower workers, db_maxconn, or maxReplicaCount. Setting `others`: people, exporters, jobs.",
        url=f"{LEARN}/postgresql/flexible-server/concepts-pgbouncer",
        references=("ISO 27001 8.6", "SOC 2 A1.1"),
        config_schema={"others": {"type": "integer", "minimum": 0, "default": 20}},
        check=_budget_holds,
    ),
)
