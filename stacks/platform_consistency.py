"""Rules between settings of a platform, each valid alone, that contradict each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import TYPE_CHECKING

from stacks.errors import Problem
from stacks.planning.regions import REGIONS

if TYPE_CHECKING:
    from stacks.settings import PlatformSettings

_PLATFORM = "odoo-azure:platform"


def _default_release_is_on_offer(settings: PlatformSettings) -> Iterator[Problem]:
    platform = settings.platform
    if platform.default_release not in platform.releases:
        yield Problem(
            path=f"{_PLATFORM}.default_release",
            found=f'"{platform.default_release}", which {_PLATFORM}.releases does not have',
            allowed=", ".join(sorted(platform.releases)),
            remedy="Take one of these, or add the series to releases.",
        )


def _some_tenant_fits(settings: PlatformSettings) -> Iterator[Problem]:
    capacity = settings.platform.capacity
    if capacity.total == 0:
        yield Problem(
            path=f"{_PLATFORM}.capacity",
            found="0 tenants of every tier",
            allowed="one tenant at least",
            remedy="Say how many tenants of each tier the platform is built for.",
        )


def _recovery_is_in_the_pair(settings: PlatformSettings) -> Iterator[Problem]:
    pair = REGIONS[settings.location].pair
    if pair is None:
        yield Problem(
            path="azure-native:location",
            found=f'"{settings.location}", which has no pair',
            allowed="a region with a pair, such as westeurope",
            remedy="Take another region: backups are geo-redundant, and Azure copies them to the pair only.",
        )
    elif settings.recovery.region not in (pair, settings.location):
        yield Problem(
            path="odoo-azure:recovery.region",
            found=f'"{settings.recovery.region}", while azure-native:location is {settings.location}',
            allowed=pair,
            remedy="Take the region's pair: backups are geo-redundant, and Azure copies them there only.",
        )


def _recovery_classes_can_be_kept(settings: PlatformSettings) -> Iterator[Problem]:
    for name, promised in settings.platform.recovery_classes.items():
        for key in ("rpo_minutes", "rto_minutes"):
            promise, own = getattr(promised, key), getattr(settings.recovery, key)
            if promise < own:
                yield Problem(
                    path=f"{_PLATFORM}.recovery_classes.{name}.{key}",
                    found=f"{promise}, while odoo-azure:recovery.{key} is {own}",
                    allowed=f"{own} or more: tenants share the platform's servers",
                    remedy="Promise less, or have the platform do better.",
                )


def _residency_is_within_allowed_regions(settings: PlatformSettings) -> Iterator[Problem]:
    allowed = settings.governance.allowed_regions
    for country, regions in settings.platform.residency.items():
        for index, region in enumerate(regions):
            if region not in allowed:
                yield Problem(
                    path=f"{_PLATFORM}.residency.{country}[{index}]",
                    found=f'"{region}", which odoo-azure:governance.allowed_regions does not have',
                    allowed=", ".join(allowed),
                    remedy="Remove it, or have governance allow the region.",
                )


def _images_differ(settings: PlatformSettings) -> Iterator[Problem]:
    """Each image has one purpose: a digest that was copied to the wrong place would start the wrong program."""
    platform = settings.platform
    images = {
        f"{_PLATFORM}.ops_image": platform.ops_image,
        f"{_PLATFORM}.metrics_image": platform.metrics_image,
        "odoo-azure:ingress.image": settings.ingress.image,
    }
    images |= {f"{_PLATFORM}.releases.{series}.image": offer.image for series, offer in platform.releases.items()}
    for (path, image), (other_path, other) in combinations(images.items(), 2):
        if image == other:
            yield Problem(
                path=other_path,
                found=f'"{image}", as {path}',
                allowed="an image of its own",
                remedy="Name the image that was made for this.",
            )


def _batches_have_their_pool(settings: PlatformSettings) -> Iterator[Problem]:
    if any(release.queue_jobs for release in settings.platform.releases.values()):
        return
    for index, batch in enumerate(settings.calendar.batches):
        if batch.pool == "queue":
            yield Problem(
                path=f"odoo-azure:calendar.batches[{index}].pool",
                found=f'"queue", while queue_jobs is false for all of {_PLATFORM}.releases',
                allowed="reporting, or queue where an image carries OCA queue_job",
                remedy="Set queue_jobs to true if an image carries it, or remove the batch: there is no such pool.",
            )


def _tiers_grow(settings: PlatformSettings) -> Iterator[Problem]:
    tiers = settings.platform.tiers
    for lower, higher in (("standard", "priority"), ("priority", "isolated")):
        for key in ("max_users", "max_database_gib"):
            less, more = getattr(getattr(tiers, lower), key), getattr(getattr(tiers, higher), key)
            if more < less:
                yield Problem(
                    path=f"{_PLATFORM}.tiers.{higher}.{key}",
                    found=f"{more}, while that of tier {lower} is {less}",
                    allowed=f"{less} or more",
                    remedy=f"A tenant that outgrows {lower} moves to {higher}: correct one of the two.",
                )


PLATFORM_RULES: tuple[Callable[[PlatformSettings], Iterator[Problem]], ...] = (
    _default_release_is_on_offer,
    _some_tenant_fits,
    _recovery_is_in_the_pair,
    _recovery_classes_can_be_kept,
    _residency_is_within_allowed_regions,
    _images_differ,
    _batches_have_their_pool,
    _tiers_grow,
)
