"""Arguments of `AzureGuardrails`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pulumi

from components.access import Role
from components.base import Placement


@dataclass(frozen=True, kw_only=True)
class Member:
    """A policy of the initiative.

    Args:
        reference: its name within the initiative; exemptions use it. Permanent.
        parameters: values of its parameters, the effect included.
        groups: controls it belongs to, at most 16.
        roles: what it needs at the subscription to change resources (effects Modify and DeployIfNotExists); empty for
            one that only judges.
    """

    reference: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BuiltInMember(Member):
    """A policy that Azure has.

    Args:
        reference: as of every `Member`.
        parameters: the same.
        groups: the same.
        roles: the same.
        guid: its name.
        version: major version whose newest minor one is meant.
        preview: that version is a preview.
    """

    guid: str
    version: int
    preview: bool = False


@dataclass(frozen=True, kw_only=True)
class CustomMember(Member):
    """A policy that is made here.

    Args:
        reference: as of every `Member`; names the definition, too.
        parameters: the same.
        groups: the same.
        roles: the same.
        title: display name, up to 128 characters.
        description: why, and what to change; up to 512 characters.
        mode: `All` or `Indexed`.
        rule: the policy rule, `if` and `then`.
        definitions: its parameters, by name, as ARM writes them (`type`, `allowedValues`, ...); at most 20. None can be
            taken away later, and a new one needs a `defaultValue`.
    """

    title: str
    description: str
    mode: str
    rule: Mapping[str, Any]
    definitions: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """Leave to break some policies.

    Args:
        name: name of the exemption, up to 64 characters; 55 for policies in clusters.
        scope: ARM id of what is exempt.
        references: the policies, by their reference.
        until: last day (UTC).
        reason: why, up to 512 characters.
        approver: who accepted the risk.
        ticket: where the work is tracked.
    """

    name: str
    scope: str
    references: tuple[str, ...]
    until: date
    reason: str
    approver: str
    ticket: str


@dataclass(frozen=True, kw_only=True)
class AzureGuardrailsArgs:
    """Arguments of `AzureGuardrails`.

    Args:
        placement: where the assignments' identities live; its subscription is what is guarded.
        name: name of the initiative and of its assignment, up to 24 characters.
        members: policies over resources of Azure, each a `BuiltInMember` or a `CustomMember`.
        cluster_members: policies over objects in clusters, evaluated by AKS's policy add-on.
        exemptions: who may break which.
        defender_plans: plans of Defender for Cloud that are on, by name, each with its sub-plan or None.
        security_contact: mail address that Defender writes to.
        undeletable_types: ARM types that nobody may delete, as `Microsoft.DBforPostgreSQL/flexibleServers`.
    """

    placement: Placement
    name: str
    members: tuple[Member, ...]
    cluster_members: tuple[Member, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    defender_plans: Mapping[str, str | None] = field(default_factory=dict)
    security_contact: pulumi.Input[str]
    undeletable_types: tuple[str, ...] = ()
