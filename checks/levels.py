"""Enforcement levels: those of an environment, and a configuration under which nothing stops a deployment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from policies.kit.enforcement import ALL, ESC, LEVEL, EnforcementError, load
from policies.pack import RULES
from policies.reference import ENVIRONMENTS
from sandbox.failures import BadInputError

PACK = Path(__file__).resolve().parents[1] / "policies"
STRICTEST = ENVIRONMENTS[0]


def environment_of(environment_class: str) -> str:
    """The environment whose levels hold for a class; the strictest for one that has no levels of its own."""
    return environment_class if environment_class in ENVIRONMENTS else STRICTEST


def require_files() -> None:
    """Makes sure that every environment's file says only what there is.

    Raises:
        BadInputError: one of them does not; the text has all that is wrong in it.
    """
    for environment in ENVIRONMENTS:
        _said(environment)


def without_stops(environment: str) -> dict[str, Any]:
    """The pack's configuration for an environment, with everything that is mandatory made advisory.

    The engine stops at the first resource that breaks a mandatory rule: what else is wrong would stay unseen. Nothing
    is put right either (level remediate): a reviewer is to see what the program itself lacks.
    """
    said = {ALL: "advisory", **_said(environment)}
    return {name: setting if name == ESC else _advisory(setting) for name, setting in said.items()}


def _said(environment: str) -> dict[str, Any]:
    try:
        return load(PACK / f"enforcement.{environment}.json", RULES)
    except EnforcementError as error:
        raise BadInputError(str(error)) from None


def _advisory(setting: str | Mapping[str, Any]) -> dict[str, Any]:
    own = {LEVEL: setting} if isinstance(setting, str) else dict(setting)
    disabled = own.get(LEVEL) == "disabled"
    return {**own, LEVEL: "disabled" if disabled else "advisory"}
