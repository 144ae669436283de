"""The sections of the settings that say what a stack may cost."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field

from stacks.sections import Section


def _first_of_month(value: date) -> date:
    # learn.microsoft.com azure/cost-management-billing/costs/tutorial-acm-create-budgets, rest/api/consumption/budgets.
    if value.day != 1:
        raise ValueError(f'a monthly budget starts with a month: did you mean "{value.replace(day=1)}"?')
    return value


class Budget(Section):
    """What it may cost."""

    monthly_budget: int = Field(ge=1)
    """Budget a month, in the currency of the billing account."""
    budget_start: Annotated[date, AfterValidator(_first_of_month)]
    """First of the month that the budget starts in. Azure never lets it change afterwards."""


class Cost(Budget):
    """What it may cost."""

    log_retention_days: int = Field(default=90, ge=30, le=730)
    """Days that logs are kept in Log Analytics."""
