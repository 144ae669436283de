"""The schema that editors use: current, accepts what is right, refuses what is wrong, and describes everything."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from stacks.schema import SCHEMA_FILE, environment_schema, rendered
from tests.unit.settings.conftest import ROOT

Document = dict[str, Any]
FILES = ("Pulumi.prod.yaml", "Pulumi.staging.yaml")


@pytest.fixture(scope="module")
def validator() -> Draft7Validator:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


@pytest.fixture
def document() -> Document:
    content: Document = yaml.safe_load((ROOT / FILES[0]).read_text(encoding="utf-8"))
    return content


def test_the_file_is_current() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == rendered(), "run: python -m stacks.schema"


@pytest.mark.parametrize("name", FILES)
def test_a_stack_s_file_names_the_schema_and_is_valid(name: str, validator: Draft7Validator) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert text.splitlines()[0] == f"# yaml-language-server: $schema={SCHEMA_FILE.relative_to(ROOT).as_posix()}"
    assert [error.message for error in validator.iter_errors(yaml.safe_load(text))] == []


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


@pytest.mark.parametrize("section", environment_schema()["properties"]["config"]["required"])
def test_every_section_is_required(document: Document, validator: Draft7Validator, section: str) -> None:
    shorter = copy.deepcopy(document)
    del shorter["config"][section]
    assert not validator.is_valid(shorter)


def test_every_setting_has_a_description() -> None:
    schema = environment_schema()
    undescribed = [place for place, node in _settings(schema, "") if not _described(node, schema)]
    assert undescribed == []


def test_every_setting_that_may_be_left_out_says_what_then_holds() -> None:
    schema = environment_schema()
    for name, definition in schema["definitions"].items():
        optional = set(definition.get("properties", {})) - set(definition.get("required", ()))
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
