"""A platform's settings for a business that has none yet."""

from __future__ import annotations

from typing import Any

from stacks.planning.assessment.case import Case
from stacks.planning.recovery import RESTORE_LOSS_MINUTES
from stacks.settings import PlatformSettings
from stacks.tenant_scalars import Tier

_IMAGES = [f"image@sha256:{number:064}" for number in range(4)]
_ACCESS = ("platform_administrators", "database_administrators", "erp_functional", "developers", "auditors")


def stand_in(case: Case, tier: Tier, tenants_per_server: int) -> PlatformSettings:
    """Settings of a platform for a business; of what a profile does not say, nothing that changes a size.

    Args:
        case: what it needs.
        tier: tier of all of its subsidiaries.
        tenants_per_server: slots of each shared server.

    Raises:
        SettingsError: where there are more subsidiaries than a platform may have.
    """
    return PlatformSettings.from_config(_values(case, tier, tenants_per_server))


def _values(case: Case, tier: Tier, tenants_per_server: int) -> dict[str, Any]:
    profile = case.profile
    location = profile.location
    recovery_region = case.location.pair or next(name for name in ("westeurope", "northeurope") if name != location)
    calendar = {"timezone": profile.calendar.timezone, "plan_from": profile.calendar.plan_from.isoformat()}
    recovery = profile.recovery.model_dump(mode="json") | {
        "rpo_minutes": max(profile.recovery.rpo_minutes, RESTORE_LOSS_MINUTES),
        "region": recovery_region,
        "lock_archive": False,
    }
    return {
        "azure-native:location": location,
        "odoo-azure:environment": {
            "name": "subs",
            "class": profile.environment_class.value,
            "topology": "multi-tenant-aks",
            "suffix": "assess",
        },
        "odoo-azure:platform": {
            "subsidiaries": "subs",
            "domain": "subs.example",
            "ops_image": _IMAGES[0],
            "metrics_image": _IMAGES[1],
            "releases": {profile.odoo.version.value: {"image": _IMAGES[2], "queue_jobs": profile.odoo.queue_jobs}},
            "default_release": profile.odoo.version.value,
            "capacity": {"standard": 0, tier.value: profile.workload.isolated_subsidiaries},
            "tenants_per_server": tenants_per_server,
            "extension_approval": "nobody",
        },
        "odoo-azure:recovery": recovery,
        "odoo-azure:calendar": calendar,
        "odoo-azure:governance": {
            "owner": "nobody@subs.example",
            "business_unit": "nobody",
            "cost_center": "nobody",
            "data_classification": profile.governance.data_classification.value,
            "criticality": "medium",
            "allowed_regions": [location, recovery_region],
        },
        "odoo-azure:network": {
            "address_space": "10.0.0.0/18",
            "pod_range": "100.64.0.0/10",
            "client_ranges": ["10.128.0.0/16"],
        },
        "odoo-azure:access": {"database_administrators_name": "nobody"}
        | {role: f"{number}0000000-0000-0000-0000-000000000000" for number, role in enumerate(_ACCESS)},
        "odoo-azure:ingress": {"image": _IMAGES[3]},
        "odoo-azure:alerts": {"email": ["nobody@subs.example"]},
        "odoo-azure:cost": {
            "monthly_budget": 1,
            "budget_start": "2026-01-01",
            "log_retention_days": profile.cost.log_retention_days,
        },
    }
