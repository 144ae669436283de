"""Rules about who is told."""

from __future__ import annotations

from typing import Any

from tests.policies.cases import Case, StackCase
from tests.policies.harness import UNKNOWN, Declared

HEALTH, METRIC, QUERY = "monitor:ActivityLogAlert", "monitor:MetricAlert", "monitor:ScheduledQueryRule"
SUBSCRIPTION = "/subscriptions/7c1d9a52-3f60-4f0e-9b7e-52d1c0a4e8f1"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-data"
TOLD = {"actionGroups": [{"actionGroupId": "/people"}]}
STATE = "properties.currentHealthStatus"
UNWELL = {"anyOf": [{"field": STATE, "equals": each} for each in ("Degraded", "Unavailable")]}
WELL = {"field": STATE, "equals": "Available"}
STORES = (
    "cosmosdb:DatabaseAccount",
    "dbformysql:Server",
    "dbforpostgresql:Server",
    "keyvault:Vault",
    "redis:Redis",
    "redisenterprise:RedisEnterprise",
    "sql:Server",
    "storage:StorageAccount",
)


def _category(category: str, *others: dict[str, Any]) -> dict[str, Any]:
    return {"allOf": [{"field": "category", "equals": category}, *others]}


def _watched(alert: Declared, kind: str = "dbforpostgresql:Server") -> list[Declared]:
    return [
        Declared(type="resources:ResourceGroup", name="rg-data"),
        Declared(type="resources:ResourceGroup", name="rg-network"),
        Declared(type=kind, name="psql", uses={"resourceGroupName": ["rg-data"]}),
        alert,
    ]


def _health(scope: Any = GROUP, *uses: str, **changes: Any) -> Declared:
    given = {"scopes": [scope], "condition": _category("ResourceHealth", UNWELL), "actions": TOLD, "enabled": True}
    return Declared(type=HEALTH, name="health", properties={**given, **changes}, uses={"scopes": uses})


def _metric(scope: str, *uses: str, **changes: Any) -> Declared:
    given = {"scopes": [scope], "actions": [{"actionGroupId": "/people"}], "enabled": True}
    return Declared(type=METRIC, name="metric", properties={**given, **changes}, uses={"scopes": uses})


SERVER = f"{GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers/psql"
CASES: list[Case] = []
STACK_CASES = [
    StackCase(
        "data-has-alert",
        good=[
            [],
            *(_watched(_health(), kind) for kind in STORES),
            _watched(_health(SUBSCRIPTION)),
            _watched(_health(UNKNOWN, "rg-data")),
            _watched(_health(UNKNOWN, "psql")),
            _watched(_health(condition=_category("ResourceHealth"))),
            _watched(_metric(SERVER, "psql")),
            _watched(Declared(type=QUERY, name="query", properties={"scopes": [GROUP], "actions": TOLD})),
        ],
        bad=[
            *((_watched(_health(enabled=False), kind), {"psql"}) for kind in STORES),
            (_watched(_health(f"{SUBSCRIPTION}/resourceGroups/rg-network")), {"psql"}),
            (_watched(_health(UNKNOWN, "rg-network")), {"psql"}),
            (_watched(_health(actions={"actionGroups": []})), {"psql"}),
            (_watched(_health(condition=_category("Administrative"))), {"psql"}),
            (_watched(_health(condition=_category("ResourceHealth", WELL))), {"psql"}),
            (_watched(_health(condition=_category("ResourceHealth", {}))), {"psql"}),
            (_watched(_metric(SERVER.replace("psql", "other"), "psql")), {"psql"}),
            (_watched(_metric(SERVER)), {"psql"}),
            (_watched(_metric(SERVER, "psql", actions=[])), {"psql"}),
            (_watched(_metric("everything", "psql")), {"psql"}),
        ],
    ),
]
