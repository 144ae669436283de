"""JSON Schema of `Pulumi.<stack>.yaml`, for editors: completes keys, shows what they mean, underlines mistakes.

`python -m stacks.schema` writes it, from the models, beside this module.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stacks.settings import PROJECT, SECRETS, Settings

SCHEMA_FILE = Path(__file__).with_name("environment.schema.json")
"""Where the schema is kept: the stacks' files name it in their first line."""

# yaml-language-server, which editors use, knows draft 7; 2020-12 only in part.
_DRAFT = "http://json-schema.org/draft-07/schema#"


def environment_schema() -> dict[str, Any]:
    """JSON Schema, draft 7, of a whole `Pulumi.<stack>.yaml`."""
    config = _as_draft_7(Settings.model_json_schema(ref_template="#/definitions/{model}"))
    definitions = config.pop("$defs")
    config["properties"] |= {key: _secret(purpose) for key, purpose in SECRETS.items()}
    # Keys of the providers (azure-native:subscriptionId) and of Pulumi itself are theirs to check.
    config["patternProperties"] = {f"^(?!{PROJECT}:)[^:]+:": {}}
    return {
        "$schema": _DRAFT,
        "title": "An environment of Odoo on Azure",
        "type": "object",
        "properties": {"config": config, **_PULUMI_KEYS},
        "required": ["config"],
        "additionalProperties": False,
        "definitions": definitions,
    }


def rendered() -> str:
    """The schema as the text of its file."""
    return json.dumps(environment_schema(), indent=2, ensure_ascii=False) + "\n"


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
    return kept


if __name__ == "__main__":
    SCHEMA_FILE.write_text(rendered(), encoding="utf-8")
    print(f"{SCHEMA_FILE} is current")
