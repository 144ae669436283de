"""A tenant's file by itself: what is wrong in it, and against its platform's settings."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from stacks.scalars import OdooVersion
from stacks.subsidiary import Subsidiary
from stacks.subsidiary_file import check_subsidiary
from stacks.tenant_scalars import Tier
from tests.unit.settings.tenants import PLATFORM, SPAIN, TODAY, found, offering, only, tenant


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
        ("server", None, None, None, None),
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
        problem = only(SPAIN | {"tier": "isolated", "concurrent_users": 401}, "concurrent_users")
        assert "topology dedicated-aks" in problem.remedy

    def test_is_as_well_for_a_database_of_a_size(self) -> None:
        assert found(SPAIN | {"database_gib": 50}) == {}
        assert only(SPAIN | {"database_gib": 51}, "database_gib").remedy == "Set tier to priority."

    def test_and_size_are_compared_beside_a_wrong_number_of_users(self) -> None:
        assert set(found(SPAIN | {"concurrent_users": "many", "database_gib": 51})) == {
            "concurrent_users",
            "database_gib",
        }


class TestServer:
    def test_of_its_own_goes_with_tier_isolated_alone(self) -> None:
        assert found(SPAIN | {"tier": "isolated", "server": "own"}) == {}
        assert only(SPAIN | {"server": "own"}, "server").remedy == "Remove it, or set tier to isolated."

    def test_that_is_shared_takes_no_more_than_tier_priority(self) -> None:
        isolated = SPAIN | {"tier": "isolated", "server": "shared", "concurrent_users": 100, "database_gib": 150}
        assert found(isolated) == {}
        assert only(isolated | {"concurrent_users": 101}, "server").remedy.startswith("Set it to own")
        assert only(isolated | {"database_gib": 151}, "server").remedy.startswith("Set it to own")

    def test_that_it_has_left_is_another_one(self) -> None:
        former = {"server": "shared", "backup": "acme-es/20261122T031500Z.dump"}
        assert found(SPAIN | {"tier": "isolated", "former": former}) == {}
        assert only(SPAIN | {"former": former}, "former.server").found == '"shared", where its database is now'
        assert found(SPAIN | {"tier": "isolated", "server": "shared", "former": former | {"server": "own"}}).keys() == {
            "former.server"
        }


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
        problem = only(self.lifecycle(state=state, suspended_on="2016-11-22", consent=consent), "lifecycle.consent")
        assert problem.allowed == f'"{self.CONSENT}"'
        assert found(self.lifecycle(state=state, suspended_on="2016-11-22", consent=self.CONSENT)) == {}

    @pytest.mark.parametrize("state", ["released", "removed"])
    def test_gives_data_up_only_after_the_retention(self, state: str) -> None:
        early = self.lifecycle(state=state, suspended_on="2016-11-23", consent=self.CONSENT)
        problem = only(early, "lifecycle.state")
        assert problem.allowed.startswith("suspended until 2026-11-23: its books are kept for 10 years")
        assert found(early, today=date(2026, 11, 23)) == {}

    def test_keeps_books_as_long_as_their_class_says(self) -> None:
        late = self.lifecycle(state="released", suspended_on="2019-11-22", consent=self.CONSENT)
        assert found(late | {"recovery_class": "relaxed"}) == {}
        assert "15 years" in only(late | {"recovery_class": "long-archive"}, "lifecycle.state").allowed

    def test_of_a_leap_day_ends_on_the_first_of_march(self) -> None:
        leap = self.lifecycle(state="released", suspended_on="2016-02-29", consent=self.CONSENT)
        values = leap | {"recovery_class": "long-archive"}
        assert "until 2031-03-01" in only(values, "lifecycle.state", today=date(2031, 2, 28)).allowed

    def test_ends_with_a_file_that_keeps_its_slot_and_needs_nothing_of_the_platform(self) -> None:
        gone = {"state": "removed", "suspended_on": "2016-11-22", "consent": self.CONSENT}
        assert found(tenant(1, lifecycle=gone, odoo="17.0", extensions=["old"], concurrent_users=900)) == {}
        assert list(found(tenant(25, lifecycle=gone))) == ["slot"]
