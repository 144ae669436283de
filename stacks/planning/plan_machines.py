"""The part of the plan that says which machines run Odoo, and what each container on them may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stacks.planning.plan import EnvironmentPlan, FreezePlan


@dataclass(frozen=True, kw_only=True)
class ContainerPlan:
    """What one container of a machine may take.

    Args:
        cpu_millicores: processor that it has when all are busy, in thousandths; what others leave idle is its too.
        memory_mib: memory, in MiB: a container that takes more is stopped.
    """

    cpu_millicores: int
    memory_mib: int


@dataclass(frozen=True, kw_only=True)
class MachinesPlan:
    """Machines.

    Args:
        vm_size: size of the machines that answer people, such as `Standard_D16ads_v5`.
        min_instances: of these, how many there are at the least.
        max_instances: at the most.
        normal_instances: how many a normal day takes, with a zone (or one machine) lost.
        peak_instances: how many the close takes, likewise.
        zones: availability zones they are spread over; empty where the region has none.
        packages_snapshot: moment of Ubuntu's archive that packages come from, `20261101T000000Z`.
        os_disk_gib: size of the disk of each.
        computer_name_prefix: what their host names begin with.
        operations_vm_size: size of the one machine that looks after the database.
        operations_name_prefix: what its host name begins with.
        containers: what each container of a machine may take, by name: Odoo's pools, `traefik`, `metrics`.
        scale_out_cpu_percent: average processor use above which a machine is added, up to `max_instances`.
        scale_in_cpu_percent: average below which one is taken away, down to `min_instances`.
        backup_time: time of the daily backup, `21:00`, in the time zone of the calendar.
        patch_day: day of each month on which security patches are installed, as ARM takes it: `1Month Third Sunday`.
        patch_time: when that begins, `03:00`, in the time zone of the calendar.
        patch_start: first day of that schedule, ISO date.
        windows_timezone: time zone of the calendar by the name that Windows has for it, `W. Europe Standard Time`.
        freezes: the close calendar: spans in which more machines are there, and none is patched.
    """

    vm_size: str
    min_instances: int
    max_instances: int
    normal_instances: int
    peak_instances: int
    zones: tuple[str, ...]
    packages_snapshot: str
    os_disk_gib: int
    computer_name_prefix: str
    operations_vm_size: str
    operations_name_prefix: str
    containers: Mapping[str, ContainerPlan]
    scale_out_cpu_percent: int
    scale_in_cpu_percent: int
    backup_time: str
    patch_day: str
    patch_time: str
    patch_start: str
    windows_timezone: str
    freezes: tuple[FreezePlan, ...]


@dataclass(frozen=True, kw_only=True)
class MachinePlan(EnvironmentPlan):
    """Everything that follows from the settings of an environment of its own on machines: `dedicated-vm`."""

    machines: MachinesPlan
