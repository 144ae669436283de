"""Rules between settings of an environment of its own, each valid alone, that contradict each other."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from stacks.errors import Problem
from stacks.scalars import EnvironmentClass, Exposure, Topology

if TYPE_CHECKING:
    from stacks.settings import Settings


def _batches_have_their_pool(settings: Settings) -> Iterator[Problem]:
    for index, batch in enumerate(settings.calendar.batches):
        if batch.pool == "queue" and not settings.odoo.queue_jobs:
            yield Problem(
                path=f"odoo-azure:calendar.batches[{index}].pool",
                found='"queue", while odoo-azure:odoo.queue_jobs is false',
                allowed="reporting, or queue where the image carries OCA queue_job",
                remedy="Set queue_jobs to true if the image carries it, or remove the batch: there is no such pool.",
            )


def _allowed_ranges_are_clients(settings: Settings) -> Iterator[Problem]:
    clients = settings.network.client_ranges
    known = list(ipaddress.collapse_addresses(map(ipaddress.IPv4Network, clients)))
    for index, allowed in enumerate(settings.ingress.allowed_ranges):
        if not any(ipaddress.IPv4Network(allowed).subnet_of(network) for network in known):
            yield Problem(
                path=f"odoo-azure:ingress.allowed_ranges[{index}]",
                found=f'"{allowed}", which odoo-azure:network.client_ranges does not hold',
                allowed=f"ranges within {', '.join(clients)}",
                remedy="Correct the range, or add it to client_ranges: the network lets nobody else as far as Traefik.",
            )


def _rollback_goes_back(settings: Settings) -> Iterator[Problem]:
    rollback = settings.odoo.rollback
    if rollback and rollback.image == settings.odoo.image:
        yield Problem(
            path="odoo-azure:odoo.rollback.image",
            found=f'"{rollback.image}", as odoo-azure:odoo.image',
            allowed="another image: the one that the backup was made under",
            remedy="Name the image of before the upgrade; to stay with this one, remove rollback.",
        )


def _copies_are_for_tests(settings: Settings) -> Iterator[Problem]:
    odoo = settings.odoo
    if odoo.copy_of and settings.environment.environment_class is EnvironmentClass.PRODUCTION:
        yield Problem(
            path="odoo-azure:odoo.copy",
            found=f'"{odoo.copy_of.backup}", while odoo-azure:environment.class is production',
            allowed="nothing in production: its database would be thrown away for a neutralised one",
            remedy="Remove copy, or move it to the file of the environment for tests; to go back, use rollback.",
        )
    if odoo.copy_of and odoo.rollback:
        yield Problem(
            path="odoo-azure:odoo.copy",
            found=f'"{odoo.copy_of.backup}", beside odoo-azure:odoo.rollback',
            allowed="copy or rollback",
            remedy="Keep the one whose backup the database shall come from.",
        )


def _operations_have_their_own_image(settings: Settings) -> Iterator[Problem]:
    if settings.odoo.ops_image == settings.odoo.image:
        yield Problem(
            path="odoo-azure:odoo.ops_image",
            found=f'"{settings.odoo.ops_image}", as odoo-azure:odoo.image',
            allowed="the image of the operations jobs, made from images/ops",
            remedy="Name the operations image: Odoo's own holds no commands for backups and upgrades.",
        )


def _a_private_link_has_callers(settings: Settings) -> Iterator[Problem]:
    ingress = settings.ingress
    if ingress.exposure is Exposure.PRIVATE_LINK and not ingress.edge_subscriptions:
        yield Problem(
            path="odoo-azure:ingress.edge_subscriptions",
            found="nothing, while odoo-azure:ingress.exposure is private-link",
            allowed="the subscriptions whose edge may ask for a connection",
            remedy="Name the edge's subscription, or set exposure to private.",
        )
    if ingress.exposure is Exposure.PRIVATE and ingress.edge_subscriptions:
        yield Problem(
            path="odoo-azure:ingress.edge_subscriptions",
            found=f"{len(ingress.edge_subscriptions)}, while odoo-azure:ingress.exposure is private",
            allowed="none without a private link service",
            remedy="Remove them, or set exposure to private-link.",
        )


def _machines_are_described(settings: Settings) -> Iterator[Problem]:
    topology = settings.environment.topology
    if topology in {Topology.DEDICATED_VM, Topology.AUTO} and settings.machines is None:
        yield Problem(
            path="odoo-azure:machines",
            found=f"nothing, while odoo-azure:environment.topology is {topology.value}",
            allowed="a mapping with metrics_image, packages_snapshot, ssh_public_key",
            remedy="Add the section: what the virtual machines are made from.",
        )


ODOO_RULES: tuple[Callable[[Settings], Iterator[Problem]], ...] = (
    _batches_have_their_pool,
    _allowed_ranges_are_clients,
    _rollback_goes_back,
    _copies_are_for_tests,
    _operations_have_their_own_image,
    _a_private_link_has_callers,
    _machines_are_described,
)
