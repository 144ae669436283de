"""Exceptions: who may break which rule, where, why, and until which day.

`policies/exceptions.yaml` is a list of them. It is read once, when the pack starts; a file that is wrong anywhere stops
the pack. One that has ended changes nothing any more: its rule counts again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import yaml
from pulumi_policy import Severity
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from policies.controls.catalog import BY_RULE
from policies.kit.rule import Rule
from policies.kit.tokens import canonical

FILE = Path(__file__).parents[1] / "exceptions.yaml"
"""Where exceptions stand, unless the variable `POLICY_EXCEPTIONS` names another file."""
LONGEST_DAYS = 180
SHORTEST_PREFIX = 8
EXCEPTED = "excepted until"
"""How the message of a violation begins that an exception covers."""
_MANY_PROBLEMS = 20

_TYPE = r"[A-Za-z0-9-]+:[A-Za-z0-9./_-]+:[A-Za-z0-9]+"
_NAME = r"[A-Za-z0-9][A-Za-z0-9._/@-]*"
_ARM_NAME = r"[A-Za-z0-9][A-Za-z0-9._()-]*"
_SUBSCRIPTION = r"/subscriptions/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_ARM_SCOPE = rf"{_SUBSCRIPTION}/resourceGroups/{_ARM_NAME}(/providers/{_ARM_NAME}(/{_ARM_NAME}/{_ARM_NAME})+)?"
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MEANT = {
    "stack": "must be the name of one stack",
    "resource": "must be a type and a name, as azure-native:sql:Server::odoo-books; only the name may end in *",
    "azure_scope": "must be the ARM id of a resource group, or of a resource in one",
    "owner": "must be a mail address",
    "approver": "must be a mail address",
    "ticket": "must be a number or an address, without spaces",
}


def _day(value: object) -> date:
    """Pydantic would read a number as seconds since 1970, and take a time for the day it is on."""
    if isinstance(value, str) and _ISO_DAY.fullmatch(value):
        return date.fromisoformat(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError("must be a day, as 2027-01-31")


Day = Annotated[date, BeforeValidator(_day)]
Person = Annotated[str, Field(pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+$", max_length=100)]


class PolicyException(BaseModel):
    """One exception."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True, defer_build=True)

    rule: str = Field(max_length=100)
    """Id of the rule that may be broken (docs/reference/policies.md)."""
    stack: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)
    """The stack it holds in. Resources have the same names in all of them."""
    resource: str = Field(pattern=rf"^{_TYPE}::{_NAME}\*?$", max_length=300)
    """Type and Pulumi name, as `azure-native:sql:Server::odoo-books`. The name may end in `*`, after at least 8
    characters; there are no other wildcards."""
    reason: str = Field(min_length=20, max_length=1000)
    """Why the rule cannot be kept now, and what guards the resource meanwhile."""
    owner: Person
    """Mail address of who puts it right."""
    approver: Person
    """Mail address of who accepted the risk: another person."""
    ticket: str = Field(pattern=r"^[A-Za-z0-9#:/._?=&-]+$", max_length=200)
    """Where the work is tracked: a number or an address."""
    granted: Day
    """First day it holds."""
    until: Day
    """Last day it holds, at most 180 days after `granted`."""
    critical: bool = False
    """Must be true for a rule of severity critical."""
    azure_scope: str | None = Field(default=None, pattern=rf"^{_ARM_SCOPE}$", max_length=1000)
    """ARM id of the resource group or resource that is exempt from the rule's Azure Policies, too, until the same day.
    None where Azure does not stand in the way."""

    @property
    def type(self) -> str:
        """Canonical type token of the resource."""
        return canonical(self.resource.partition("::")[0])

    @property
    def name(self) -> str:
        """Name of the resource; what it begins with when the last character is `*`."""
        return self.resource.partition("::")[2]

    def holds_on(self, day: date) -> bool:
        """Whether it is in force: from its first to its last day, both included."""
        return self.granted <= day <= self.until

    def covers(self, rule: str, urn: str) -> bool:
        """Whether it is about this rule and this resource."""
        stack, token, name = _parts(urn)
        named = name.startswith(self.name[:-1]) if self.name.endswith("*") else name == self.name
        return (rule, stack, token) == (self.rule, self.stack, self.type) and named

    def said_of(self, message: str) -> str:
        """The message of a violation that it covers."""
        return f"{EXCEPTED} {self.until} by {self.approver} ({self.ticket}): {message}"

    def problems(self, rules: Mapping[str, Rule]) -> Iterator[str]:
        """What is wrong with it beyond the form of its fields."""
        if self.rule not in rules:
            yield f"rule: there is no rule {self.rule}"
        elif rules[self.rule].severity is Severity.CRITICAL and not self.critical:
            yield f"critical: {self.rule} is a critical rule; write `critical: true` if that is meant"
        if self.azure_scope is not None and self.rule not in BY_RULE:
            yield f"azure_scope: no Azure Policy holds {self.rule}; leave it out"
        if self.name.endswith("*") and len(self.name) <= SHORTEST_PREFIX:
            yield f"resource: at least {SHORTEST_PREFIX} characters of the name must stand before `*`"
        if _mailbox(self.owner) == _mailbox(self.approver):
            yield "approver: must be another person than the owner"
        if self.until < self.granted:
            yield "until: must not be before granted"
        elif (days := (self.until - self.granted).days) > LONGEST_DAYS:
            yield f"until: is {days} days after granted; at most {LONGEST_DAYS} are allowed"


