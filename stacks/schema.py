"""JSON Schemas of `Pulumi.<stack>.yaml` and of tenants' files, for editors: they complete keys, show what they mean,
underline mistakes.

`python -m stacks.schema` writes them, from the models, beside this module.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from stacks.scalars import Topology
from stacks.settings import BY_TOPOLOGY, ENVIRONMENT_KEY, PROJECT, StackSettings
from stacks.subsidiary import Subsidiary

SCHEMA_FILE = Path(__file__).with_name("environment.schema.json")
"""Schema of the stacks' files, which name it in their first line."""

SUBSIDIARY_SCHEMA_FILE = Path(__file__).with_name("subsidiary.schema.json")
"""Schema of the tenants' files, which name it in their first line."""

# yaml-language-server, which editors use, knows draft 7; 2020-12 only in part.
_DRAFT = "http://json-schema.org/draft-07/schema#"
_REFERENCE = "#/definitions/{model}"


def environment_schema() -> dict[str, Any]:
    """JSON Schema, draft 7, of a whole `Pulumi.<stack>.yaml` of any topology."""
    _, schema = models_json_schema([(model, "validation") for model in BY_TOPOLOGY.values()], ref_template=_REFERENCE)
    definitions = _as_draft_7(schema["$defs"])
    for model in BY_TOPOLOGY.values():
        _complete(definitions[model.__name__], model)
    return {
        "$schema": _DRAFT,
        "title": "A stack of Odoo on Azure",
        "type": "object",
        "properties": {"config": _of_its_topology(definitions), **_PULUMI_KEYS},
        "required": ["config"],
        "additionalProperties": False,
        "definitions": definitions,
    }


def subsidiary_schema() -> dict[str, Any]:
    """JSON Schema, draft 7, of a tenant's file."""
    schema = _as_draft_7(Subsidiary.model_json_schema(ref_template=_REFERENCE))
    definitions = schema.pop("$defs")
    return {"$schema": _DRAFT, "title": "A tenant of a platform", **schema, "definitions": definitions}


def rendered() -> Mapping[Path, str]:
    """The schemas as the texts of their files."""
    schemas = {SCHEMA_FILE: environment_schema(), SUBSIDIARY_SCHEMA_FILE: subsidiary_schema()}
    return {path: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for path, schema in schemas.items()}


def _complete(definition: dict[str, Any], model: type[StackSettings]) -> None:
    """Adds what the models do not see: secrets, and keys of others."""
    definition["properties"] |= {key: _secret(purpose) for key, purpose in model.secrets.items()}
    # Keys of the providers (azure-native:subscriptionId) and of Pulumi itself are theirs to check.
    definition["patternProperties"] = {f"^(?!{PROJECT}:)[^:]+:": {}}


def _of_its_topology(definitions: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of the topology that a file names; `oneOf` would complain in the name of all the others."""
    topology = definitions["Environment"]["properties"]["topology"]
    return {
        "type": "object",
        "description": "Settings: those of the topology that odoo-azure:environment names.",
        "properties": {
            ENVIRONMENT_KEY: {
                "type": "object",
                "description": "What this stack is.",
                "properties": {"topology": topology},
                "required": ["topology"],
            }
        },
        "required": [ENVIRONMENT_KEY],
        "allOf": [_if_topology(topology, model.__name__) for topology, model in BY_TOPOLOGY.items()],
    }


def _if_topology(topology: Topology, definition: str) -> dict[str, Any]:
    environment = {"properties": {"topology": {"const": topology}}, "required": ["topology"]}
    return {
        "if": {"properties": {ENVIRONMENT_KEY: environment}, "required": [ENVIRONMENT_KEY]},
        "then": {"$ref": _REFERENCE.format(model=definition)},
    }


# pulumi.com/docs/iac/concepts/projects/stack-settings-file
_PULUMI_KEYS = {
    "secretsprovider": {"type": "string", "description": "Who encrypts secrets: passphrase, or the URL of a key."},
    "encryptedkey": {"type": "string", "description": "Written by Pulumi: the data key, encrypted by that key."},
    "encryptionsalt": {"type": "string", "description": "Written by Pulumi: the salt of the passphrase."},
    "environment": {"description": "Pulumi ESC environments to import, where Pulumi Cloud is the backend."},
}


def _secret(purpose: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": f"{purpose} Set it with `pulumi config set --secret`.",
        "properties": {"secure": {"type": "string", "description": "Encrypted by Pulumi."}},
        "required": ["secure"],
        "additionalProperties": False,
    }


def _as_draft_7(node: Any) -> Any:
    """The schema without generated titles, and with references as draft 7 reads them.

    Draft 7 ignores what stands beside a `$ref`, the description and the default included: `allOf` keeps them.
    """
    if isinstance(node, list):
        return [_as_draft_7(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _as_draft_7(value) for key, value in node.items() if key != "title" or not isinstance(value, str)}
    if "$ref" in kept and len(kept) > 1:
        return {"allOf": [{"$ref": kept.pop("$ref")}], **kept}
    if "patternProperties" in kept:  # pydantic checks the keys of a mapping; JSON Schema only if it is told
        kept["additionalProperties"] = False
    return kept


if __name__ == "__main__":
    for file, text in rendered().items():
        file.write_text(text, encoding="utf-8")
        print(f"{file} is current")
