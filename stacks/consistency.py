"""Rules between settings of every environment, each valid alone, that contradict each other."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import combinations
from typing import TYPE_CHECKING

from stacks.errors import BrokenSettingError, Problem
from stacks.scalars import Criticality, Egress, EnvironmentClass

if TYPE_CHECKING:
    from stacks.settings import CommonSettings

Rule = Callable[["CommonSettings"], Iterator[Problem]]

# learn.microsoft.com azure/aks/azure-cni-overlay (prerequisites of every network plug-in): AKS keeps these for itself.
_RESERVED_BY_AKS = tuple(map(ipaddress.ip_network, ("169.254.0.0/16", "172.30.0.0/15", "192.0.2.0/24")))

_WEB_PORTS = (80, 443)
_LONGEST_MISSION_CRITICAL_RTO_MINUTES = 1440


def _regions_are_allowed(settings: CommonSettings) -> Iterator[Problem]:
    allowed = settings.governance.allowed_regions
    for path, region in _used_regions(settings):
        if region not in allowed:
            yield Problem(
                path=path,
                found=f'"{region}", which odoo-azure:governance.allowed_regions does not have',
                allowed=", ".join(allowed),
                remedy="Take one of these, or have governance allow the region.",
            )


def _used_regions(settings: CommonSettings) -> Iterator[tuple[str, str]]:
    with suppress(BrokenSettingError):
        yield "azure-native:location", settings.location
    with suppress(BrokenSettingError):
        yield "odoo-azure:recovery.region", settings.recovery.region


def _recovery_is_elsewhere(settings: CommonSettings) -> Iterator[Problem]:
    if settings.recovery.region == settings.location:
        yield Problem(
            path="odoo-azure:recovery.region",
            found=f'"{settings.location}", where the environment itself is (azure-native:location)',
            allowed="any other region of odoo-azure:governance.allowed_regions",
            remedy="Take another region: what is lost with this one cannot be recovered in it.",
        )


_Range = tuple[str, ipaddress.IPv4Network]


def _ranges_do_not_overlap(settings: CommonSettings) -> Iterator[Problem]:
    own = list(_own_ranges(settings))
    others = [*_hub_ranges(settings), *_client_ranges(settings)]
    pairs = [*combinations(own, 2), *((mine, theirs) for mine in own for theirs in others)]
    for (path, network), (other_path, other) in pairs:
        if network.overlaps(other):
            yield Problem(
                path=path,
                found=f'"{network}", which overlaps "{other}" of {other_path}',
                allowed="a range apart from the environment's other ranges, its hub's and its clients'",
                remedy="Take a free range of the group's address plan: traffic of overlapping ranges is lost.",
            )


def _ranges_are_not_reserved(settings: CommonSettings) -> Iterator[Problem]:
    for path, network in _own_ranges(settings):
        for reserved in filter(network.overlaps, _RESERVED_BY_AKS):
            yield Problem(
                path=path,
                found=f'"{network}", which overlaps "{reserved}"',
                allowed=f"a range apart from {', '.join(map(str, _RESERVED_BY_AKS))}",
                remedy="Take another range: AKS uses these itself.",
            )


def _own_ranges(settings: CommonSettings) -> Iterator[_Range]:
    for name in ("address_space", "pod_range", "service_range"):
        with suppress(BrokenSettingError):
            yield f"odoo-azure:network.{name}", ipaddress.IPv4Network(getattr(settings.network, name))


def _hub_ranges(settings: CommonSettings) -> Iterator[_Range]:
    with suppress(BrokenSettingError):
        hub = settings.network.hub
        for index, network in enumerate(hub.address_space if hub else ()):
            yield f"odoo-azure:network.hub.address_space[{index}]", ipaddress.IPv4Network(network)


def _client_ranges(settings: CommonSettings) -> Iterator[_Range]:
    with suppress(BrokenSettingError):
        for index, network in enumerate(settings.network.client_ranges):
            yield f"odoo-azure:network.client_ranges[{index}]", ipaddress.IPv4Network(network)


def _hub_firewall_is_used_and_in_the_hub(settings: CommonSettings) -> Iterator[Problem]:
    hub = settings.network.hub
    if hub is None or hub.firewall_private_ip is None:
        return
    path = "odoo-azure:network.hub.firewall_private_ip"
    address = ipaddress.IPv4Address(hub.firewall_private_ip)
    if not any(address in ipaddress.IPv4Network(network) for network in hub.address_space):
        yield Problem(
            path=path,
            found=f'"{address}", which is in no range of odoo-azure:network.hub.address_space',
            allowed=f"an address in {', '.join(hub.address_space)}",
            remedy="Correct the address, or add the range that the firewall is in.",
        )
    if settings.network.egress is not Egress.FIREWALL:
        yield Problem(
            path=path,
            found=f'"{address}", while odoo-azure:network.egress is {settings.network.egress.value}',
            allowed="a firewall only with egress: firewall",
            remedy="Set egress to firewall to go out through the hub, or remove the address.",
        )


def _hub_names_can_be_resolved(settings: CommonSettings) -> Iterator[Problem]:
    hub = settings.network.hub
    if hub and hub.private_dns_resource_group_id and not hub.dns_servers:
        yield Problem(
            path="odoo-azure:network.hub.dns_servers",
            found="nothing, while odoo-azure:network.hub.private_dns_resource_group_id is set",
            allowed="the hub's resolvers: its zones are linked to the hub, not to this network",
            remedy="List the hub's DNS servers, or remove private_dns_resource_group_id to have zones of its own.",
        )


def _wildcards_are_web_only(settings: CommonSettings) -> Iterator[Problem]:
    for index, destination in enumerate(settings.network.destinations):
        if "*" in destination.fqdn and destination.port not in _WEB_PORTS:
            yield Problem(
                path=f"odoo-azure:network.destinations[{index}].port",
                found=f"{destination.port}, while fqdn is {destination.fqdn}",
                allowed="80 or 443: a firewall tells names apart on these only",
                remedy="Name the host in full, or correct the port.",
            )


def _destinations_are_listed_once(settings: CommonSettings) -> Iterator[Problem]:
    seen: dict[tuple[str, int, str], int] = {}
    for index, destination in enumerate(settings.network.destinations):
        first = seen.setdefault((destination.fqdn, destination.port, destination.source), index)
        if first != index:
            yield Problem(
                path=f"odoo-azure:network.destinations[{index}]",
                found=f"{destination.fqdn}, port {destination.port}, from {destination.source}, as in [{first}]",
                allowed="each place once for each source",
                remedy="Remove one of the two.",
            )


def _criticality_fits(settings: CommonSettings) -> Iterator[Problem]:
    environment, governance = settings.environment, settings.governance
    if environment.environment_class is EnvironmentClass.PRODUCTION and governance.criticality is Criticality.LOW:
        yield Problem(
            path="odoo-azure:governance.criticality",
            found='"low", while odoo-azure:environment.class is production',
            allowed="mission-critical, high, medium",
            remedy="Say what an outage of production means, or correct the class.",
        )
    if governance.criticality is not Criticality.MISSION_CRITICAL:
        return
    if settings.recovery.rto_minutes > _LONGEST_MISSION_CRITICAL_RTO_MINUTES:
        yield Problem(
            path="odoo-azure:recovery.rto_minutes",
            found=f"{settings.recovery.rto_minutes}, while odoo-azure:governance.criticality is mission-critical",
            allowed=f"at most {_LONGEST_MISSION_CRITICAL_RTO_MINUTES} (a day) for what is mission-critical",
            remedy="Shorten the time, or lower the criticality: the business waits for it longer than a day.",
        )


def _archive_lock_is_for_production(settings: CommonSettings) -> Iterator[Problem]:
    if settings.recovery.lock_archive and settings.environment.environment_class is not EnvironmentClass.PRODUCTION:
        yield Problem(
            path="odoo-azure:recovery.lock_archive",
            found=f"true, while odoo-azure:environment.class is {settings.environment.environment_class.value}",
            allowed="false, but for production",
            remedy="Set it to false: a locked archive keeps the environment from ever being removed.",
        )


def _duties_are_segregated(settings: CommonSettings) -> Iterator[Problem]:
    access = settings.access
    changing = ["platform_administrators", "database_administrators", "erp_functional", "developers"]
    pairs = [("auditors", role) for role in changing]
    if settings.environment.environment_class is EnvironmentClass.PRODUCTION:
        pairs += [(role, other) for other, role in combinations(changing, 2)]
    for role, other in pairs:
        with suppress(BrokenSettingError):
            if getattr(access, role) == getattr(access, other):
                yield Problem(
                    path=f"odoo-azure:access.{role}",
                    found=f'"{getattr(access, role)}", the group of {other} too',
                    allowed=f"a group of its own, apart from {other}",
                    remedy="Take another group: what one may do the other must not.",
                )


def _business_hours_end_after_they_start(settings: CommonSettings) -> Iterator[Problem]:
    hours = settings.calendar.business_hours
    if hours.end <= hours.start:
        yield Problem(
            path="odoo-azure:calendar.business_hours.end",
            found=f"{hours.end}, while odoo-azure:calendar.business_hours.start is {hours.start}",
            allowed=f"from {hours.start + 1} to 23",
            remedy="Correct the hours; they begin and end on the same day.",
        )


COMMON_RULES: tuple[Rule, ...] = (
    _regions_are_allowed,
    _recovery_is_elsewhere,
    _ranges_do_not_overlap,
    _ranges_are_not_reserved,
    _hub_firewall_is_used_and_in_the_hub,
    _hub_names_can_be_resolved,
    _wildcards_are_web_only,
    _destinations_are_listed_once,
    _criticality_fits,
    _archive_lock_is_for_production,
    _duties_are_segregated,
    _business_hours_end_after_they_start,
)
