"""Settings to plan for: one complete example, changed where a test needs it, and strategies that vary all of it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from typing import Any

import hypothesis
from hypothesis import strategies as st

from stacks.planning.assemble import make_plan
from stacks.planning.plan import Plan
from stacks.planning.regions import REGIONS
from stacks.settings import Settings

properties = hypothesis.settings(max_examples=30, deadline=None, derandomize=True)
"""Of every property here: the same examples on every run."""

Values = dict[str, Any]

EXAMPLE: Values = {
    "azure-native:location": "westeurope",
    "odoo-azure:environment": {
        "name": "prod",
        "class": "production",
        "topology": "dedicated-aks",
        "suffix": "a1b2c3",
    },
    "odoo-azure:workload": {
        "concurrent_users": 300,
        "peak_factor": 1.5,
        "invoices_per_month": 40_000,
        "legal_entities": 8,
        "integrations": 6,
        "database_gib": 100,
        "database_growth_gib_per_year": 30,
        "attachments_gib": 200,
    },
    "odoo-azure:recovery": {"rpo_minutes": 60, "rto_minutes": 720, "region": "northeurope"},
    "odoo-azure:calendar": {"timezone": "Europe/Amsterdam", "plan_from": "2026-10-12"},
    "odoo-azure:governance": {
        "owner": "finance@acme.example",
        "business_unit": "Group Finance",
        "cost_center": "CC-1",
        "data_classification": "confidential",
        "criticality": "medium",
        "allowed_regions": ["westeurope", "northeurope"],
    },
    "odoo-azure:network": {
        "address_space": "10.40.0.0/20",
        "client_ranges": ["10.220.0.0/16", "10.230.0.0/16"],
        "egress": "nat",
        "bastion": False,
    },
    "odoo-azure:access": {"database_administrators_name": "ERP database administrators"}
    | {
        role: f"{number}0000000-0000-0000-0000-000000000000"
        for number, role in enumerate(
            ("platform_administrators", "database_administrators", "erp_functional", "developers", "auditors")
        )
    },
    "odoo-azure:odoo": {
        "version": "18.0",
        "image": "odoo@sha256:" + "0" * 64,
        "ops_image": "odoo-ops@sha256:" + "0" * 64,
        "hostname": "erp.acme.example",
        "queue_jobs": True,
    },
    "odoo-azure:ingress": {"image": "traefik@sha256:" + "0" * 64},
    "odoo-azure:alerts": {"email": ["finance@acme.example", "operations@acme.example"]},
    "odoo-azure:cost": {"monthly_budget": 1000, "budget_start": "2026-11-01"},
}

HUB: Values = {
    "network_id": "/subscriptions/7c1d9a52-3f60-4f0e-9b7e-52d1c0a4e8f1/resourceGroups/rg-hub"
    "/providers/Microsoft.Network/virtualNetworks/vnet-hub",
    "address_space": ["10.200.0.0/22", "10.201.0.0/24"],
}


def changed(changes: Mapping[str, object], values: Values = EXAMPLE) -> Values:
    """The values with some set, by paths such as `workload.database_gib`; `location` is the region."""
    result = deepcopy(values)
    for path, value in changes.items():
        section, _, key = path.partition(".")
        if key:
            result[f"odoo-azure:{section}"][key] = value
        else:
            result[f"azure-native:{section}"] = value
    return result


def settings_with(**changes: object) -> Settings:
    """Settings of the example, with some changed: `workload__database_gib=5`."""
    return Settings.from_config(changed({path.replace("__", "."): value for path, value in changes.items()}))


def plan_with(**changes: object) -> Plan:
    """Plan of the example, with some settings changed."""
    return make_plan(settings_with(**changes))


def because(plan: Plan, subject: str) -> str:
    """The plan's reason for a subject."""
    return next(reason.because for reason in plan.reasons if reason.subject == subject)


NETWORKS = st.builds(
    lambda second, third, prefix: f"10.{second}.{third // 64 * 64}.0/{prefix}",
    st.integers(0, 127),
    st.integers(0, 255),
    st.integers(18, 22),
)

