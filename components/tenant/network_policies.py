"""Who talks to whom in a tenant's namespace: nothing, but for the flows below.

Cilium's semantics: an address range never matches a pod or a node (learn.microsoft.com
azure/aks/azure-cni-powered-by-cilium), so labels name pods, and ranges everything else. The kubelet's probes
always arrive. The NFS share, and the secrets of Key Vault, are mounted by the node, not by the pod.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from pulumi_kubernetes import meta, networking

from components.odoo.configuration import HTTP_PORT, WEBSOCKET_PORT
from components.odoo.pool import Pool
from components.odoo.settings import HTTP_POOLS
from components.tenant.args import Attachments, OdooTenantArgs, Sessions

Spec = networking.v1.NetworkPolicySpecArgs
Peer = networking.v1.NetworkPolicyPeerArgs

HTTPS_PORT: Final = 443
API_SERVER_PORTS: Final = (443, 4443)
"""learn.microsoft.com azure/aks/api-server-vnet-integration, network security rules."""

NOT_INTERNET: Final = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",  # RFC 6598, shared by carriers
    "169.254.0.0/16",  # link-local; the node's identities are at 169.254.169.254
    "168.63.129.16/32",  # Azure's own host (learn.microsoft.com azure/virtual-network/what-is-ip-address-168-63-129-16)
)
"""Ranges that "the Internet" leaves out."""

_RENDERING: Final = (Pool.WEB, Pool.CRON, Pool.QUEUE, Pool.REPORTING)
"""Pools that do the work of users and modules, and render reports; the websocket server does not."""


def network_policies(args: OdooTenantArgs) -> Mapping[str, Spec]:
    """Specs of a tenant's NetworkPolicies, by name.

    Args:
        args: the tenant.
    """
    flows = [*_between_pods(args), *_to_database(args), *_to_stores(args), *_to_internet(args)]
    network = args.network
    return {
        **standing_policies(),
        **dict(flows),
        **operations_policies(
            network.database_range,
            network.private_endpoints_range,
            network.api_server_range,
            args.services.database.direct_port,
        ),
    }


def standing_policies() -> Mapping[str, Spec]:
    """What holds for every pod of a namespace: nothing goes in or out, but questions to the cluster's DNS."""
    return dict(_for_all())


def _for_all() -> Iterator[tuple[str, Spec]]:
    yield "default-deny", Spec(pod_selector=_everything(), policy_types=["Ingress", "Egress"])
    # Every name is looked up in the cluster's DNS.
    dns = _pods_of("kube-system", {"k8s-app": "kube-dns"})
    ports = [networking.v1.NetworkPolicyPortArgs(port=53, protocol=protocol) for protocol in ("UDP", "TCP")]
    yield (
        "allow-dns",
        Spec(
            pod_selector=_everything(),
            policy_types=["Egress"],
            egress=[networking.v1.NetworkPolicyEgressRuleArgs(to=[dns], ports=ports)],
        ),
    )


def _between_pods(args: OdooTenantArgs) -> Iterator[tuple[str, Spec]]:
    traefik = _pods_of(args.network.ingress_namespace, {"app.kubernetes.io/name": "traefik"})
    # Users and integrations come in by Traefik only; nothing outside has business with the queue pool.
    served = _there(args, (Pool.WEB, Pool.REPORTING))
    yield "ingress-to-http", _inward(served, [traefik], HTTP_PORT)
    yield "ingress-to-websocket", _inward([Pool.WEBSOCKET], [traefik], WEBSOCKET_PORT)
    # While it renders a report, wkhtmltopdf fetches styles and images from Odoo (parameter report.url: http://web:8069).
    rendering = _there(args, _RENDERING)
    yield "reports-to-web", _outward(rendering, [_peer([Pool.WEB])], HTTP_PORT)
    yield "web-from-reports", _inward([Pool.WEB], [_peer(rendering)], HTTP_PORT)
    # The runner of jobs asks the pool's Service to run each.
    if Pool.QUEUE in args.pools.sizes:
        yield "runner-to-queue", _outward([Pool.QUEUE], [_peer([Pool.QUEUE])], HTTP_PORT)
        yield "queue-from-runner", _inward([Pool.QUEUE], [_peer([Pool.QUEUE])], HTTP_PORT)


def _to_database(args: OdooTenantArgs) -> Iterator[tuple[str, Spec]]:
    database = [_range(args.network.database_range)]
    # HTTP workers connect by PgBouncer.
    pooled = _there(args, HTTP_POOLS)
    yield "to-database-pooled", _outward(pooled, database, args.services.database.pooled_port)
    # What LISTENs goes past it, and so do readers of the replica.
    direct = [Pool.WEBSOCKET, Pool.CRON, Pool.QUEUE]
    if args.services.database.reader_host is not None:
        direct.append(Pool.REPORTING)
    yield "to-database-direct", _outward(_there(args, direct), database, args.services.database.direct_port)


