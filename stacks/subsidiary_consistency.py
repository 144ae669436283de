"""Rules between a tenant's file and its platform's settings."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from stacks.errors import BrokenSettingError, Problem
from stacks.platform_sections import Release
from stacks.scalars import EnvironmentClass
from stacks.settings import PlatformSettings
from stacks.subsidiary import Subsidiary
from stacks.tenant_scalars import Tier


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A tenant's file that is to be checked.

    Args:
        tenant: what the file says; reading what is broken in it raises `BrokenSettingError`.
        platform: settings of its platform.
        today: the day that retentions are counted to.
    """

    tenant: Subsidiary
    platform: PlatformSettings
    today: date


def _tier_is_large_enough(candidate: Candidate) -> Iterator[Problem]:
    tenant, tiers = candidate.tenant, candidate.platform.platform.tiers
    limits = getattr(tiers, tenant.tier)
    for key, limit in (("concurrent_users", "max_users"), ("database_gib", "max_database_gib")):
        with suppress(BrokenSettingError):
            wanted, most = getattr(tenant, key), getattr(limits, limit)
            if wanted > most:
                fitting = [tier.value for tier in Tier if getattr(getattr(tiers, tier), limit) >= wanted]
                yield Problem(
                    path=key,
                    found=f"{wanted}, while tier is {tenant.tier}",
                    allowed=f"at most {most} in tier {tenant.tier}",
                    remedy=f"Set tier to {fitting[0]}."
                    if fitting
                    else "It is too large for every tier: give it an environment of its own (topology dedicated-aks).",
                )


def _slot_is_within_capacity(candidate: Candidate) -> Iterator[Problem]:
    total = candidate.platform.platform.capacity.total
    if candidate.tenant.slot > total:
        yield Problem(
            path="slot",
            found=str(candidate.tenant.slot),
            allowed=f"from 1 to {total}: the platform is built for {total} tenants",
            remedy="Take a slot that no tenant ever had, or raise odoo-azure:platform.capacity.",
        )


def _release_is_on_offer(candidate: Candidate) -> Iterator[Problem]:
    offered = candidate.platform.platform.releases
    if candidate.tenant.odoo is not None and candidate.tenant.odoo not in offered:
        yield Problem(
            path="odoo",
            found=f'"{candidate.tenant.odoo}", which odoo-azure:platform.releases does not have',
            allowed=", ".join(sorted(offered)),
            remedy="Take one of these; the platform team can offer another.",
        )


def _release(candidate: Candidate) -> Release | None:
    platform = candidate.platform.platform
    return platform.releases.get(candidate.tenant.odoo or platform.default_release)


def _extensions_are_approved(candidate: Candidate) -> Iterator[Problem]:
    release = _release(candidate)
    series = candidate.tenant.odoo or candidate.platform.platform.default_release
    approval = candidate.platform.platform.extension_approval
    for index, extension in enumerate(candidate.tenant.extensions if release else ()):
        if release and extension not in release.extensions:
            yield Problem(
                path=f"extensions[{index}]",
                found=f'"{extension}", which is not approved for Odoo {series}',
                allowed=", ".join(sorted(release.extensions)) or "none: no extension is approved for this series",
                remedy=f"Take an approved one, or ask for its approval: {approval}.",
            )


def _networks_are_clients(candidate: Candidate) -> Iterator[Problem]:
    clients = candidate.platform.network.client_ranges
    known = list(ipaddress.collapse_addresses(map(ipaddress.IPv4Network, clients)))
    for index, allowed in enumerate(candidate.tenant.allowed_networks):
        if not any(ipaddress.IPv4Network(allowed).subnet_of(network) for network in known):
            yield Problem(
                path=f"allowed_networks[{index}]",
                found=f'"{allowed}", which the platform\'s odoo-azure:network.client_ranges does not hold',
                allowed=f"ranges within {', '.join(clients)}",
                remedy="Correct the range, or have the platform let it in.",
            )


