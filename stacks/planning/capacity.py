"""What a platform still has room for, and what runs out first."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import TYPE_CHECKING

from stacks.errors import Problem
from stacks.planning.plan_tenant import CapacityPlan, PlatformPlan, Room, TenantPlan
from stacks.planning.rooms import platform_rooms, server_rooms, slot_server
from stacks.tenant_scalars import Tier

if TYPE_CHECKING:
    from stacks.settings import PlatformSettings

NEWEST = 3
"""Tenants that an error names."""
_ELSEWHERE = "Give a new tenant a free slot of another server, or raise platform.capacity."
_LARGER = "Raise platform.capacity where the limit follows from it, else put the newest on another platform."


def plan_capacity(
    platform: PlatformPlan, settings: PlatformSettings, tenants: Mapping[str, TenantPlan]
) -> CapacityPlan:
    """What still fits of tenants that are as large as their tiers allow.

    Args:
        platform: the platform's plan.
        settings: its settings.
        tenants: plans of its tenants, by name; one that was removed takes its slot only.
    """
    rooms = (*platform_rooms(platform, settings, tenants), *server_rooms(platform, settings, tenants))
    found = {tier.value: _fitting(rooms, tier.value) for tier in Tier}
    return CapacityPlan(
        rooms=rooms,
        fitting={tier: count for tier, (count, _) in found.items()},
        binding={tier: binding for tier, (_, binding) in found.items()},
    )


def check_capacity(
    platform: PlatformPlan, settings: PlatformSettings, tenants: Mapping[str, TenantPlan]
) -> list[Problem]:
    """One problem for each thing of which the tenants take more than there is.

    Args:
        platform: the platform's plan.
        settings: its settings.
        tenants: plans of its tenants, by name.
    """
    rooms = plan_capacity(platform, settings, tenants).rooms
    return [_problem(room, platform, tenants) for room in rooms if room.used > room.limit]


def _fitting(rooms: tuple[Room, ...], tier: str) -> tuple[int, str]:
    """How many more tenants of a tier alone fit, and what runs out first.

    A tenant may come to any server that has a slot: the servers' rooms add up.
    """
    shared = [(left, room.what) for room in rooms if room.server is None and (left := room.left(tier)) is not None]
    on_servers = [
        min(
            ((left, room.what) for room in group if (left := room.left(tier)) is not None),
            key=lambda found: found[0],
        )
        for _, group in groupby((room for room in rooms if room.server is not None), key=lambda room: room.server)
    ]
    servers = (sum(left for left, _ in on_servers), ", ".join(what for _, what in on_servers))
    return min([*shared, servers], key=lambda found: found[0])


def _problem(room: Room, platform: PlatformPlan, tenants: Mapping[str, TenantPlan]) -> Problem:
    takers = [
        tenant
        for tenant in tenants.values()
        if room.each[tenant.tier] and room.server in (None, slot_server(tenant.slot, platform))
    ]
    newest = sorted(takers, key=lambda tenant: tenant.slot, reverse=True)[:NEWEST]
    named = ", ".join(f"{tenant.name}.yaml (slot {tenant.slot}, {tenant.tier})" for tenant in newest)
    return Problem(
        path="odoo-azure:platform.capacity",
        found=f"{room.used} {room.what} for {len(takers)} tenants, the newest of them {named}",
        allowed=f"{room.limit} {room.what}" + (f" ({room.source})" if room.source else ""),
        remedy=_ELSEWHERE if room.server is not None else _LARGER,
    )
