"""The way in: Traefik's pods, and who may reach them."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network

from stacks.odoo_sections import Ingress
from stacks.planning.ledger import Ledger
from stacks.planning.odoo_pools import WEB_UNIT_MILLICORES, spread
from stacks.planning.plan_odoo import IngressPlan, PodPlan
from stacks.planning.versions import TRAEFIK_SERIES
from stacks.sections import Network

# One carries the requests of thousands; a second is there while the first is replaced.
LEAST_REPLICAS = 2
# Our own estimate: connections, TLS sessions, and requests of up to a MiB each, which it buffers in memory.
MEMORY_MIB = 1024


def allowed_ranges(ranges: Iterable[str]) -> tuple[str, ...]:
    """Ranges in the order of their addresses."""
    return tuple(map(str, sorted(map(IPv4Network, ranges))))


def plan_ingress(ingress: Ingress, network: Network, zones: int, ledger: Ledger, *, production: bool) -> IngressPlan:
    """Traefik's pods and allow-list on a cluster of an environment's own."""
    because = (
        f"{LEAST_REPLICAS} are left when a zone is lost, or without zones a node."
        if production
        else f"{LEAST_REPLICAS}: one can be replaced while the other answers."
    )
    replicas = ledger.decide("ingress.replicas", spread(LEAST_REPLICAS, zones, production=production), because)
    pod = PodPlan(cpu_millicores=WEB_UNIT_MILLICORES, memory_mib=MEMORY_MIB)
    return ingress_of(ingress, network, replicas, pod, ledger)


def ingress_of(ingress: Ingress, network: Network, replicas: int, pod: PodPlan, ledger: Ledger) -> IngressPlan:
    """The way in through so many Traefiks.

    Args:
        ingress: the settings.
        network: its section of them.
        replicas: how many Traefiks there are at the most; their reason is the caller's to note.
        pod: what each requests.
        ledger: takes the other reasons.
    """
    plan = IngressPlan(
        traefik_version=ledger.decide(
            "ingress.traefik_version",
            TRAEFIK_SERIES,
            "The series that the configuration is written for and tested with: ingress.image must hold it.",
            "doc.traefik.io/traefik",
        ),
        replicas=replicas,
        pod=pod,
        allowed_ranges=allowed_ranges(ingress.allowed_ranges or network.client_ranges),
    )
    ledger.note(
        "ingress.pod",
        f"{pod.cpu_millicores}m, {pod.memory_mib} MiB",
        "TLS and compression take processor time; requests of up to a MiB are buffered in memory.",
    )
    ledger.note(
        "ingress.allowed_ranges",
        ", ".join(plan.allowed_ranges),
        "Given: ingress.allowed_ranges." if ingress.allowed_ranges else "All of network.client_ranges.",
    )
    return plan