@dataclass(frozen=True)
class Exceptions:
    """All exceptions, on the day of the run.

    Args:
        entries: the exceptions, those that have ended included.
        today: the day.
    """

    entries: tuple[PolicyException, ...] = ()
    today: date = date.min

    def covering(self, rule: str, urn: str | None) -> PolicyException | None:
        """The exception in force that lets a resource break a rule."""
        if not urn:
            return None
        return next((each for each in self.entries if each.holds_on(self.today) and each.covers(rule, urn)), None)


NONE = Exceptions()


class ExceptionsError(Exception):
    """The file of exceptions is wrong; its text names the file and every problem."""


def load(path: Path, rules: Sequence[Rule], today: date) -> Exceptions:
    """The exceptions of a file; none when there is no file.

    Raises:
        ExceptionsError: with everything that is wrong.
    """
    if not path.is_file():
        return Exceptions((), today)
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
        entries = _entries().validate_python(written) if written else []
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ExceptionsError(f"{path} is not valid YAML: {error}") from None
    except ValidationError as error:
        raise _wrong(path, [_said(each) for each in error.errors(include_url=False)]) from None
    by_id = {rule.id: rule for rule in rules}
    problems = [f"[{at}].{said}" for at, entry in enumerate(entries) for said in entry.problems(by_id)]
    if problems:
        raise _wrong(path, problems)
    return Exceptions(tuple(entries), today)


def load_own(rules: Sequence[Rule]) -> Exceptions:
    """The exceptions that hold in this process: of `POLICY_EXCEPTIONS`, else of `policies/exceptions.yaml`.

    Raises:
        ExceptionsError: the file is wrong, or there is none where the variable says.
    """
    named = os.environ.get("POLICY_EXCEPTIONS")
    if named and not Path(named).is_file():
        raise ExceptionsError(f"POLICY_EXCEPTIONS names {named}, which is no file")
    return load(Path(named) if named else FILE, rules, day_of_the_run())


def day_of_the_run() -> date:
    """Today in UTC, or what the variable `SOURCE_DATE` says (2027-01-31).

    Raises:
        ExceptionsError: the variable holds no day.
    """
    said = os.environ.get("SOURCE_DATE")
    try:
        return date.fromisoformat(said) if said else datetime.now(UTC).date()
    except ValueError:
        raise ExceptionsError("SOURCE_DATE must be a day, as 2027-01-31") from None


def schema() -> dict[str, Any]:
    """JSON Schema of the file, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_entries().json_schema()}


@cache
def _entries() -> TypeAdapter[list[PolicyException]]:
    """Made when there is something to check: it takes a tenth of a pack's start."""
    return TypeAdapter(list[PolicyException])


def _wrong(path: Path, problems: Sequence[str]) -> ExceptionsError:
    more = len(problems) - _MANY_PROBLEMS
    shown = [*problems[:_MANY_PROBLEMS], *([f"and {more} more"] if more > 0 else [])]
    return ExceptionsError("\n  ".join([f"{path} is wrong:", *shown]))


def _said(error: Any) -> str:
    first, *rest = error["loc"] or ("",)
    place = ".".join([f"[{first}]" if isinstance(first, int) else str(first), *map(str, rest)])
    said = _MEANT.get(str(error["loc"][-1]), "") if error["type"] == "string_pattern_mismatch" else ""
    return f"{place}: {said or error['msg']}" if place else str(error["msg"])


def _mailbox(address: str) -> str:
    """The address as its server sees it: `Ann+erp@x` is `ann@x`."""
    box, _, server = address.casefold().partition("@")
    return f"{box.partition('+')[0]}@{server}"


def _parts(urn: str) -> tuple[str, str, str]:
    """Stack, canonical type and name of a URN, `urn:pulumi:<stack>::<project>::<parents>$<type>::<name>`."""
    stack, _, types, name = (*urn.split("::", 3), "", "", "")[:4]
    return stack.removeprefix("urn:pulumi:"), canonical(types.rpartition("$")[2]), name
