"""Cost: what is paid for and used by nobody, is there twice, or never goes away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph, Node
from policies.kit.rule import Resource, ResourceRule, StackCheck, StackRule, must, types
from policies.kit.values import IS_TRUE, Finding
from policies.rules.catalog import COST, LEARN

_REFERENCES = ("FinOps Framework 2024: Workload Optimization", "WAF CO:07", "MCSB AM-3")
_ADDRESSES = ("network:PublicIPAddress", "network:PublicIPPrefix")
_ADDRESS_USERS = (
    "compute:VirtualMachine",
    "compute:VirtualMachineScaleSet",
    "containerservice:ManagedCluster",
    "network:ApplicationGateway",
    "network:AzureFirewall",
    "network:BastionHost",
    "network:LoadBalancer",
    "network:NatGateway",
    "network:NetworkInterface",
    "network:VirtualNetworkGateway",
    *_ADDRESSES,
)
_BALANCED = (
    "compute:VirtualMachineScaleSet",
    "network:LoadBalancerBackendAddressPool",
    "network:NetworkInterface",
)
_SHARED = {
    "containerregistry:Registry": 1,
    "network:AzureFirewall": 1,
    "network:BastionHost": 1,
    "network:DdosProtectionPlan": 1,
    "operationalinsights:Workspace": 1,
}
_VERSIONED = ("storage:StorageAccount", "storage:BlobServiceProperties", "storage:ManagementPolicy")


def _used_by(kinds: Sequence[str], users: Sequence[str], wanted: str) -> StackCheck:
    """Findings for resources that no resource of the other types was computed from."""

    def check(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
        used = {urn for user in graph.of(*users) for urns in user.references.values() for urn in urns}
        for node in graph.of(*kinds):
            if node.urn not in used:
                yield node.finding(wanted)

    return check


def _unused(id_: str, title: str, kinds: Sequence[str], users: Sequence[str], wanted: str, *, url: str) -> StackRule:
    return StackRule(
        id=id_,
        title=title,
        family=COST,
        severity=Severity.LOW,
        types=types(*kinds, *users),
        why="It is paid for by the hour, and nobody would miss it.",
        remedy="Take it out of the stack, or let what needs it refer to it.",
        url=url,
        references=_REFERENCES,
        check=_used_by(kinds, users, wanted),
    )


def _balancers_balance(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    used = {urn for user in graph.of(*_BALANCED) for urns in user.references.values() for urn in urns}
    for balancer in graph.of("network:LoadBalancer"):
        inside = balancer.at("backendAddressPools")
        if balancer.urn in used or not inside.known():
            continue
        if not any(pool.at("loadBalancerBackendAddresses").is_set() for pool in inside.elements()):
            yield balancer.finding("a machine, an interface or an address must be in a backend pool of the balancer")


def _shared_is_there_once(graph: Graph, config: Mapping[str, Any]) -> Iterator[Finding]:
    for token, most in config["most"].items():
        places: dict[str, list[Node]] = defaultdict(list)
        for node in graph.of(token):
            location = node.at("location").text()
            if location is not None:
                places[location.replace(" ", "").casefold()].append(node)
        for nodes in places.values():
            for node in nodes if len(nodes) > most else ():
                yield node.finding(f"the stack must have at most {most} of {token} in a region")


def _old_versions_go(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    for account in graph.of("storage:StorageAccount"):
        services = graph.children(account, "accountName", "storage:BlobServiceProperties")
        if not any(service.at("isVersioningEnabled").meets(IS_TRUE) for service in services):
            continue
        if not any(True for _ in graph.children(account, "accountName", "storage:ManagementPolicy")):
            yield account.finding("a ManagementPolicy must delete the old versions of the account's blobs")


def _plan_is_allowed(resource: Resource) -> Iterator[Finding]:
    if not resource.config["allowed"]:
        yield Finding(message="the network must use the organization's plan (ddosProtectionPlan.id) or none")


RULES = (
    _unused(
        "cost-address-used",
        "Each public address belongs to something",
        _ADDRESSES,
        _ADDRESS_USERS,
        "a resource of the stack must use this address",
        url=f"{LEARN}/virtual-network/ip-services/public-ip-addresses",
    ),
    _unused(
        "cost-disk-attached",
        "Each disk belongs to a machine or a volume",
        ("compute:Disk",),
        ("compute:VirtualMachine", "compute:VirtualMachineScaleSet", "kubernetes:core:PersistentVolume"),
        "a machine or a volume of the stack must use this disk",
        url=f"{LEARN}/virtual-machines/disks-find-unattached-portal",
    ),
    _unused(
        "cost-interface-attached",
        "Each network interface belongs to a machine",
        ("network:NetworkInterface",),
        ("compute:VirtualMachine",),
        "a machine of the stack must use this interface",
        url=f"{LEARN}/virtual-network/virtual-network-network-interface-vm",
    ),
    _unused(
        "cost-nat-used",
        "Each NAT gateway serves a subnet",
        ("network:NatGateway",),
        ("network:VirtualNetwork", "network:Subnet"),
        "a subnet of the stack must use this gateway",
        url=f"{LEARN}/nat-gateway/nat-overview",
    ),
    _unused(
        "cost-app-plan-used",
        "Each App Service plan runs an application",
        ("web:AppServicePlan",),
        ("web:WebApp", "web:WebAppSlot", "web:AppServiceEnvironment"),
        "an application of the stack must run on this plan",
        url=f"{LEARN}/app-service/overview-manage-costs",
    ),
    StackRule(
        id="cost-balancer-used",
        title="Each load balancer has something behind it",
        family=COST,
        severity=Severity.LOW,
        types=types("network:LoadBalancer", *_BALANCED),
        why="Its rules are paid for by the hour, and nobody would miss them.",
        remedy="Take it out of the stack, or put machines into a backend pool of it.",
        url=f"{LEARN}/load-balancer/backend-pool-management",
        references=_REFERENCES,
        check=_balancers_balance,
    ),
    StackRule(
        id="cost-shared-once",
        title="What a stack shares is there once in a region",
        family=COST,
        severity=Severity.LOW,
        types=types(*_SHARED),
        why="A second registry, firewall, bastion or log workspace is paid for by the hour and shared by nobody.",
        remedy="Use the one that is there; how many of each type there may be is the rule's setting `most`.",
        url=f"{LEARN}/well-architected/cost-optimization/optimize-component-costs",
        references=("FinOps Framework 2024: Architecting for Cloud", "WAF CO:14"),
        config_schema={
            "most": {
                "type": "object",
                "propertyNames": {"enum": sorted(_SHARED)},
                "additionalProperties": {"type": "integer", "minimum": 1},
                "default": _SHARED,
            }
        },
        check=_shared_is_there_once,
    ),
    StackRule(
        id="cost-blob-lifecycle",
        title="Old versions of blobs go away by themselves",
        family=COST,
        severity=Severity.LOW,
        types=types(*_VERSIONED),
        why="With versioning each change keeps the whole blob, and nobody deletes versions by hand.",
        remedy="Add a ManagementPolicy whose rule deletes versions after as many days as a restore may look back.",
        url=f"{LEARN}/storage/blobs/lifecycle-management-overview",
        references=("FinOps Framework 2024: Workload Optimization", "WAF CO:10", "ISO 27001 8.10"),
        check=_old_versions_go,
    ),
    ResourceRule(
        id="cost-snapshot-incremental",
        title="Snapshots hold only what has changed",
        family=COST,
        severity=Severity.LOW,
        types=types("compute:Snapshot"),
        why="A full snapshot is paid for as the whole disk, each time.",
        remedy="Set incremental to true; it can only be chosen when the snapshot is made.",
        url=f"{LEARN}/virtual-machines/disks-incremental-snapshots",
        references=_REFERENCES,
        check=must("incremental", IS_TRUE),
    ),
    ResourceRule(
        id="cost-ddos-plan-shared",
        title="Stacks bring no DDoS plan of their own",
        family=COST,
        severity=Severity.MEDIUM,
        types=types("network:DdosProtectionPlan"),
        why="One plan is enough for all subscriptions of a tenant, and each further one costs as much again.",
        remedy="Refer to the organization's plan; in the stack that owns it set the rule's setting `allowed`.",
        url=f"{LEARN}/ddos-protection/manage-ddos-protection",
        references=_REFERENCES,
        config_schema={"allowed": {"type": "boolean", "default": False}},
        check=_plan_is_allowed,
    ),
)
