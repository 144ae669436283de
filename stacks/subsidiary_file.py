"""A tenant's file, checked by itself: its name, its values, and these against its platform's settings."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

from pydantic import BaseModel

from stacks.errors import BrokenSettingError, Problem
from stacks.settings import PlatformSettings
from stacks.subsidiary import Subsidiary
from stacks.subsidiary_consistency import PERMANENT_RULES, RUNNING_RULES, Candidate
from stacks.subsidiary_lifecycle import LIFECYCLE_RULES
from stacks.tenant_scalars import TenantName, TenantState
from stacks.validation import broken_rules, plain_data, validated

FILE_NAME = "the file's name"
"""Path of problems with a tenant's name."""


class _Named(BaseModel):
    name: TenantName
    """Name of the tenant, and of its file before the `.yaml`."""


def name_problems(name: str) -> list[Problem]:
    """What is wrong with a tenant's name.

    Args:
        name: the name: its file's, without the extension.
    """
    return [replace(problem, path=FILE_NAME) for problem in validated(_Named, {"name": name})[1]]


def check_subsidiary(
    name: str, values: Mapping[str, Any], platform: PlatformSettings, today: date
) -> tuple[Subsidiary, list[Problem]]:
    """A tenant by itself, whatever other tenants there are.

    Args:
        name: its name.
        values: what its file says.
        platform: settings of its platform.
        today: the day that retentions are counted to.

    Returns:
        The tenant, and its problems. Where there are any, the tenant is a stand-in for what is right in the file:
        reading anything else raises `BrokenSettingError`.
    """
    document, problems = plain_data(values)
    tenant, wrong = validated(Subsidiary, document, without={problem.path for problem in problems})
    problems += wrong
    candidate = Candidate(tenant=tenant, platform=platform, today=today)
    problems += broken_rules((*PERMANENT_RULES, *LIFECYCLE_RULES), candidate)
    if not is_removed(tenant):
        problems += broken_rules(RUNNING_RULES, candidate)
    return tenant, [*name_problems(name), *problems]


def is_removed(tenant: Subsidiary) -> bool:
    """Whether nothing is left of a tenant but its file; False where the file does not say so clearly.

    Args:
        tenant: the tenant, or a stand-in for what is right in its file.
    """
    with suppress(BrokenSettingError):
        return tenant.lifecycle.state is TenantState.REMOVED
    return False
