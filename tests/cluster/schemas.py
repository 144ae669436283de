"""Objects against the JSON schemas of a running API server, by kubeconform: a reader that is not the server itself."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from sandbox.cluster.api import Api
from sandbox.toolchain import go_tool

_COMPONENTS = "#/components/schemas/"
# Group is `v1` for the core group: the part of apiVersion before the slash, or all of it (kubeconform, pkg/registry).
_FILE = "{{ .ResourceKind }}_{{ .Group }}_{{ .ResourceAPIVersion }}.json"
Schema = dict[str, Any]


def refusals(api: Api, objects: Sequence[Mapping[str, Any]], folder: Path) -> dict[str, str]:
    """What kubeconform says against objects, by `Kind/name`; nothing when all of them fit.

    Args:
        api: the server whose schemas hold: those of its own resources and of the definitions installed in it.
        objects: whole objects, with `apiVersion` and `kind`.
        folder: an empty folder to work in.
    """
    schemas, manifests = folder / "schemas", folder / "objects.json"
    schemas.mkdir()
    for version in {str(each["apiVersion"]) for each in objects}:
        _write_schemas(api, version, {str(each["kind"]) for each in objects}, schemas)
    manifests.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [dict(each) for each in objects]}))
    command = [str(go_tool("kubeconform", print)), "-strict", "-summary", "-verbose", "-output", "json"]
    # Its default is a download.
    ran = subprocess.run(
        [*command, "-schema-location", f"{schemas}/{_FILE}", str(manifests)],
        capture_output=True,
        text=True,
        check=False,
    )
    said = json.loads(ran.stdout)
    if len(said["resources"]) != len(objects):
        raise AssertionError(f"{len(objects)} objects were given, {len(said['resources'])} judged: {ran.stderr}")
    return {
        f"{each['kind']}/{each['name']}": f"{each['status']}: {each['msg']}"
        for each in said["resources"]
        if each["status"] != "statusValid"
    }


def _write_schemas(api: Api, version: str, kinds: Collection[str], folder: Path) -> None:
    """A file for each of these kinds that the group and version has."""
    document = api.get(f"/openapi/v3/{'apis' if '/' in version else 'api'}/{version}") or {}
    schemas = document["components"]["schemas"]
    components = {name: _strict(schema) for name, schema in schemas.items()}
    for name, schema in schemas.items():
        for meant in schema.get("x-kubernetes-group-version-kind", ()):
            if meant["kind"] in kinds and "/".join(filter(None, (meant["group"], meant["version"]))) == version:
                file = f"{meant['kind'].lower()}_{version.partition('/')[0]}_{meant['version']}.json"
                whole = {"$ref": f"{_COMPONENTS}{name}", "components": {"schemas": components}}
                (folder / file).write_text(json.dumps(whole))


def _strict(schema: Any) -> Any:
    """The schema, refusing properties that it does not name, as the server does with `fieldValidation=Strict`."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    strict: Schema = {key: _strict(value) for key, value in schema.items()}
    is_open = schema.get("x-kubernetes-preserve-unknown-fields") or "additionalProperties" in schema
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object" and not is_open:
        strict["additionalProperties"] = False
    return strict
