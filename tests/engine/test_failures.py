"""What goes wrong half-way leaves a consistent state, and the next run completes it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from sandbox.failures import ExitCode
from sandbox.runner import Run
from sandbox.tally import STACK_TYPE, name_of
from tests.engine.conftest import CHECKOUT, Sandbox, read_deployment

Empty = Callable[[str], Sandbox]
IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"
KEY = "azure-native:keyvault:Key"
REGISTRY = "azure-native:containerregistry:Registry"
DEADLINE_SECONDS = 240
SMALL = """\
import pulumi
from pulumi_azure_native import containerregistry, managedidentity, resources

group = resources.ResourceGroup("group", resource_group_name="rg")
registry = containerregistry.Registry(
    "registry", registry_name="crbooks", resource_group_name=group.name, sku={"name": "Premium"}
)


def identities(kind, **options):
    for number in range(20):
        name = f"id-{kind}-{number}"
        opts = pulumi.ResourceOptions(**options)
        managedidentity.UserAssignedIdentity(name, resource_name_=name, resource_group_name=group.name, opts=opts)


identities("before")
identities("after", depends_on=registry)
"""
CHAIN = """\
import pulumi
import pulumi_random as random


def link(name, before, protect=False):
    opts = pulumi.ResourceOptions(protect=protect, depends_on=before)
    return random.RandomId(name, byte_length=4, keepers={"before": before.hex} if before else None, opts=opts)


last = None
for number in range(pulumi.Config().require_int("links")):
    last = link(f"link-{number}", last)
if last:
    link("books", last, protect=True)
    link("loose", last)
"""


@pytest.fixture
def small(tmp_path: Path) -> Sandbox:
    """A stack of one resource group: what becomes of a run does not depend on how much there is of it."""
    folder = write_project(tmp_path / "project", "small", SMALL, "azure-native:location: westeurope")
    return Sandbox("dev", folder, tmp_path / "home")


def write_project(folder: Path, name: str, program: str, config: str) -> Path:
    """A project of one file, with a stack `dev`."""
    folder.mkdir(exist_ok=True)
    (folder / "Pulumi.yaml").write_text(f"{{name: {name}, runtime: python}}", encoding="utf-8")
    (folder / "Pulumi.dev.yaml").write_text(f"config: {{{config}}}", encoding="utf-8")
    (folder / "__main__.py").write_text(program, encoding="utf-8")
    return folder


def start(sandbox: Sandbox, command: str = "up", *options: str) -> subprocess.Popen[str]:
    """The command line, in a process of its own."""
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "sandbox",
            command,
            "--stack",
            sandbox.stack,
            "--project",
            str(sandbox.project),
            "--home",
            str(sandbox.home),
            *options,
        ],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "CI": "true"},
    )


def start_at_once(sandbox: Sandbox) -> subprocess.Popen[str]:
    """The same, without a preview before it."""
    return start(sandbox, "up", "--skip-preview")


def wait_for(condition: Callable[[], object]) -> None:
    """Waits until something holds."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.2)


def made(sandbox: Sandbox, token: str) -> int:
    """How many resources of a type exist."""
    return len(sandbox.azure.of_type(token)) if (sandbox.cloud / "azure.sqlite").exists() else 0


def test_a_create_that_fails_half_way_is_completed_by_the_next_up(small: Sandbox) -> None:
    small.inject(type=REGISTRY, operation="create", mode="halfway", message="zone 2 is out of capacity")
    failed = small.run.up(skip_preview=True)
    assert failed.exit_code is ExitCode.FAILED
    assert any("zone 2 is out of capacity" in diagnostic.message for diagnostic in failed.diagnostics)
    registries = small.azure.of_type(REGISTRY)
    assert len(registries) == 1

    completed = small.up()
    ops = {operation.op for operation in completed.changes if operation.type == REGISTRY}
    assert ops == {"update"}, "it was made again instead of being completed"
    assert [entry.nonce for entry in small.azure.of_type(REGISTRY)] == [entry.nonce for entry in registries]
    assert made(small, IDENTITY) == 40
    assert small.run.preview().changes == ()


@pytest.mark.parametrize("victim", ["runner", "providers"])
def test_a_run_that_is_killed_in_the_middle_is_completed_by_the_next(small: Sandbox, victim: str) -> None:
    kill_in_the_middle(small, victim, start, lambda: made(small, IDENTITY) == 20)
    complete(small)


def test_an_environment_whose_every_process_is_killed_in_the_middle_is_completed(empty: Empty) -> None:
    sandbox = empty("staging")
    kill_in_the_middle(sandbox, "everything", start_at_once, lambda: made(sandbox, KEY))
    complete(sandbox)


def kill_in_the_middle(
    sandbox: Sandbox, victim: str, begin: Callable[[Sandbox], subprocess.Popen[str]], middle: Callable[[], object]
) -> None:
    """Kills processes of a run that hangs at the registry, once the middle is reached."""
    sandbox.inject(type=REGISTRY, operation="create", mode="hang")
    process = begin(sandbox)
    try:
        wait_for(middle)
        family = psutil.Process(process.pid)
        children = family.children(recursive=True)
        providers = [child for child in children if "sandbox.serve" in " ".join(child.cmdline())]
        assert providers
        for doomed in {"runner": [family], "providers": providers, "everything": [*children, family]}[victim]:
            doomed.send_signal(signal.SIGKILL)
        output, _ = process.communicate(timeout=DEADLINE_SECONDS)
        assert process.returncode != 0, output
        psutil.wait_procs(children, timeout=DEADLINE_SECONDS)
    finally:
        process.kill()
    (sandbox.cloud / "faults.json").unlink()


