"""A tenant's plan follows from its file and its platform's settings, whichever other tenants there are."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.errors import SettingsError
from stacks.planning.naming import RESOURCE_GROUP_RULE, RULES
from stacks.planning.odoo_pools import NODE_POOLS
from stacks.planning.plan_tenant import TenantPlan
from stacks.planning.platform import make_platform_plan
from stacks.planning.regions import REGIONS
from stacks.planning.tenant_names import tenant_names
from stacks.planning.tenants import make_tenant_plan, plan_tenants
from stacks.planning.tiers import SHARED, envelopes
from stacks.sections import Environment
from tests.unit.planning.examples import Values, properties
from tests.unit.planning.platforms import TENANT_CHANGES, platform_settings, tenant, tenant_plan
from tests.unit.planning.test_platform import leaves

SETTINGS = platform_settings()
PLAN = make_platform_plan(SETTINGS)

# learn.microsoft.com azure/azure-resource-manager/management/resource-name-rules
TENANT_RULES = {
    "resource_group": RESOURCE_GROUP_RULE,
    "odoo_identity": RULES["odoo_identity"],
    "operations_identity": RULES["odoo_identity"],
    "ingress_identity": RULES["odoo_identity"],
    "share": r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*",
    "attachments": r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*",
    "archive": r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*",
    "node_pool": r"[a-z][a-z0-9]{0,11}",
    "customer_key": r"[A-Za-z0-9-]{1,127}",
    "budget": RULES["budget"],
    "health_alert": RULES["health_alert"],
}
SERVER_RULES = {
    "server": RULES["database"],
    "replica": RULES["database_replica"],
    "endpoint": RULES["database_endpoint"],
}


def made(name: str = "acme-es", **changes: object) -> TenantPlan:
    return make_tenant_plan(name, tenant(**changes), SETTINGS, PLAN)


@properties
@given(TENANT_CHANGES)
def test_every_decision_has_a_reason(changes: Values) -> None:
    plan = made(**changes)
    found = list(leaves({key: value for key, value in asdict(plan).items() if key != "reasons"}))
    for leaf in found:
        assert any(leaf == subject or leaf.startswith(f"{subject}.") for subject in plan.reasons), leaf
    for subject, because in plan.reasons.items():
        assert any(leaf == subject or leaf.startswith(f"{subject}.") for leaf in found), subject
        assert because.endswith("."), subject


@properties
@given(TENANT_CHANGES.filter(lambda changes: changes["tier"] != "isolated"))
def test_a_tenant_takes_no_more_than_its_tier_promises(changes: Values) -> None:
    plan = made(**changes)
    given_tier = envelopes(SETTINGS, len(PLAN.zones), production=True)[SHARED[plan.tier == "priority"]]
    for pool, size in plan.odoo.pools.items():
        most = given_tier.running.pools[pool]
        assert size.max_replicas <= most.max_replicas
        assert replace(size, min_replicas=0, max_replicas=0) == replace(most, min_replicas=0, max_replicas=0)
    assert plan.odoo.namespace == given_tier.namespace
    assert plan.odoo.role_limit == PLAN.role_limits[plan.tier]
    assert plan.odoo.database_limit == 2 * plan.odoo.role_limit + 3


@properties
@given(TENANT_CHANGES, st.integers(1, 10))
def test_more_users_never_make_fewer_pods(changes: Values, more: int) -> None:
    users = min(changes["concurrent_users"], 30)
    small, large = (made(**changes | {"concurrent_users": count}).odoo for count in (users, users + more))
    assert small.pools.keys() == large.pools.keys()
    for pool, plan in small.pools.items():
        assert plan.max_replicas <= large.pools[pool].max_replicas


@given(
    name=st.from_regex(r"[a-z](-?[a-z0-9]){1,19}", fullmatch=True).filter(lambda name: len(name) <= 20),
    slot=st.integers(1, 400),
    application=st.from_regex(r"[a-z][a-z0-9]{1,6}", fullmatch=True),
    environment=st.from_regex(r"[a-z][a-z0-9]{1,6}", fullmatch=True),
    location=st.sampled_from(sorted(REGIONS)),
)
@properties
def test_names_are_what_azure_takes(name: str, slot: int, application: str, environment: str, location: str) -> None:
    place = Environment.model_validate_json(
        json.dumps(
            {
                "name": environment,
                "class": "production",
                "topology": "multi-tenant-aks",
                "suffix": "a1b2c3",
                "application": application,
            }
        )
    )
    names = tenant_names(name, slot, place, REGIONS[location])
    for field, rule in TENANT_RULES.items():
        assert re.fullmatch(rule, getattr(names, field)), field
    for field, rule in SERVER_RULES.items():
        assert re.fullmatch(rule, getattr(names.server, field)), field
    assert TENANT_RULES.keys() | {"server"} == asdict(names).keys()


@properties
@given(st.lists(TENANT_CHANGES, min_size=1, max_size=4, unique_by=lambda changes: str(changes["slot"])), st.data())
def test_a_tenant_that_comes_changes_no_other_ones_plan(files: list[Values], data: st.DataObject) -> None:
    tenants = {f"acme-{changes['slot']}": tenant(**changes) for changes in files}
    newest = data.draw(st.sampled_from(sorted(tenants)))
    before, _ = plan_tenants({name: file for name, file in tenants.items() if name != newest}, SETTINGS, PLAN)
    after, problems = plan_tenants(dict(reversed(tenants.items())), SETTINGS, PLAN)
    assert problems == []
    assert after.keys() == tenants.keys()
    assert {name: plan for name, plan in after.items() if name != newest} == before


def test_a_tenant_that_cannot_be_planned_keeps_no_other_from_it() -> None:
    tenants = {"acme-es": tenant(), "acme-it": tenant(slot=2, integrations=100)}
    plans, problems = plan_tenants(tenants, SETTINGS, PLAN)
    assert plans == {"acme-es": made()}
    assert [problem.file for problem in problems] == ["subsidiaries/emea/acme-it.yaml"]


def test_names_of_two_tenants_are_apart() -> None:
    one, other = asdict(made("acme-es").names), asdict(made("acme-it", slot=2).names)
    own, others = ({*names.pop("server").values(), *names.values()} for names in (one, other))
    assert len(own) == 14
    assert own.isdisjoint(others)


def test_a_standard_tenant_in_numbers() -> None:
    plan = made()
    pools = {name: (pool.min_replicas, pool.max_replicas, pool.workers) for name, pool in plan.odoo.pools.items()}
    # 35 users: 6 workers on a normal day, 9 of 53 at the close, in pods of three.
    assert pools == {"web": (2, 3, 3), "websocket": (2, 2, 1), "cron": (1, 1, 1), "queue": (1, 1, 1)}
    assert plan.odoo.node_pools == {"web": "web", "websocket": "web", "cron": "jobs", "queue": "jobs"}
    assert (plan.odoo.role_limit, plan.odoo.database_limit) == (114, 231)
    assert not plan.odoo.reads_from_replica
    assert plan.odoo.timezone == "Europe/Amsterdam"
    assert {window.purpose for window in plan.odoo.windows} == {"close of a month", "close of the financial year"}
    assert plan.server == 0
    assert plan.former_server is None
    assert plan.own is None
    assert plan.hostname == "acme-es.subs.acme.example"
    assert plan.certificate == "acme-es"
    assert plan.ingress_address == "10.40.6.4"
    assert plan.ingress.allowed_ranges == ("10.220.0.0/16", "10.230.0.0/16")
    assert plan.names.resource_group == "rg-odoo-subs-acme-es-we"
    assert plan.names.operations_identity == "id-odoo-subs-acme-es-operations"
    assert plan.file_share_gib == 100
    assert plan.state == "active"


def test_a_priority_tenant_keeps_its_pods_when_a_zone_is_lost() -> None:
    plan = made(tier="priority", concurrent_users=90)
    pools = {name: (pool.min_replicas, pool.max_replicas) for name, pool in plan.odoo.pools.items()}
    # 15 workers on a normal day, 23 of 135 users at the close: 5 and 8 pods, and half as many again.
    assert pools == {"web": (9, 12), "websocket": (3, 3), "cron": (2, 2), "queue": (2, 2), "reporting": (2, 2)}
    assert plan.ingress.replicas == 3
    assert plan.odoo.reads_from_replica


def test_an_isolated_tenant_has_nodes_and_a_server_of_its_own() -> None:
    plan = made(tier="isolated", concurrent_users=300, database_gib=200, slot=7)
    assert plan.own is not None
    assert set(plan.odoo.node_pools.values()) == {"t007"}
    assert plan.own.nodes.vm_size == "Standard_E8ads_v5"
    assert plan.own.database.sku_name == "Standard_E16ads_v5"
    assert plan.own.database.maintenance_day == PLAN.servers[0].database.maintenance_day
    assert plan.own.database.maintenance_hour == PLAN.servers[0].database.maintenance_hour
    assert plan.server is None
    assert plan.names.server.server == "psql-odoo-subs-acme-es-we-a1b2c3"
    limit = int(plan.own.database.parameters["max_connections"])
    assert 2 * plan.odoo.role_limit < plan.odoo.database_limit < limit


def test_jobs_of_a_suspended_isolated_tenant_run_on_nodes_that_are_still_there() -> None:
    suspended = {"state": "suspended", "suspended_on": "2026-11-01"}
    plan = made(tier="isolated", concurrent_users=300, slot=7, lifecycle=suspended)
    assert plan.odoo.node_pools == {name: NODE_POOLS[name] for name in plan.odoo.pools}


def test_a_tenant_that_has_moved_keeps_its_place_on_the_former_server() -> None:
    plan = made(tier="isolated", slot=21, former={"backup": "acme-es/2026-11-01"})
    assert (plan.server, plan.former_server) == (None, 1)


def test_a_file_takes_the_place_of_what_the_platform_has() -> None:
    plan = made(
        hostname="erp.acme.es",
        certificate="acme-spain",
        allowed_networks=["10.230.9.0/24", "10.220.1.0/24"],
        calendar={"timezone": "Europe/Madrid", "fiscal_year_end_month": 6},
        business_unit="Iberia",
        cost_center="CC-9",
        contacts=["finanzas@acme.es"],
        extensions=["sepa", "spain"],
        recovery_class="long",
    )
    assert (plan.hostname, plan.certificate) == ("erp.acme.es", "acme-spain")
    assert plan.ingress.allowed_ranges == ("10.220.1.0/24", "10.230.9.0/24")
    assert plan.odoo.timezone == "Europe/Madrid"
    year_end = [window.start for window in plan.odoo.windows if window.purpose == "close of the financial year"]
    assert year_end
    assert all(start.endswith((" 6 *", " 7 *")) for start in year_end)
    assert plan.modules == ("account_sepa", "l10n_es", "l10n_es_edi_sii")
    assert plan.tags == {
        "application": "odoo",
        "business-unit": "Iberia",
        "cost-center": "CC-9",
        "country": "ES",
        "criticality": "medium",
        "data-classification": "confidential",
        "environment": "subs",
        "legal-entity": "Acme Iberia SL",
        "managed-by": "pulumi",
        "owner": "finanzas@acme.es",
        "tenant": "acme-es",
        "tier": "standard",
    }
    assert plan.labels["legal-entity"] == "Acme-Iberia-SL"
    assert made().tags["owner"] == "finance@acme.example"


@pytest.mark.parametrize("recovery_class", ["standard", "long"])
def test_backups_are_immutable_as_long_as_the_account_makes_them_whatever_the_class(recovery_class: str) -> None:
    plan = made(recovery_class=recovery_class)
    assert plan.archive_days == PLAN.storage.archive_days == 16 * 366
    assert plan.reasons["archive_days"] == "The platform's: its account has one period, of its longest recovery class."


def test_a_release_without_a_queue_has_none() -> None:
    plan = made(odoo="19.0")
    assert plan.image.startswith("odoo@sha256:")
    assert not plan.queue_jobs
    assert "queue" not in plan.odoo.pools
    assert plan.odoo.pools["cron"].max_replicas == 2


@pytest.mark.parametrize(
    ("changes", "path", "found"),
    [
        ({"concurrent_users": 40, "integrations": 60}, "integrations", "work for 9 pods of web"),
        ({"invoices_per_month": 500_000}, "invoices_per_month", "work for 14 pods of queue"),
        ({"legal_entities": 80}, "legal_entities", "work for 8 pods of cron"),
    ],
)
def test_more_work_than_the_tier_has_pods_for_is_refused(changes: Values, path: str, found: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        made(**changes)
    assert refusal.value.file == "subsidiaries/emea/acme-es.yaml"
    problem = next(problem for problem in refusal.value.problems if problem.path == path)
    assert problem.found.startswith(found)
    assert "what a tenant of tier standard with 40 users has" in problem.allowed


def test_an_isolated_tenant_that_no_server_carries_is_refused_at_its_own_key() -> None:
    with pytest.raises(SettingsError) as refusal:
        made(tier="isolated", concurrent_users=5000, integrations=200)
    assert {problem.path for problem in refusal.value.problems} == {"concurrent_users"}


def test_small_environments_have_small_tenants() -> None:
    staging = platform_settings({"environment.class": "staging"})
    assert tenant_plan(staging, concurrent_users=5).odoo.pools["web"].min_replicas == 1
    priority = tenant_plan(staging, tier="priority", concurrent_users=50).odoo.pools
    assert {name: pool.max_replicas for name, pool in priority.items()} == {
        "web": 5,
        "websocket": 1,
        "cron": 1,
        "queue": 1,
        "reporting": 1,
    }
    isolated = tenant_plan(staging, tier="isolated", concurrent_users=50)
    assert isolated.own is not None
    assert isolated.own.nodes.min_nodes == 2
