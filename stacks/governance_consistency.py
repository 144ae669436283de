"""Rules between settings that guard a subscription, each valid alone, that contradict each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import TYPE_CHECKING

from stacks.errors import Problem

if TYPE_CHECKING:
    from stacks.settings import GovernanceSettings

_PULL_REQUEST = ":pull_request"
"""How the subject of a pull request's token ends (docs.github.com actions/reference/security/oidc)."""


def _region_is_allowed(settings: GovernanceSettings) -> Iterator[Problem]:
    allowed = settings.governance.allowed_regions
    if settings.location not in allowed:
        yield Problem(
            path="azure-native:location",
            found=f'"{settings.location}", which odoo-azure:governance.allowed_regions does not have',
            allowed=", ".join(allowed),
            remedy="Take one of these, or have governance allow the region.",
        )


def _groups_are_apart(settings: GovernanceSettings) -> Iterator[Problem]:
    groups = settings.access.model_dump(exclude={"break_glass_accounts"})
    for (other, first), (role, second) in combinations(groups.items(), 2):
        if first == second:
            yield Problem(
                path=f"odoo-azure:access.{role}",
                found=f'"{second}", the group of {other} too',
                allowed=f"a group of its own, apart from {other}",
                remedy="Take another group: what one may do the other must not, and nobody approves for himself.",
            )


def _deploying_needs_an_approved_environment(settings: GovernanceSettings) -> Iterator[Problem]:
    preview, deploy = settings.pipelines.preview, settings.pipelines.deploy
    if deploy is None:
        return
    previewing = set(preview.subjects.values()) if preview and preview.issuer == deploy.issuer else set()
    for name, subject in deploy.subjects.items():
        if subject in previewing or subject.endswith(_PULL_REQUEST):
            yield Problem(
                path=f"odoo-azure:pipelines.deploy.subjects.{name}",
                found=f'"{subject}", which previews' if subject in previewing else f'"{subject}"',
                allowed="the subject of an environment that needs an approval",
                remedy="Bind it to such an environment: whoever opens a pull request could deploy.",
            )


GOVERNANCE_RULES: tuple[Callable[[GovernanceSettings], Iterator[Problem]], ...] = (
    _region_is_allowed,
    _groups_are_apart,
    _deploying_needs_an_approved_environment,
)
"""What must hold between settings of a stack that guards a subscription."""