def complete(sandbox: Sandbox) -> None:
    """Deploys what was killed; everything is made once, and known."""
    sandbox.up()
    assert sandbox.run.preview().changes == ()
    assert "pending_operations" not in {key for key, value in sandbox.deployment().items() if value}
    ids = [entry.id.lower() for entry in sandbox.azure.all()]
    state = {r["id"].lower() for r in sandbox.deployment()["resources"] if r["type"].startswith("azure-native:")}
    strangers = {i for i in ids if i not in state and "networkwatcher" not in i and "/subnets/" not in i}
    assert strangers == set(), "made, but not in the state"
    assert list((sandbox.home / "state").rglob("*.attrs")) == [], "a kill can leave these empty, and the stack closed"


def test_a_second_up_at_the_same_time_says_so(small: Sandbox) -> None:
    small.inject(type="azure-native:resources:ResourceGroup", operation="create", mode="hang")
    first = start(small)
    try:
        wait_for((small.cloud / "azure.sqlite").exists)
        second = start(small)
        output, _ = second.communicate(timeout=DEADLINE_SECONDS)
        assert second.returncode == ExitCode.LOCKED
        assert f"pid {first.pid}" in output
        assert f"run of stack {small.stack} is in progress" in output
    finally:
        for child in psutil.Process(first.pid).children(recursive=True):
            child.kill()
        first.kill()
        first.communicate()


def chain(folder: Path, links: int) -> Run:
    """A stack of resources each of which needs the one before; one of the two at its end is protected."""
    write_project(folder, "chain", CHAIN, f"chain:links: {links}")
    return Run(stack="dev", project=folder, home=folder.parent / "home", cluster=False, checkpoints=False)


def test_a_run_that_must_delete_what_is_protected_ends_and_names_it(tmp_path: Path) -> None:
    assert chain(tmp_path / "project", links=30).up(skip_preview=True).ok
    run = chain(tmp_path / "project", links=0)
    for result in (run.preview(), run.up(skip_preview=True)):
        assert result.exit_code is ExitCode.FAILED
        assert "1 resources are protected" in result.message
        assert [operation.name for operation in result.failed] == ["books"]
        assert [operation.name for operation in result.changes if operation.type != STACK_TYPE] == ["loose"]

    run.export(tmp_path / "state.json")
    left = {name_of(resource["urn"]) for resource in read_deployment(tmp_path / "state.json")["resources"]}
    assert {"books", *(f"link-{number}" for number in range(30))} <= left, "needed by what stays"
    assert "loose" not in left, "deleted, and not written down"


def test_a_port_that_is_taken_is_named_and_nothing_is_started(empty: Empty) -> None:
    sandbox = empty("staging")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start(sandbox, "up", "--port", str(port))
        output, _ = process.communicate(timeout=DEADLINE_SECONDS)
    assert process.returncode == ExitCode.PORT_TAKEN
    assert str(port) in output
    assert "Traceback" not in output
    assert made(sandbox, "azure-native:resources:ResourceGroup") == 0


class TestBadInput:
    def test_every_error_is_named_with_its_path_and_nothing_is_deployed(self, empty: Empty) -> None:
        sandbox = empty("staging")
        sandbox.change("environment", name="muchtoolonganame")
        sandbox.change("workload", concurent_users=3, invoices_per_month="many")
        sandbox.change("network", pod_range="10.41.0.0/16")
        sandbox.change("governance", allowed_regions=["swedencentral"])
        sandbox.change("alerts", on_call_webhook=True)
        process = start(sandbox)
        output, _ = process.communicate(timeout=DEADLINE_SECONDS)
        assert process.returncode != 0
        for expected in (
            "odoo-azure:environment.name",
            "odoo-azure:workload.concurent_users",
            "concurrent_users",
            "odoo-azure:workload.invoices_per_month",
            "odoo-azure:network.pod_range",
            "azure-native:location",
            "odoo-azure:onCallWebhookUrl",
        ):
            assert expected in output
        assert "Traceback" not in output
        assert made(sandbox, "azure-native:resources:ResourceGroup") == 0

    def test_an_unknown_stack_lists_those_that_exist(self, empty: Empty) -> None:
        sandbox = empty("nosuch")
        process = start(sandbox)
        output, _ = process.communicate(timeout=DEADLINE_SECONDS)
        assert process.returncode == ExitCode.BAD_INPUT
        assert "prod, staging" in output

    def test_without_the_cli_and_without_go_one_line_says_what_to_install(
        self, empty: Empty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        process = start(empty("staging"))
        output, _ = process.communicate(timeout=DEADLINE_SECONDS)
        assert process.returncode == ExitCode.FAILED
        assert "pulumi" in output
        assert "Go" in output
        assert "Traceback" not in output
