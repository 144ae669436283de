"""Three tenants on one cluster: who reaches whom, by the NetworkPolicies that the components declare."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pulumi_kubernetes as kubernetes
import pytest

from components.ingress.args import IngressNetwork, TenantIngress
from components.odoo.pool import Pool
from components.platform_operations import OperationsNetwork, PlatformOperations, PlatformOperationsArgs
from components.tenant.args import Attachments, OdooTenantArgs, Sessions
from components.tenant.running import NodePlacement
from components.tenant.tenant import OdooTenant
from tests.cluster.reachability import Matrix, Object, matrix
from tests.cluster.traefik_objects import objects
from tests.unit.components.harness import declare, placement
from tests.unit.components.ingress_example import ingress
from tests.unit.components.mocked_azure import KUBECONFIG
from tests.unit.components.tenant_example import ADMINISTRATION_CLIENT_ID, LABELS, SIZES, changed, tenant_args

TENANTS = {
    "acme": TenantIngress(
        name="acme",
        namespace="acme",
        hostname="erp.acme.example",
        certificate="erp-acme",
        client_ranges=("10.1.0.0/16",),
    ),
    "globex": TenantIngress(
        name="globex",
        namespace="globex",
        hostname="erp.globex.example",
        certificate="erp-globex",
        client_ranges=("10.2.0.0/16",),
    ),
    "initech": TenantIngress(
        name="initech",
        namespace="initech",
        hostname="erp.initech.example",
        certificate="erp-initech",
        client_ranges=("10.3.0.0/16",),
    ),
}
# The smallest tenants have neither.
WITHOUT_POOLS = {"globex": {Pool.QUEUE, Pool.REPORTING}}

API_SERVER_RANGE = "10.40.7.0/28"
# An address of each kind of place outside of the pod network.
HOSTS = {
    "users of acme": "10.1.4.7",
    "users of globex": "10.2.4.7",
    "users of initech": "10.3.4.7",
    "database": "10.40.8.4",
    "endpoints": "10.40.9.9",
    "API server": "10.40.7.4",
    "nodes": "10.40.0.10",
    "node identity": "169.254.169.254",
    "Azure host": "168.63.129.16",
    "Internet": "203.0.113.9",
}

# From, to, and by what, for each tenant. What is not here does not exist.
# `endpoints` are blobs and vaults (443) and Redis (10000); `jobs` back up and upgrade.
OF_EACH_TENANT = """
users of TENANT            TENANT-ingress/traefik     TCP 8443
kube-system/metrics        TENANT-ingress/traefik     TCP 8080
kube-system/dns            TENANT-ingress/traefik     TCP 8080

TENANT-ingress/traefik     TENANT/web                 TCP 8069
TENANT-ingress/traefik     TENANT/reporting           TCP 8069
TENANT-ingress/traefik     TENANT/websocket           TCP 8072
TENANT-ingress/traefik     API server                 TCP 443,4443
TENANT-ingress/traefik     kube-system/dns            TCP 53,UDP 53

TENANT/web                 TENANT/web                 TCP 8069
TENANT/web                 database                   TCP 6432
TENANT/web                 endpoints                  TCP 443,10000
TENANT/web                 Internet                   TCP 443,587
TENANT/web                 kube-system/dns            TCP 53,UDP 53

TENANT/websocket           database                   TCP 5432
TENANT/websocket           endpoints                  TCP 10000
TENANT/websocket           Internet                   TCP 443
TENANT/websocket           kube-system/dns            TCP 53,UDP 53

TENANT/cron                TENANT/web                 TCP 8069
TENANT/cron                database                   TCP 5432
TENANT/cron                endpoints                  TCP 443,10000
TENANT/cron                Internet                   TCP 443,587
TENANT/cron                kube-system/dns            TCP 53,UDP 53

TENANT/queue               TENANT/web                 TCP 8069
TENANT/queue               TENANT/queue               TCP 8069
TENANT/queue               database                   TCP 5432,6432
TENANT/queue               endpoints                  TCP 443,10000
TENANT/queue               Internet                   TCP 443,587
TENANT/queue               kube-system/dns            TCP 53,UDP 53

