"""Who holds which role, and how: the table that grants and the page docs/reference/access.md follow from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from components.access_model.args import Activation
from components.access_model.deployer import DEPLOYER
from components.access_model.roles import (
    AUDITOR,
    CLUSTER_ADMINISTRATOR,
    CLUSTER_READER,
    CLUSTER_USER,
    DEVELOPER,
    FUNCTIONAL_OPERATOR,
    OWNER,
    PLATFORM_OPERATOR,
    READER,
    ROLE_ADMINISTRATOR,
    AnyRole,
    CustomRole,
)


class Hold(StrEnum):
    """How a group has a role."""

    STANDING = "standing"
    """All the time."""
    ELIGIBLE = "eligible"
    """Its members may activate it, each for a few hours."""
    NONE = "-"
    """Not at all."""


class Group(StrEnum):
    """Groups of people, by their name in `PeopleGroups`."""

    PLATFORM_ADMINISTRATORS = "platform_administrators"
    ERP_FUNCTIONAL = "erp_functional"
    DEVELOPERS = "developers"
    AUDITORS = "auditors"
    BREAK_GLASS = "break_glass"


BREAK_GLASS_HOURS = 1


@dataclass(frozen=True, kw_only=True)
class Duty:
    """A role of a group, at the subscription.

    Args:
        group: the group.
        role: the role.
        production: how it is held in a subscription of production.
        elsewhere: how it is held in another one.
        why: what for, shown in the portal; at most 256 characters.
    """

    group: Group
    role: AnyRole
    production: Hold
    elsewhere: Hold
    why: str

    def held(self, *, production: bool) -> Hold:
        """How it is held."""
        return self.production if production else self.elsewhere

    def activation(self, wanted: Activation) -> Activation:
        """What its activation needs: break-glass waits for nobody, and not for long."""
        if self.group is not Group.BREAK_GLASS:
            return wanted
        return Activation(hours=BREAK_GLASS_HOURS, approval=False, notified=wanted.notified, reviewed=wanted.reviewed)


DUTIES: tuple[Duty, ...] = (
    Duty(
        group=Group.PLATFORM_ADMINISTRATORS,
        role=READER,
        production=Hold.STANDING,
        elsewhere=Hold.STANDING,
        why="Sees what it looks after.",
    ),
    Duty(
        group=Group.PLATFORM_ADMINISTRATORS,
        role=PLATFORM_OPERATOR,
        production=Hold.ELIGIBLE,
        elsewhere=Hold.STANDING,
        why="Restarts and scales when something is wrong; all other changes go through the pipeline.",
    ),
    Duty(
        group=Group.PLATFORM_ADMINISTRATORS,
        role=CLUSTER_ADMINISTRATOR,
        production=Hold.ELIGIBLE,
        elsewhere=Hold.NONE,
        why="Looks into clusters when something is wrong. Elsewhere each environment grants it on its own cluster.",
    ),
    Duty(
        group=Group.ERP_FUNCTIONAL,
        role=FUNCTIONAL_OPERATOR,
        production=Hold.STANDING,
        elsewhere=Hold.STANDING,
        why="Looks after Odoo's work, in Odoo itself; here it sees metrics and Odoo's logs.",
    ),
    Duty(
        group=Group.DEVELOPERS,
        role=DEVELOPER,
        production=Hold.STANDING,
        elsewhere=Hold.STANDING,
        why="Reads what runs, to find faults.",
    ),
    Duty(
        group=Group.DEVELOPERS,
        role=PLATFORM_OPERATOR,
        production=Hold.NONE,
        elsewhere=Hold.STANDING,
        why="Restarts what it tries out, outside of production.",
    ),
    Duty(
        group=Group.AUDITORS,
        role=READER,
        production=Hold.STANDING,
        elsewhere=Hold.STANDING,
        why="Sees everything, logs and who may do what included; changes nothing.",
    ),
    Duty(
        group=Group.AUDITORS,
        role=AUDITOR,
        production=Hold.STANDING,
        elsewhere=Hold.STANDING,
        why="Asks for compliance and cost, which Azure counts as actions.",
    ),
    Duty(
        group=Group.BREAK_GLASS,
        role=OWNER,
        production=Hold.ELIGIBLE,
        elsewhere=Hold.NONE,
        why="For when nothing else works. Nobody approves; every use is an alert at once.",
    ),
)


@dataclass(frozen=True, kw_only=True)
class PipelineDuty:
    """A role of pipelines, at the subscription.

    Args:
        role: the role.
        deploys: whether it is of those that deploy, or of those that preview.
        why: what for, shown in the portal.
        conditional: bound to a condition on what it may hand out.
    """

    role: AnyRole
    deploys: bool
    why: str
    conditional: bool = False


PIPELINE_DUTIES: tuple[PipelineDuty, ...] = (
    PipelineDuty(role=READER, deploys=False, why="Compares the program with what there is."),
    PipelineDuty(role=CLUSTER_USER, deploys=False, why="Gets the addresses of API servers."),
    PipelineDuty(role=CLUSTER_READER, deploys=False, why="Compares Kubernetes objects, but secrets."),
    PipelineDuty(role=DEPLOYER, deploys=True, why="Makes and changes what the stacks declare."),
    PipelineDuty(role=CLUSTER_ADMINISTRATOR, deploys=True, why="Makes and changes the stacks' Kubernetes objects."),
    PipelineDuty(
        role=ROLE_ADMINISTRATOR,
        deploys=True,
        why="Hands out the roles that the stacks' components use, and no others.",
        conditional=True,
    ),
)


def custom_roles(*, production: bool) -> tuple[CustomRole, ...]:
    """The custom roles that are in use, in the order of the tables."""
    held = [duty.role for duty in DUTIES if duty.held(production=production) is not Hold.NONE]
    used = dict.fromkeys([*held, *(duty.role for duty in PIPELINE_DUTIES)])
    return tuple(role for role in used if isinstance(role, CustomRole))


def eligible_roles(prefix: str, *, production: bool) -> Mapping[str, str]:
    """Titles of the roles that people may activate, by GUID.

    Args:
        prefix: beginning of the names of custom roles.
        production: whether it is production.
    """
    eligible = (duty.role for duty in DUTIES if duty.held(production=production) is Hold.ELIGIBLE)
    return {role.guid(prefix): role.title for role in eligible}
