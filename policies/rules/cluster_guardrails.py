"""What holds the controls where the pipeline is not asked: inside of clusters."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceRule
from policies.kit.values import IS_TRUE, Finding
from policies.rules.catalog import AKS, IDENTITY, LEARN

# ARM keeps the case that the key was first written in.
_POLICY = "azurepolicy"


def _policy_is_on(resource: Resource) -> Iterator[Finding]:
    profiles = resource.at("addonProfiles")
    for name, profile in profiles.entries():
        if name.casefold() == _POLICY:
            yield from profile.at("enabled").must(IS_TRUE)
            return
    yield from profiles.at(f"{_POLICY}.enabled").must(IS_TRUE)


RULES = (
    ResourceRule(
        id="aks-policy-addon",
        title="Azure Policy reaches into the cluster",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=AKS,
        why="Without the add-on nothing of Azure Policy is held or reported inside of the cluster.",
        remedy="Enable addonProfiles.azurepolicy.",
        url=f"{LEARN}/governance/policy/concepts/policy-for-kubernetes",
        references=("MCSB PV-2", "CIS AKS 1.8 4.3"),
        check=_policy_is_on,
    ),
)
