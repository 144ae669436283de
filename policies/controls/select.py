"""What is assigned to a subscription: the catalog with its effects chosen and its values filled in, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.controls.catalog import POLICIES
from policies.controls.model import AzurePolicy, BuiltInPolicy, CustomPolicy, FromSettings

_REFUSES = "deny"


@dataclass(frozen=True, kw_only=True)
class AssignedPolicy:
    """A policy of an initiative.

    Args:
        reference: its name within the initiative.
        rules: ids of the rules of the pack that hold the same.
        parameters: values of its parameters, the effect included.
    """

    reference: str
    rules: tuple[str, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class AssignedBuiltIn(AssignedPolicy):
    """One of Azure's own.

    Args:
        guid: name of the definition.
        version: its major version.
        preview: that version is a preview.
    """

    guid: str
    version: int
    preview: bool = False


@dataclass(frozen=True, kw_only=True)
class AssignedCustom(AssignedPolicy):
    """One of ours.

    Args:
        title: display name.
        description: why, and what to change.
        mode: `All` or `Indexed`.
        rule: the policy rule, `if` and `then`.
        definitions: its parameters, the effect included.
    """

    title: str
    description: str
    mode: str
    rule: Mapping[str, Any]
    definitions: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Assigned:
    """What is assigned.

    Args:
        members: policies over resources of Azure.
        cluster_members: policies over objects in clusters.
    """

    members: tuple[AssignedPolicy, ...]
    cluster_members: tuple[AssignedPolicy, ...]

    @property
    def references(self) -> frozenset[str]:
        """Names of all of them."""
        return frozenset(policy.reference for policy in (*self.members, *self.cluster_members))


def assigned(enforce: bool, values: Mapping[FromSettings, Any]) -> Assigned:
    """What the governed subscription gets: every policy of the catalog, its strictest effect where enforced.

    Services that this platform does not use are held, too: whoever may deploy could start one. Where nothing is
    enforced, policies that cannot but refuse are left out.

    Args:
        enforce: refuse (`Deny`), and not only report (`Audit`).
        values: the parameters that only the settings know.

    Raises:
        ValueError: a value that a policy needs is not among them.
    """
    chosen = [(policy, effect) for policy in POLICIES if (effect := effect_of(policy, enforce=enforce))]
    missing = sorted({each.value for policy, _ in chosen for each in _wanted(policy) if each not in values})
    if missing:
        raise ValueError(f"policies need values of {', '.join(missing)}")
    return Assigned(
        members=tuple(_assign(policy, effect, values) for policy, effect in chosen if not policy.in_clusters),
        cluster_members=tuple(_assign(policy, effect, values) for policy, effect in chosen if policy.in_clusters),
    )


def effect_of(policy: AzurePolicy, *, enforce: bool) -> str | None:
    """The strictest effect that is allowed; None where nothing is enforced and the policy can only refuse."""
    return next((effect for effect in policy.effects if enforce or effect.casefold() != _REFUSES), None)


def _wanted(policy: AzurePolicy) -> list[FromSettings]:
    return [value for value in policy.parameters.values() if isinstance(value, FromSettings)]


def _assign(policy: AzurePolicy, effect: str, values: Mapping[FromSettings, Any]) -> AssignedPolicy:
    given = {
        name: values[value] if isinstance(value, FromSettings) else value for name, value in policy.parameters.items()
    }
    parameters = given | ({policy.effect_parameter: effect} if policy.effect_parameter else {})
    if isinstance(policy, BuiltInPolicy):
        return AssignedBuiltIn(
            reference=policy.reference,
            rules=policy.rules,
            parameters=parameters,
            guid=policy.guid,
            version=policy.version,
            preview=policy.preview,
        )
    if not isinstance(policy, CustomPolicy):
        raise TypeError(f"{policy.reference} is neither built in nor custom")
    return AssignedCustom(
        reference=policy.reference,
        rules=policy.rules,
        parameters=parameters,
        title=policy.title,
        description=policy.description,
        mode=policy.mode,
        rule=policy_rule(policy),
        definitions={**policy.definitions, policy.effect_parameter: _effect_definition(policy)},
    )


def policy_rule(policy: CustomPolicy) -> dict[str, Any]:
    """The `policyRule` of a definition of ours."""
    then: dict[str, Any] = {"effect": f"[parameters('{policy.effect_parameter}')]"}
    if policy.details:
        then["details"] = dict(policy.details)
    return {"if": dict(policy.condition), "then": then}


def _effect_definition(policy: CustomPolicy) -> dict[str, Any]:
    return {
        "type": "String",
        "allowedValues": [*policy.effects, "Disabled"],
        "defaultValue": policy.effects[-1],
        "metadata": {"displayName": "Effect", "description": "Refuse, report, or leave alone."},
    }
