"""Cost: sizes and price tiers that an environment may have; what is dearer is written into its settings and reviewed.

Sizes are compared by processors: what a size costs follows from them within a family.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceCheck, ResourceRule, types
from policies.kit.values import IS_SET, IS_TRUE, Finding, Test, at_least, one_of
from policies.rules.catalog import (
    AKS,
    AKS_POOL,
    COST,
    LEARN,
    MACHINES,
    POSTGRES,
    REDIS_CLUSTER,
    STORAGE_ACCOUNT,
    pools,
)

# Standard_E16ads_v5, Standard_E16-8ads_v5 (8 of 16 processors are paid for by licences, all 16 by the machine).
_SIZE = re.compile(r"^Standard_(?P<family>[A-Z]+)(?P<processors>\d+)(?:-\d+)?[A-Za-z]*(?:_[A-Za-z0-9]+)*$")
# learn.microsoft.com azure/redis/overview: the number in a name is about the memory in GiB.
_REDIS = re.compile(r"^(?P<family>[A-Za-z]+)_[A-Z](?P<gib>\d+)$")
_TEXTS = {"type": "array", "items": {"type": "string"}, "minItems": 1}
_COUNT = {"type": "integer", "minimum": 1}
_ONE_REGION = [
    f"{tier}_{copies}"
    for tier in ("Standard", "StandardV2", "Premium", "PremiumV2")
    for copies in ("LRS", "ZRS")
]  # fmt: skip
# App Service plans: consumption, flexible consumption, basic, standard, the smallest of premium.
_PLANS = ["Y1", "FC1", "F1", "B1", "B2", "B3", "S1", "P0v3", "P1v3", "P2v3"]


def _size_settings(families: Sequence[str], processors: int) -> Mapping[str, dict[str, Any]]:
    return {"families": {**_TEXTS, "default": list(families)}, "processors": {**_COUNT, "default": processors}}


def _is_approved(config: Mapping[str, Any]) -> Test:
    families, processors = config["families"], config["processors"]

    def passes(value: object) -> bool:
        size = _SIZE.match(value) if isinstance(value, str) else None
        return size is not None and size["family"] in families and int(size["processors"]) <= processors

    return Test(f"be of the families {', '.join(families)}, with at most {processors} processors", passes)


def _machine_is_approved(resource: Resource) -> Iterator[Finding]:
    path = "sku.name" if resource.type.endswith("ScaleSet") else "hardwareProfile.vmSize"
    yield from resource.at(path).must(_is_approved(resource.config))


def _nodes_are_approved(resource: Resource) -> Iterator[Finding]:
    for pool in pools(resource):
        yield from pool.at("vmSize").must(_is_approved(resource.config))


def _pools_are_bounded(resource: Resource) -> Iterator[Finding]:
    most = resource.config["nodes"]
    few = Test(f"be at most {most}", lambda value: at_least(0).passes(value) and value <= most)
    for pool in pools(resource):
        yield from pool.at("enableAutoScaling").must(IS_TRUE)
        yield from pool.at("minCount").must(IS_SET)
        yield from pool.at("maxCount").must(few)


def _database_is_approved(resource: Resource) -> Iterator[Finding]:
    yield from resource.at("sku.tier").must(one_of(*resource.config["tiers"]))
    yield from resource.at("sku.name").must(_is_approved(resource.config))


def _redis_is_approved(resource: Resource) -> Iterator[Finding]:
    families, most = resource.config["families"], resource.config["gib"]

    def passes(value: object) -> bool:
        size = _REDIS.match(value) if isinstance(value, str) else None
        return size is not None and size["family"] in families and int(size["gib"]) <= most

    yield from resource.at("sku.name").must(Test(f"be {' or '.join(families)}, of at most {most} GiB", passes))


def _allowed(path: str) -> ResourceCheck:
    return lambda resource: resource.at(path).must(one_of(*resource.config["allowed"]))


def _only(*allowed: str) -> Mapping[str, dict[str, Any]]:
    return {"allowed": {**_TEXTS, "default": list(allowed)}}


def _rule(
    id_: str,
    title: str,
    concerned: frozenset[str],
    check: ResourceCheck,
    settings: Mapping[str, dict[str, Any]],
    *,
    why: str,
    url: str,
    principle: str = "WAF CO:07",
) -> ResourceRule:
    return ResourceRule(
        id=id_,
        title=title,
        family=COST,
        severity=Severity.MEDIUM,
        types=concerned,
        why=why,
        remedy=f"Stay within the rule's settings ({', '.join(settings)}), or widen them where it is reviewed.",
        url=url,
        references=("FinOps Framework 2024: Workload Optimization", principle, "MCSB AM-3"),
        config_schema=settings,
        check=check,
    )


RULES = (
    _rule(
        "cost-machine-size",
        "Machines have an approved size",
        MACHINES,
        _machine_is_approved,
        _size_settings(["B", "D", "E", "F"], 32),
        why="A size is chosen once and paid for every hour; those with GPUs or large memory cost tens of times more.",
        url=f"{LEARN}/virtual-machines/sizes/overview",
    ),
    _rule(
        "cost-pool-size",
        "Nodes have an approved size",
        AKS | AKS_POOL,
        _nodes_are_approved,
        _size_settings(["D", "E", "F"], 16),
        why="The autoscaler adds nodes of this size without asking; several small ones follow the load more closely.",
        url=f"{LEARN}/aks/best-practices-cost",
    ),
    _rule(
        "cost-pool-bounds",
        "Node pools grow and shrink with the load, up to a bound",
        AKS | AKS_POOL,
        _pools_are_bounded,
        {"nodes": {**_COUNT, "default": 50}},
        why="A pool of fixed size is paid for at night, and one without a sensible bound grows with any mistake.",
        url=f"{LEARN}/aks/cluster-autoscaler",
        principle="WAF CO:12",
    ),
    _rule(
        "cost-database-size",
        "PostgreSQL servers have an approved tier and size",
        POSTGRES,
        _database_is_approved,
        {
            "tiers": {**_TEXTS, "default": ["Burstable", "GeneralPurpose", "MemoryOptimized"]},
            **_size_settings(["B", "D", "E"], 32),
        },
        why="The server is the dearest part of most environments, and with a standby it is paid for twice.",
        url=f"{LEARN}/postgresql/compute-storage/concepts-compute",
    ),
    _rule(
        "cost-redis-size",
        "Managed Redis has an approved size",
        REDIS_CLUSTER,
        _redis_is_approved,
        {
            "families": {**_TEXTS, "default": ["Balanced", "MemoryOptimized", "ComputeOptimized"]},
            "gib": {"type": "integer", "minimum": 0, "default": 24},
        },
        why="Sessions and queues of thousands of users fit into a few GiB.",
        url=f"{LEARN}/redis/overview",
    ),
    _rule(
        "cost-cluster-tier",
        "Clusters have an approved price tier",
        AKS,
        _allowed("sku.tier"),
        _only("Free", "Standard"),
        why="Premium is paid for long-term support, which an estate that upgrades does not use.",
        url=f"{LEARN}/aks/free-standard-pricing-tiers",
    ),
    _rule(
        "cost-storage-redundancy",
        "Storage accounts have no more copies than approved",
        STORAGE_ACCOUNT,
        _allowed("sku.name"),
        _only(*_ONE_REGION),
        why="A second region doubles the price of each byte and pays for the transfer too.",
        url=f"{LEARN}/storage/common/storage-redundancy",
    ),
    _rule(
        "cost-firewall-tier",
        "Firewalls have an approved price tier",
        types("network:AzureFirewall", "network:FirewallPolicy"),
        _allowed("sku.tier"),
        _only("Basic", "Standard"),
        why="A firewall is paid for by the hour, whether anything passes or not; Premium is for intrusion detection.",
        url=f"{LEARN}/firewall/choose-firewall-sku",
    ),
    _rule(
        "cost-bastion-tier",
        "Bastion hosts have an approved price tier",
        types("network:BastionHost"),
        _allowed("sku.name"),
        _only("Developer", "Basic", "Standard"),
        why="A host is paid for by the hour, whether anybody is connected or not; Premium is for recorded sessions.",
        url=f"{LEARN}/bastion/bastion-sku-comparison",
    ),
    _rule(
        "cost-app-plan-size",
        "App Service plans have an approved size",
        types("web:AppServicePlan"),
        _allowed("sku.name"),
        _only(*_PLANS),
        why="A plan is paid for by the hour, however few applications run on it.",
        url=f"{LEARN}/app-service/overview-hosting-plans",
    ),
)
