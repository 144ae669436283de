"""A copy of production, as the file of an environment for tests leads to it."""

from __future__ import annotations

import base64
from functools import cache
from typing import Any

from stacks.deploy import deploy
from stacks.settings import Settings
from stacks.stack_config import Secrets
from stacks.stack_file import read_stack_file
from tests.stacks.topologies import ROOT
from tests.unit.components.harness import Declared, declare_stack
from tests.unit.machines.conftest import written

BACKUP = "odoo/0123456789ab-0123456789ab/20261122T023000Z.dump"


@cache
def _declared(file: str) -> list[Declared]:
    config = read_stack_file(ROOT / f"Pulumi.{file}.yaml").config
    config["odoo-azure:environment"]["class"] = "staging"
    config["odoo-azure:odoo"]["copy"] = {"backup": BACKUP}
    settings = Settings.from_config(config)
    secrets = Secrets(on_call_webhook_url=None)
    return declare_stack(lambda: deploy(settings, secrets), stack=settings.environment.name).resources


def _jobs(file: str) -> dict[str, Any]:
    found = [each for each in _declared(file) if each.type.endswith(":Job")]
    return {each.inputs["metadata"]["name"].partition("-")[0]: each for each in found}


def test_on_a_cluster_the_release_waits_for_the_copy() -> None:
    jobs = _jobs("staging")
    assert jobs.keys() == {"bootstrap", "copy", "neutralize", "promote", "upgrade"}
    assert jobs["promote"].name in jobs["upgrade"].depends_on
    for command in ("copy", "promote"):
        assert jobs[command].inputs["spec"]["template"]["spec"]["containers"][0]["args"] == [command, BACKUP]


def test_on_a_cluster_the_job_that_puts_it_in_place_may_pause_the_pools() -> None:
    bindings = [each.inputs for each in _declared("staging") if each.type.endswith(":RoleBinding")]
    [binding] = [each for each in bindings if each["metadata"]["name"] == "operations"]
    assert {each["namespace"] for each in binding["subjects"]} == {"odoo", "platform-operations"}


def test_on_machines_the_operations_machine_makes_the_copy() -> None:
    data = [
        each.inputs["virtualMachineProfile"]["osProfile"]["customData"]
        for each in _declared("midmarket")
        if each.type.endswith(":VirtualMachineScaleSet")
    ]
    assert sum(BACKUP in _compose(text) for text in data) == 1


def _compose(custom_data: str) -> str:
    return next(
        content
        for path, content in written(base64.b64decode(custom_data).decode()).items()
        if path.endswith("compose.yaml")
    )
