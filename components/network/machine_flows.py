"""The flows of an environment on virtual machines: those of a cluster's data, and what machines have of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from components.machines.model import HEALTH_PORT
from components.network.flows import (
    DATA_FLOWS,
    HTTP_PORT,
    HTTPS,
    NAME_FLOWS,
    ODOO_SUBNETS,
    SSH,
    WEB_PORTS,
    Destination,
)
from components.network.security_rules import Flow, Peers, Range, Tag
from components.network.subnets import SubnetKind

_EMPTY = frozenset({SubnetKind.SYSTEM, SubnetKind.API_SERVER})
_STARTING = (*ODOO_SUBNETS, SubnetKind.RUNNER)

_OWN = (
    Flow(
        name="UsersToMachines",
        sources=(Range.CLIENTS, SubnetKind.RUNNER),
        # The load balancer changes the front end's address into the machine's, and leaves the client's as it is
        # (learn.microsoft.com azure/load-balancer/load-balancer-floating-ip): both ends must let it pass.
        targets=(SubnetKind.INGRESS, SubnetKind.WEB),
        ports=WEB_PORTS,
        why="Users of the given ranges, and the runner's smoke tests, reach Odoo by the load balancer; 80 redirects.",
    ),
    Flow(
        name="LoadBalancerProbes",
        sources=Tag.AZURE_LOAD_BALANCER,
        targets=(SubnetKind.WEB,),
        ports=(str(HEALTH_PORT),),
        why="Health probes of the machines that answer users.",
    ),
)
_ADMINISTRATION = (
    Flow(
        name="SshFromBastion",
        sources=(SubnetKind.BASTION,),
        targets=_STARTING,
        ports=SSH,
        why="Administrators reach the runner and the machines by the bastion, and by nothing else.",
    ),
)
# The agents ask for the last two (learn.microsoft.com azure/azure-monitor/agents/
# azure-monitor-agent-network-configuration); the runner signs in and deploys. Machines get tokens, extensions and time
# from their host, which needs no rule.
_PLATFORM = (
    Flow(
        name="HttpsToEntra",
        sources=(SubnetKind.RUNNER,),
        targets=Tag.ENTRA,
        ports=HTTPS,
        why="Entra tokens of people and pipelines.",
    ),
    Flow(
        name="HttpsToAzureResourceManager",
        sources=_STARTING,
        targets=Tag.AZURE_RESOURCE_MANAGER,
        ports=HTTPS,
        why="Agents and deployments call the Azure API.",
    ),
    Flow(
        name="HttpsToAzureMonitor",
        sources=_STARTING,
        targets=Tag.AZURE_MONITOR,
        ports=HTTPS,
        why="Agents' configuration, where the private link scope has no endpoint for it.",
    ),
)


def _without_cluster(flows: Iterable[Flow]) -> Iterator[Flow]:
    """The flows, but for the ends that only a cluster has."""
    for flow in flows:
        sources, targets = _remaining(flow.sources), _remaining(flow.targets)
        if sources and targets:
            yield replace(flow, sources=sources, targets=targets)


def _remaining(peers: Peers) -> Peers:
    return peers if isinstance(peers, Tag) else tuple(peer for peer in peers if peer not in _EMPTY)


MACHINE_FLOWS: tuple[Flow, ...] = (
    *_OWN,
    *_without_cluster(DATA_FLOWS),
    *_without_cluster(NAME_FLOWS),
    *_ADMINISTRATION,
    *_PLATFORM,
)
"""Flows of every environment on machines; rows whose subnets a network lacks mean nothing to it."""

_UBUNTU = "Ubuntu's packages; signed by Ubuntu, so plain HTTP as its archive has it"
MACHINE_DESTINATIONS: tuple[Destination, ...] = (
    Destination(fqdn="snapshot.ubuntu.com", purpose="Ubuntu's packages as of a day"),
    # What says that there are snapshots is asked of the archive itself (snapshot.ubuntu.com).
    Destination(fqdn="azure.archive.ubuntu.com", purpose=_UBUNTU, port=HTTP_PORT),
    Destination(fqdn="archive.ubuntu.com", purpose=_UBUNTU, port=HTTP_PORT),
    Destination(fqdn="security.ubuntu.com", purpose=_UBUNTU, port=HTTP_PORT),
    Destination(fqdn="packages.microsoft.com", purpose="The helper that mounts the file store with TLS"),
)
"""Places that machines take their packages and patches from."""
