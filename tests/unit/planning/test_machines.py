"""The plan of an environment on virtual machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields, replace

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stacks.errors import SettingsError
from stacks.planning.__main__ import PROJECT_DIRECTORY, main
from stacks.planning.assemble import make_plan
from stacks.planning.assemble_machines import OPERATIONS_SIZE, make_machine_plan
from stacks.planning.ledger import Ledger
from stacks.planning.machines import HOST_MIB, HOST_MILLICORES, MachineSizing, plan_machines
from stacks.planning.node_pools import surviving
from stacks.planning.odoo_load import OdooLoad
from stacks.planning.plan_machines import MachinePlan
from stacks.planning.topologies import plan_environment
from stacks.settings import Settings, load_settings_of
from stacks.stack_file import read_stack_file
from tests.unit.planning.examples import CHANGES, Values, changed

FILE = PROJECT_DIRECTORY / "Pulumi.midmarket.yaml"
MIDMARKET: Values = read_stack_file(FILE).config
MOST_LEADING = 17
"""Processes of scheduled actions and jobs that the largest machine carries beside people's requests."""

few = hypothesis.settings(max_examples=12, deadline=None, derandomize=True)
many = hypothesis.settings(max_examples=80, deadline=None, derandomize=True)

LOADS = st.builds(
    OdooLoad,
    peak_users=st.just(0),
    normal_web_workers=st.integers(1, 200),
    peak_web_workers=st.integers(1, 400),
    normal_queue_processes=st.just(0),
    queue_processes=st.integers(0, 8),
    normal_reporting_processes=st.integers(1, 12),
    reporting_processes=st.integers(1, 24),
    cron_processes=st.integers(2, 9),
    websocket_processes=st.integers(1, 3),
)


def _settings(**changes: object) -> Settings:
    return Settings.from_config(changed({path.replace("__", "."): value for path, value in changes.items()}, MIDMARKET))


def _plan(**changes: object) -> MachinePlan:
    return make_machine_plan(_settings(**changes))


def _sized(load: OdooLoad, zones: int = 3, *, production: bool = True) -> MachineSizing:
    ledger = Ledger()
    sizing = plan_machines(load, zones, ledger, production=production)
    ledger.checked("")
    return sizing


def test_midmarket_as_shipped() -> None:
    plan = make_machine_plan(load_settings_of(Settings, FILE))
    machines = plan.machines
    assert (plan.topology, machines.vm_size, machines.zones) == ("dedicated-vm", "Standard_D16ads_v5", ("1", "2", "3"))
    assert (machines.min_instances, machines.normal_instances, machines.peak_instances) == (3, 3, 3)
    assert machines.max_instances == 4
    assert {name: pool.workers for name, pool in plan.odoo.pools.items()} == {
        "web": 20,
        "websocket": 1,
        "cron": 2,
        "queue": 3,
        "reporting": 2,
    }
    assert {name: container.memory_mib for name, container in machines.containers.items()} == {
        "web": 20992,
        "websocket": 2048,
        "cron": 8704,
        "queue": 12800,
        "reporting": 8704,
        "traefik": 1024,
        "metrics": 256,
    }
    assert (machines.operations_vm_size, machines.os_disk_gib) == ("Standard_D4ads_v5", 128)
    assert (machines.computer_name_prefix, machines.operations_name_prefix) == ("mid-a", "mid-o")
    assert (machines.patch_day, machines.patch_time, machines.backup_time) == ("1Month Third Sunday", "02:00", "21:00")
    assert (machines.patch_start, machines.windows_timezone) == ("2026-12-01", "W. Europe Standard Time")
    assert machines.packages_snapshot == "20261101T000000Z"
    assert plan.database.sku_name == "Standard_E8ads_v5"
    assert (plan.odoo.connections.pool_size, plan.odoo.connections.max_connections) == (60, 700)
    assert plan.ingress.replicas == 4
    assert (plan.names.app_machines, plan.names.operations_machines, plan.names.load_balancer) == (
        "vmss-odoo-mid-we-app",
        "vmss-odoo-mid-we-operations",
        "lbi-odoo-mid-we",
    )
    assert plan.names.machine_patches == "mc-odoo-mid-we"
    assert plan.warnings == make_plan(load_settings_of(Settings, FILE)).warnings


