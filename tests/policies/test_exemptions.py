"""Exceptions that reach Azure: what can be exempt, and for how long."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from policies.controls.catalog import BY_RULE, POLICIES
from policies.controls.exemptions import exemptions
from policies.kit.exceptions import ExceptionsError, PolicyException, load
from policies.pack import RULES
from tests.policies.exceptions_example import entry, written

GROUP = "/subscriptions/7c1d9a52-3f60-4f0e-9b7e-52d1c0a4e8f1/resourceGroups/rg-odoo-prod-data-we"
ACCOUNT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stodooprodk7m2qx"
TODAY = date(2026, 11, 22)


def exception(**changes: Any) -> PolicyException:
    return PolicyException.model_validate(entry(rule="storage-shared-key-off", azure_scope=ACCOUNT, **changes))


def test_an_exemption_holds_as_long_as_its_exception_to_the_day() -> None:
    every = {policy.reference for policy in POLICIES}
    one = exception(granted="2026-11-02", until="2026-12-31")
    assert exemptions([one], date(2026, 11, 1), every) == []
    assert len(exemptions([one], date(2026, 11, 2), every)) == 1
    (found,) = exemptions([one], date(2026, 12, 31), every)
    assert exemptions([one], date(2027, 1, 1), every) == []
    assert (found.scope, found.references, found.until) == (ACCOUNT, ("storage-shared-key",), date(2026, 12, 31))
    assert (found.approver, found.ticket, found.reason) == ("security@acme.example", "SEC-12", one.reason)
    assert re.fullmatch(r"storage-shared-key-off-[0-9a-f]{8}", found.name)


def test_exemptions_are_of_assigned_policies_in_this_subscription_and_one_a_scope() -> None:
    every = {policy.reference for policy in POLICIES}
    long, short = exception(until="2027-02-28"), exception(until="2026-12-31")
    assert [each.until for each in exemptions([long, short], TODAY, every)] == [date(2027, 2, 28)]
    assert exemptions([long], TODAY, set()) == []
    assert exemptions([long], TODAY, every, "99999999-3f60-4f0e-9b7e-52d1c0a4e8f1") == []
    assert len(exemptions([long], TODAY, every, "7C1D9A52-3f60-4f0e-9b7e-52d1c0a4e8f1")) == 1
    elsewhere = PolicyException.model_validate(entry())
    assert exemptions([elsewhere], TODAY, every) == []


@pytest.mark.parametrize("scope", [GROUP, ACCOUNT, f"{ACCOUNT}/blobServices/default"])
def test_a_group_or_a_resource_can_be_exempt(tmp_path: Path, scope: str) -> None:
    file = written(tmp_path, entry(rule="storage-shared-key-off", azure_scope=scope))
    assert load(file, RULES, TODAY).entries[0].azure_scope == scope


@pytest.mark.parametrize(
    "scope",
    [
        "",
        "/subscriptions/7c1d9a52-3f60-4f0e-9b7e-52d1c0a4e8f1",
        "/subscriptions/7c1d9a52-3f60-4f0e-9b7e-52d1c0a4e8f1/",
        "/subscriptions/7c1d9a52-3f60-4f0e-9b7e-52d1c0a4e8f1/resourceGroups/",
        "/providers/Microsoft.Management/managementGroups/acme",
        "/subscriptions/*/resourceGroups/rg",
        f"{GROUP}*",
        f"{GROUP}/",
        f"{GROUP}/..",
        f"{GROUP}/../rg-other",
        f"{GROUP}\n",
        f"{GROUP}/providers/Microsoft.Storage",
        f"{GROUP}/providers/Microsoft.Storage/storageAccounts",
        f"{ACCOUNT}/blobServices",
        f"{ACCOUNT} {ACCOUNT}",
    ],
)
def test_nothing_wider_than_a_group_can_be_exempt(tmp_path: Path, scope: str) -> None:
    with pytest.raises(ExceptionsError, match="azure_scope: must be the ARM id of a resource group"):
        load(written(tmp_path, entry(rule="storage-shared-key-off", azure_scope=scope)), RULES, TODAY)


def test_a_rule_without_an_azure_policy_has_nothing_to_be_exempt_from(tmp_path: Path) -> None:
    assert "storage-cmk-versionless" not in BY_RULE
    with pytest.raises(ExceptionsError, match="azure_scope: no Azure Policy holds storage-cmk-versionless"):
        load(written(tmp_path, entry(azure_scope=GROUP)), RULES, TODAY)


def test_an_exemption_lasts_no_longer_than_an_exception_may() -> None:
    one = exception(granted="2026-11-02", until="2027-05-01")
    (found,) = exemptions([one], TODAY, {"storage-shared-key"})
    assert found.until - one.granted <= timedelta(days=180)
