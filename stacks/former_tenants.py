"""Tenants that a platform declared before: none goes because its file was lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from stacks.subsidiaries import shown_path
from stacks.tenancy import Tenancy


def refuse_lost_files(tenancy: Tenancy) -> None:
    """Fails the program where a tenant that the last deployment declared has no file any more.

    The engine would delete what nothing declares: all of the tenant that is not protected, its way in first. It deletes
    nothing when the program fails.

    Args:
        tenancy: the platform with its tenants.
    """
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    before = pulumi.StackReference("last-deployment", stack_name=stack)
    before.get_output("tenants").apply(lambda tenants: _refuse(tenancy, tenants or {}))


def _refuse(tenancy: Tenancy, tenants: Mapping[str, Any]) -> None:
    lost = [shown_path(tenancy.settings, f"{name}.yaml") for name in sorted(tenants) if name not in tenancy.files]
    if lost:
        raise pulumi.RunError(
            f"{', '.join(lost)}: gone, while the last deployment had the tenant. Nothing of it was deleted. Bring the "
            "file back; a tenant leaves by lifecycle.state: docs/guides/offboarding.md."
        )
