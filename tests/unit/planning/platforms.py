"""Platforms and tenants to plan for: one complete example, changed where a test needs it, and strategies."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

from hypothesis import strategies as st

from stacks.planning.plan_tenant import PlatformPlan, TenantPlan
from stacks.planning.platform import make_platform_plan
from stacks.planning.tenants import make_tenant_plan
from stacks.settings import PlatformSettings
from stacks.subsidiary import Subsidiary
from tests.unit.planning.examples import EXAMPLE, Values, changed

DIGEST = "@sha256:" + "0" * 63

_NOT_OF_PLATFORMS = {"odoo-azure:workload", "odoo-azure:odoo"}
PLATFORM: Values = {key: value for key, value in EXAMPLE.items() if key not in _NOT_OF_PLATFORMS} | {
    "odoo-azure:environment": {
        "name": "subs",
        "class": "production",
        "topology": "multi-tenant-aks",
        "suffix": "a1b2c3",
    },
    "odoo-azure:platform": {
        "subsidiaries": "emea",
        "domain": "subs.acme.example",
        "ops_image": f"ops{DIGEST}1",
        "metrics_image": f"exporter{DIGEST}2",
        "releases": {
            "18.0": {
                "image": f"odoo{DIGEST}3",
                "queue_jobs": True,
                "extensions": {"spain": ["l10n_es", "l10n_es_edi_sii"], "sepa": ["account_sepa", "l10n_es"]},
            },
            "19.0": {"image": f"odoo{DIGEST}4"},
        },
        "default_release": "18.0",
        "capacity": {"standard": 30, "priority": 6, "isolated": 2},
        "recovery_classes": {"long": {"rpo_minutes": 60, "rto_minutes": 720, "archive_years": 15}},
        "extension_approval": "erp@acme.example",
    },
}

TENANT: Values = {"legal_name": "Acme Iberia SL", "country": "ES", "concurrent_users": 35, "slot": 1}


def platform_settings(changes: Mapping[str, object] | None = None) -> PlatformSettings:
    """Settings of the example, with some changed, by paths such as `platform.capacity`."""
    values = deepcopy(changed(changes or {}, PLATFORM))
    return PlatformSettings.from_config(values)


def tenant(**changes: object) -> Subsidiary:
    """A tenant's file, with some of it changed."""
    return Subsidiary.model_validate(TENANT | changes)


def tenant_plan(settings: PlatformSettings, name: str = "acme-es", **changes: object) -> TenantPlan:
    """Plan of a tenant on a platform."""
    return make_tenant_plan(name, tenant(**changes), settings, make_platform_plan(settings))


def filled(settings: PlatformSettings, plan: PlatformPlan, counts: Mapping[str, int]) -> dict[str, TenantPlan]:
    """So many tenants of each tier, as large as their tiers allow, in the order of their slots."""
    plans: dict[str, TenantPlan] = {}
    for tier, count in counts.items():
        limits = getattr(settings.platform.tiers, tier)
        for _ in range(count):
            slot = len(plans) + 1
            name = f"{tier[:3]}-{slot}"
            file = tenant(tier=tier, slot=slot, concurrent_users=limits.max_users, database_gib=limits.max_database_gib)
            plans[name] = make_tenant_plan(name, file, settings, plan)
    return plans


PLATFORM_CHANGES = st.fixed_dictionaries(
    {
        "environment.class": st.sampled_from(["production", "staging", "development"]),
        "platform.capacity": st.fixed_dictionaries(
            {"standard": st.integers(1, 40), "priority": st.integers(0, 8), "isolated": st.integers(0, 3)}
        ),
        "platform.tenants_per_server": st.integers(1, 20),
        "platform.tiers": st.builds(
            lambda standard, priority, isolated: {
                "standard": {"max_users": standard, "max_database_gib": standard},
                "priority": {"max_users": standard + priority, "max_database_gib": standard + priority},
                "isolated": {"max_users": standard + priority + isolated, "max_database_gib": 400},
            },
            st.integers(5, 45),
            st.integers(0, 55),
            st.integers(0, 150),
        ),
        "recovery.rto_minutes": st.integers(60, 720),
        "location": st.sampled_from(["westeurope", "ukwest", "germanywestcentral"]),
        "network.address_space": st.sampled_from(["10.40.0.0/20", "10.40.0.0/18"]),
        "network.pod_range": st.just("100.64.0.0/14"),
    }
)

PAIRS = {"westeurope": "northeurope", "ukwest": "uksouth", "germanywestcentral": "germanynorth"}


def _placed(changes: Values) -> Values:
    location = changes["location"]
    pair = PAIRS[location]
    return changes | {"recovery.region": pair, "governance.allowed_regions": [location, pair]}


PLATFORMS = PLATFORM_CHANGES.map(_placed).map(platform_settings)
"""Platforms that can be planned."""

TENANT_CHANGES = st.fixed_dictionaries(
    {
        "tier": st.sampled_from(["standard", "priority", "isolated"]),
        "concurrent_users": st.integers(1, 40),
        "slot": st.integers(1, 38),
        "database_gib": st.integers(1, 50),
        "odoo": st.sampled_from([None, "18.0", "19.0"]),
        "recovery_class": st.sampled_from(["standard", "long"]),
        "allowed_networks": st.sampled_from([[], ["10.220.4.0/24"]]),
        "calendar": st.sampled_from([{}, {"timezone": "Europe/Madrid"}, {"fiscal_year_end_month": 6}]),
        "extensions": st.just([]),
    }
)
"""Changes of a tenant's file that the example's tiers allow."""
