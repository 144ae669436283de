"""From a tenant's file and its platform's settings to its plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from stacks.errors import SettingsError
from stacks.planning.ingress import allowed_ranges
from stacks.planning.isolated import plan_isolated
from stacks.planning.ledger import Ledger
from stacks.planning.plan_odoo import ClusterRunningPlan, IngressPlan
from stacks.planning.plan_tenant import OwnHardware, PlatformPlan, TenantPlan
from stacks.planning.platform_layout import ingress_address
from stacks.planning.regions import REGIONS
from stacks.planning.tags import as_labels
from stacks.planning.tenant_names import tenant_names, tenant_tags
from stacks.planning.tenant_running import plan_running
from stacks.tenant_scalars import Tier

if TYPE_CHECKING:
    from stacks.settings import PlatformSettings
    from stacks.subsidiary import Subsidiary

_ON_THE_WAY = "odoo.connections."
"""What is decided on the way to a plan, and is no part of it."""


def make_tenant_plan(
    name: str, subsidiary: Subsidiary, settings: PlatformSettings, platform: PlatformPlan
) -> TenantPlan:
    """The plan of a tenant: a pure function of its file and of its platform's settings, whichever others there are.

    Args:
        name: its name.
        subsidiary: its file.
        settings: the platform's settings.
        platform: the platform's plan.

    Raises:
        SettingsError: with everything that the file asks for and the tier does not have.
    """
    # The file has on its first level what an environment of its own has in its workload.
    ledger = Ledger(places={"database": "own.database"}, path=lambda path: path.removeprefix("workload."))
    release = settings.platform.releases[subsidiary.odoo or settings.platform.default_release]
    running, own = _running(subsidiary, settings, platform, ledger)
    hostname = subsidiary.hostname or f"{name}.{settings.platform.domain}"
    tags = tenant_tags(name, subsidiary, platform.tags)
    shared_server = server_of(subsidiary.slot, settings)
    plan = TenantPlan(
        name=name,
        slot=subsidiary.slot,
        tier=subsidiary.tier.value,
        state=subsidiary.lifecycle.state.value,
        hostname=hostname,
        certificate=subsidiary.certificate or name,
        names=tenant_names(name, subsidiary.slot, settings.environment, REGIONS[settings.location]),
        tags=tags,
        labels=as_labels(tags),
        odoo=running,
        ingress=_ingress(subsidiary, platform),
        ingress_address=ingress_address(platform.network.subnets["ingress"], subsidiary.slot),
        image=release.image,
        modules=_modules(subsidiary, release.extensions),
        queue_jobs=release.queue_jobs,
        server=None if own else shared_server,
        former_server=shared_server if subsidiary.former else None,
        own=own,
        database_gib=subsidiary.database_gib,
        file_share_gib=platform.storage.file_share_gib,
        archive_days=platform.storage.archive_days,
        reasons={},
    )
    _explain(plan, subsidiary, ledger)
    reasons, _ = ledger.checked(f"subsidiaries/{settings.platform.subsidiaries}/{name}.yaml")
    kept = (reason for reason in reasons if not reason.subject.startswith(_ON_THE_WAY))
    return replace(plan, reasons={reason.subject: reason.because for reason in kept})


def plan_tenants(
    subsidiaries: Mapping[str, Subsidiary], settings: PlatformSettings, platform: PlatformPlan
) -> tuple[dict[str, TenantPlan], list[SettingsError]]:
    """Plans of all tenants that can be planned, by name, and what is wrong with each of the others.

    Args:
        subsidiaries: their files, by name.
        settings: the platform's settings.
        platform: the platform's plan.
    """
    plans: dict[str, TenantPlan] = {}
    problems: list[SettingsError] = []
    for name, subsidiary in subsidiaries.items():
        try:
            plans[name] = make_tenant_plan(name, subsidiary, settings, platform)
        except SettingsError as error:
            problems.append(error)
    return plans, problems


def server_of(slot: int, settings: PlatformSettings) -> int:
    """Index of the shared server of a slot: the same for ever."""
    return (slot - 1) // settings.platform.tenants_per_server


def _running(
    subsidiary: Subsidiary, settings: PlatformSettings, platform: PlatformPlan, ledger: Ledger
) -> tuple[ClusterRunningPlan, OwnHardware | None]:
    if subsidiary.tier is Tier.ISOLATED:
        return plan_isolated(subsidiary, settings, platform, ledger)
    ledger.note("own", "none", f"Tier {subsidiary.tier.value} shares nodes and servers.")
    return plan_running(subsidiary, settings, platform, ledger), None


def _ingress(subsidiary: Subsidiary, platform: PlatformPlan) -> IngressPlan:
    usual = platform.traefik[subsidiary.tier.value]
    ranges = subsidiary.allowed_networks
    return replace(usual, allowed_ranges=allowed_ranges(ranges)) if ranges else usual


def _modules(subsidiary: Subsidiary, approved: Mapping[str, list[str]]) -> tuple[str, ...]:
    """Modules of its extensions, each once, in the order of their names."""
    return tuple(sorted({module for extension in subsidiary.extensions for module in approved[extension]}))


def _explain(plan: TenantPlan, subsidiary: Subsidiary, ledger: Ledger) -> None:
    where = "a server of its own" if plan.server is None else f"shared server {plan.server + 1}"
    reasons = {
        "name": "The name of its file.",
        "slot": "Given: slot.",
        "tier": "Given: tier.",
        "state": "Given: lifecycle.state.",
        "hostname": "Given: hostname." if subsidiary.hostname else "Its name in platform.domain.",
        "certificate": "Given: certificate." if subsidiary.certificate else "Its name.",
        "names": "As the platform's, with its own name; its pool of nodes by its slot.",
        "tags": "The platform's, with its own payer, owner and company.",
        "labels": "The tags, in the characters that labels have.",
        "ingress": f"Traefik of its own, of tier {plan.tier}; "
        + ("allowed_networks." if subsidiary.allowed_networks else "all of network.client_ranges."),
        "ingress_address": f"The first address of the subnet, 3 and its slot, {plan.slot}.",
        "image": "That of its release, platform.releases.",
        "modules": "Those of its extensions.",
        "queue_jobs": "Those of its release, platform.releases.",
        "server": f"Its database is on {where}.",
        "former_server": "Given: former." if subsidiary.former else "Its database has not moved.",
        "database_gib": "Given: database_gib.",
        "file_share_gib": "The platform's: attachments are in blobs, and this is the smallest share.",
        "archive_days": "The platform's: its account has one period, of its longest recovery class.",
    }
    for subject, because in reasons.items():
        ledger.note(subject, "", because)
