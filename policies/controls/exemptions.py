"""Exceptions of the pack that reach Azure: plain data, from which policy exemptions are made."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from policies.controls.catalog import BY_RULE

_NAME_CHARACTERS = 40
_REASON_CHARACTERS = 512
_DIGEST_CHARACTERS = 8


class Excepted(Protocol):
    """What is read of an exception (policies/kit/exceptions.py)."""

    @property
    def rule(self) -> str:
        """Id of the rule that may be broken."""
        ...

    @property
    def azure_scope(self) -> str | None:
        """ARM id of what is exempt in Azure, too."""
        ...

    @property
    def reason(self) -> str:
        """Why."""
        ...

    @property
    def approver(self) -> str:
        """Who accepted the risk."""
        ...

    @property
    def ticket(self) -> str:
        """Where the work is tracked."""
        ...

    @property
    def until(self) -> date:
        """Last day it holds."""
        ...

    def holds_on(self, day: date) -> bool:
        """Whether it is in force."""
        ...


@dataclass(frozen=True, kw_only=True)
class Exemption:
    """Leave to break some policies of Azure.

    Args:
        name: its name, up to 49 characters; the same from run to run.
        scope: ARM id of what is exempt.
        references: the policies, by their reference.
        until: last day (UTC).
        reason: why, up to 512 characters.
        approver: who accepted the risk.
        ticket: where the work is tracked.
    """

    name: str
    scope: str
    references: tuple[str, ...]
    until: date
    reason: str
    approver: str
    ticket: str


def exemptions(
    exceptions: Iterable[Excepted], today: date, references: Collection[str], subscription_id: str | None = None
) -> list[Exemption]:
    """The exemptions of the exceptions that are in force and have a scope in Azure.

    Of two with the same rule and scope, the one that holds longer.

    Args:
        exceptions: all exceptions of the file.
        today: the day, in UTC.
        references: the policies that are assigned (`Assigned.references`).
        subscription_id: the subscription they are made in; None for all of them.
    """
    in_force = sorted((each for each in exceptions if each.holds_on(today)), key=lambda each: each.until)
    found: dict[str, Exemption] = {}
    for each in in_force:
        held = tuple(policy.reference for policy in BY_RULE.get(each.rule, ()) if policy.reference in references)
        if held and each.azure_scope is not None and _is_in(each.azure_scope, subscription_id):
            exemption = _exemption(each, each.azure_scope, held)
            found[exemption.name] = exemption
    return list(found.values())


def _exemption(excepted: Excepted, scope: str, references: tuple[str, ...]) -> Exemption:
    return Exemption(
        name=_name(excepted.rule, scope),
        scope=scope,
        references=references,
        until=excepted.until,
        reason=excepted.reason[:_REASON_CHARACTERS],
        approver=excepted.approver,
        ticket=excepted.ticket,
    )


def _is_in(scope: str, subscription_id: str | None) -> bool:
    return subscription_id is None or scope.casefold().startswith(f"/subscriptions/{subscription_id.casefold()}/")


def _name(rule: str, scope: str) -> str:
    """The rule, and what tells scopes apart: names of exemptions are compared without their case."""
    digest = hashlib.sha256(scope.casefold().encode()).hexdigest()[:_DIGEST_CHARACTERS]
    return f"{re.sub(r'[^a-z0-9-]', '-', rule)[:_NAME_CHARACTERS]}-{digest}"
