"""All policies of Azure that hold what rules of the pack hold."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from policies.controls import (
    builtin_clusters,
    builtin_data,
    builtin_databases,
    builtin_gateways,
    builtin_general,
    builtin_messaging,
    builtin_networks,
    builtin_platform,
    builtin_services,
    builtin_vaults,
    builtin_web,
    custom_access,
    custom_data,
    custom_network,
)
from policies.controls.model import AzurePolicy

_MODULES = (
    builtin_data,
    builtin_vaults,
    builtin_platform,
    builtin_networks,
    builtin_general,
    builtin_clusters,
    custom_data,
    custom_network,
    custom_access,
    builtin_databases,
    builtin_messaging,
    builtin_services,
    builtin_web,
    builtin_gateways,
)
POLICIES: tuple[AzurePolicy, ...] = tuple(chain.from_iterable(module.POLICIES for module in _MODULES))


def _by_rule() -> Mapping[str, tuple[AzurePolicy, ...]]:
    rules = dict.fromkeys(rule for policy in POLICIES for rule in policy.rules)
    return {rule: tuple(policy for policy in POLICIES if rule in policy.rules) for rule in rules}


BY_RULE: Mapping[str, tuple[AzurePolicy, ...]] = _by_rule()
"""The policies that hold what a rule holds, by the rule's id; no entry where there are none."""
