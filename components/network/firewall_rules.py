"""What an environment's own firewall lets out: names of Azure that its runtime needs, and the destinations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pulumi_azure_native import network

from components.network.flows import HTTP_PORT, HTTPS_PORT, Destination, Runtime
from components.network.subnets import MACHINES, SubnetKind

_AKS_TAG = "AzureKubernetesService"
"""Azure keeps the list of what AKS needs under this tag (learn.microsoft.com azure/firewall/fqdn-tags)."""
_Rule = network.ApplicationRuleArgs | network.NatRuleArgs | network.NetworkRuleArgs
_FIRST_PRIORITY = 100
_PRIORITY_STEP = 100


@dataclass(frozen=True, kw_only=True)
class _AzureNames:
    """HTTPS names that one part of Azure needs, on these runtimes; `{region}` stands for the location."""

    name: str
    why: str
    fqdns: tuple[str, ...]
    runtimes: tuple[Runtime, ...] = (Runtime.CLUSTER,)


# learn.microsoft.com azure/aks/outbound-rules-control-egress; of the agent on machines azure/azure-monitor/agents/
# azure-monitor-agent-network-configuration#azure-firewall-endpoints.
_AZURE = (
    _AzureNames(
        name="identity-and-management",
        why="Entra tokens, and the Azure API.",
        fqdns=("login.microsoftonline.com", "*.login.microsoftonline.com", "management.azure.com"),
        runtimes=tuple(Runtime),
    ),
    _AzureNames(
        name="packages-and-images",
        why="Images of AKS and its add-ons, node binaries, packages of Azure Linux; both names of the mirror in turn.",
        fqdns=(
            "mcr.microsoft.com",
            "*.data.mcr.microsoft.com",
            "mcr-0001.mcr-msedge.net",
            "packages.aks.azure.com",
            "acs-mirror.azureedge.net",
            "packages.microsoft.com",
        ),
    ),
    _AzureNames(
        name="policy",
        why="The Azure Policy add-on fetches its assignments.",
        fqdns=("data.policy.core.windows.net", "store.policy.core.windows.net", "dc.services.visualstudio.com"),
    ),
    _AzureNames(
        name="monitor",
        why="Logs and metrics, and the agents' configuration, where the private link scope has no endpoint for them.",
        fqdns=(
            "*.ods.opinsights.azure.com",
            "*.oms.opinsights.azure.com",
            "*.monitoring.azure.com",
            "global.handler.control.monitor.azure.com",
            "{region}.handler.control.monitor.azure.com",
            "*.ingest.monitor.azure.com",
            "*.metrics.ingest.monitor.azure.com",
        ),
        runtimes=tuple(Runtime),
    ),
    _AzureNames(name="defender", why="Defender for Containers reports.", fqdns=("*.cloud.defender.microsoft.com",)),
    _AzureNames(
        name="extensions",
        why="AKS extensions fetch their configuration and report.",
        fqdns=(
            "{region}.dp.kubernetesconfiguration.azure.com",
            "arcmktplaceprod.azurecr.io",
            "*.ingestion.msftcloudes.com",
            "*.microsoftmetrics.com",
            "marketplaceapi.microsoft.com",
        ),
    ),
)


def rule_collections(
    subnets: Mapping[SubnetKind, str],
    location: str,
    destinations: Sequence[Destination],
    *,
    runtime: Runtime = Runtime.CLUSTER,
) -> list[network.FirewallPolicyFilterRuleCollectionArgs]:
    """The firewall policy's rule collections.

    Args:
        subnets: ranges of the network's subnets.
        location: region.
        destinations: places on the Internet that may be reached.
        runtime: what Odoo runs on.
    """
    machines = [subnets[kind] for kind in MACHINES if kind in subnets]
    aks = network.ApplicationRuleArgs(
        rule_type="ApplicationRule",
        name="aks",
        description="What AKS itself needs, as Azure keeps it.",
        source_addresses=machines,
        protocols=[_protocol(HTTPS_PORT)],
        fqdn_tags=[_AKS_TAG],
    )
    azure = [
        _application_rule(row.name, row.why, machines, HTTPS_PORT, [fqdn.format(region=location) for fqdn in row.fqdns])
        for row in _AZURE
        if runtime in row.runtimes
    ]
    reached = [destination for destination in destinations if _sources(destination, subnets)]
    # Network rules are read before application rules, whatever the priority (azure/firewall/rule-processing).
    collections: dict[str, list[_Rule]] = {
        "destinations-by-port": [
            _network_rule(destination, subnets) for destination in reached if not destination.is_web
        ],
        "azure": [*([aks] if runtime is Runtime.CLUSTER else []), *azure],
        "destinations": [_web_rule(destination, subnets) for destination in reached if destination.is_web],
    }
    return [
        network.FirewallPolicyFilterRuleCollectionArgs(
            rule_collection_type="FirewallPolicyFilterRuleCollection",
            name=name,
            priority=_FIRST_PRIORITY + place * _PRIORITY_STEP,
            action=network.FirewallPolicyFilterRuleCollectionActionArgs(
                type=network.FirewallPolicyFilterRuleCollectionActionType.ALLOW
            ),
            rules=rules,
        )
        for place, (name, rules) in enumerate(collections.items())
        if rules
    ]


def _protocol(port: int) -> network.FirewallPolicyRuleApplicationProtocolArgs:
    types = network.FirewallPolicyRuleApplicationProtocolType
    return network.FirewallPolicyRuleApplicationProtocolArgs(
        protocol_type=types.HTTP if port == HTTP_PORT else types.HTTPS, port=port
    )


def _sources(destination: Destination, subnets: Mapping[SubnetKind, str]) -> list[str]:
    return [subnets[kind] for kind in destination.sources if kind in subnets]


def _rule_name(destination: Destination) -> str:
    # ARM takes no asterisk in it, nor the same name twice: two sources may reach one place.
    return f"{destination.fqdn.replace('*', 'any')}-{destination.port}-from-{'-'.join(destination.sources)}"


def _application_rule(
    name: str, why: str, sources: list[str], port: int, fqdns: list[str]
) -> network.ApplicationRuleArgs:
    return network.ApplicationRuleArgs(
        rule_type="ApplicationRule",
        name=name,
        description=why,
        source_addresses=sources,
        protocols=[_protocol(port)],
        target_fqdns=fqdns,
    )


def _web_rule(destination: Destination, subnets: Mapping[SubnetKind, str]) -> network.ApplicationRuleArgs:
    return _application_rule(
        _rule_name(destination),
        destination.purpose,
        _sources(destination, subnets),
        destination.port,
        [destination.fqdn],
    )


def _network_rule(destination: Destination, subnets: Mapping[SubnetKind, str]) -> network.NetworkRuleArgs:
    return network.NetworkRuleArgs(
        rule_type="NetworkRule",
        name=_rule_name(destination),
        description=destination.purpose,
        source_addresses=_sources(destination, subnets),
        ip_protocols=[network.FirewallPolicyRuleNetworkProtocol.TCP],
        destination_fqdns=[destination.fqdn],
        destination_ports=[str(destination.port)],
    )
