"""What the scale sets of machines are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.base import Placement

ZONES = ("1", "2", "3")


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What each machine of a set is.

    Args:
        vm_size: size, one with Trusted Launch, encryption at host, Premium SSD and accelerated networking.
        os_disk_gib: size of its disk, in GiB: at least 30, the size of the image.
        computer_name_prefix: what host names begin with: 1 to 15 letters, digits and hyphens.
        custom_data: its cloud-init, at most 65,535 bytes. No secret may be in it: ARM shows it to readers of the set.
        start_minutes: how long it may take until it is well, 10 to 90; only then is one that is not replaced.
    """

    vm_size: str
    os_disk_gib: int
    computer_name_prefix: str
    custom_data: pulumi.Input[str]
    start_minutes: int = 30


@dataclass(frozen=True, kw_only=True)
class MachineAccess:
    """Who the machines are, and who may sign in to them.

    Args:
        identity_ids: ARM ids of the user-assigned identities that the machines have.
        agent_identity_id: that one of them which the agents of Azure use.
        ssh_public_key: key of the administrators, in OpenSSH's form: RSA or Ed25519. There are no passwords.
        disk_encryption_set_id: disk encryption set of the environment's key.
    """

    identity_ids: tuple[pulumi.Input[str], ...]
    agent_identity_id: pulumi.Input[str]
    ssh_public_key: str
    disk_encryption_set_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class MachineMonitoring:
    """How the machines' logs are collected.

    Args:
        logs_rule_id: data collection rule of the machines' logs.
        endpoint_id: data collection endpoint in their region.
    """

    logs_rule_id: pulumi.Input[str]
    endpoint_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class LoadBalancing:
    """The address at which machines answer.

    Args:
        load_balancer_name: Azure name, `lbi-...`: 1 to 80 characters.
        subnet_id: subnet of the front end.
        zones: zones that the front end is in; empty in a region without zones.
    """

    load_balancer_name: str
    subnet_id: pulumi.Input[str]
    zones: tuple[str, ...] = ZONES


@dataclass(frozen=True, kw_only=True)
class BusyHours:
    """Hours that come every week, in which at least so many machines are there.

    Args:
        name: what they are, such as `business-hours`; unique, at most 64 characters.
        days: days of the week, `Monday` ...
        start: when they begin, `HH:MM`.
        end: when they end, on the same day.
        instances: fewest machines.
    """

    name: str
    days: tuple[str, ...]
    start: str
    end: str
    instances: int


@dataclass(frozen=True, kw_only=True)
class BusyDays:
    """Days of the calendar, as a close, in which at least so many machines are there and none is taken away.

    Args:
        name: what they are, such as `close-2026-12`; unique, at most 64 characters.
        first: first day, ISO date.
        last: last day, at most 365 days later.
        instances: fewest machines.
    """

    name: str
    first: str
    last: str
    instances: int


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """When machines are added and taken away.

    Args:
        name: Azure name of the autoscale setting.
        min_instances: fewest machines.
        max_instances: most machines.
        out_cpu_percent: average use of the processors, over five minutes, above which one is added.
        in_cpu_percent: average use, over fifteen minutes, below which one is taken away, if all others are well.
        busy_hours: hours of the week with more machines.
        busy_days: days of the calendar with more machines; they go before the hours.
        time_zone: of hours and days, by the name that Windows has for it (`W. Europe Standard Time`).
    """

    name: str
    min_instances: int
    max_instances: int
    out_cpu_percent: int
    in_cpu_percent: int
    busy_hours: tuple[BusyHours, ...] = ()
    busy_days: tuple[BusyDays, ...] = ()
    time_zone: str = "UTC"


@dataclass(frozen=True, kw_only=True)
class OdooVirtualMachinesArgs:
    """Arguments of `OdooVirtualMachines`.

    Args:
        placement: where the machines go.
        scale_set_name: Azure name of the set: 1 to 64 characters.
        machine: what each of them is.
        zones: availability zones that they are spread over; empty in a region without zones.
        subnet_id: subnet that they stand in.
        access: who they are, and who may sign in.
        monitoring: how their logs are collected.
        answers: the address at which they answer; None where they answer nobody.
        scaling: how many there are; None for one, always.
    """

    placement: Placement
    scale_set_name: str
    machine: Machine
    zones: tuple[str, ...]
    subnet_id: pulumi.Input[str]
    access: MachineAccess
    monitoring: MachineMonitoring
    answers: LoadBalancing | None = None
    scaling: Scaling | None = None


@dataclass(frozen=True, kw_only=True)
class MachineAgentsArgs:
    """Arguments of `MachineAgents`.

    Args:
        placement: where the rule goes.
        rule_name: Azure name of the data collection rule: 3 to 64 characters.
        log_workspace_id: Log Analytics workspace of the logs.
        endpoint_id: data collection endpoint, in the private link scope of the workspace.
        metrics_rule_id: data collection rule that takes Prometheus metrics.
        publishers: service principals that write metrics: object ids by what they are.
    """

    placement: Placement
    rule_name: str
    log_workspace_id: pulumi.Input[str]
    endpoint_id: pulumi.Input[str]
    metrics_rule_id: pulumi.Input[str]
    publishers: Mapping[str, pulumi.Input[str]]
