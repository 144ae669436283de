"""Who talks to whom in a tenant's namespace: the policies, judged as the network judges them."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from pulumi_kubernetes import networking

from components.base import Component
from components.odoo.pool import Pool
from components.tenant.args import Attachments, OdooTenantArgs, Sessions
from components.tenant.network_policies import network_policies
from tests.unit.components.harness import declare
from tests.unit.components.tenant_example import SIZES, changed, tenant_args

Policies = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Pod:
    """A pod somewhere in the cluster."""

    namespace: str = "acme"
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Host:
    """Whatever is not in the cluster."""

    address: str


PODS = {pool: Pod(labels={"app.kubernetes.io/name": "odoo", "app.kubernetes.io/component": pool}) for pool in Pool}
OPERATIONS = Pod(labels={"app.kubernetes.io/name": "odoo-operations", "app.kubernetes.io/component": "upgrade"})
STRANGER = Pod(labels={"app.kubernetes.io/name": "miner"})
TRAEFIK = Pod(namespace="ingress", labels={"app.kubernetes.io/name": "traefik"})
DNS = Pod(namespace="kube-system", labels={"k8s-app": "kube-dns"})
OTHERS_TRAEFIK = Pod(namespace="globex", labels={"app.kubernetes.io/name": "traefik"})
OTHERS_WEB = replace(PODS[Pool.WEB], namespace="globex")
METRICS_AGENT = Pod(namespace="kube-system", labels={"dsName": "ama-metrics-node"})

DATABASE = Host(address="10.40.8.4")
ENDPOINT = Host(address="10.40.9.9")
API_SERVER = Host(address="10.40.7.4")
BANK = Host(address="203.0.113.9")
NODE_IDENTITY = Host(address="169.254.169.254")
AZURE_HOST = Host(address="168.63.129.16")
OFFICE = Host(address="10.16.3.3")


class _Policies(Component):
    def __init__(self, args: OdooTenantArgs) -> None:
        super().__init__("erp", args.placement, None)
        for name, spec in network_policies(args).items():
            networking.v1.NetworkPolicy(name, spec=spec, opts=self.child(provider=args.provider))
        self.finish({})


def _declare(change: Callable[[OdooTenantArgs], OdooTenantArgs] = lambda args: args) -> Policies:
    declared = declare(lambda: _Policies(change(tenant_args())))
    return {each.name: each.inputs["spec"] for each in declared if each.type.endswith(":NetworkPolicy")}


def _with(sessions: Sessions, attachments: Attachments) -> Callable[[OdooTenantArgs], OdooTenantArgs]:
    def change(args: OdooTenantArgs) -> OdooTenantArgs:
        return replace(args, application=replace(args.application, sessions=sessions, attachments=attachments))

    return change


@pytest.fixture(scope="module")
def stock() -> Policies:
    """Of a tenant with sessions and attachments in files."""
    return _declare()


@pytest.fixture(scope="module")
def cloud() -> Policies:
    """Of a tenant with sessions in Redis and attachments in blobs."""
    return _declare(_with(Sessions.REDIS, Attachments.BLOB))


def _reaches(
    policies: Policies, source: Pod | Host, target: Pod | Host, port: int, protocol: str = "TCP", own: str = "acme"
) -> bool:
    """kubernetes.io/docs/concepts/services-networking/network-policies: both ends must allow it; policies only add."""
    out = not _is_own(source, own) or _allowed(policies, "Egress", source, target, port, protocol)
    into = not _is_own(target, own) or _allowed(policies, "Ingress", target, source, port, protocol)
    return out and into


def _is_own(end: Pod | Host, namespace: str) -> bool:
    return isinstance(end, Pod) and end.namespace == namespace


def _allowed(policies: Policies, direction: str, pod: Pod | Host, peer: Pod | Host, port: int, protocol: str) -> bool:
    assert isinstance(pod, Pod)
    mine = [
        policy
        for policy in policies.values()
        if direction in policy["policyTypes"] and _selects(policy["podSelector"], pod.labels)
    ]
    rules = [rule for policy in mine for rule in policy.get(direction.lower(), [])]
    peers_key = "to" if direction == "Egress" else "from"
    return not mine or any(
        _has_port(rule["ports"], port, protocol) and any(_is_peer(each, peer, pod) for each in rule[peers_key])
        for rule in rules
    )


def _has_port(ports: Sequence[Mapping[str, Any]], port: int, protocol: str) -> bool:
    return any((each["port"], each["protocol"]) == (port, protocol) for each in ports)


def _is_peer(peer: Mapping[str, Any], other: Pod | Host, pod: Pod) -> bool:
    if "ipBlock" in peer:
        return isinstance(other, Host) and _in_block(peer["ipBlock"], other.address)
    if isinstance(other, Host):
        return False
    namespaces = peer.get("namespaceSelector")
    there = {"kubernetes.io/metadata.name": other.namespace}
    same = other.namespace == pod.namespace if namespaces is None else _selects(namespaces, there)
    return same and _selects(peer["podSelector"], other.labels)


def _in_block(block: Mapping[str, Any], address: str) -> bool:
    ip = ipaddress.ip_address(address)
    return ip in ipaddress.ip_network(block["cidr"]) and not any(
        ip in ipaddress.ip_network(each) for each in block.get("except", [])
    )


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    for each in selector.get("matchExpressions", []):
        assert each["operator"] == "In"
        assert each["values"]
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items()) and all(
        labels.get(each["key"]) in each["values"] for each in selector.get("matchExpressions", [])
    )


def _sources(policies: Policies, target: Pod | Host, port: int) -> set[str]:
    """Which pools, or operations, reach a target."""
    ends: dict[str, Pod] = {**{pool.value: pod for pool, pod in PODS.items()}, "operations": OPERATIONS}
    return {name for name, end in ends.items() if _reaches(policies, end, target, port)}


def test_nothing_is_allowed_unless_said(stock: Policies) -> None:
    assert stock["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for target, port in ((DATABASE, 5432), (PODS[Pool.WEB], 8069), (BANK, 443), (API_SERVER, 443), (ENDPOINT, 443)):
        assert not _reaches(stock, STRANGER, target, port)


def test_everybody_may_ask_for_names(stock: Policies) -> None:
    for pod in (*PODS.values(), OPERATIONS, STRANGER):
        assert _reaches(stock, pod, DNS, 53, "UDP")
        assert _reaches(stock, pod, DNS, 53, "TCP")
        assert not _reaches(stock, pod, replace(DNS, namespace="globex"), 53, "UDP")


@pytest.mark.parametrize(
    ("pool", "port", "reached"),
    [
        (Pool.WEB, 8069, True),
        (Pool.REPORTING, 8069, True),
        (Pool.WEBSOCKET, 8072, True),
        (Pool.WEB, 8072, False),
        (Pool.WEBSOCKET, 8069, False),
        (Pool.QUEUE, 8069, False),
        (Pool.CRON, 8069, False),
    ],
)
def test_traefik_reaches_what_it_routes_to(stock: Policies, pool: Pool, port: int, reached: bool) -> None:
    assert _reaches(stock, TRAEFIK, PODS[pool], port) == reached


@pytest.mark.parametrize("outsider", [OTHERS_TRAEFIK, OTHERS_WEB, METRICS_AGENT, OFFICE, BANK])
def test_nobody_else_comes_in(stock: Policies, outsider: Pod | Host) -> None:
    for pod in (*PODS.values(), OPERATIONS):
        for port in (8069, 8072):
            assert not _reaches(stock, outsider, pod, port)


def test_reports_fetch_their_styles_from_the_web_pool(stock: Policies) -> None:
    assert _sources(stock, PODS[Pool.WEB], 8069) == {"web", "cron", "queue", "reporting"}
    assert _sources(stock, PODS[Pool.REPORTING], 8069) == set()


def test_only_the_runner_asks_for_jobs(stock: Policies) -> None:
    assert _sources(stock, PODS[Pool.QUEUE], 8069) == {"queue"}


def test_tenants_do_not_meet(stock: Policies) -> None:
    for pod in PODS.values():
        assert not _reaches(stock, pod, OTHERS_WEB, 8069)


def test_each_pool_reaches_the_database_by_its_port(stock: Policies) -> None:
    assert _sources(stock, DATABASE, 6432) == {"web", "queue", "reporting"}
    assert _sources(stock, DATABASE, 5432) == {"websocket", "cron", "queue", "reporting", "operations"}


def test_without_a_replica_reports_go_by_pgbouncer_only() -> None:
    policies = _declare(lambda args: changed(args, database=replace(args.services.database, reader_host=None)))
    assert _sources(policies, DATABASE, 5432) == {"websocket", "cron", "queue", "operations"}


def test_files_need_no_endpoint(stock: Policies) -> None:
    # The node mounts the share.
    assert _sources(stock, ENDPOINT, 443) == {"operations"}
    assert _sources(stock, ENDPOINT, 2049) == set()
    assert _sources(stock, ENDPOINT, 10000) == set()


def test_sessions_and_attachments_are_reached_by_their_endpoints(cloud: Policies) -> None:
    assert _sources(cloud, ENDPOINT, 10000) == {"web", "websocket", "cron", "queue", "reporting"}
    assert _sources(cloud, ENDPOINT, 443) == {"web", "cron", "queue", "reporting", "operations"}


@pytest.mark.parametrize(
    ("sessions", "attachments", "pools"),
    [
        (Sessions.SHARED_FILES, Attachments.SHARED_FILES, {"web", "cron", "queue"}),
        (Sessions.SHARED_FILES, Attachments.BLOB, {"web", "cron", "queue", "reporting"}),
        (Sessions.REDIS, Attachments.SHARED_FILES, {"web", "websocket", "cron", "queue", "reporting"}),
    ],
)
def test_whoever_needs_a_token_reaches_entra(sessions: Sessions, attachments: Attachments, pools: set[str]) -> None:
    policies = _declare(_with(sessions, attachments))
    assert _sources(policies, BANK, 443) == {*pools, "operations"}


def test_only_what_works_for_users_sends_mail(stock: Policies, cloud: Policies) -> None:
    for policies in (stock, cloud):
        assert _sources(policies, BANK, 587) == {"web", "cron", "queue"}
        assert _sources(policies, BANK, 25) == set()


def test_without_ports_nothing_leaves_for_the_internet() -> None:
    policies = _declare(lambda args: replace(args, network=replace(args.network, internet_ports=())))
    assert _sources(policies, BANK, 443) == {"operations"}
    assert _sources(policies, BANK, 587) == set()


@pytest.mark.parametrize(
    "address", ["10.16.3.3", "172.31.0.1", "192.168.1.1", "100.64.0.1", NODE_IDENTITY.address, AZURE_HOST.address]
)
def test_the_internet_is_nothing_of_ours(cloud: Policies, address: str) -> None:
    for port in (443, 587):
        assert _sources(cloud, Host(address=address), port) == set()


def test_only_operations_reach_the_api_server(cloud: Policies) -> None:
    for port in (443, 4443):
        assert _sources(cloud, API_SERVER, port) == {"operations"}


def test_a_tenant_without_jobs_has_no_flow_for_them() -> None:
    pools = dict(SIZES)
    del pools[Pool.QUEUE]
    policies = _declare(lambda args: changed(args, sizes=pools))
    assert not {"runner-to-queue", "queue-from-runner"} & set(policies)
    assert not _reaches(policies, PODS[Pool.QUEUE], DATABASE, 5432)
