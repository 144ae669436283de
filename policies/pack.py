"""The pack: all rules, and the server that the engine talks to."""

from __future__ import annotations

from pulumi_policy import PolicyPack

from policies.kit import analyzer
from policies.kit.rule import Rule
from policies.kit.runner import policy
from policies.rules import (
    encryption_at_rest,
    encryption_in_transit,
    identity,
    keys,
    kubernetes_admission,
    kubernetes_ingress,
    kubernetes_objects,
    kubernetes_odoo,
    kubernetes_pods,
    kubernetes_scaling,
    kubernetes_secrets,
    kubernetes_traefik,
    kubernetes_workloads,
    lifecycle,
    machine_secrets,
    machine_sets,
    machines,
    observability,
    private_links,
    private_network,
    private_services,
    public_addresses,
    tagging,
    tenancy,
    tenancy_data,
    tenancy_identities,
)

PACK = "odoo-azure"
RULES: tuple[Rule, ...] = (
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
)


def serve() -> None:
    """Answers the engine until it goes away."""
    analyzer.install()
    PolicyPack(PACK, [policy(rule) for rule in RULES])
