"""`python -m tests.unit.assessing.golden`: writes what the example profiles are assessed as; look at the difference."""

from __future__ import annotations

from pathlib import Path

from stacks.assessing_files import PROJECT_DIRECTORY, profile_file
from stacks.assessing_render import as_json
from stacks.planning.assessment.assess import assess
from stacks.profile import load_profile

GOLDEN = Path(__file__).parent / "golden"
SCENARIOS = {"midmarket": "dedicated-vm", "enterprise": "dedicated-aks", "subsidiaries": "multi-tenant-aks"}
"""Topology by example profile."""


def main() -> None:
    """Writes all of them anew."""
    GOLDEN.mkdir(exist_ok=True)
    for scenario in SCENARIOS:
        profile = load_profile(profile_file(scenario, PROJECT_DIRECTORY))
        (GOLDEN / f"{scenario}.json").write_text(as_json(assess(profile), profile.name) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
