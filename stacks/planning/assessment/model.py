"""What an assessment says, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stacks.planning.plan import Reason


@dataclass(frozen=True, kw_only=True)
class Argument:
    """One reason for, or against, a topology.

    Args:
        topology: the topology that it speaks of.
        speaks_for: whether it speaks for it, or against.
        binding: whether it rules a topology out (or in) by itself.
        subject: what was looked at: a setting's path, or a computed figure.
        found: the value, for people.
        threshold: where it turns, for people; empty where there is none.
        because: one sentence.
        source: page or rule it comes from; empty where it is our own judgement.
    """

    topology: str
    speaks_for: bool
    binding: bool
    subject: str
    found: str
    threshold: str
    because: str
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Where the answer changes: the nearest value of one setting, all others as they are.

    Args:
        setting: path of the setting, such as `workload.concurrent_users`.
        found: its value now.
        at: the value from which another topology is recommended.
        topology: that topology.
    """

    setting: str
    found: str
    at: str
    topology: str


@dataclass(frozen=True, kw_only=True)
class Season:
    """A kind of day: what comes, and what stands against it.

    Args:
        name: `normal day`, `month-end` or `year-end`.
        users: people working at the same moment.
        processes: Odoo's processes by pool.
        instances: machines, or nodes by pool, that it needs with a zone (or one machine) lost.
        always_on: of these, how many stand at all hours.
        connections: connections to the database server.
    """

    name: str
    users: int
    processes: Mapping[str, int]
    instances: Mapping[str, int]
    always_on: Mapping[str, int]
    connections: int


@dataclass(frozen=True, kw_only=True)
class Month:
    """A month of the year, for the chart of load against capacity.

    Args:
        month: 1 to 12.
        load_processes: HTTP workers that its busiest day needs.
        standing_processes: HTTP workers that stand at all hours, with a zone (or one machine) lost.
        capacity_processes: HTTP workers there are room for at the highest scale, with the same loss.
    """

    month: int
    load_processes: int
    standing_processes: int
    capacity_processes: int


@dataclass(frozen=True, kw_only=True)
class Unmet:
    """A requirement that the recommended topology cannot meet.

    Args:
        path: YAML path of the setting.
        found: what it asks for.
        allowed: what can be had.
        remedy: what to do.
    """

    path: str
    found: str
    allowed: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """What a business needs.

    Args:
        topology: the recommended one: `dedicated-vm`, `dedicated-aks` or `multi-tenant-aks`.
        arguments: what speaks for and against each topology, the binding ones first.
        turns: where the answer changes.
        seasons: a normal day, a month-end, a year-end.
        year: the twelve months, from January.
        sizes: every size with its reason, of the recommended topology.
        unmet: requirements that it cannot meet; empty where all is well.
        warnings: what to look at.
    """

    topology: str
    arguments: tuple[Argument, ...]
    turns: tuple[Turn, ...]
    seasons: tuple[Season, ...]
    year: tuple[Month, ...]
    sizes: tuple[Reason, ...]
    unmet: tuple[Unmet, ...]
    warnings: tuple[str, ...]
