"""Tenants that a platform declared before: none goes because its file was lost."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from stacks.subsidiaries import shown_path
from stacks.tenancy import Tenancy


def tenant_files(tenancy: Tenancy) -> pulumi.Output[list[str]]:
    """Names of the tenants that have, or had, a file that can be used; the program fails where one has none any more.

    The engine would delete what nothing declares: all of the tenant that is not protected, its way in first. It deletes
    nothing when the program fails. What is handed back must be exported under the name of this function.

    Args:
        tenancy: the platform with its tenants.
    """
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    before = pulumi.StackReference("last-deployment", stack_name=stack)
    # It fails with the outputs, so that a run that failed forgets no name.
    return before.get_output("tenant_files").apply(lambda names: _all_there(tenancy, names or []))


def _all_there(tenancy: Tenancy, before: Sequence[str]) -> list[str]:
    lost = [shown_path(tenancy.settings, f"{name}.yaml") for name in sorted(set(before) - tenancy.files)]
    if lost:
        raise pulumi.RunError(
            f"{', '.join(lost)}: gone, while the last deployment had the tenant. Nothing of it was deleted. Bring the "
            "file back; a tenant leaves by lifecycle.state: docs/guides/offboarding.md."
        )
    # A new file that could never be used may go as it came.
    return sorted({*before, *tenancy.plans})
