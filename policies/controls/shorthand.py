"""How policies are written down: one call each."""

from __future__ import annotations

from typing import Any

from policies.controls.model import BuiltInPolicy

DENY = ("Deny", "Audit")
"""Azure refuses it, where the subscription enforces."""
AUDIT = ("Audit",)
"""Azure reports it: there is no other effect, or a refusal would hit what Azure makes by itself."""
EXISTS = ("AuditIfNotExists",)
"""Azure reports what is missing beside the resource."""

Condition = dict[str, Any]
"""A part of a policy's `if` (learn.microsoft.com azure/governance/policy/concepts/definition-structure-policy-rule)."""


def built_in(
    reference: str,
    guid: str,
    version: int,
    title: str,
    *rules: str,
    effects: tuple[str, ...] = DENY,
    effect_parameter: str = "effect",
    preview: bool = False,
    **parameters: Any,
) -> BuiltInPolicy:
    """A built-in policy over resources of Azure; its parameters by their own names."""
    return BuiltInPolicy(
        reference=reference,
        guid=guid,
        version=version,
        preview=preview,
        title=title,
        rules=rules,
        effects=effects,
        effect_parameter=effect_parameter,
        parameters=parameters,
    )


def in_cluster(
    reference: str,
    guid: str,
    version: int,
    title: str,
    *rules: str,
    effects: tuple[str, ...] = DENY,
    preview: bool = False,
    **parameters: Any,
) -> BuiltInPolicy:
    """A built-in policy over objects of Kubernetes; its parameters by their own names."""
    return BuiltInPolicy(
        reference=reference,
        guid=guid,
        version=version,
        preview=preview,
        title=title,
        rules=rules,
        effects=effects,
        parameters=parameters,
        in_clusters=True,
    )


def all_of(*conditions: Condition) -> Condition:
    """All hold."""
    return {"allOf": list(conditions)}


def any_of(*conditions: Condition) -> Condition:
    """One holds."""
    return {"anyOf": list(conditions)}


def negate(condition: Condition) -> Condition:
    """It does not hold."""
    return {"not": condition}


def field(name: str, **operator: Any) -> Condition:
    """A condition on a field: `field("type", equals="...")`."""
    return {"field": name, **operator}


def kind(arm_type: str) -> Condition:
    """The resource is of this type."""
    return field("type", equals=arm_type)


def some(array: str, where: Condition) -> Condition:
    """At least one member of an array fits."""
    return {"count": {"field": array, "where": where}, "greater": 0}


def contains_some(array: str, values: tuple[str, ...]) -> Condition:
    """At least one member of an array of texts is among the values."""
    # A condition on all members holds for an empty array, so its denial means: one is there, and is among them.
    return negate(field(array, notIn=list(values)))