@many
@given(LOADS, st.sampled_from([0, 3]))
def test_what_is_left_after_a_loss_carries_the_close(load: OdooLoad, zones: int) -> None:
    load = replace(load, peak_web_workers=max(load.normal_web_workers, load.peak_web_workers))
    sizing = _sized(load, zones)
    for instances, web in (
        (sizing.normal_instances, load.normal_web_workers),
        (sizing.peak_instances, load.peak_web_workers),
    ):
        left = surviving(instances, zones)
        assert left * sizing.pools["web"].workers >= web
        assert left * sizing.pools["websocket"].workers >= load.websocket_processes
    assert surviving(sizing.peak_instances, zones) * sizing.pools["reporting"].workers >= load.reporting_processes
    assert sizing.min_instances == sizing.normal_instances >= max(zones, 2)
    assert sizing.max_instances >= max(sizing.peak_instances, sizing.min_instances + 1)


@many
@given(LOADS, st.booleans())
def test_any_machine_can_lead_and_holds_all_its_containers(load: OdooLoad, production: bool) -> None:
    sizing = _sized(load, production=production)
    assert sizing.pools["cron"].workers == load.cron_processes
    assert (sizing.pools["queue"].workers if "queue" in sizing.pools else 0) == load.queue_processes
    containers = sizing.containers.values()
    assert HOST_MILLICORES + sum(each.cpu_millicores for each in containers) <= sizing.size.vcpus * 1000
    assert HOST_MIB + sum(each.memory_mib for each in containers) <= sizing.size.memory_gib * 1024
    for pool, plan in sizing.pools.items():
        assert plan.memory_mib == sizing.containers[pool].memory_mib
        assert (plan.min_replicas, plan.max_replicas) == (sizing.min_instances, sizing.max_instances)


@many
@given(LOADS, st.sampled_from([field.name for field in fields(OdooLoad)]), st.integers(1, 40), st.booleans())
def test_more_load_never_makes_fewer_or_smaller_machines(
    load: OdooLoad,
    grown: str,
    more: int,
    production: bool,
) -> None:
    larger = replace(load, **{grown: getattr(load, grown) + more})
    hypothesis.assume(larger.cron_processes + larger.queue_processes <= MOST_LEADING)
    before, after = (_capacity(_sized(each, production=production)) for each in (load, larger))
    assert all(now >= then for then, now in zip(before, after, strict=True)), (before, after)


def _capacity(sizing: MachineSizing) -> tuple[int, ...]:
    return (
        sizing.size.vcpus,
        sizing.size.memory_gib,
        sizing.normal_instances,
        sizing.peak_instances,
        sizing.min_instances,
        sizing.max_instances,
    )


def test_below_production_two_machines_are_enough_at_night_and_none_is_spare() -> None:
    machines = _plan(environment__class="staging").machines
    assert (machines.min_instances, machines.normal_instances, machines.peak_instances) == (2, 2, 2)
    assert machines.max_instances == 3


def test_few_people_get_small_machines() -> None:
    machines = _plan(workload__concurrent_users=20, workload__integrations=2).machines
    assert (machines.vm_size, machines.max_instances) == ("Standard_E8ads_v5", 4)


def test_background_work_that_one_machine_cannot_lead_is_refused() -> None:
    fits = {"odoo__queue_jobs": False, "workload__invoices_per_month": 0}
    assert _plan(**fits, workload__legal_entities=(MOST_LEADING - 2) * 10).odoo.pools["cron"].workers == MOST_LEADING
    with pytest.raises(SettingsError) as caught:
        _plan(**fits, workload__legal_entities=(MOST_LEADING - 2) * 10 + 1)
    (problem,) = caught.value.problems
    assert problem.path == "odoo-azure:environment.topology"
    assert problem.found == "dedicated-vm, with 18 processes of scheduled actions and 0 of jobs"
    assert problem.allowed.startswith("17 of both together")
    assert "dedicated-aks" in problem.remedy


def test_a_private_link_is_refused_on_machines() -> None:
    link = {
        "ingress__exposure": "private-link",
        "ingress__edge_subscriptions": ["7c1d9a52-3f60-4f0e-9b7e-52d1c0a4e8f1"],
    }
    with pytest.raises(SettingsError) as caught:
        _plan(**link)
    assert [problem.path for problem in caught.value.problems] == ["odoo-azure:ingress.exposure"]


def test_machines_cannot_be_planned_without_what_they_are_made_from() -> None:
    values = changed({"environment.topology": "dedicated-aks"}, MIDMARKET)
    del values["odoo-azure:machines"]
    with pytest.raises(SettingsError) as caught:
        make_machine_plan(Settings.from_config(values))
    assert [problem.path for problem in caught.value.problems] == ["odoo-azure:machines"]


@pytest.mark.parametrize(("snapshot", "warned"), [("20260902T000000Z", False), ("20260901T235959Z", True)])
def test_packages_without_a_quarter_s_fixes_are_announced(snapshot: str, warned: bool) -> None:
    warnings = _plan(machines__packages_snapshot=snapshot).warnings
    assert any("machines.packages_snapshot" in warning for warning in warnings) == warned