def _country_allows_the_regions(candidate: Candidate) -> Iterator[Problem]:
    platform, country = candidate.platform, candidate.tenant.country
    allowed = platform.platform.residency.get(country)
    if allowed is None:
        return
    outside = [region for region in (platform.location, platform.recovery.region) if region not in allowed]
    if outside:
        yield Problem(
            path="country",
            found=f'"{country}", whose books must not be in {" and ".join(outside)}',
            allowed=f"countries whose residency allows {platform.location} and {platform.recovery.region}; "
            f"{country} allows {', '.join(allowed) or 'no region'}",
            remedy="Take a platform in a region that the country allows: odoo-azure:platform.residency has the rules.",
        )


def _recovery_class_is_offered(candidate: Candidate) -> Iterator[Problem]:
    offered = sorted({"standard", *candidate.platform.platform.recovery_classes})
    if candidate.tenant.recovery_class not in offered:
        yield Problem(
            path="recovery_class",
            found=f'"{candidate.tenant.recovery_class}", which odoo-azure:platform.recovery_classes does not have',
            allowed=", ".join(offered),
            remedy="Take one of these; the platform team can offer another.",
        )


def _former_goes_with_a_server_of_its_own(candidate: Candidate) -> Iterator[Problem]:
    tenant = candidate.tenant
    if tenant.former and tenant.tier is not Tier.ISOLATED:
        yield Problem(
            path="former",
            found=f"a database that it has moved away from, while tier is {tenant.tier}",
            allowed="nothing: below tier isolated its database is still on the shared server",
            remedy="Set tier to isolated, or remove former.",
        )


def _what_is_its_own_has_a_budget(candidate: Candidate) -> Iterator[Problem]:
    tenant, environment = candidate.tenant, candidate.platform.environment
    if tenant.tier is not Tier.ISOLATED or environment.environment_class is not EnvironmentClass.PRODUCTION:
        return
    if tenant.cost is None:
        yield Problem(
            path="cost",
            found="nothing, while tier is isolated",
            allowed="a budget for its own nodes and its own PostgreSQL server",
            remedy="Write cost: {monthly_budget: ..., budget_start: <the first of this month>}.",
        )


def _rollback_goes_back(candidate: Candidate) -> Iterator[Problem]:
    rollback, release = candidate.tenant.rollback, _release(candidate)
    if rollback and release and rollback.image == release.image:
        yield Problem(
            path="rollback.image",
            found=f'"{rollback.image}", as the release',
            allowed="another image: the one that the backup was made under",
            remedy="Name the image of before the upgrade; to stay with this one, remove rollback.",
        )


def _hours_end_after_they_start(candidate: Candidate) -> Iterator[Problem]:
    hours = candidate.tenant.calendar.business_hours
    if hours and hours.end <= hours.start:
        yield Problem(
            path="calendar.business_hours.end",
            found=f"{hours.end}, while calendar.business_hours.start is {hours.start}",
            allowed=f"from {hours.start + 1} to 23",
            remedy="Correct the hours; they begin and end on the same day.",
        )


def _batches_have_their_pool(candidate: Candidate) -> Iterator[Problem]:
    tenant, release = candidate.tenant, _release(candidate)
    for index, batch in enumerate(tenant.calendar.batches or ()):
        without_queue = batch.pool == "queue" and release is not None and not release.queue_jobs
        without_reporting = batch.pool == "reporting" and tenant.tier is Tier.STANDARD
        if without_queue or without_reporting:
            reason = "its release has no queue jobs" if without_queue else "tier is standard, which has no such pool"
            yield Problem(
                path=f"calendar.batches[{index}].pool",
                found=f'"{batch.pool}", while {reason}',
                allowed="queue where the release has queue jobs, reporting in tiers priority and isolated",
                remedy="Remove the batch, or give it to the other pool.",
            )


_Rules = tuple[Callable[[Candidate], Iterator[Problem]], ...]

PERMANENT_RULES: _Rules = (_slot_is_within_capacity,)
"""Hold for every file, whether the tenant still runs or not."""

RUNNING_RULES: _Rules = (
    _tier_is_large_enough,
    _release_is_on_offer,
    _extensions_are_approved,
    _networks_are_clients,
    _country_allows_the_regions,
    _recovery_class_is_offered,
    _former_goes_with_a_server_of_its_own,
    _what_is_its_own_has_a_budget,
    _rollback_goes_back,
    _hours_end_after_they_start,
    _batches_have_their_pool,
)
"""Hold as long as anything of the tenant is declared."""
