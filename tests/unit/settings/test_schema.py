"""The schema that editors use: current, accepts what is right, refuses what is wrong, and describes everything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from stacks.scalars import Topology
from stacks.schema import SCHEMA_FILE, SUBSIDIARY_SCHEMA_FILE, environment_schema, rendered, subsidiary_schema
from stacks.settings import BY_TOPOLOGY, SECRETS
from tests.unit.settings.conftest import ROOT

Document = dict[str, Any]
SCHEMAS = {SCHEMA_FILE: environment_schema(), SUBSIDIARY_SCHEMA_FILE: subsidiary_schema()}
STACKS = {
    "prod": "Settings",
    "staging": "Settings",
    "subsidiaries": "PlatformSettings",
    "acme-at": "TenantSettings",
    "governance": "GovernanceSettings",
}
TENANTS = sorted((ROOT / "subsidiaries/emea").glob("*.yaml"))


def _validator(schema: Path) -> Draft7Validator:
    content = json.loads(schema.read_text(encoding="utf-8"))
    Draft7Validator.check_schema(content)
    return Draft7Validator(content)


@pytest.fixture(scope="module")
def validator() -> Draft7Validator:
    return _validator(SCHEMA_FILE)


def _document(stack: str) -> Document:
    content: Document = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"))
    return content


@pytest.fixture
def document() -> Document:
    return _document("prod")


def _messages(validator: Draft7Validator, document: object) -> list[str]:
    return [error.message for error in validator.iter_errors(document)]


@pytest.mark.parametrize("file", SCHEMAS)
def test_the_file_is_current(file: Path) -> None:
    assert file.read_text(encoding="utf-8") == rendered()[file], "run: python -m stacks.schema"


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_s_file_names_the_schema_and_is_valid(stack: str, validator: Draft7Validator) -> None:
    text = (ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
    assert text.splitlines()[0] == f"# yaml-language-server: $schema={SCHEMA_FILE.relative_to(ROOT).as_posix()}"
    assert _messages(validator, _document(stack)) == []


@pytest.mark.parametrize("file", TENANTS, ids=lambda file: file.stem)
def test_a_tenant_s_file_names_the_schema_and_is_valid(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    relative = f"../../{SUBSIDIARY_SCHEMA_FILE.relative_to(ROOT).as_posix()}"
    assert text.splitlines()[0] == f"# yaml-language-server: $schema={relative}"
    assert _messages(_validator(SUBSIDIARY_SCHEMA_FILE), yaml.safe_load(text)) == []


def test_a_file_is_judged_by_its_own_topology_alone(validator: Draft7Validator) -> None:
    document = _document("subsidiaries")
    document["config"]["odoo-azure:workload"] = {}
    document["config"]["odoo-azure:platform"]["tenants_per_server"] = 0
    assert _messages(validator, document) == [
        "'odoo-azure:workload' does not match any of the regexes: '^(?!odoo-azure:)[^:]+:'",
        "0 is less than the minimum of 1",
    ]


@pytest.mark.parametrize("topology", ["multi-tenant", ""])
def test_a_topology_that_there_is_not_is_the_only_complaint(
    topology: str, document: Document, validator: Draft7Validator
) -> None:
    document["config"]["odoo-azure:environment"]["topology"] = topology
    there_are = [known.value for known in Topology]
    assert _messages(validator, document) == [f"{topology!r} is not one of {there_are}"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("country", "Spain"),
        ("concurrent_users", 0),
        ("tier", "gold"),
        ("slot", None),
        ("hostname", "es"),
        ("allowed_networks", "10.0.0.0/8"),
        ("host", "es.acme.example"),
        ("lifecycle", {"state": "gone"}),
    ],
)
def test_what_is_wrong_in_a_tenant_s_file_is_invalid(key: str, value: object) -> None:
    validator = _validator(SUBSIDIARY_SCHEMA_FILE)
    document = yaml.safe_load(TENANTS[0].read_text(encoding="utf-8"))
    assert validator.is_valid(document)
    assert not validator.is_valid(document | {key: value})


@pytest.mark.parametrize("place", [("releases", "16.0"), ("residency", "Germany"), ("recovery_classes", "Gold Plus")])
def test_keys_that_the_user_chooses_are_checked(place: tuple[str, str], validator: Draft7Validator) -> None:
    document = _document("subsidiaries")
    mapping = document["config"]["odoo-azure:platform"][place[0]]
    mapping[place[1]] = next(iter(mapping.values()))
    assert not validator.is_valid(document)


def test_keys_of_others_and_secrets_are_valid(document: Document, validator: Draft7Validator) -> None:
    document["config"] |= {
        "azure-native:subscriptionId": "x",
        "pulumi:tags": {"a": "b"},
        "odoo-azure:onCallWebhookUrl": {"secure": "v1:abc"},
    }
    document |= {"encryptionsalt": "v1:abc", "secretsprovider": "passphrase", "environment": ["finance/prod"]}
    assert validator.is_valid(document)


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("odoo-azure:worklod", None, {}),
        ("odoo-azure:onCallWebhookUrl", None, "in plain text"),
        ("odoo-azure:cost", None, None),
        ("azure-native:location", None, "moon"),
        ("odoo-azure:workload", "concurent_users", 1),
        ("odoo-azure:workload", "concurrent_users", "450"),
        ("odoo-azure:workload", "concurrent_users", 0),
        ("odoo-azure:environment", "name", "much-too-long"),
        ("odoo-azure:environment", "class", "prod"),
        ("odoo-azure:odoo", "version", 18.0),
        ("odoo-azure:odoo", "image", "odoo:latest"),
        ("odoo-azure:alerts", "email", []),
        ("odoo-azure:network", "address_space", "10.40.0.0"),
        ("odoo-azure:network", "hub", {"address_space": ["10.200.0.0/22"]}),
    ],
)
def test_what_is_wrong_is_invalid(
    document: Document, validator: Draft7Validator, section: str, key: str | None, value: object
) -> None:
    assert validator.is_valid(document)
    if key is None:
        document["config"][section] = value
    else:
        document["config"][section][key] = value
    assert not validator.is_valid(document)


REQUIRED = [
    (stack, section)
    for stack, model in STACKS.items()
    if stack != "staging"
    for section in environment_schema()["definitions"][model]["required"]
]


@pytest.mark.parametrize(("stack", "section"), REQUIRED)
def test_every_section_is_required(stack: str, section: str, validator: Draft7Validator) -> None:
    shorter = _document(stack)
    del shorter["config"][section]
    assert not validator.is_valid(shorter)


def test_every_topology_has_its_settings() -> None:
    assert {model.__name__ for model in BY_TOPOLOGY.values()} == set(STACKS.values())


@pytest.mark.parametrize("file", SCHEMAS)
def test_every_setting_has_a_description(file: Path) -> None:
    schema = SCHEMAS[file]
    undescribed = [place for place, node in _settings(schema, "") if not _described(node, schema)]
    assert undescribed == []


@pytest.mark.parametrize("file", SCHEMAS)
def test_every_setting_that_may_be_left_out_says_what_then_holds(file: Path) -> None:
    for name, definition in SCHEMAS[file]["definitions"].items():
        optional = set(definition.get("properties", {})) - set(definition.get("required", ())) - set(SECRETS)
        silent = [key for key in optional if "default" not in definition["properties"][key]]
        assert silent == [], name


def _described(node: Document, schema: Document) -> bool:
    """Whether a property, or the definition that it refers to, has a description."""
    target = schema["definitions"].get(node.get("$ref", "").rpartition("/")[2], {})
    return bool(node.get("description") or target.get("description"))


def _settings(node: Any, place: str) -> Iterator[tuple[str, Document]]:
    """Every property of the schema, with its place."""
    for group in ("properties", "definitions"):
        for key, child in node.get(group, {}).items():
            if group == "properties":
                yield f"{place}/{key}", child
            yield from _settings(child, f"{place}/{key}")