def test_the_operations_machine_has_room_for_its_job_beside_itself() -> None:
    job = _plan().odoo.operations
    assert job.memory_mib + HOST_MIB <= OPERATIONS_SIZE.memory_gib * 1024
    assert job.cpu_millicores + HOST_MILLICORES <= OPERATIONS_SIZE.vcpus * 1000


def test_host_names_leave_azure_six_of_their_15_characters() -> None:
    machines = _plan(environment__name="a234567", environment__application="odoo").machines
    assert len(machines.computer_name_prefix) == len(machines.operations_name_prefix) == 9
    assert machines.computer_name_prefix != machines.operations_name_prefix


def _leaves(value: object, path: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from _leaves(below, f"{path}.{key}" if path else key)
    else:
        yield path


def _planned(changes: Values) -> MachinePlan | None:
    values = changed(changes) | {"odoo-azure:machines": MIDMARKET["odoo-azure:machines"]}
    try:
        return make_machine_plan(Settings.from_config(values))
    except SettingsError:
        return None


@few
@given(CHANGES)
def test_every_decision_has_one_reason_and_connections_fit(changes: Values) -> None:
    plan = _planned(changes)
    hypothesis.assume(plan is not None)
    assert plan
    subjects = [reason.subject for reason in plan.reasons]
    assert len(set(subjects)) == len(subjects)
    decisions = {key: value for key, value in asdict(plan).items() if key not in {"reasons", "warnings"}}
    leaves = list(_leaves(decisions))
    for leaf in leaves:
        assert any(leaf == subject or leaf.startswith(f"{subject}.") for subject in subjects), leaf
    for reason in plan.reasons:
        assert any(leaf == reason.subject or leaf.startswith(f"{reason.subject}.") for leaf in leaves), reason
        assert reason.because.endswith(".")
    assert plan.odoo.connections.max_connections <= plan.odoo.connections.server_limit


def test_only_the_machine_that_leads_runs_scheduled_actions() -> None:
    made = _plan().odoo.connections.pools
    leader_and_successor, machines = 2, 4 + 1
    assert made["cron"].pods == leader_and_successor
    assert made["web"].pods == made["gates"].pods == made["queue-runner"].pods == machines
    assert (made["gates"].port, made["gates"].usual, made["gates"].worst) == (5432, 3 * machines, 5 * machines)


@few
@given(CHANGES)
def test_a_change_of_topology_keeps_everything_but_the_runtime(changes: Values) -> None:
    machines = _planned(changes)
    hypothesis.assume(machines is not None)
    assert machines
    cluster = make_plan(Settings.from_config(changed(changes)))
    for part in ("names", "tags", "zones", "network", "cache", "storage", "password_expires_on"):
        assert getattr(machines, part) == getattr(cluster, part), part
    # Connections are other ones: parameters change in place.
    assert replace(machines.database, parameters={}) == replace(cluster.database, parameters={})
    assert machines.ingress.allowed_ranges == cluster.ingress.allowed_ranges
    assert machines.machines.freezes == cluster.cluster.freezes


def test_the_topology_that_is_named_is_planned() -> None:
    assert plan_environment(_settings()) == _plan()
    on_cluster = plan_environment(_settings(environment__topology="dedicated-aks"))
    assert (on_cluster.topology, hasattr(on_cluster, "cluster")) == ("dedicated-aks", True)


def test_auto_plans_what_is_recommended_and_says_how_to_keep_it() -> None:
    plan = plan_environment(_settings(environment__topology="auto"))
    assert plan.topology == "dedicated-vm"
    (reason,) = (each for each in plan.reasons if each.subject == "topology")
    assert reason.because.startswith("Assessed from the workload")
    assert any("write that into environment.topology" in warning for warning in plan.warnings)
    enterprise = {"workload__concurrent_users": 900, "workload__peak_factor": 1.8, "workload__legal_entities": 14}
    assert plan_environment(_settings(environment__topology="auto", **enterprise)).topology == "dedicated-aks"


def test_a_plan_for_comparison_says_what_the_settings_name() -> None:
    (reason,) = (each for each in make_plan(_settings()).reasons if each.subject == "topology")
    assert (reason.value, reason.because) == ("dedicated-aks", "As if environment.topology were not dedicated-vm.")


def test_the_command_prints_the_plan_of_machines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["midmarket"]) == 0
    printed = capsys.readouterr().out
    for words in ("dedicated-vm", "Machines", "vm_size", "each machine", "gates", "vmss-odoo-mid-we-app"):
        assert words in printed
    assert "Scaling windows" not in printed