NETWORK_CHANGES = st.fixed_dictionaries(
    {
        "network.address_space": NETWORKS,
        "network.pod_range": st.sampled_from(["192.168.0.0/16", "100.64.0.0/15"]),
        "network.service_range": st.sampled_from(["172.16.0.0/16", "172.24.0.0/14", "172.20.0.0/22"]),
        "network.egress": st.sampled_from(["nat", "firewall"]),
        "network.bastion": st.booleans(),
        "network.hub": st.sampled_from([None, HUB]),
    }
)

WORKLOAD_CHANGES = st.fixed_dictionaries(
    {
        "workload.concurrent_users": st.integers(1, 1200),
        "workload.peak_factor": st.floats(1, 2),
        "workload.invoices_per_month": st.integers(0, 500_000),
        "workload.legal_entities": st.integers(1, 100),
        "workload.integrations": st.integers(0, 40),
        "workload.database_gib": st.integers(1, 8000),
        "workload.database_growth_gib_per_year": st.integers(0, 2000),
        "workload.attachments_gib": st.integers(1, 60_000),
    }
)

CALENDAR_CHANGES = st.fixed_dictionaries(
    {
        "calendar.timezone": st.sampled_from(
            ["Europe/Amsterdam", "Asia/Kolkata", "America/New_York", "Pacific/Auckland"]
        ),
        "calendar.fiscal_year_end_month": st.integers(1, 12),
        "calendar.close": st.builds(
            lambda last, first: {"last_working_days": last, "first_working_days": first},
            st.integers(0, 4),
            st.integers(0, 7),
        ),
        "calendar.maintenance": st.builds(
            lambda day, hour, hours: {"day": day, "hour": hour, "duration_hours": hours},
            st.sampled_from(["saturday", "sunday"]),
            st.integers(0, 23),
            st.integers(4, 8),
        ),
        "calendar.business_hours": st.builds(
            lambda start, hours: {"start": start, "end": start + hours}, st.integers(7, 12), st.integers(1, 11)
        ),
        "calendar.batches": st.lists(
            st.builds(
                lambda start, hours: {"name": "batch", "pool": "reporting", "start": start, "hours": hours},
                st.integers(0, 23),
                st.integers(1, 23),
            ),
            max_size=2,
        ),
        "calendar.plan_from": st.dates(date(2026, 1, 1), date(2031, 12, 31)).map(date.isoformat),
    }
)

ENVIRONMENT_CHANGES = st.fixed_dictionaries(
    {
        "environment.name": st.from_regex(r"[a-z][a-z0-9]{1,4}", fullmatch=True),
        "environment.application": st.from_regex(r"[a-z][a-z0-9]{1,4}", fullmatch=True),
        "environment.suffix": st.from_regex(r"[a-z0-9]{4,6}", fullmatch=True),
        "environment.class": st.sampled_from(["production", "staging", "development"]),
        "recovery.rpo_minutes": st.integers(5, 1440),
        "recovery.rto_minutes": st.integers(5, 2880),
        "odoo.attachments": st.sampled_from(["blob", "shared-files"]),
        "odoo.version": st.sampled_from(["17.0", "18.0", "19.0"]),
        "odoo.queue_jobs": st.booleans(),
    }
)


def _places(location: str) -> Values:
    there = REGIONS[location].pair or "westeurope"
    return {
        "location": location,
        "recovery.region": there,
        "governance.allowed_regions": sorted({location, there}),
    }


CHANGES = st.builds(
    lambda *changes: {key: value for change in changes for key, value in change.items()},
    ENVIRONMENT_CHANGES,
    WORKLOAD_CHANGES,
    CALENDAR_CHANGES,
    NETWORK_CHANGES,
    st.sampled_from(sorted(REGIONS)).map(_places),
)
"""Changes that make settings which can be planned."""

SETTINGS = CHANGES.map(lambda changes: Settings.from_config(changed(changes)))
