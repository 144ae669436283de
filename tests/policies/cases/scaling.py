"""Scalers, and budgets for what has replicas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.policies.cases import StackCase, of
from tests.policies.harness import Declared

SCALER, LOGIN = "kubernetes:keda.sh/v1alpha1:ScaledObject", "kubernetes:keda.sh/v1alpha1:TriggerAuthentication"
DEPLOYMENT, BUDGET = "kubernetes:apps/v1:Deployment", "kubernetes:policy/v1:PodDisruptionBudget"
LABELS = {"app.kubernetes.io/name": "odoo", "app.kubernetes.io/component": "web"}


def _shrinks(seconds: int) -> Mapping[str, Any]:
    behavior = {"scaleDown": {"stabilizationWindowSeconds": seconds}}
    return {"spec": {"advanced": {"horizontalPodAutoscalerConfig": {"behavior": behavior}}}}


def _floor(target: str, **bounds: int) -> Mapping[str, Any]:
    return {"spec": {"scaleTargetRef": {"name": target}, **bounds}}


def _object(type_token: str, name: str, namespace: str = "odoo", **spec: Any) -> Declared:
    return Declared(
        type=type_token, name=name, properties={"metadata": {"name": name, "namespace": namespace}, "spec": spec}
    )


def _web(**spec: Any) -> Declared:
    return _object(DEPLOYMENT, "web", template={"metadata": {"labels": LABELS}}, **spec)


def _budget(namespace: str = "odoo", **selector: Any) -> Declared:
    return _object(BUDGET, "budget", namespace, selector=selector)


SCALED = _object(SCALER, "scaler", scaleTargetRef={"name": "web"}, maxReplicaCount=6)
CASES = [
    of(
        "scaler-bounds",
        SCALER,
        [{"spec": {"minReplicaCount": 2, "maxReplicaCount": 6}}],
        [{"spec": {"minReplicaCount": 2}}, {"spec": {"maxReplicaCount": 6}}],
    ),
    of(
        "scaler-not-load-alone",
        SCALER,
        [
            {"spec": {"triggers": [{"type": "prometheus"}, {"type": "cpu"}]}},
            {"spec": {"triggers": [{"type": "postgresql"}]}},
        ],
        [{"spec": {"triggers": [{"type": "cpu"}]}}, {"spec": {"triggers": [{"type": "cpu"}, {"type": "memory"}]}}],
    ),
    of("scaler-shrinks-slowly", SCALER, [_shrinks(900)], [_shrinks(60), {"spec": {}}]),
    of(
        "scaler-web-keeps-two",
        SCALER,
        [_floor("web", minReplicaCount=2), _floor("cron", minReplicaCount=1)],
        [_floor("web", minReplicaCount=1), _floor("websocket")],
    ),
    of(
        "scaler-stores-no-secret",
        LOGIN,
        [{"spec": {"podIdentity": {"provider": "azure-workload"}}}],
        [{"spec": {"secretTargetRef": [{"parameter": "password"}]}}, {"spec": {"env": [{"parameter": "password"}]}}],
    ),
]
STACK_CASES = [
    StackCase(
        "replicas-have-budget",
        good=[
            [_web(replicas=3), _budget(matchLabels={"app.kubernetes.io/component": "web"})],
            [_web(), SCALED, _budget(matchLabels=LABELS)],
            [_web(replicas=1)],
            [_web()],
        ],
        bad=[
            ([_web(replicas=2)], {"web"}),
            ([_web(), SCALED], {"web"}),
            ([_web(replicas=2), _budget(matchLabels={"app.kubernetes.io/component": "cron"})], {"web"}),
            ([_web(replicas=2), _budget("other", matchLabels=LABELS)], {"web"}),
            ([_web(replicas=2), _budget()], {"web"}),
        ],
    )
]
