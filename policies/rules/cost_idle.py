"""Cost: what is idle in environments for trying things out, which the tag `environment` tells from all others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph, Node
from policies.kit.rule import Resource, ResourceRule, StackRule, types
from policies.kit.values import Finding, Test, Value, at_least, one_of
from policies.rules.catalog import AKS_POOL, COST, LEARN, MYSQL, POSTGRES, REDIS_CLUSTER

_REFERENCES = ("FinOps Framework 2024: Workload Optimization", "WAF CO:08", "MCSB AM-3")
_ENVIRONMENTS = {
    "environments": {
        "type": "array",
        "items": {"type": "string"},
        "default": ["dev", "development", "sandbox", "test"],
    }
}
_MACHINE, _SCHEDULE = "compute:VirtualMachine", "devtestlab:GlobalSchedule"
# learn.microsoft.com azure/virtual-machines/auto-shutdown-vm: schedules of this type stop one machine.
_STOPS = one_of("ComputeVmShutdownTask")
_OFF = one_of("Disabled")


def _is_for_trying(tags: Value, config: Mapping[str, Any]) -> bool:
    return tags.at("environment").meets(one_of(*config["environments"]))


def _machines_stop(graph: Graph, config: Mapping[str, Any]) -> Iterator[Finding]:
    schedules = [each for each in graph.of(_SCHEDULE) if _stops(each)]
    for machine in graph.of(_MACHINE):
        if _is_for_trying(machine.at("tags"), config) and not any(
            each.refers_to(machine, each.at("targetResourceId")) for each in schedules
        ):
            yield machine.finding("the stack must have an enabled schedule (ComputeVmShutdownTask) for this machine")


def _stops(schedule: Node) -> bool:
    return schedule.at("taskType").may_meet(_STOPS) and not schedule.at("status").meets(_OFF)


def _stands_alone(resource: Resource) -> Iterator[Finding]:
    if not _is_for_trying(resource.at("tags"), resource.config):
        return
    if resource.type in REDIS_CLUSTER:
        # The service's default is Enabled.
        yield from resource.at("highAvailability").must(_OFF)
    else:
        yield from resource.at("highAvailability.mode").must_if_set(_OFF)


def _is_backed_up_here(resource: Resource) -> Iterator[Finding]:
    if _is_for_trying(resource.at("tags"), resource.config):
        yield from resource.at("backup.geoRedundantBackup").must_if_set(_OFF)


def _pool_shrinks(resource: Resource) -> Iterator[Finding]:
    most = resource.config["nodes"]
    few = Test(f"be at most {most}", lambda value: at_least(0).passes(value) and value <= most)
    if _is_for_trying(resource.at("tags"), resource.config) and resource.at("mode").meets(one_of("User")):
        yield from resource.at("minCount").must(few)


RULES = (
    StackRule(
        id="cost-idle-machines-stop",
        title="Machines for trying things out are stopped at night",
        family=COST,
        severity=Severity.LOW,
        types=types(_MACHINE, _SCHEDULE),
        why="A week has 168 hours, and people work in 45 of them.",
        remedy="Add a devtestlab:GlobalSchedule with taskType ComputeVmShutdownTask and the machine's id.",
        url=f"{LEARN}/virtual-machines/auto-shutdown-vm",
        references=_REFERENCES,
        config_schema=_ENVIRONMENTS,
        check=_machines_stop,
    ),
    ResourceRule(
        id="cost-no-idle-standby",
        title="Servers for trying things out have no standby",
        family=COST,
        severity=Severity.LOW,
        types=POSTGRES | MYSQL | REDIS_CLUSTER,
        why="A standby costs as much as the server, and nobody waits for this one.",
        remedy="Set highAvailability.mode (of Redis: highAvailability) to Disabled.",
        url=f"{LEARN}/well-architected/cost-optimization/optimize-environment-costs",
        references=_REFERENCES,
        config_schema=_ENVIRONMENTS,
        check=_stands_alone,
    ),
    ResourceRule(
        id="cost-no-idle-copies",
        title="Servers for trying things out keep no backups in a second region",
        family=COST,
        severity=Severity.LOW,
        types=POSTGRES | MYSQL,
        why="What can be made again needs no copy that survives a region.",
        remedy="Set backup.geoRedundantBackup to Disabled; it can only be chosen when the server is made.",
        url=f"{LEARN}/well-architected/cost-optimization/optimize-environment-costs",
        references=_REFERENCES,
        config_schema=_ENVIRONMENTS,
        check=_is_backed_up_here,
    ),
    ResourceRule(
        id="cost-idle-pools-shrink",
        title="Node pools for trying things out shrink to one node or none",
        family=COST,
        severity=Severity.LOW,
        types=AKS_POOL,
        why="Nodes are paid for whether pods run on them or not.",
        remedy="Set minCount to 0 or 1; the autoscaler adds nodes when pods wait.",
        url=f"{LEARN}/aks/best-practices-cost",
        references=_REFERENCES,
        config_schema=_ENVIRONMENTS | {"nodes": {"type": "integer", "minimum": 0, "default": 1}},
        check=_pool_shrinks,
    ),
)
