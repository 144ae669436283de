"""The flows of an Odoo environment: the one table that all security groups follow from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from components.network.security_rules import ANY, Direction, Flow, Protocol, Range, Rule, Tag
from components.network.subnets import MACHINES, NODES, SubnetKind

HTTP_PORT = 80
HTTPS_PORT = 443
HTTPS = (str(HTTPS_PORT),)
WEB_PORTS = (str(HTTP_PORT), str(HTTPS_PORT))
_POSTGRESQL = ("5432",)
_POSTGRESQL_AND_PGBOUNCER = (*_POSTGRESQL, "6432")
_REDIS = ("10000",)  # learn.microsoft.com azure/redis/architecture: fixed in Azure Managed Redis
_NFS = ("2049",)
_DNS = ("53",)
SSH = ("22",)
_ANY_PORT = (ANY,)
_API_SERVER_PORTS = ("443", "4443")  # learn.microsoft.com azure/aks/api-server-vnet-integration#nsg-security-rules
_CLUSTER = (*NODES, Range.PODS)
ODOO_SUBNETS = (SubnetKind.WEB, SubnetKind.JOBS)
_RESOLVING = (*MACHINES, SubnetKind.API_SERVER, SubnetKind.DATABASE)


class Runtime(StrEnum):
    """What Odoo runs on."""

    CLUSTER = "cluster"
    """AKS."""
    MACHINES = "machines"
    """Virtual machines: the subnets of the system nodes and of the API server stand empty."""


@dataclass(frozen=True, kw_only=True)
class Destination:
    """A place on the Internet that the environment may reach: a bank, a tax authority, a mail relay, a code host.

    Security groups know no names, so without a firewall it opens its port to the Internet; a firewall narrows that to
    its name.

    Args:
        fqdn: host name; a leading `*.` for its subdomains, with ports 80 and 443 only.
        purpose: what it is for, shown in the firewall's rules.
        port: TCP port.
        sources: subnets that it is reached from: of nodes, or the runner's.
    """

    fqdn: str
    purpose: str
    port: int = HTTPS_PORT
    sources: tuple[SubnetKind, ...] = ODOO_SUBNETS

    def __post_init__(self) -> None:
        if strangers := set(self.sources) - set(MACHINES):
            raise ValueError(f"{self.fqdn}: nothing leaves the network from {', '.join(sorted(strangers))}")
        if "*" in self.fqdn and not self.is_web:
            raise ValueError(f"{self.fqdn}: a firewall knows wildcards on ports 80 and 443 only, not on {self.port}")

    @property
    def is_web(self) -> bool:
        """Whether a firewall can tell the name from the traffic itself."""
        return self.port in (HTTP_PORT, HTTPS_PORT)


_CLUSTER_USERS = (
    Flow(
        name="UsersToIngress",
        # The ingress's own subnet: a private link service in front of it calls from there.
        sources=(Range.CLIENTS, SubnetKind.RUNNER, SubnetKind.INGRESS),
        targets=(SubnetKind.INGRESS,),
        ports=WEB_PORTS,
        why="Users of the given ranges, and the runner's smoke tests, reach Odoo by the ingress; port 80 redirects.",
    ),
    Flow(
        name="LoadBalancerProbes",
        sources=Tag.AZURE_LOAD_BALANCER,
        targets=(*NODES, SubnetKind.API_SERVER),
        ports=_ANY_PORT,
        protocol=Protocol.ASTERISK,
        why="Health probes: node ports of services, 9988 of the API server.",
    ),
)

# learn.microsoft.com azure/aks/concepts-network-azure-cni-overlay#network-security-groups; inside the cluster, Cilium
# policies tell workloads apart.
_WITHIN_CLUSTER = (
    Flow(
        name="Cluster",
        sources=_CLUSTER,
        targets=_CLUSTER,
        ports=_ANY_PORT,
        protocol=Protocol.ASTERISK,
        why="AKS supports no blocking between nodes and pods of a cluster; network policies do that.",
    ),
    Flow(
        name="ApiServer",
        sources=NODES,
        targets=(SubnetKind.API_SERVER,),
        ports=_API_SERVER_PORTS,
        why="Nodes, and pods behind their addresses, call the API server.",
    ),
    Flow(
        name="ApiServerToCluster",
        sources=(SubnetKind.API_SERVER,),
        targets=_CLUSTER,
        ports=_ANY_PORT,
        why="The API server calls kubelets, and admission webhooks and aggregated APIs on ports of their own.",
    ),
    Flow(
        name="ApiServerPeers",
        sources=(SubnetKind.API_SERVER,),
        targets=(SubnetKind.API_SERVER,),
        ports=_ANY_PORT,
        why="The API server's instances and its internal load balancer.",
    ),
    Flow(
        name="ApiServerToAzure",
        sources=(SubnetKind.API_SERVER,),
        targets=Tag.AZURE_CLOUD,
        ports=HTTPS,
        why="The control plane calls Azure for Entra sign-ins, keys and resources.",
    ),
)

# learn.microsoft.com azure/postgresql/network/concepts-networking-private
DATA_FLOWS = (
    Flow(
        name="Postgresql",
        sources=(*ODOO_SUBNETS, SubnetKind.RUNNER),
        targets=(SubnetKind.DATABASE,),
        ports=_POSTGRESQL_AND_PGBOUNCER,
        why="Odoo and the runner reach PostgreSQL (5432) and PgBouncer (6432).",
    ),
    Flow(
        name="QueueDepths",
        sources=(SubnetKind.SYSTEM,),
        targets=(SubnetKind.DATABASE,),
        ports=_POSTGRESQL,
        why="KEDA, on the system nodes, asks PostgreSQL how many jobs wait.",
    ),
    Flow(
        name="PostgresqlPeers",
        sources=(SubnetKind.DATABASE,),
        targets=(SubnetKind.DATABASE,),
        ports=_POSTGRESQL_AND_PGBOUNCER,
        why="High availability and replicas talk within the delegated subnet.",
    ),
    Flow(
        name="PostgresqlToStorage",
        sources=(SubnetKind.DATABASE,),
        targets=Tag.STORAGE,
        ports=HTTPS,
        why="PostgreSQL archives its write-ahead log, in both regions for geo-redundant backup.",
    ),
    Flow(
        name="PostgresqlToEntra",
        sources=(SubnetKind.DATABASE,),
        targets=Tag.ENTRA,
        ports=HTTPS,
        why="PostgreSQL checks Entra sign-ins.",
    ),
    Flow(
        name="Redis",
        sources=ODOO_SUBNETS,
        targets=(SubnetKind.PRIVATE_ENDPOINTS,),
        ports=_REDIS,
        why="Odoo reaches its session cache.",
    ),
    Flow(
        name="FileStore",
        sources=ODOO_SUBNETS,
        targets=(SubnetKind.PRIVATE_ENDPOINTS,),
        ports=_NFS,
        why="Odoo's nodes mount the file store over NFS.",
    ),
    Flow(
        name="PrivateServices",
        sources=MACHINES,
        targets=(SubnetKind.PRIVATE_ENDPOINTS,),
        ports=HTTPS,
        why="Vaults, registry, storage and monitoring by their private endpoints.",
    ),
)

NAME_FLOWS = (
    Flow(
        name="DnsResolvers",
        sources=_RESOLVING,
        targets=(Range.RESOLVERS,),
        ports=_DNS,
        protocol=Protocol.ASTERISK,
        why="Names are resolved by the network's own DNS servers.",
    ),
    Flow(
        name="PlatformDns",
        sources=_RESOLVING,
        targets=Tag.AZURE_PLATFORM_DNS,
        ports=_DNS,
        protocol=Protocol.ASTERISK,
        why="Names are resolved by Azure, private zones included.",
    ),
)

_CLUSTER_ADMINISTRATION = (
    Flow(
        name="SshFromBastion",
        sources=(SubnetKind.BASTION,),
        targets=(SubnetKind.RUNNER,),
        ports=SSH,
        why="Administrators reach the runner, and nothing else, by the bastion.",
    ),
    Flow(
        name="ApiServerFromRunner",
        sources=(SubnetKind.RUNNER,),
        targets=(SubnetKind.API_SERVER,),
        ports=HTTPS,
        why="The runner deploys to the cluster.",
    ),
)

# What nodes need of Azure (learn.microsoft.com azure/aks/outbound-rules-control-egress). Time is no flow: nodes take it
# from their host since 2021-03.
_AZURE_SERVICES = {
    Tag.ENTRA: "Entra tokens of workload identities and people.",
    Tag.AZURE_RESOURCE_MANAGER: "Cloud provider, autoscaler and deployments call the Azure API.",
    Tag.MICROSOFT_CONTAINER_REGISTRY: "Images of AKS and its add-ons.",
    Tag.AZURE_FRONT_DOOR_FIRST_PARTY: "Content network behind Microsoft's registry and package repositories.",
    Tag.AZURE_MONITOR: "Agents' configuration, where the private link scope has no endpoint for it.",
    Tag.AZURE_CLOUD: "Node binaries, extension manifests, Azure Policy and Defender, which have no tag of their own.",
}
_PLATFORM = tuple(
    Flow(name=f"HttpsTo{tag.name.title().replace('_', '')}", sources=MACHINES, targets=tag, ports=HTTPS, why=why)
    for tag, why in _AZURE_SERVICES.items()
)

FLOWS: tuple[Flow, ...] = (
    *_CLUSTER_USERS,
    *_WITHIN_CLUSTER,
    *DATA_FLOWS,
    *NAME_FLOWS,
    *_CLUSTER_ADMINISTRATION,
    *_PLATFORM,
)
"""Flows of every environment on a cluster; rows whose subnets a network lacks mean nothing to it."""


def flows_to(destinations: Sequence[Destination]) -> list[Flow]:
    """Flows to the Internet that the destinations need: one a port."""
    return [
        Flow(
            name=f"InternetPort{port}",
            sources=tuple(kind for kind in MACHINES if any(d.port == port and kind in d.sources for d in destinations)),
            targets=Tag.INTERNET,
            ports=(str(port),),
            why="Destinations of the environment's settings on this port; a firewall narrows it to their names.",
        )
        for port in sorted({destination.port for destination in destinations})
    ]


def _bastion_rule(name: str, direction: Direction, source: str, target: str, ports: str, why: str) -> Rule:
    protocol = Protocol.TCP if ports in ("22", "3389", "443") else Protocol.ASTERISK
    return Rule(
        name=f"Allow{name}{direction.value}",
        direction=direction,
        sources=(source,),
        targets=(target,),
        ports=tuple(ports.split()),
        protocol=protocol,
        why=why,
    )


_IN, _OUT, _NETWORK = Direction.INBOUND, Direction.OUTBOUND, Tag.VIRTUAL_NETWORK.value

# Azure refuses a Bastion whose subnet lacks any of these (learn.microsoft.com azure/bastion/bastion-nsg).
BASTION_RULES: tuple[Rule, ...] = (
    _bastion_rule("Https", _IN, Tag.INTERNET.value, ANY, "443", "Administrators sign in, with Entra."),
    _bastion_rule("ControlPlane", _IN, Tag.GATEWAY_MANAGER.value, ANY, "443", "Bastion's control plane."),
    _bastion_rule("HealthProbes", _IN, Tag.AZURE_LOAD_BALANCER.value, ANY, "443", "Bastion's health probes."),
    _bastion_rule("HostPeers", _IN, _NETWORK, _NETWORK, "8080 5701", "Bastion's instances among themselves."),
    _bastion_rule("Ssh", _OUT, ANY, _NETWORK, "22", "To machines; other security groups let none in."),
    _bastion_rule("Rdp", _OUT, ANY, _NETWORK, "3389", "Azure requires it; no security group here lets it in."),
    _bastion_rule("Azure", _OUT, ANY, Tag.AZURE_CLOUD.value, "443", "Bastion's diagnostics and metering."),
    _bastion_rule("HostPeers", _OUT, _NETWORK, _NETWORK, "443 8080 5701", "Bastion's instances among themselves."),
    _bastion_rule("Certificates", _OUT, ANY, Tag.INTERNET.value, "80", "Session and certificate validation."),
)
