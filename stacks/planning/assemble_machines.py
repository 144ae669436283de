"""From the settings of an environment of its own on machines to its plan."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from stacks.machine_sections import snapshot_day
from stacks.planning.environment import Basis, Runtime, plan_basis, plan_rest
from stacks.planning.freezes import MACHINE_SCHEDULES, plan_freezes
from stacks.planning.ingress import ingress_of
from stacks.planning.ledger import Ledger
from stacks.planning.machines import TRAEFIK_POD, MachineSizing, plan_machines
from stacks.planning.odoo_pools import OPERATIONS_POD, SURGE_PERCENT
from stacks.planning.patches import plan_patches
from stacks.planning.plan_machines import MachinePlan, MachinesPlan
from stacks.planning.sizes import D4
from stacks.planning.versions import UBUNTU
from stacks.scalars import Exposure, Topology

if TYPE_CHECKING:
    from stacks.settings import Settings

OS_DISK_GIB = 128  # a whole P10 (learn.microsoft.com azure/virtual-machines/disks-types): the images, twice, and logs
OPERATIONS_SIZE = D4
"""Of the machine that looks after the database: its one job at a time takes half of the memory."""
# A machine less must not make the others so busy that it comes back: half as much again at the most, from two to three.
SCALE_OUT_CPU_PERCENT, SCALE_IN_CPU_PERCENT = 70, 30
STALE_DAYS = 90
"""Own judgement: Ubuntu publishes fixes every week; a quarter of a year without them is too long."""
BACKUP_AFTER_HOURS = 2
HOURS_A_DAY = 24
_SNAPSHOTS = "snapshot.ubuntu.com"


def make_machine_plan(settings: Settings, *, file: str = "Pulumi.<stack>.yaml") -> MachinePlan:
    """The plan of an environment as `dedicated-vm`: a pure function of its settings.

    Args:
        settings: the settings.
        file: where they come from, for errors.

    Raises:
        SettingsError: with everything that the settings ask for and Azure, or this design, cannot give.
    """
    # What a cluster's plan says of its closes, this one says of its machines'.
    ledger = Ledger(places={"cluster": "machines"})
    basis = plan_basis(settings, Topology.DEDICATED_VM, ledger)
    sizing = plan_machines(basis.load, len(basis.zones), ledger, production=basis.production)
    most = ledger.decide(
        "ingress.replicas", sizing.max_instances, "One Traefik on each machine, as many as there are at the most."
    )
    runtime = Runtime(
        pools=sizing.pools,
        ingress=ingress_of(settings.ingress, settings.network, most, TRAEFIK_POD, ledger),
        # The ranges of a cluster's nodes: machines stand where its web nodes do, the operations machine with its jobs.
        nodes={"web": sizing.max_instances, "jobs": 1, "system": 0},
        version=UBUNTU,
        connecting=sizing.connecting,
        beside=sizing.beside,
    )
    machines = _machines(basis, sizing)
    _check(settings, ledger)
    return MachinePlan(machines=machines, **vars(plan_rest(basis, runtime, file)))


def _machines(basis: Basis, sizing: MachineSizing) -> MachinesPlan:
    calendar, ledger = basis.settings.calendar, basis.ledger
    name = basis.settings.environment.name
    _explain(basis)
    freezes = plan_freezes(calendar, ledger, MACHINE_SCHEDULES)
    patches = plan_patches(calendar, basis.maintenance, freezes, ledger)
    return MachinesPlan(
        vm_size=sizing.size.vm_size,
        min_instances=sizing.min_instances,
        max_instances=sizing.max_instances,
        normal_instances=sizing.normal_instances,
        peak_instances=sizing.peak_instances,
        zones=basis.zones,
        packages_snapshot=_packages(basis),
        os_disk_gib=OS_DISK_GIB,
        computer_name_prefix=f"{name}-a",
        operations_vm_size=OPERATIONS_SIZE.vm_size,
        operations_name_prefix=f"{name}-o",
        containers=sizing.containers,
        scale_out_cpu_percent=SCALE_OUT_CPU_PERCENT,
        scale_in_cpu_percent=SCALE_IN_CPU_PERCENT,
        backup_time=_backup_time(basis),
        patch_day=patches.day,
        patch_time=patches.time,
        patch_start=patches.start,
        windows_timezone=patches.windows_timezone,
        freezes=freezes,
    )


def _explain(basis: Basis) -> None:
    """The reasons of what is the same for every load."""
    name = basis.settings.environment.name
    prefix = "The environment's name: Azure makes host names of 15 characters at the most of it;"
    prefixes = "learn.microsoft.com azure/templates/microsoft.compute/virtualmachinescalesets"
    thresholds = "learn.microsoft.com azure/azure-monitor/autoscale/autoscale-best-practices"
    operations = f"{OPERATIONS_POD.cpu_millicores}m, {OPERATIONS_POD.memory_mib} MiB"
    for subject, value, because, source in (
        ("machines.zones", ", ".join(basis.zones) or "none", "As the environment's: machines are spread evenly.", ""),
        ("machines.os_disk_gib", f"{OS_DISK_GIB}", "The images, twice while they change, and logs on their way.", ""),
        ("machines.computer_name_prefix", f"{name}-a", f"{prefix} a is for app.", prefixes),
        ("machines.operations_name_prefix", f"{name}-o", f"{prefix} o is for operations.", prefixes),
        (
            "machines.operations_vm_size",
            OPERATIONS_SIZE.vm_size,
            f"One job at a time, of {operations}: half of the machine. It answers nobody, and has no second.",
            "",
        ),
        (
            "machines.scale_out_cpu_percent",
            f"{SCALE_OUT_CPU_PERCENT} %",
            "A new machine takes minutes: the others have so much left to carry what comes until then.",
            thresholds,
        ),
        (
            "machines.scale_in_cpu_percent",
            f"{SCALE_IN_CPU_PERCENT} %",
            "Less than half of what adds one: what a machine leaves never makes the others so busy that it comes back.",
            thresholds,
        ),
        (
            "odoo.surge_percent",
            f"{SURGE_PERCENT} %",
            "New machines come before old ones go; the database has connections for them.",
            "learn.microsoft.com azure/virtual-machine-scale-sets/virtual-machine-scale-sets-upgrade-policy",
        ),
        ("odoo.operations", operations, "Odoo as in a pool of background processes, and what watches it.", ""),
    ):
        basis.ledger.note(subject, value, because, source)


def _packages(basis: Basis) -> str:
    """Moment of Ubuntu's archive; warns of one that security fixes have left behind."""
    machines, since = basis.settings.machines, basis.settings.calendar.plan_from
    if machines is None:
        basis.ledger.refuse("machines", "nothing", "what virtual machines are made from", "add the section")
        return ""
    day = snapshot_day(machines.packages_snapshot)
    if since - day > timedelta(days=STALE_DAYS):
        basis.ledger.warn(
            f"Packages of machines are those of {day}, more than {STALE_DAYS} days before calendar.plan_from: move "
            "machines.packages_snapshot on, so that security fixes get in."
        )
    return basis.ledger.decide(
        "machines.packages_snapshot", machines.packages_snapshot, "Given: machines.packages_snapshot.", _SNAPSHOTS
    )


def _backup_time(basis: Basis) -> str:
    hour = (basis.settings.calendar.business_hours.end + BACKUP_AFTER_HOURS) % HOURS_A_DAY
    because = f"{BACKUP_AFTER_HOURS} hours after people go: what they leave running is done."
    return basis.ledger.decide("machines.backup_time", f"{hour:02d}:00", because)


def _check(settings: Settings, ledger: Ledger) -> None:
    if settings.ingress.exposure is Exposure.PRIVATE_LINK:
        ledger.refuse(
            "ingress.exposure",
            "private-link, on virtual machines",
            "private: a private link service is made for a cluster only",
            "set ingress.exposure to private, or environment.topology to dedicated-aks",
        )
