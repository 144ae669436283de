"""When machines are added and taken away, from the plan's calendar."""

from __future__ import annotations

from components.machines.args import BusyDays, BusyHours, Scaling
from stacks.planning.plan_machines import MachinePlan
from stacks.sections import BusinessHours, Calendar

WORKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


def machine_scaling(plan: MachinePlan, calendar: Calendar) -> Scaling:
    """Machines by the calendar: at the close as many as there may be, in business hours what a normal day needs.

    Args:
        plan: the plan; its freezes are the closes of the year ahead.
        calendar: when people work.
    """
    machines = plan.machines
    return Scaling(
        name=f"as-{plan.names.app_machines}",
        min_instances=machines.min_instances,
        max_instances=machines.max_instances,
        out_cpu_percent=machines.scale_out_cpu_percent,
        in_cpu_percent=machines.scale_in_cpu_percent,
        busy_hours=_busy_hours(plan, calendar.business_hours),
        busy_days=tuple(
            BusyDays(
                name=f"close-{freeze.start}", first=freeze.start, last=freeze.end, instances=machines.peak_instances
            )
            for freeze in machines.freezes
        ),
        time_zone=machines.windows_timezone,
    )


def _busy_hours(plan: MachinePlan, hours: BusinessHours) -> tuple[BusyHours, ...]:
    machines = plan.machines
    if machines.normal_instances <= machines.min_instances:
        return ()
    # Half an hour before people come: a machine takes some minutes until it is well.
    return (
        BusyHours(
            name="business-hours",
            days=WORKDAYS,
            start=f"{hours.start - 1:02}:30",
            end=f"{hours.end:02}:00",
            instances=machines.normal_instances,
        ),
    )
