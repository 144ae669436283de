"""Enforcement levels: those of an environment, and a configuration under which nothing stops a deployment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from policies.reference import ENVIRONMENTS

PACK = Path(__file__).resolve().parents[1] / "policies"
STRICTEST = ENVIRONMENTS[0]


def environment_of(environment_class: str) -> str:
    """The environment whose levels hold for a class; the strictest for one that has no levels of its own."""
    return environment_class if environment_class in ENVIRONMENTS else STRICTEST


def without_stops(environment: str) -> dict[str, Any]:
    """The pack's configuration for an environment, with everything that is mandatory made advisory.

    The engine stops at the first resource that breaks a mandatory rule: what else is wrong would stay unseen.
    """
    said = json.loads((PACK / f"enforcement.{environment}.json").read_text(encoding="utf-8"))
    return {name: _advisory(setting) for name, setting in {"all": "advisory", **said}.items()}


def _advisory(setting: str | Mapping[str, Any]) -> dict[str, Any]:
    own = {"enforcementLevel": setting} if isinstance(setting, str) else dict(setting)
    disabled = own.get("enforcementLevel") == "disabled"
    return {**own, "enforcementLevel": "disabled" if disabled else "advisory"}
