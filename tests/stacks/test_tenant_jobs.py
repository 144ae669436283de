"""A tenant's jobs, as its file leads to them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from stacks.deploy import deploy
from stacks.settings import PlatformSettings, load_settings_of
from stacks.stack_config import Secrets
from tests.stacks.topologies import ROOT
from tests.unit.components.harness import Declared, declare_stack

ISOLATED = (
    "legal_name: Acme\ncountry: ES\nconcurrent_users: 20\ntier: isolated\n"
    'cost: {monthly_budget: 3000, budget_start: "2026-11-01"}\n'
)
BACKUP = "spain/0123456789ab-0123456789ab/20261101T020000Z.dump"
IMAGE = f"odoo@sha256:{'ab' * 32}"
FILES = {
    "moved": f"former:\n  backup: {BACKUP}\n",
    "rolled-back": f"rollback:\n  image: {IMAGE}\n  backup: {BACKUP}\n",
    "both": f"former:\n  backup: {BACKUP}\nrollback:\n  image: {IMAGE}\n  backup: {BACKUP}\n",
    "neither": "",
    "suspended": 'lifecycle:\n  state: suspended\n  suspended_on: "2026-11-01"\n',
}


@cache
def _declared(case: str) -> list[Declared]:
    """The platform with one tenant of tier isolated, `spain`."""
    with TemporaryDirectory() as folder:
        place = Path(folder) / "subsidiaries" / "emea"
        place.mkdir(parents=True)
        (place / "spain.yaml").write_text(f"{ISOLATED}slot: 1\n{FILES[case]}", encoding="utf-8")
        platform = load_settings_of(PlatformSettings, ROOT / "Pulumi.subsidiaries.yaml")
        secrets = Secrets(on_call_webhook_url=None)
        return declare_stack(lambda: deploy(platform, secrets, Path(folder)), stack="subsidiaries").resources


def _pods(case: str) -> dict[str, Any]:
    """Pods of the tenant's jobs, by the job's Pulumi name."""
    return {
        each.name: each.inputs["spec"]["template"]["spec"]
        for each in _declared(case)
        if each.type.endswith(":Job") and each.name.startswith("spain-")
    }


@pytest.mark.parametrize(
    ("case", "commands"),
    [
        ("moved", [["adopt", BACKUP]]),
        ("rolled-back", [["restore", BACKUP]]),
        ("both", [["restore", BACKUP]]),
        ("neither", []),
    ],
)
def test_only_a_way_back_restores_over_what_is_there(case: str, commands: list[list[str]]) -> None:
    pods = [pod for name, pod in _pods(case).items() if name.endswith("-restore")]
    assert [pod["containers"][0]["args"] for pod in pods] == commands


@pytest.mark.parametrize(("case", "nodes", "own"), [("neither", "t001", ["t001"]), ("suspended", "jobs", [])])
def test_jobs_run_on_nodes_that_are_there(case: str, nodes: str, own: list[str]) -> None:
    pods = _pods(case)
    assert {pod["nodeSelector"]["odoo-azure/pool"] for pod in pods.values()} == {nodes}
    pools = [each for each in _declared(case) if each.name.startswith("spain-pool-")]
    assert [each.inputs["agentPoolName"] for each in pools] == own
    assert ("spain-tenant-farewell-backup" in pods) == (case == "suspended")
