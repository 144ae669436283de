"""How workloads grow and shrink, and survive a drain: KEDA's ScaledObjects, and budgets for what has replicas."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph, Node
from policies.kit.rule import Resource, ResourceRule, StackRule, types
from policies.kit.values import IS_SET, Finding, Value, at_least, one_of
from policies.rules.catalog import KUBERNETES_DOCS, SCALING
from policies.rules.kubernetes_workloads import SERVERS

_KEDA = "https://keda.sh/docs/2.21"
_SPECIFICATION = f"{_KEDA}/reference/scaledobject-spec/"
SCALED_OBJECTS = types("kubernetes:keda.sh:ScaledObject")
_LOGINS = types("kubernetes:keda.sh:TriggerAuthentication", "kubernetes:keda.sh:ClusterTriggerAuthentication")
_MACHINE_LOAD = one_of("cpu", "memory")
_SCALE_DOWN = "spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown"


def _is_bounded(resource: Resource) -> Iterator[Finding]:
    yield from resource.at("spec.minReplicaCount").must(at_least(0))
    yield from resource.at("spec.maxReplicaCount").must(at_least(1))


def _knows_more_than_load(resource: Resource) -> Iterator[Finding]:
    triggers = resource.at("spec.triggers")
    if triggers.is_unknown() or not list(triggers.elements()):
        yield from triggers.must(IS_SET)
    elif all(trigger.at("type").meets(_MACHINE_LOAD) for trigger in triggers.elements()):
        yield Finding(message=f"{triggers.path} must have one beside cpu and memory")


def _shrinks_slowly(resource: Resource) -> Iterator[Finding]:
    seconds = resource.config["seconds"]
    yield from resource.at(f"{_SCALE_DOWN}.stabilizationWindowSeconds").must(at_least(seconds, " seconds"))


def _keeps_two(resource: Resource) -> Iterator[Finding]:
    wanted = one_of(*resource.config["targets"])
    if resource.at("spec.scaleTargetRef.name").meets(wanted):
        yield from resource.at("spec.minReplicaCount").must(at_least(2))


def _stores_no_secret(resource: Resource) -> Iterator[Finding]:
    for path in ("secretTargetRef", "env"):
        yield from resource.at(f"spec.{path}").must_not(IS_SET, "log in by workload identity, or read it from a vault")


def _replicas_have_budgets(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    scaled = _scaled_to_several(graph)
    budgets: dict[str | None, list[Node]] = defaultdict(list)
    for budget in graph.of("kubernetes:policy:PodDisruptionBudget"):
        budgets[budget.at("metadata.namespace").text()].append(budget)
    for workload in graph.of(*SERVERS):
        namespace = workload.at("metadata.namespace")
        # A budget whose namespace is not known may be the right one.
        nearby = budgets[namespace.text()] + budgets[None] if namespace.known() else chain(*budgets.values())
        if _has_several(workload, scaled) and not any(_protects(budget, workload) for budget in nearby):
            yield workload.finding("its pods must have a PodDisruptionBudget that selects them")


def _scaled_to_several(graph: Graph) -> set[tuple[str | None, str]]:
    """Namespace and name of the workloads that a scaler may give two pods or more."""
    return {
        (scaler.at("metadata.namespace").text(), name)
        for scaler in graph.of(*SCALED_OBJECTS)
        if scaler.at("spec.maxReplicaCount").meets(at_least(2))
        and scaler.at("metadata.namespace").known()
        and (name := scaler.at("spec.scaleTargetRef.name").text()) is not None
    }


def _has_several(workload: Node, scaled: set[tuple[str | None, str]]) -> bool:
    named, namespace = workload.at("metadata.name"), workload.at("metadata.namespace")
    if workload.at("spec.replicas").meets(at_least(2)):
        return True
    return namespace.known() and (name := named.text()) is not None and (namespace.text(), name) in scaled


def _may_be_same(one: Value, other: Value) -> bool:
    return not one.known() or not other.known() or one.text() == other.text()


def _protects(budget: Node, workload: Node) -> bool:
    selector, labels = budget.at("spec.selector.matchLabels"), workload.at("spec.template.metadata.labels")
    return (
        _may_be_same(budget.at("metadata.namespace"), workload.at("metadata.namespace"))
        and (selector.is_set() or budget.at("spec.selector.matchExpressions").is_set())
        and all(_may_be_same(wanted, labels.key(name)) for name, wanted in selector.entries())
    )


RULES = (
    ResourceRule(
        id="scaler-bounds",
        title="Scalers have a floor and a ceiling",
        family=SCALING,
        severity=Severity.MEDIUM,
        types=SCALED_OBJECTS,
        why="KEDA's own ceiling is 100 pods, more than any database has connections for.",
        remedy="Set minReplicaCount, and maxReplicaCount to what the connection budget allows.",
        url=_SPECIFICATION,
        references=("ISO 27001 8.6", "SOC 2 A1.1"),
        check=_is_bounded,
    ),
    ResourceRule(
        id="scaler-not-load-alone",
        title="Scaling goes by the work there is, not by the processor alone",
        family=SCALING,
        severity=Severity.MEDIUM,
        types=SCALED_OBJECTS,
        why="Odoo's workers wait for the database: all of them may be taken while the processor idles.",
        remedy="Add a trigger of busy workers, latency, queue depth or the calendar.",
        url=f"{_KEDA}/scalers/",
        references=("ISO 27001 8.6", "SOC 2 A1.1"),
        check=_knows_more_than_load,
    ),
    ResourceRule(
        id="scaler-shrinks-slowly",
        title="Pools shrink only after a lull",
        family=SCALING,
        severity=Severity.MEDIUM,
        types=SCALED_OBJECTS,
        why="A pool that shrinks between two reports stops pods that are in the middle of a third.",
        remedy="Set stabilizationWindowSeconds of the behaviour scaleDown to five minutes or more.",
        url=f"{KUBERNETES_DOCS}/tasks/run-application/horizontal-pod-autoscale/#stabilization-window",
        references=("ISO 27001 8.6", "ISO 27001 8.14"),
        config_schema={"seconds": {"type": "integer", "minimum": 0, "maximum": 3600, "default": 300}},
        check=_shrinks_slowly,
    ),
    ResourceRule(
        id="scaler-web-keeps-two",
        title="Pools that people wait for never have less than two pods",
        family=SCALING,
        severity=Severity.MEDIUM,
        types=SCALED_OBJECTS,
        why="With one pod, each node upgrade and each failed zone is an outage.",
        remedy="Set minReplicaCount to 2 or more.",
        url=_SPECIFICATION,
        references=("ISO 27001 8.14", "SOC 2 A1.2", "DORA 11"),
        config_schema={"targets": {"type": "array", "items": {"type": "string"}, "default": ["web", "websocket"]}},
        check=_keeps_two,
    ),
    ResourceRule(
        id="scaler-stores-no-secret",
        title="KEDA logs in by identity, or with what it reads from a vault",
        family=SCALING,
        severity=Severity.HIGH,
        types=_LOGINS,
        why="A password in a Secret or in an environment variable is read by whoever may look there.",
        remedy="Use podIdentity azure-workload, or azureKeyVault with one.",
        url=f"{_KEDA}/concepts/authentication/",
        references=("MCSB IM-3", "MCSB IM-8", "CIS AKS 1.8 4.5.2"),
        check=_stores_no_secret,
    ),
    StackRule(
        id="replicas-have-budget",
        title="Workloads with replicas have a disruption budget",
        family=SCALING,
        severity=Severity.MEDIUM,
        types=SERVERS | SCALED_OBJECTS | types("kubernetes:policy:PodDisruptionBudget"),
        why="Without one, a node upgrade may stop all pods of a pool at once.",
        remedy="Add a PodDisruptionBudget that selects the workload's pods.",
        url=f"{KUBERNETES_DOCS}/tasks/run-application/configure-pdb/",
        references=("ISO 27001 8.14", "SOC 2 A1.2"),
        check=_replicas_have_budgets,
    ),
)
