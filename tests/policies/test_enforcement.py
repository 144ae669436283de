"""What an environment may say of the rules, and what becomes of a file that says anything else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import grpc
import pytest
from jsonschema import Draft202012Validator
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel

from checks import levels
from policies import schema
from policies.kit.analyzer import TypedAnalyzer
from policies.kit.enforcement import EnforcementError, accepted_by, load, problems, require
from policies.kit.runner import policy
from policies.pack import PACK, RULES
from policies.reference import ENVIRONMENTS, levels_of
from policies.rules.catalog import COST, IDENTITY, RESIDENCY, SUPPLY_CHAIN
from sandbox.failures import BadInputError
from tests.policies.harness import BY_ID, UNKNOWN, Declared, judge_stack

ACCEPTED = accepted_by(RULES)
FOLDER = Path(schema.__file__).parent


def wrong(**said: Any) -> list[str]:
    return list(problems({name.replace("_", "-"): value for name, value in said.items()}, ACCEPTED))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_files_of_the_environments_are_right(environment: str) -> None:
    file = FOLDER / f"enforcement.{environment}.json"
    assert load(file, RULES)
    Draft202012Validator(json.loads(schema.texts()[schema.ENFORCEMENT])).validate(json.loads(file.read_text()))


def test_the_schemas_are_what_the_rules_say() -> None:
    for file, text in schema.texts().items():
        assert file.read_text(encoding="utf-8") == text, "run python -m policies.schema"


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"all": "advisory"},
        {"all": "disabled", "environments": ["shared/levels"]},
        {"pg-cmk": "mandatory"},
        {"storage-min-tls": "remediate"},
        {"blob-soft-delete": {"enforcementLevel": "disabled", "days": 30}},
        {"blob-soft-delete": {"days": 30}},
        {"tags-required": {"enforcementLevel": "remediate", "values": {"owner": "erp@acme.example"}}},
    ],
)
def test_what_is_right_is_right_for_the_pack_and_for_editors(said: dict[str, Any]) -> None:
    assert list(problems(said, ACCEPTED)) == []
    Draft202012Validator(json.loads(schema.texts()[schema.ENFORCEMENT])).validate(said)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (
            {"pg_cmx": "mandatory"},
            "pg-cmx: there is no such rule (is pg-cmk meant?); docs/reference/policies.md lists them",
        ),
        ({"$schema": "x.json"}, "$schema: there is no such rule; docs/reference/policies.md lists them"),
        ({"all": "strict"}, 'all: the level is "strict", it must be mandatory, advisory or disabled'),
        (
            {"all": "remediate"},
            'all: the level is "remediate", it must be mandatory, advisory or disabled; '
            "only rules with a fix can be put right",
        ),
        (
            {"pg-cmk": "remediate"},
            'pg-cmk: the level is "remediate", it must be mandatory, advisory or disabled; '
            "only rules with a fix can be put right",
        ),
        (
            {"storage-min-tls": "yes"},
            'storage-min-tls: the level is "yes", it must be mandatory, advisory, disabled or remediate',
        ),
        ({"pg-cmk": None}, "pg-cmk: the level is null, it must be mandatory, advisory or disabled"),
        ({"pg-cmk": ["mandatory"]}, 'pg-cmk: the level is ["mandatory"], it must be mandatory, advisory or disabled'),
        (
            {"blob-soft-delete": {"day": 30}},
            "blob-soft-delete.day: there is no such setting (is days meant?); its settings are days",
        ),
        ({"pg-cmk": {"days": 30}}, "pg-cmk.days: there is no such setting; it has no settings"),
        ({"blob-soft-delete": {"days": "30"}}, "blob-soft-delete.days: '30' is not of type 'integer'"),
        ({"blob-soft-delete": {"days": 0}}, "blob-soft-delete.days: 0 is less than the minimum of 1"),
        ({"tags-required": {"keys": ["owner", 7]}}, "tags-required.keys[1]: 7 is not of type 'string'"),
        (
            {"rbac-no-standing-write-for-people": {"roles": ["Owner"]}},
            "rbac-no-standing-write-for-people.roles[0]: 'Owner' is not a 'uuid'",
        ),
    ],
)
def test_each_mistake_is_said_with_its_place_and_what_is_allowed(said: dict[str, Any], problem: str) -> None:
    assert wrong(**said) == [problem]


def test_all_mistakes_are_said_at_once_and_many_are_counted() -> None:
    with pytest.raises(EnforcementError) as error:
        require({f"no-rule-{number:02}": "mandatory" for number in range(23)}, {}, "levels.json")
    first, *listed, last = str(error.value).splitlines()
    assert (first, len(listed), last) == ("levels.json is wrong:", 20, "  and 3 more")


@pytest.mark.parametrize(("text", "said"), [("{", "it cannot be read as JSON"), ("[]", "it must be an object")])
def test_a_file_of_another_form_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "levels.json").write_text(text)
    with pytest.raises(EnforcementError, match=said):
        load(tmp_path / "levels.json", RULES)


def test_a_check_begins_with_all_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    levels.require_files()
    for environment in ENVIRONMENTS:
        (tmp_path / f"enforcement.{environment}.json").write_text('{"all": "advisory"}')
    (tmp_path / "enforcement.development.json").write_text('{"pg-cmx": "advisory"}')
    monkeypatch.setattr(levels, "PACK", tmp_path)
    with pytest.raises(BadInputError, match=r"enforcement\.development\.json is wrong:\n  pg-cmx: there is no such"):
        levels.require_files()


def test_a_check_stops_at_nothing_and_puts_nothing_right() -> None:
    said = levels.without_stops("development")
    assert said["storage-min-tls"] == {"enforcementLevel": "advisory"}
    assert {setting["enforcementLevel"] for setting in said.values()} == {"advisory", "disabled"}
    assert said["cost-database-size"]["processors"] == 4


def configure(**policies: dict[str, Any]) -> Any:
    request = proto.ConfigureAnalyzerRequest()
    for name, properties in policies.items():
        request.policyConfig[name.replace("_", "-")].enforcementLevel = proto.ADVISORY
        request.policyConfig[name.replace("_", "-")].properties.update(properties)
    return request


def server() -> TypedAnalyzer:
    made = [policy(BY_ID[name]) for name in ("blob-soft-delete", "storage-min-tls")]
    return TypedAnalyzer(PACK, "0.0.1", made, EnforcementLevel.ADVISORY)


def test_the_pack_refuses_what_the_engine_would_ignore() -> None:
    context = MagicMock()
    context.abort.side_effect = RuntimeError
    with pytest.raises(RuntimeError):
        server().Configure(configure(blob_soft_delte={"days": 30}, blob_soft_delete={"day": 3}), context)
    code, text = context.abort.call_args.args
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert sorted(text.splitlines()[1:]) == [
        "  blob-soft-delete.day: there is no such setting (is days meant?); its settings are days",
        "  blob-soft-delte: there is no such rule (is blob-soft-delete meant?); docs/reference/policies.md lists them",
    ]


def test_the_pack_takes_what_is_right() -> None:
    context = MagicMock()
    server().Configure(configure(blob_soft_delete={"days": 30}, all={}), context)
    context.abort.assert_not_called()


def test_levels_of_a_rule_with_settings_alone_are_those_of_all() -> None:
    assert levels_of("development")["cost-database-size"] is EnforcementLevel.ADVISORY


@pytest.mark.parametrize("family", [COST, IDENTITY, RESIDENCY, SUPPLY_CHAIN])
def test_development_is_told_and_production_is_stopped(family: str) -> None:
    production, development = levels_of("production"), levels_of("development")
    rules = [rule.id for rule in RULES if rule.family == family]
    assert EnforcementLevel.MANDATORY in {production[rule] for rule in rules}
    lax = {EnforcementLevel.ADVISORY, EnforcementLevel.DISABLED, EnforcementLevel.REMEDIATE}
    assert all(development[rule] in lax or production[rule] is EnforcementLevel.MANDATORY for rule in rules)


def _granted(role: str, **identity: Any) -> list[Declared]:
    given = {"principalType": "ServicePrincipal", "roleDefinitionId": f"/x/roleDefinitions/{role}"}
    return [
        Declared(type="managedidentity:UserAssignedIdentity", name="id", properties=identity),
        Declared(type="authorization:RoleAssignment", name="grant", properties=given, uses={"principalId": ["id"]}),
    ]


PULL, READ = "7f951dda-4ed3-4680-a7ca-43fe172d538d", "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
LISTS = {
    "roles": [READ],
    "identities": [{"name": "id-*-kubelet", "roles": [PULL]}, {"name": "id-*", "roles": []}],
}


@pytest.mark.parametrize(
    ("identity", "role", "right"),
    [
        ("id-erp-kubelet", PULL, True),
        ("id-erp-kubelet", READ, False),
        ("id-erp-odoo", PULL, False),
        ("another", READ, True),
        ("another", PULL, False),
        (UNKNOWN, PULL, True),
    ],
)
def test_an_identity_holds_what_the_first_pattern_that_fits_its_name_lists(
    identity: str, role: str, right: bool
) -> None:
    outcome = judge_stack("rbac-roles-listed", _granted(role, resourceName=identity), LISTS)
    assert (outcome.violations == ()) is right
    assert bool(outcome.not_yet_known) is (identity == UNKNOWN)
