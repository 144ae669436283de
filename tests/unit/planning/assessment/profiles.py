"""Profiles to assess: the three of the reference articles, and strategies that vary all of one."""

from __future__ import annotations

from base64 import b64encode
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from stacks.planning.regions import REGIONS
from stacks.profile import Profile
from stacks.settings import Settings
from tests.unit.planning.examples import changed

Values = dict[str, Any]

MIDMARKET: Values = {
    "name": "Mid-market",
    "location": "westeurope",
    "workload": {
        "concurrent_users": 150,
        "peak_factor": 1.5,
        "invoices_per_month": 8000,
        "legal_entities": 3,
        "integrations": 6,
        "database_gib": 60,
    },
    "recovery": {"rpo_minutes": 15, "rto_minutes": 240, "region": "northeurope"},
    "calendar": {"timezone": "Europe/Amsterdam", "plan_from": "2026-12-01"},
    "odoo": {"sessions": "redis", "attachments": "blob", "queue_jobs": True},
}


def values_with(changes: Values, values: Values = MIDMARKET) -> Values:
    """The values with some set, by paths such as `workload.database_gib`."""
    result = deepcopy(values)
    for path, value in changes.items():
        section, _, key = path.partition(".")
        if key:
            result.setdefault(section, {})[key] = value
        else:
            result[section] = value
    return result


def profile_with(**changes: object) -> Profile:
    """The mid-market profile, with some of it changed: `workload__concurrent_users=300`."""
    values = values_with({path.replace("__", "."): value for path, value in changes.items()})
    return Profile.model_validate(values, strict=False)


_KEY = b"".join(len(part).to_bytes(4) + part for part in (b"ssh-ed25519", bytes(32)))
MACHINES: Values = {
    "metrics_image": "prometheus@sha256:" + "0" * 63 + "9",
    "packages_snapshot": "20261001T000000Z",
    "ssh_public_key": f"ssh-ed25519 {b64encode(_KEY).decode()}",
}


def environment_with(topology: str, changes: Values | None = None) -> Settings:
    """Settings of an environment of that topology that do what the mid-market profile says."""
    same = {f"workload.{key}": value for key, value in MIDMARKET["workload"].items()}
    values = changed(same | {"environment.topology": topology} | (changes or {}))
    return Settings.from_config(values | {"odoo-azure:machines": MACHINES})


ENTERPRISE: Values = {
    "workload.concurrent_users": 450,
    "workload.peak_factor": 1.8,
    "workload.year_end_factor": 1.2,
    "workload.invoices_per_month": 60_000,
    "workload.journal_lines_per_month": 900_000,
    "workload.legal_entities": 14,
    "workload.integrations": 12,
    "workload.customisation": "heavy",
    "workload.database_gib": 220,
    "workload.database_growth_gib_per_year": 60,
    "workload.compliance": ["sox", "gdpr"],
    "recovery.rto_minutes": 60,
    "recovery.archive_years": 10,
}
SUBSIDIARIES: Values = {
    "workload.concurrent_users": 360,
    "workload.invoices_per_month": 36_000,
    "workload.legal_entities": 18,
    "workload.isolated_subsidiaries": 18,
    "workload.integrations": 18,
    "workload.database_gib": 200,
}

WORKLOADS = st.fixed_dictionaries(
    {
        "workload.concurrent_users": st.integers(1, 1200),
        "workload.peak_factor": st.floats(1, 2),
        "workload.year_end_factor": st.floats(1, 1.5),
        "workload.invoices_per_month": st.integers(0, 400_000),
        "workload.journal_lines_per_month": st.integers(0, 20_000_000),
        "workload.reports_per_day": st.integers(0, 2000),
        "workload.scheduled_jobs": st.integers(0, 200),
        "workload.legal_entities": st.integers(1, 60),
        "workload.integrations": st.integers(0, 40),
        "workload.releases_per_month": st.integers(0, 10),
        "workload.customisation": st.sampled_from(["none", "light", "heavy"]),
        "workload.isolated_subsidiaries": st.sampled_from([0, 0, 0, 3, 5, 18, 60]),
        "workload.compliance": st.lists(st.sampled_from(["dora", "gobd", "pci-dss", "sox"]), unique=True),
        "workload.database_gib": st.integers(1, 4000),
        "workload.database_growth_gib_per_year": st.integers(0, 500),
        "workload.attachments_gib": st.integers(1, 20_000),
        "workload.attachments_growth_gib_per_year": st.integers(0, 5000),
    }
)
CIRCUMSTANCES = st.fixed_dictionaries(
    {
        "class": st.sampled_from(["production", "production", "staging"]),
        "location": st.sampled_from(["westeurope", "polandcentral", "ukwest", "brazilsouth"]),
        "recovery.rpo_minutes": st.integers(1, 1440),
        "recovery.rto_minutes": st.integers(5, 2880),
        "calendar.fiscal_year_end_month": st.integers(1, 12),
        "calendar.close": st.builds(
            lambda last, first: {"last_working_days": last, "first_working_days": first},
            st.integers(0, 4),
            st.integers(0, 7),
        ),
        "odoo.queue_jobs": st.booleans(),
        "odoo.attachments": st.sampled_from(["blob", "shared-files"]),
    }
)


def _profile(workload: Values, circumstances: Values) -> Profile:
    pair = REGIONS[circumstances["location"]].pair or "westeurope"
    return Profile.model_validate(values_with(workload | circumstances | {"recovery.region": pair}))


PROFILES = st.builds(_profile, WORKLOADS, CIRCUMSTANCES)
"""Profiles that can be read, whether they can be met or not."""
