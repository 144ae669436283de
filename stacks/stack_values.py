"""What stands in a stack's configuration, before a model looks at it: which keys are ours, and which may be secret."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any

from stacks.errors import Problem
from stacks.explain import dotted, is_secret, unknown_key
from stacks.validation import plain_data


def as_document(
    values: Mapping[str, Any], known: Collection[str], secrets: Collection[str], namespace: str
) -> tuple[dict[str, Any], list[Problem]]:
    """What a model is to validate, as plain data, and the problems of what is not for it.

    Args:
        values: value by full key; sections as mappings or as JSON, secrets as `{"secure": ...}`.
        known: keys that the model has.
        secrets: keys that must be secret.
        namespace: ours: keys of others are not looked at.
    """
    given: dict[str, object] = {}
    problems: list[Problem] = []
    for key, value in values.items():
        if key in secrets:
            problems += [] if is_secret(value) else [_plain_secret(key)]
        elif key not in known:
            problems += [unknown_key(dotted((key,)), key, (*known, *secrets))] if _is_ours(key, namespace) else []
        elif is_secret(value):
            problems.append(_needless_secret(key, secrets))
        else:
            given[key] = parsed(value)
    document, unreadable = plain_data(given)
    return document, problems + unreadable


def parsed(value: object) -> object:
    """The mapping that a text of the engine's configuration holds as JSON; anything else as it is."""
    if isinstance(value, str):
        with suppress(ValueError, RecursionError):
            read = json.loads(value)
            return read if isinstance(read, dict) else value
    return value


def _is_ours(key: str, namespace: str) -> bool:
    """Whether a key is in our namespace, or was meant to be: other namespaces belong to providers."""
    given, colon, _ = key.partition(":")
    return not colon or bool(difflib.get_close_matches(given, [namespace], cutoff=0.8))


def _plain_secret(key: str) -> Problem:
    return Problem(
        path=key,
        found="plain text (not shown)",
        allowed="a secret that Pulumi encrypts",
        remedy=f"Remove it, replace the secret where it comes from, then run: pulumi config set --secret {key}",
    )


def _needless_secret(key: str, secrets: Collection[str]) -> Problem:
    return Problem(
        path=key,
        found="a secret, or something with a secret in it",
        allowed="plain settings, which reviewers can read",
        remedy=f"Write it without secrets. Only these may be secret: {', '.join(secrets) or 'none'}.",
    )