TENANT/reporting           TENANT/web                 TCP 8069
TENANT/reporting           database                   TCP 5432,6432
TENANT/reporting           endpoints                  TCP 443,10000
TENANT/reporting           Internet                   TCP 443
TENANT/reporting           kube-system/dns            TCP 53,UDP 53

TENANT/jobs                database                   TCP 5432
TENANT/jobs                endpoints                  TCP 443
TENANT/jobs                API server                 TCP 443,4443
TENANT/jobs                Internet                   TCP 443
TENANT/jobs                kube-system/dns            TCP 53,UDP 53
"""

# And for the platform: `jobs` make roles and databases, and restore them.
OF_THE_PLATFORM = """
platform-operations/jobs   database                   TCP 5432
platform-operations/jobs   endpoints                  TCP 443
platform-operations/jobs   API server                 TCP 443,4443
platform-operations/jobs   Internet                   TCP 443
platform-operations/jobs   kube-system/dns            TCP 53,UDP 53
"""

# Pods that no policy of ours holds: AKS's own, and one in a namespace that nobody has written policies for.
UNRESTRICTED = ("kube-system/dns", "kube-system/metrics", "elsewhere/pod")


def _tenant_args(tenant: TenantIngress) -> OdooTenantArgs:
    """Sessions in Redis and attachments in blobs, as on a platform."""
    args = tenant_args(tenant=tenant.name)
    sizes = {pool: size for pool, size in SIZES.items() if pool not in WITHOUT_POOLS.get(tenant.name, ())}
    stores = replace(
        args.services.stores,
        cache_host="amr-erp-test.westeurope.redis.azure.net",
        blob_account_url="https://sterptestatt.blob.core.windows.net",
    )
    return changed(
        args,
        application=replace(
            args.application,
            hostname=tenant.hostname,
            queue_jobs=Pool.QUEUE in sizes,
            sessions=Sessions.REDIS,
            attachments=Attachments.BLOB,
        ),
        network=replace(args.network, ingress_namespace=f"{tenant.name}-ingress", client_ranges=tenant.client_ranges),
        stores=stores,
        sizes=sizes,
    )


def _platform_operations() -> PlatformOperations:
    return PlatformOperations(
        "operations",
        PlatformOperationsArgs(
            placement=placement(),
            provider=kubernetes.Provider("cluster", kubeconfig=KUBECONFIG),
            labels=LABELS,
            client_id=ADMINISTRATION_CLIENT_ID,
            network=OperationsNetwork(
                database_range="10.40.8.0/28",
                private_endpoints_range="10.40.9.0/26",
                api_server_range=API_SERVER_RANGE,
            ),
            nodes=NodePlacement(node_selector={"odoo-azure/pool": "system"}),
        ),
    )


def _tenant(tenant: TenantIngress) -> OdooTenant:
    return OdooTenant(tenant.name, _tenant_args(tenant))


def _declared() -> list[dict[str, Any]]:
    network = IngressNetwork(subnet_name="snet-ingress", api_server_range=API_SERVER_RANGE, plain_http=False)
    made = objects(declare(_platform_operations))
    for tenant in TENANTS.values():
        made += objects(declare(partial(_tenant, tenant)))
        made += objects(declare(partial(ingress, tenant, network=network)))
    return made


def _pod(namespace: str, name: str, labels: dict[str, str]) -> dict[str, Any]:
    return {"kind": "Pod", "metadata": {"namespace": namespace, "name": name, "labels": labels}}


def _others() -> list[dict[str, Any]]:
    """What is in the cluster beside."""
    return [
        *({"kind": "Namespace", "metadata": {"name": name}} for name in ("kube-system", "elsewhere")),
        _pod("kube-system", "dns", {"k8s-app": "kube-dns"}),
        _pod("kube-system", "metrics", {"rsName": "ama-metrics"}),
        # Labels are free: it calls itself what it likes.
        _pod("elsewhere", "pod", {"app.kubernetes.io/name": "traefik", "app.kubernetes.io/part-of": "acme"}),
    ]


def _rows(table: str) -> Iterator[tuple[tuple[str, str], str]]:
    """From, to and ports: columns two or more blanks apart."""
    for line in filter(None, table.splitlines()):
        source, target, ports = re.split(r" {2,}", line)
        yield (source, target), ports


def _intended() -> Matrix:
    wanted = dict(_rows(OF_THE_PLATFORM))
    for tenant in TENANTS:
        without = {f"{tenant}/{pool}" for pool in WITHOUT_POOLS.get(tenant, ())}
        rows = _rows(OF_EACH_TENANT.replace("TENANT", tenant))
        wanted |= {pair: ports for pair, ports in rows if not without & set(pair)}
    everything = "All Connections"
    for source in UNRESTRICTED:
        wanted |= {(source, target): everything for target in (*UNRESTRICTED, *HOSTS)}
        wanted |= {(host, source): everything for host in HOSTS}
    return wanted


@pytest.fixture(scope="module")
def declared(built_programs: None) -> Sequence[dict[str, Any]]:
    return _declared()


def _judge(declared: Sequence[Object], folder: Path) -> Matrix:
    return matrix([*declared, *_others()], HOSTS, folder)


def test_exactly_the_intended_pairs_reach_each_other(declared: Sequence[Object], tmp_path: Path) -> None:
    assert _judge(declared, tmp_path) == _intended()


def test_no_tenant_reaches_another_by_any_way(declared: Sequence[Object], tmp_path: Path) -> None:
    def tenant_of(end: str) -> str:
        return end.partition("/")[0].removesuffix("-ingress").removeprefix("users of ")

    crossing = [
        pair
        for pair in _judge(declared, tmp_path)
        if {tenant_of(end) for end in pair} <= set(TENANTS) and tenant_of(pair[0]) != tenant_of(pair[1])
    ]
    assert crossing == []


def _policy(declared: Sequence[Any], namespace: str, name: str) -> Any:
    [found] = [
        each
        for each in declared
        if each["kind"] == "NetworkPolicy"
        and each["metadata"]["namespace"] == namespace
        and each["metadata"]["name"] == name
    ]
    return found


def _without_default_deny(declared: list[Any]) -> None:
    declared.remove(_policy(declared, "globex", "default-deny"))


def _peer_of_any_namespace(declared: list[Any]) -> None:
    rule = _policy(declared, "acme", "ingress-to-http")["spec"]["ingress"][0]
    rule["from"][0]["namespaceSelector"] = {}


def _traefik_to_every_tenant(declared: list[Any]) -> None:
    _policy(declared, "acme-ingress", "allow-tenant")["spec"]["egress"][0]["to"][0]["namespaceSelector"] = {}
    _policy(declared, "initech", "ingress-to-http")["spec"]["ingress"][0]["from"][0]["namespaceSelector"] = {}


def _longer_client_range(declared: list[Any]) -> None:
    _policy(declared, "acme-ingress", "allow-clients")["spec"]["ingress"][0]["from"][0]["ipBlock"]["cidr"] = (
        "10.0.0.0/14"
    )


def _another_port(declared: list[Any]) -> None:
    _policy(declared, "acme", "to-database-pooled")["spec"]["egress"][0]["ports"].append(
        {"port": 5432, "protocol": "TCP"}
    )


@pytest.mark.parametrize(
    ("change", "opened"),
    [
        (_without_default_deny, ("elsewhere/pod", "globex/cron")),
        (_peer_of_any_namespace, ("elsewhere/pod", "acme/web")),
        (_traefik_to_every_tenant, ("acme-ingress/traefik", "initech/web")),
        (_longer_client_range, ("users of globex", "acme-ingress/traefik")),
        (_another_port, ("acme/web", "database")),
    ],
)
def test_a_policy_that_opens_more_is_found(
    declared: Sequence[Object], tmp_path: Path, change: Callable[[list[Any]], None], opened: tuple[str, str]
) -> None:
    spoiled = copy.deepcopy(list(declared))
    change(spoiled)
    found = _judge(spoiled, tmp_path)
    intended = _intended()
    assert opened in {pair for pair in found if found[pair] != intended.get(pair)}
