"""Ids that Azure gave to roles and policies: a mistyped one fails only when somebody deploys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.access import Role
from policies.controls.catalog import POLICIES
from policies.controls.model import BuiltInPolicy
from sandbox.azure.policies import built_in, check_values
from sandbox.azure.rules.authorization import roles

ROOT = Path(__file__).parents[2]
# Not all of Azure's are hexadecimal: 17k78e20-9358-41c9-923c-fb736d382a12 is one.
GUID = re.compile(r"(?<![\w-])[0-9a-z]{8}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{12}(?![\w-])", re.IGNORECASE)
OTHERS = {
    # learn.microsoft.com azure/container-registry/container-registry-authentication: the user name beside a token
    "00000000-0000-0000-0000-000000000000",
    # made up here: the namespace of the ids of custom roles
    "0f7b5bb8-6a0e-4d1c-9a57-3d9f2c6f5c11",
    # policies/controls/reasons.py says why it is not used
    "5f6e84e2-8ab9-44ee-b092-9e5453d343e3",
}
BUILT_IN = [policy for policy in POLICIES if isinstance(policy, BuiltInPolicy)]


def written() -> Iterator[tuple[str, str]]:
    """Every GUID in the code, with its file."""
    for folder in ("components", "stacks", "policies"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".json", ".yaml"):
                for guid in GUID.findall(path.read_text(encoding="utf-8")):
                    yield str(path.relative_to(ROOT)), guid


def test_there_are_ids_to_check() -> None:
    assert len(set(written())) > 200


def test_every_id_in_the_code_is_one_that_azure_has() -> None:
    definitions = built_in()
    known = {*roles(), *definitions["policydefinitions"], *definitions["policysetdefinitions"], *OTHERS}
    assert {(path, guid) for path, guid in written() if guid not in known} == set()


def test_every_role_is_the_one_that_it_is_called() -> None:
    # Names of ours leave out words that all of a service's roles have.
    for role in Role:
        title = roles()[role.value].lower().replace("azure kubernetes service", "aks").replace("-", " ")
        assert set(role.name.lower().split("_")) <= {
            *title.split(),
            *re.findall("[a-z]+", title),
            "acr",
            "pull",
            "push",
        }


@pytest.mark.parametrize("policy", BUILT_IN, ids=lambda policy: policy.reference)
def test_a_policy_takes_every_effect_and_parameter_that_it_is_given(policy: BuiltInPolicy) -> None:
    azures = built_in()["policydefinitions"][policy.guid]
    assert int(azures.version.partition(".")[0]) == policy.version
    assert azures.version.endswith("-preview") == policy.preview
    assert azures.effect_parameter == policy.effect_parameter
    for effect in policy.effects:
        given = {policy.effect_parameter: effect} if policy.effect_parameter else {}
        check_values(policy.reference, azures, {**policy.parameters, **given})


def test_no_policy_is_there_twice_with_the_same_parameters() -> None:
    given = [(policy.guid, str(policy.parameters)) for policy in BUILT_IN]
    assert sorted(given) == sorted(set(given))
