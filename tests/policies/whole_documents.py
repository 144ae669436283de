"""Files inside ConfigMaps, opened so that what stands in them is changed as any other property."""

from __future__ import annotations

import configparser
import copy
import io
from collections.abc import Mapping
from typing import Any

import yaml

_YAML = (".yaml", ".yml")
_OPTIONS = ".conf"


def opened(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a resource's inputs with the files of a ConfigMap as mappings."""
    return _with_files(inputs, _read)


def closed(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The reverse."""
    return _with_files(inputs, _written)


def _with_files(inputs: Mapping[str, Any], convert: Any) -> dict[str, Any]:
    copied = copy.deepcopy(dict(inputs))
    if copied.get("kind") == "ConfigMap" and isinstance(copied.get("data"), dict):
        copied["data"] = {name: convert(name, content) for name, content in copied["data"].items()}
    return copied


def _read(name: str, content: Any) -> Any:
    if name.endswith(_YAML):
        return yaml.safe_load(content)
    if name.endswith(_OPTIONS):
        parser = _parser()
        parser.read_string(content)
        return {section: dict(parser[section]) for section in parser.sections()}
    return content


def _written(name: str, content: Any) -> Any:
    if name.endswith(_YAML):
        return yaml.safe_dump(content)
    if name.endswith(_OPTIONS):
        parser, text = _parser(), io.StringIO()
        parser.read_dict(content)
        parser.write(text)
        return text.getvalue()
    return content


def _parser() -> configparser.RawConfigParser:
    return configparser.RawConfigParser(interpolation=None)
