"""What a control is beside its rule: plain data, read by the matrix and by whoever assigns the policies in Azure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class FromSettings(Enum):
    """A parameter's value that only the one who assigns the policy knows."""

    ALLOWED_REGIONS = "allowed-regions"
    """List of Azure region names."""
    IMAGE_PATTERN = "image-pattern"
    """Regular expression that every container image must match."""


@dataclass(frozen=True, kw_only=True)
class AzurePolicy:
    """A policy that Azure evaluates.

    Args:
        reference: name within the initiative and of exemptions, as `postgres-public-access`; permanent.
        title: what holds.
        effects: what its effect parameter may be, in Azure's spelling, the strictest first (`Deny` before `Audit`); one
            for a policy whose effect is fixed.
        effect_parameter: name of that parameter; empty where the effect is fixed.
        parameters: values of its other parameters.
        rules: ids of the rules of the pack that hold the same.
        in_clusters: AKS's policy add-on evaluates it, inside of clusters (mode Microsoft.Kubernetes.Data).
    """

    reference: str
    title: str
    effects: tuple[str, ...]
    effect_parameter: str = "effect"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    rules: tuple[str, ...]
    in_clusters: bool = False


@dataclass(frozen=True, kw_only=True)
class BuiltInPolicy(AzurePolicy):
    """One of Azure's own.

    Args:
        guid: name of the definition, the same in every tenant (github.com/Azure/azure-policy built-in-policies).
        version: major version that it was read in; a new one may take other parameters.
        preview: that version is a preview.
    """

    guid: str
    version: int
    preview: bool = False


@dataclass(frozen=True, kw_only=True)
class CustomPolicy(AzurePolicy):
    """One of ours, where Azure has none.

    Args:
        mode: `Indexed` for types with tags and a location, else `All`.
        condition: the `if` of the policy rule.
        details: `details` of its `then`, for AuditIfNotExists.
        description: why, and what to change.
        definitions: its parameters but the effect, as in a policy definition.
    """

    mode: str
    condition: Mapping[str, Any]
    details: Mapping[str, Any] = field(default_factory=dict)
    description: str
    definitions: Mapping[str, Any] = field(default_factory=dict)
