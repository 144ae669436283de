"""Production is deployed by its pipeline alone.

This keeps people from a mistake. What keeps them from production is that only the pipeline's identity may write there
(components/access_model).
"""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from stacks.scalars import EnvironmentClass
from stacks.settings import AnySettings

# Each sets its own in every job: docs.github.com/actions/reference/workflows-and-actions/variables,
# learn.microsoft.com/azure/devops/pipelines/build/variables.
PIPELINES = ("GITHUB_ACTIONS", "TF_BUILD")
ALLOW_LOCAL = "ODOO_AZURE_ALLOW_LOCAL"


def refuse_outside_pipeline(settings: AnySettings, variables: Mapping[str, str]) -> None:
    """Refuses to deploy production from anywhere but a pipeline; a preview is always free.

    Args:
        settings: of the stack. A tenant's, which does not know the class of its platform, counts as production.
        variables: the environment's. ODOO_AZURE_ALLOW_LOCAL holds a reason why this once it may; the run's log has it.

    Raises:
        pulumi.RunError: it is production, and this is no pipeline.
    """
    environment_class = getattr(settings.environment, "environment_class", EnvironmentClass.PRODUCTION)
    is_pipeline = any(variables.get(name) for name in PIPELINES)
    if pulumi.runtime.is_dry_run() or is_pipeline or environment_class is not EnvironmentClass.PRODUCTION:
        return
    reason = variables.get(ALLOW_LOCAL, "").strip()
    if not reason:
        raise pulumi.RunError(
            f"Stack {pulumi.get_stack()} is production, and only its pipeline deploys it: docs/guides/promotion.md. A "
            f'preview may run anywhere. In an emergency: {ALLOW_LOCAL}="why, and the ticket" pulumi up ...'
        )
    pulumi.log.warn(f"Deployed outside of the pipeline: {reason}")
