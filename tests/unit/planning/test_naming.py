"""Names are ones that Azure takes, and none is another's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict

import pytest
from hypothesis import given

from stacks.errors import SettingsError
from stacks.planning.assemble import make_plan
from stacks.planning.naming import RESOURCE_GROUP_RULE, RULES
from stacks.planning.plan_names import Names
from stacks.settings import Settings
from tests.unit.planning.examples import SETTINGS, plan_with, properties, settings_with

GLOBAL = {
    "key_vault",
    "recovery_key_vault",
    "secret_vault",
    "certificate_vault",
    "registry",
    "database",
    "database_replica",
    "database_endpoint",
    "cache",
    "file_storage",
    "backup_storage",
    "recovery_backup_storage",
    "flow_log_storage",
    "attachment_storage",
}


def by_field(names: Names) -> Iterator[tuple[str, str]]:
    for field, value in asdict(names).items():
        if isinstance(value, dict):
            yield from ((f"{field}.{key}", name) for key, name in value.items())
        else:
            yield field, value


@properties
@given(SETTINGS)
def test_every_name_obeys_the_rule_of_its_type(settings: Settings) -> None:
    for field, name in by_field(make_plan(settings).names):
        assert re.fullmatch(RULES.get(field, RESOURCE_GROUP_RULE), name), (field, name)


@properties
@given(SETTINGS)
def test_names_are_distinct_and_global_ones_carry_the_suffix(settings: Settings) -> None:
    names = dict(by_field(make_plan(settings).names))
    assert len({name.lower() for name in names.values()}) == len(names)
    for field in GLOBAL:
        assert names[field].endswith(settings.environment.suffix)


def test_names_follow_the_frameworks_abbreviations() -> None:
    names = plan_with().names
    assert names.resource_groups.data == "rg-odoo-prod-data-we"
    assert names.resource_groups.recovery == "rg-odoo-prod-recovery-ne"
    assert names.virtual_network == "vnet-odoo-prod-we"
    assert names.key_vault == "kv-odoo-prod-k-a1b2c3"
    assert names.registry == "crodooprodwea1b2c3"
    assert names.database == "psql-odoo-prod-we-a1b2c3"
    assert names.file_storage == "stodooprodfsa1b2c3"
    assert names.attachment_storage == "stodooprodata1b2c3"
    assert names.cluster == "aks-odoo-prod-we"
    assert names.operations_identity == "id-odoo-prod-we-operations"
    assert names.scaler_identity == "id-odoo-prod-we-scaler"
    assert names.ingress_identity == "id-odoo-prod-we-ingress"


def test_the_zone_of_the_database_is_not_called_as_a_server() -> None:
    names = plan_with().names
    assert names.database_zone.endswith(".postgres.database.azure.com")
    assert not names.database_zone.startswith((names.database + ".", names.database_replica + "."))


@pytest.mark.parametrize(("application", "name", "excess"), [("finance", "staging", 3), ("finance", "prod5", 1)])
def test_a_name_that_does_not_fit_is_refused_with_what_to_shorten(application: str, name: str, excess: int) -> None:
    settings = settings_with(environment__application=application, environment__name=name)
    with pytest.raises(SettingsError) as refusal:
        make_plan(settings, file="Pulumi.prod.yaml")
    (problem,) = refusal.value.problems
    assert problem.path == "odoo-azure:environment.name"
    assert f"kv-{application}-{name}-k-a1b2c3" in problem.found
    assert problem.remedy == f"shorten environment.name or environment.application by {excess} characters in all"
    assert "Pulumi.prod.yaml" in str(refusal.value)
