"""The exceptions as metrics, in Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats)."""

from __future__ import annotations

from checks.model import Check

NAME = "odoo_azure_policy_exception_days_left"


def metrics(check: Check) -> str:
    """Days that each exception still holds, today included; below one when it has ended."""
    concerned = dict.fromkeys((*check.in_force, *(problem.exception for problem in check.problems)))
    lines = [
        f'{NAME}{{rule="{each.rule}",stack="{each.stack}",resource="{each.resource}",ticket="{each.ticket}"}} '
        f"{(each.until - check.day).days + 1}"
        # None of these can hold a quotation mark: the file of exceptions was read by their patterns.
        for each in concerned
    ]
    heads = [f"# HELP {NAME} Days that an exception from a rule still holds, today included.", f"# TYPE {NAME} gauge"]
    return "\n".join([*heads, *lines]) + "\n"
