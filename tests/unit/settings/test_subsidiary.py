"""A tenant's file by itself: what is wrong in it, and against its platform's settings."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, ClassVar

import pytest

from stacks.planning.platform import make_platform_plan
from stacks.scalars import EnvironmentClass, OdooVersion
from stacks.subsidiary import Subsidiary
from stacks.subsidiary_file import check_subsidiary
from stacks.tenant_scalars import Tier
from tests.unit.settings.tenants import COST, LONG_AGO, PLATFORM, SPAIN, TODAY, found, offering, only, tenant


def test_four_keys_are_enough() -> None:
    subsidiary, problems = check_subsidiary("acme-es", SPAIN, PLATFORM, TODAY)
    assert problems == []
    assert isinstance(subsidiary, Subsidiary)
    assert (subsidiary.tier, subsidiary.recovery_class) == (Tier.STANDARD, "standard")
    assert {key for key, field in Subsidiary.model_fields.items() if field.is_required()} == set(SPAIN)


@pytest.mark.parametrize(
    ("key", "value", "found_value", "allowed", "remedy"),
    [
        ("country", "UK", '"UK"', "two capital letters of ISO 3166-1, such as ES", "Did you mean GB?"),
        ("country", "XX", '"XX"', "two capital letters of ISO 3166-1, such as ES", "Take the code that ISO 3166-1"),
        ("country", "Spain", '"Spain"', "two capital letters of ISO 3166-1, such as ES", "Correct it."),
        ("concurrent_users", "35", '"35"', "a whole number from 1 to 5000", "Write digits alone"),
        ("tier", "priorty", '"priorty"', "standard, priority, isolated", "Did you mean priority?"),
        ("slot", 0, "0", "a whole number from 1 to 400", "Correct it."),
        ("hostname", "es", '"es"', "a full host name such as erp.acme.example", "Correct it."),
        ("odoo", 18.0, "18.0", "17.0, 18.0, 19.0", 'Put it in quotes: "18.0"'),
        ("former", None, None, None, None),
    ],
)
def test_a_wrong_value_is_shown_with_what_is_allowed(
    key: str, value: object, found_value: str | None, allowed: str, remedy: str
) -> None:
    if found_value is None:  # nothing, where nothing is the default
        assert found(SPAIN | {key: value}) == {}
        return
    problem = only(SPAIN | {key: value}, key)
    assert (problem.found, problem.allowed) == (found_value, allowed)
    assert problem.remedy.startswith(remedy)


def test_a_file_that_is_wrong_in_one_key_is_still_checked_in_all_others() -> None:
    broken = SPAIN | {
        "teir": "priority",
        "country": "XXX",
        "concurrent_users": 41,
        "slot": 25,
        "extensions": ["spain", "spian"],
        "calendar": {"timezone": "Europe/Madird", "business_hours": {"start": 9, "end": 8}},
        "lifecycle": {"state": "suspended", "suspended_on": "2026-13-01"},
        "allowed_networks": ["10.16.0.0/16", "10.99.0.0/16"],
    }
    assert set(found(broken)) == {
        "teir",
        "country",
        "concurrent_users",
        "slot",
        "extensions[1]",
        "calendar.timezone",
        "calendar.business_hours.end",
        "lifecycle.suspended_on",
        "allowed_networks[1]",
    }


def test_what_is_no_plain_data_is_named() -> None:
    endless: list[object] = []
    endless.append(endless)
    assert set(found(SPAIN | {"contacts": endless, "slot": 25})) == {"contacts", "slot"}


class TestName:
    @pytest.mark.parametrize("name", ["a1", "acme-es", "acme-es-2", "x" * 20, "ingress-es", "systems"])
    def test_is_a_dns_label(self, name: str) -> None:
        assert found(SPAIN, name) == {}

    @pytest.mark.parametrize(
        "name", ["Acme-ES", "acme_es", "acme.es", "-acme", "acme-", "1acme", "a", "x" * 21, "españa", "acme--es", ""]
    )
    def test_that_is_none_is_refused_beside_what_else_is_wrong(self, name: str) -> None:
        problems = found(SPAIN | {"slot": 25}, name)
        assert list(problems) == ["the file's name", "slot"]
        assert problems["the file's name"].allowed.startswith("2 to 20 lower-case letters, digits and single hyphens")

    @pytest.mark.parametrize(
        ("name", "owner"),
        [
            ("default", "Kubernetes"),
            ("kube-node-lease", "Kubernetes"),
            ("gatekeeper-system", "add-ons of the cluster"),
            ("azure-arc", "Azure"),
            ("platform-operations", "the platform itself"),
            ("platform-metrics", "the platform itself"),
            ("acme-es-ingress", "the Traefik of the tenant whose name is before it"),
            ("ingress", "dedicated environments"),
            ("odoo", "dedicated environments"),
            ("postgres", "PostgreSQL"),
            ("template1", "PostgreSQL"),
            ("public", "PostgreSQL"),
            ("pgbouncer", "PgBouncer"),
        ],
    )
    def test_that_somebody_has_is_refused(self, name: str, owner: str) -> None:
        problem = only(SPAIN, "the file's name", name)
        assert problem.remedy == f"Take another name: this one belongs to {owner}."


class TestTier:
    @pytest.mark.parametrize(
        ("tier", "users", "next_tier"), [("standard", 41, "priority"), ("standard", 101, "isolated")]
    )
    def test_that_is_too_small_names_the_next_that_is_large_enough(self, tier: str, users: int, next_tier: str) -> None:
        problem = only(SPAIN | {"tier": tier, "concurrent_users": users}, "concurrent_users")
        assert (problem.found, problem.allowed) == (f"{users}, while tier is standard", "at most 40 in tier standard")
        assert problem.remedy == f"Set tier to {next_tier}."

    def test_that_is_the_largest_leads_to_an_environment_of_its_own(self) -> None:
        problem = only(SPAIN | {"tier": "isolated", "cost": COST, "concurrent_users": 401}, "concurrent_users")
        assert "topology dedicated-aks" in problem.remedy

    def test_is_as_well_for_a_database_of_a_size(self) -> None:
        assert found(SPAIN | {"database_gib": 50}) == {}
        assert only(SPAIN | {"database_gib": 51}, "database_gib").remedy == "Set tier to priority."

    def test_and_size_are_compared_beside_a_wrong_number_of_users(self) -> None:
        assert set(found(SPAIN | {"concurrent_users": "many", "database_gib": 51})) == {
            "concurrent_users",
            "database_gib",
        }


class TestCost:
    def test_of_nodes_and_a_server_of_its_own_has_a_budget_in_production(self) -> None:
        isolated = SPAIN | {"tier": "isolated"}
        problem = only(isolated, "cost")
        assert problem.remedy == "Write cost: {monthly_budget: ..., budget_start: <the first of this month>}."
        assert found(isolated | {"cost": COST}) == {}
        staging = PLATFORM.environment.model_copy(update={"environment_class": EnvironmentClass.STAGING})
        elsewhere = PLATFORM.model_copy(update={"environment": staging})
        assert check_subsidiary("acme-es", isolated, elsewhere, TODAY)[1] == []

    def test_starts_with_a_month(self) -> None:
        assert list(found(SPAIN | {"cost": COST | {"budget_start": "2026-12-02"}})) == ["cost.budget_start"]


class TestServer:
    FORMER: ClassVar = {"backup": "acme-es/20261122T031500Z.dump"}

    @pytest.mark.parametrize("server", ["own", "shared"])
    def test_follows_from_the_tier_and_is_no_key(self, server: str) -> None:
        isolated = SPAIN | {"tier": "isolated", "cost": COST}
        assert list(found(isolated | {"server": server})) == ["server"]
        assert list(found(isolated | {"former": self.FORMER | {"server": server}})) == ["former.server"]

    @pytest.mark.parametrize("tier", ["standard", "priority"])
    def test_that_is_shared_is_no_former_one_while_the_database_is_on_it(self, tier: str) -> None:
        problem = only(SPAIN | {"tier": tier, "former": self.FORMER}, "former")
        assert problem.found == f"a database that it has moved away from, while tier is {tier}"
        assert problem.remedy == "Set tier to isolated, or remove former."

    def test_is_former_in_tier_isolated(self) -> None:
        assert found(SPAIN | {"tier": "isolated", "cost": COST, "former": self.FORMER | {"released": True}}) == {}

    def test_that_is_former_is_checked_once_the_tier_is_right(self) -> None:
        assert list(found(SPAIN | {"tier": "isolatd", "former": self.FORMER})) == ["tier"]


def test_an_extension_that_is_not_approved_comes_with_the_way_to_its_approval() -> None:
    problem = only(SPAIN | {"extensions": ["spain", "payroll"]}, "extensions[1]")
    assert problem.found == '"payroll", which is not approved for Odoo 18.0'
    assert problem.allowed == "fixed-assets, germany, group-reporting, italy, sepa-payments, spain"
    assert problem.remedy == "Take an approved one, or ask for its approval: finance-platform@acme.example."


def test_an_extension_is_approved_for_a_series() -> None:
    assert found(SPAIN | {"odoo": "19.0", "extensions": ["group-reporting"]}) == {}
    assert only(SPAIN | {"odoo": "19.0", "extensions": ["spain"]}, "extensions[0]").found.endswith("for Odoo 19.0")


def test_a_series_that_is_not_offered_is_reported_once_whatever_extensions_it_names() -> None:
    assert only(SPAIN | {"odoo": "17.0", "extensions": ["spain"]}, "odoo").allowed == "18.0, 19.0"


@pytest.mark.parametrize("slot", [24, 25])
def test_slots_end_where_the_capacity_does(slot: int) -> None:
    problems = found(SPAIN | {"slot": slot})
    assert (list(problems) == ["slot"]) is (slot > PLATFORM.platform.capacity.total)


@pytest.mark.parametrize("network", ["10.99.0.0/16", "10.0.0.0/8", "10.220.8.0/23"])
def test_its_networks_are_within_the_platform_s_clients(network: str) -> None:
    assert found(SPAIN | {"allowed_networks": ["10.17.0.0/24", "10.220.8.128/25"]}) == {}
    problem = only(SPAIN | {"allowed_networks": [network]}, "allowed_networks[0]")
    assert problem.allowed == "ranges within 10.16.0.0/14, 10.220.8.0/24"


class TestResidency:
    @pytest.mark.parametrize(
        ("regions", "outside"),
        [
            (["westeurope", "northeurope"], None),
            (["westeurope"], "northeurope"),
            (["northeurope"], "westeurope"),
            ([], "westeurope and northeurope"),
        ],
    )
    def test_of_a_country_s_books_holds_for_backups_too(self, regions: list[str], outside: str | None) -> None:
        problems = check_subsidiary("acme-es", SPAIN, offering(residency={"ES": regions}), TODAY)[1]
        assert [problem.path for problem in problems] == (["country"] if outside else [])
        if outside:
            assert problems[0].found == f'"ES", whose books must not be in {outside}'

    def test_is_the_platform_s_where_the_country_has_no_rule(self) -> None:
        assert found(SPAIN | {"country": "PT"}) == {}
        assert only(SPAIN | {"country": "TR"}, "country").allowed.endswith("TR allows no region")


@pytest.mark.parametrize("name", ["standard", "relaxed", "long-archive"])
def test_a_recovery_class_is_one_that_is_offered(name: str) -> None:
    assert found(SPAIN | {"recovery_class": name}) == {}
    assert only(SPAIN | {"recovery_class": "gold"}, "recovery_class").allowed == "long-archive, relaxed, standard"


def test_a_rollback_goes_to_another_image_than_the_release_s() -> None:
    image, backup = PLATFORM.platform.releases[PLATFORM.platform.default_release].image, "acme-es/x.dump"
    assert found(SPAIN | {"rollback": {"image": "odoo@sha256:" + "1" * 64, "backup": backup}}) == {}
    assert "remove rollback" in only(SPAIN | {"rollback": {"image": image, "backup": backup}}, "rollback.image").remedy


@pytest.mark.parametrize(
    ("changes", "pool", "reason"),
    [
        ({}, "reporting", "tier is standard, which has no such pool"),
        ({"tier": "priority"}, "reporting", None),
        ({}, "queue", None),
        ({"odoo": "19.0"}, "queue", "its release has no queue jobs"),
    ],
)
def test_batches_have_their_pool(changes: dict[str, object], pool: str, reason: str | None) -> None:
    releases = PLATFORM.platform.releases
    without = releases[OdooVersion.V19].model_copy(update={"queue_jobs": False})
    platform = offering(releases=releases | {OdooVersion.V19: without})
    batches = [{"name": "dunning", "pool": pool, "start": 4, "hours": 2}]
    values = SPAIN | changes | {"calendar": {"batches": batches}}
    problems = check_subsidiary("acme-es", values, platform, TODAY)[1]
    assert [problem.found for problem in problems] == ([f'"{pool}", while {reason}'] if reason else [])


class TestLifecycle:
    CONSENT = "delete Acme Iberia SL"

    def lifecycle(self, **values: str) -> dict[str, Any]:
        return tenant(1, lifecycle=values)

    def test_counts_the_retention_from_a_day(self) -> None:
        assert found(self.lifecycle(state="suspended", suspended_on="2026-11-01")) == {}
        assert list(found(self.lifecycle(state="suspended"))) == ["lifecycle.suspended_on"]

    def test_of_an_active_tenant_has_no_such_day_and_no_consent(self) -> None:
        assert set(found(self.lifecycle(suspended_on="2026-11-01", consent=self.CONSENT))) == {
            "lifecycle.suspended_on",
            "lifecycle.consent",
        }

    def test_takes_no_consent_before_it_is_asked_for(self) -> None:
        suspended = self.lifecycle(state="suspended", suspended_on="2026-11-01", consent=self.CONSENT)
        assert list(found(suspended)) == ["lifecycle.consent"]

    @pytest.mark.parametrize("state", ["released", "removed"])
    @pytest.mark.parametrize("consent", ["delete acme iberia sl", "delete", "yes", "delete Acme Iberia"])
    def test_gives_data_up_only_with_the_exact_words(self, state: str, consent: str) -> None:
        problem = only(self.lifecycle(state=state, suspended_on=LONG_AGO, consent=consent), "lifecycle.consent")
        assert problem.allowed == f'"{self.CONSENT}"'
        assert found(self.lifecycle(state=state, suspended_on=LONG_AGO, consent=self.CONSENT)) == {}

    @pytest.mark.parametrize("state", ["released", "removed"])
    @pytest.mark.parametrize("recovery_class", ["standard", "relaxed", "long-archive"])
    def test_gives_data_up_when_azure_lets_its_last_backup_go_whatever_its_class(
        self, state: str, recovery_class: str
    ) -> None:
        last = TODAY - timedelta(days=make_platform_plan(PLATFORM).storage.archive_days)
        early = self.lifecycle(state=state, suspended_on=str(last + timedelta(days=1)), consent=self.CONSENT)
        early |= {"recovery_class": recovery_class}
        problem = only(early, "lifecycle.state")
        assert problem.allowed == (
            "suspended until 2026-11-23: each backup is immutable for 5856 days, whatever its class (the platform's "
            "longest archive_years, 15, and the year that it is from)"
        )
        assert problem.remedy == "Set it to suspended until 2026-11-23."
        assert found(early, today=date(2026, 11, 23)) == {}

    def test_of_a_day_beyond_the_calendar_is_refused_as_any_other(self) -> None:
        never = self.lifecycle(state="released", suspended_on="9999-12-31", consent=self.CONSENT)
        assert only(never, "lifecycle.state").allowed.startswith("suspended until 9999-12-31")

    def test_ends_with_a_file_that_keeps_its_slot_and_needs_nothing_of_the_platform(self) -> None:
        gone = {"state": "removed", "suspended_on": LONG_AGO, "consent": self.CONSENT}
        assert found(tenant(1, lifecycle=gone, odoo="17.0", extensions=["old"], concurrent_users=900)) == {}
        assert list(found(tenant(25, lifecycle=gone))) == ["slot"]