def _to_stores(args: OdooTenantArgs) -> Iterator[tuple[str, Spec]]:
    endpoints = [_range(args.network.private_endpoints_range)]
    # Whoever serves requests reads sessions; what runs in the background ends them.
    if args.application.sessions is Sessions.REDIS:
        yield "to-session-cache", _outward(list(args.pools.sizes), endpoints, args.services.stores.cache_port)
    if args.application.attachments is Attachments.BLOB:
        yield "to-attachments", _outward(_there(args, _RENDERING), endpoints, HTTPS_PORT)


def _to_internet(args: OdooTenantArgs) -> Iterator[tuple[str, Spec]]:
    # Entra gives the tokens for sessions and attachments: login.microsoftonline.com has public addresses only.
    if args.application.sessions is Sessions.REDIS:
        yield "to-entra", _outward(list(args.pools.sizes), [_internet()], HTTPS_PORT)
    elif args.application.attachments is Attachments.BLOB:
        yield "to-entra", _outward(_there(args, _RENDERING), [_internet()], HTTPS_PORT)
    # Mail, banks, tax offices: the firewall knows them by name. Reports are of what is in the books.
    if args.network.internet_ports:
        calling = _there(args, (Pool.WEB, Pool.CRON, Pool.QUEUE))
        yield "to-internet", _outward(calling, [_internet()], *args.network.internet_ports)


def operations_policies(
    database_range: str, private_endpoints_range: str, api_server_range: str, database_port: int
) -> Mapping[str, Spec]:
    """The flows of jobs: bootstrap, upgrade, backup and restore. They listen to nobody.

    Args:
        database_range: subnet of PostgreSQL.
        private_endpoints_range: subnet of the private endpoints.
        api_server_range: subnet of the API server.
        database_port: port of PostgreSQL itself.
    """
    operations = meta.v1.LabelSelectorArgs(match_labels={"app.kubernetes.io/name": "odoo-operations"})
    flows: Mapping[str, tuple[Peer, Sequence[int]]] = {
        # pg_dump, CREATE DATABASE and module updates need sessions: past PgBouncer.
        "operations-to-database": (_range(database_range), [database_port]),
        # The store of backups.
        "operations-to-backups": (_range(private_endpoints_range), [HTTPS_PORT]),
        # Pools stand still while the database changes.
        "operations-to-api-server": (_range(api_server_range), API_SERVER_PORTS),
        # Tokens for the store of backups.
        "operations-to-entra": (_internet(), [HTTPS_PORT]),
    }
    return {name: _egress(operations, [peer], ports) for name, (peer, ports) in flows.items()}


def _there(args: OdooTenantArgs, pools: Sequence[Pool]) -> list[Pool]:
    return [pool for pool in pools if pool in args.pools.sizes]


def _inward(pools: Sequence[Pool], peers: Sequence[Peer], *ports: int) -> Spec:
    return Spec(
        pod_selector=_selector(pools),
        policy_types=["Ingress"],
        ingress=[networking.v1.NetworkPolicyIngressRuleArgs(from_=list(peers), ports=_tcp(ports))],
    )


def _outward(pools: Sequence[Pool], peers: Sequence[Peer], *ports: int) -> Spec:
    return _egress(_selector(pools), peers, ports)


def _egress(pods: meta.v1.LabelSelectorArgs, peers: Sequence[Peer], ports: Sequence[int]) -> Spec:
    return Spec(
        pod_selector=pods,
        policy_types=["Egress"],
        egress=[networking.v1.NetworkPolicyEgressRuleArgs(to=list(peers), ports=_tcp(ports))],
    )


def _tcp(ports: Sequence[int]) -> list[networking.v1.NetworkPolicyPortArgs]:
    return [networking.v1.NetworkPolicyPortArgs(port=port, protocol="TCP") for port in ports]


def _everything() -> meta.v1.LabelSelectorArgs:
    return meta.v1.LabelSelectorArgs()


def _selector(pools: Sequence[Pool]) -> meta.v1.LabelSelectorArgs:
    return meta.v1.LabelSelectorArgs(
        match_labels={"app.kubernetes.io/name": "odoo"},
        match_expressions=[
            meta.v1.LabelSelectorRequirementArgs(
                key="app.kubernetes.io/component", operator="In", values=[pool.value for pool in pools]
            )
        ],
    )


def _peer(pools: Sequence[Pool]) -> Peer:
    """Pods of the same namespace."""
    return Peer(pod_selector=_selector(pools))


def _pods_of(namespace: str, labels: Mapping[str, str]) -> Peer:
    return Peer(
        namespace_selector=meta.v1.LabelSelectorArgs(match_labels={"kubernetes.io/metadata.name": namespace}),
        pod_selector=meta.v1.LabelSelectorArgs(match_labels=dict(labels)),
    )


def _range(cidr: str) -> Peer:
    return Peer(ip_block=networking.v1.IPBlockArgs(cidr=cidr))


def _internet() -> Peer:
    return Peer(ip_block=networking.v1.IPBlockArgs(cidr="0.0.0.0/0", except_=list(NOT_INTERNET)))
