"""The pack: all rules, and the server that the engine talks to."""

from __future__ import annotations

import gc
import sys

from pulumi_policy import PolicyPack

from policies.kit import analyzer
from policies.kit.exceptions import ExceptionsError, load_own
from policies.kit.rule import Rule
from policies.kit.runner import policy
from policies.rules import (
    alerting,
    availability,
    cluster_guardrails,
    cluster_hardening,
    connections,
    cost_budgets,
    cost_idle,
    cost_sizes,
    cost_waste,
    encryption_at_rest,
    encryption_in_transit,
    endpoints,
    gateways,
    granted_roles,
    identity,
    keys,
    kubernetes_admission,
    kubernetes_ingress,
    kubernetes_objects,
    kubernetes_odoo,
    kubernetes_pods,
    kubernetes_reach,
    kubernetes_scaling,
    kubernetes_secrets,
    kubernetes_traefik,
    kubernetes_workloads,
    lifecycle,
    machine_secrets,
    machine_sets,
    machines,
    network_paths,
    observability,
    people,
    platform_identity,
    platform_keys,
    platform_logs,
    platform_networks,
    platform_reach,
    platform_resilience,
    platform_secrets,
    platform_tls,
    private_links,
    private_network,
    private_services,
    public_addresses,
    reach,
    remedies,
    residency,
    storage_access,
    storage_recovery,
    supply_chain,
    tagging,
    templates,
    tenancy,
    tenancy_data,
    tenancy_identities,
    watching,
    web_apps,
)

PACK = "odoo-azure"
_GC_THRESHOLDS = (50_000, 20, 100)
_RULES: tuple[Rule, ...] = (
    *encryption_at_rest.RULES,
    *encryption_in_transit.RULES,
    *keys.RULES,
    *tagging.RULES,
    *private_services.RULES,
    *private_network.RULES,
    *public_addresses.RULES,
    *private_links.RULES,
    *identity.RULES,
    *observability.RULES,
    *lifecycle.RULES,
    *machines.RULES,
    *machine_sets.RULES,
    *machine_secrets.RULES,
    *kubernetes_pods.RULES,
    *kubernetes_objects.RULES,
    *kubernetes_workloads.RULES,
    *kubernetes_secrets.RULES,
    *kubernetes_admission.RULES,
    *kubernetes_scaling.RULES,
    *kubernetes_ingress.RULES,
    *kubernetes_traefik.RULES,
    *kubernetes_odoo.RULES,
    *tenancy.RULES,
    *tenancy_data.RULES,
    *tenancy_identities.RULES,
    *gateways.RULES,
    *platform_identity.RULES,
    *platform_keys.RULES,
    *platform_logs.RULES,
    *platform_networks.RULES,
    *platform_reach.RULES,
    *platform_resilience.RULES,
    *platform_secrets.RULES,
    *platform_tls.RULES,
    *storage_access.RULES,
    *storage_recovery.RULES,
    *templates.RULES,
    *web_apps.RULES,
    *people.RULES,
    *residency.RULES,
    *supply_chain.RULES,
    *cluster_guardrails.RULES,
    *cost_sizes.RULES,
    *cost_budgets.RULES,
    *cost_waste.RULES,
    *cost_idle.RULES,
    *availability.RULES,
    *cluster_hardening.RULES,
    *endpoints.RULES,
    *kubernetes_reach.RULES,
    *network_paths.RULES,
    *reach.RULES,
    *watching.RULES,
    *alerting.RULES,
    *granted_roles.RULES,
    *connections.RULES,
)
RULES: tuple[Rule, ...] = remedies.with_fixes(_RULES)


def serve() -> None:
    """Answers the engine until it goes away.

    A wrong file of exceptions ends the pack, and the engine deploys nothing.
    """
    analyzer.install()
    try:
        exceptions = load_own(RULES)
    except ExceptionsError as error:
        sys.exit(str(error))
    policies = [policy(rule, exceptions) for rule in RULES]
    # What is here by now stays, and what follows is short-lived: the collector need not walk over it again and again.
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)
    PolicyPack(PACK, policies)
