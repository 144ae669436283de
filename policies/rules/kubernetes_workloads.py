"""How workloads run: what their pods may take, how they are told apart, started, replaced and stopped."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceRule, types
from policies.kit.values import IS_SET, Finding, Test, Value, at_least, one_of
from policies.rules.catalog import KUBERNETES, KUBERNETES_DOCS
from policies.rules.kubernetes_pods import PODS, containers_of, pod_of

_DOCS = f"{KUBERNETES_DOCS}/concepts"
_TASKS = f"{KUBERNETES_DOCS}/tasks"
SERVERS = types("kubernetes:apps:Deployment", "kubernetes:apps:StatefulSet")
"""Workloads that serve until they are told to stop."""
_JOBS = types("kubernetes:batch:Job", "kubernetes:batch:CronJob")

_OWN_ACCOUNT = Test("be an account of its own, not default", lambda name: isinstance(name, str) and name != "default")
_ZONE_OR_NODE = one_of("topology.kubernetes.io/zone", "kubernetes.io/hostname")
_NONE_MISSING = Test("be 0", lambda value: value in (0, "0", "0%"))
_ONE_REPLICA = Test("be 1 or 0", lambda value: value in (0, 1))
_QUANTITY = re.compile(r"^(\d+(?:\.\d+)?)([EPTGMk]i?|m)?$")
_FACTORS = {unit: 1000.0**power for power, unit in enumerate(("", "k", "M", "G", "T", "P", "E"))}
_FACTORS |= {f"{unit}i": 1024.0**power for power, unit in enumerate(("", "K", "M", "G", "T", "P", "E")) if unit}
_FACTORS |= {"m": 0.001}


def _bytes(quantity: Value) -> float | None:
    """A quantity of Kubernetes as a number; None when it is absent, not known, or none."""
    match = _QUANTITY.match(quantity.text() or "")
    return float(match[1]) * _FACTORS.get(match[2] or "", 1.0) if match else quantity.number()


def _pull_policy(resource: Resource) -> Iterator[Finding]:
    for container in containers_of(resource):
        found = container.at("imagePullPolicy")
        yield from found.must_not(one_of("Never"), "it runs what lies on the node, whoever may pull it")


def _account_is_its_own(resource: Resource) -> Iterator[Finding]:
    return pod_of(resource).at("serviceAccountName").must(_OWN_ACCOUNT)


def _memory_is_promised(resource: Resource) -> Iterator[Finding]:
    for container in containers_of(resource):
        asked, limit = (container.at(f"resources.{each}.memory") for each in ("requests", "limits"))
        amounts = _bytes(asked), _bytes(limit)
        if None not in amounts and amounts[0] != amounts[1]:
            yield Finding(message=f"{asked.path} must be what {limit.path} is")


def _scratch_is_bounded(resource: Resource) -> Iterator[Finding]:
    for volume in pod_of(resource).at("volumes").elements():
        scratch = volume.at("emptyDir")
        if any(name == "emptyDir" for name, _ in volume.entries()):
            yield from scratch.at("sizeLimit").must(IS_SET)


def _has_probes(resource: Resource) -> Iterator[Finding]:
    for container in pod_of(resource).at("containers").elements():
        yield from container.at("livenessProbe").must(IS_SET)
        if container.at("ports").is_set():
            yield from container.at("readinessProbe").must(IS_SET)


def _stops_in_peace(resource: Resource) -> Iterator[Finding]:
    return pod_of(resource).at("terminationGracePeriodSeconds").must(at_least(resource.config["seconds"], " seconds"))


def _has_a_rank(resource: Resource) -> Iterator[Finding]:
    return pod_of(resource).at("priorityClassName").must(IS_SET)


def _is_spread(resource: Resource) -> Iterator[Finding]:
    if resource.at("spec.replicas").may_meet(_ONE_REPLICA):
        return
    pod = pod_of(resource)
    keys = [each.at("topologyKey") for each in pod.at("topologySpreadConstraints").elements()]
    if pod.at("affinity.podAntiAffinity").is_set() or any(key.may_meet(_ZONE_OR_NODE) for key in keys):
        return
    if not pod.at("topologySpreadConstraints").is_unknown():
        yield Finding(message=f"{pod.path}.topologySpreadConstraints must spread the pods over zones or nodes")


def _replaces_before_it_stops(resource: Resource) -> Iterator[Finding]:
    strategy = resource.at("spec.strategy")
    if strategy.at("type").may_meet(one_of("Recreate")):
        return
    yield from strategy.at("rollingUpdate.maxUnavailable").must(_NONE_MISSING)


def _job_ends(resource: Resource) -> Iterator[Finding]:
    spec = resource.at("spec.jobTemplate.spec" if resource.type.endswith("CronJob") else "spec")
    yield from spec.at("backoffLimit").must(Test("be 0 to 6", lambda value: value in range(7)))
    yield from spec.at("activeDeadlineSeconds").must(at_least(1, " second"))


def _budget_lets_go(resource: Resource) -> Iterator[Finding]:
    spec = resource.at("spec")
    none, all_of_them = one_of("0", "0%"), one_of("100%")
    away, there = spec.at("maxUnavailable"), spec.at("minAvailable")
    if not away.is_set() and not there.is_set():
        yield Finding(message=f"{away.path} must be set")
    if away.meets(none) or away.meets(Test("be 0", lambda value: value == 0)):
        yield Finding(message=f"{away.path} must allow one pod at least")
    yield from there.must_not(all_of_them, "no node could ever be drained")


RULES = (
    ResourceRule(
        id="pod-image-pull-policy",
        title="Images are asked for, not taken from the node",
        family=KUBERNETES,
        severity=Severity.LOW,
        types=PODS,
        why="With the policy Never, a pod runs what another tenant pulled, without any right to pull it.",
        remedy="Set imagePullPolicy to IfNotPresent, with a digest, or to Always.",
        url=f"{_DOCS}/containers/images/#image-pull-policy",
        references=("CIS AKS 1.8 5.1.3", "ISO 27001 5.21"),
        check=_pull_policy,
    ),
    ResourceRule(
        id="pod-service-account",
        title="Pods run as a service account of their own",
        family=KUBERNETES,
        severity=Severity.MEDIUM,
        types=PODS,
        why="What is granted to default, for one pod, is granted to every pod of the namespace.",
        remedy="Set serviceAccountName to an account made for this workload.",
        url=f"{_TASKS}/configure-pod-container/configure-service-account/",
        references=("CIS AKS 1.8 4.1.5", "CIS AKS 1.8 5.2.1", "MCSB IM-3"),
        check=_account_is_its_own,
    ),
    ResourceRule(
        id="pod-memory-promised",
        title="Containers may use just the memory that they request",
        family=KUBERNETES,
        severity=Severity.MEDIUM,
        types=PODS,
        why="A node whose pods use more than they asked for kills one of them, in the middle of a posting.",
        remedy="Set resources.limits.memory to resources.requests.memory.",
        url=f"{_DOCS}/workloads/pods/pod-qos/",
        references=("ISO 27001 8.6", "SOC 2 A1.1"),
        check=_memory_is_promised,
    ),
    ResourceRule(
        id="pod-scratch-bounded",
        title="Scratch volumes have a size",
        family=KUBERNETES,
        severity=Severity.MEDIUM,
        types=PODS,
        why="An import that fills the node's disk evicts every pod on the node.",
        remedy="Set sizeLimit on each emptyDir.",
        url=f"{_DOCS}/storage/volumes/#emptydir",
        references=("ISO 27001 8.6",),
        check=_scratch_is_bounded,
    ),
    ResourceRule(
        id="pod-probes",
        title="Containers that serve say whether they live, and whether they are ready",
        family=KUBERNETES,
        severity=Severity.MEDIUM,
        types=SERVERS,
        why="Without them, requests go to a pod that still starts, and a pod that hangs hangs for ever.",
        remedy="Set livenessProbe, and readinessProbe where there are ports.",
        url=f"{_TASKS}/configure-pod-container/configure-liveness-readiness-startup-probes/",
        references=("ISO 27001 8.14", "SOC 2 A1.2"),
        check=_has_probes,
    ),
    ResourceRule(
        id="pod-grace-period",
        title="Pods that serve get time to finish what they have begun",
        family=KUBERNETES,
        severity=Severity.MEDIUM,
        types=SERVERS,
        why="After 30 seconds, the default, a long posting or report is killed by any rollout.",
        remedy="Set terminationGracePeriodSeconds above the longest request.",
        url=f"{_DOCS}/workloads/pods/pod-lifecycle/#pod-termination",
        references=("ISO 27001 8.14", "SOC 2 PI1.5"),
        config_schema={"seconds": {"type": "integer", "minimum": 0, "default": 31}},
        check=_stops_in_peace,
    ),
    ResourceRule(
        id="pod-priority-class",
        title="Pods say how important they are",
        family=KUBERNETES,
        severity=Severity.LOW,
        types=SERVERS | _JOBS,
        why="When a zone fails, what users wait for would queue behind batch jobs.",
        remedy="Set priorityClassName.",
        url=f"{_DOCS}/scheduling-eviction/pod-priority-preemption/",
        references=("ISO 27001 8.14",),
        check=_has_a_rank,
    ),
    ResourceRule(
        id="deploy-spread",
        title="Replicas are spread over zones or nodes",
        family=KUBERNETES,
        severity=Severity.MEDIUM,
        types=SERVERS,
        why="Two pods on one node fail together.",
        remedy="Add a topologySpreadConstraint with topologyKey topology.kubernetes.io/zone.",
        url=f"{_DOCS}/scheduling-eviction/topology-spread-constraints/",
        references=("ISO 27001 8.14", "SOC 2 A1.2", "DORA 11"),
        check=_is_spread,
    ),
    ResourceRule(
        id="deploy-strategy",
        title="A rollout starts new pods before it stops old ones",
        family=KUBERNETES,
        severity=Severity.MEDIUM,
        types=types("kubernetes:apps:Deployment"),
        why="By default a quarter of the pods is away during each rollout.",
        remedy="Set strategy.rollingUpdate.maxUnavailable to 0, or the type to Recreate where two may not run at once.",
        url=f"{_DOCS}/workloads/controllers/deployment/#strategy",
        references=("ISO 27001 8.32", "SOC 2 CC8.1"),
        check=_replaces_before_it_stops,
    ),
    ResourceRule(
        id="job-bounded",
        title="Jobs end: after so many tries, and after so long",
        family=KUBERNETES,
        severity=Severity.MEDIUM,
        types=_JOBS,
        why="A migration that hangs holds its locks, and the rollout, until somebody looks.",
        remedy="Set backoffLimit (0 to 6) and activeDeadlineSeconds.",
        url=f"{_DOCS}/workloads/controllers/job/#job-termination-and-cleanup",
        references=("ISO 27001 8.6", "SOC 2 CC8.1"),
        check=_job_ends,
    ),
    ResourceRule(
        id="pdb-allows-drain",
        title="Disruption budgets let a node be drained",
        family=KUBERNETES,
        severity=Severity.MEDIUM,
        types=types("kubernetes:policy:PodDisruptionBudget"),
        why="A budget that allows nothing stops every upgrade of the nodes, security fixes too.",
        remedy="Set maxUnavailable to 1 or a share, or minAvailable below the number of replicas.",
        url=f"{_TASKS}/run-application/configure-pdb/",
        references=("ISO 27001 8.8", "MCSB PV-6"),
        check=_budget_lets_go,
    ),
)
