"""Reading a resource's properties: every value is set, absent, or not yet known.

The policy SDK hands out proxies which raise as soon as a rule touches a value that is unknown during a preview; the
rule then ends there, as an advisory "can't run". A `Value` never raises: it notes what was unknown and lets the rule go
on, so that what is known is judged, and the runner says afterwards which properties could not be.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_policy.proxy import UnknownValueError

_ABSENT: Any = object()
UNKNOWN: Any = object()
"""Stands for properties that are not known before the deployment."""
# Element names are shown in messages to say which one is meant, but only if they look like the name of something.
_SPEAKABLE_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong.

    Args:
        message: what must hold, and where; never the value that was found, which may be a secret.
        urn: the resource it concerns; None for the one a resource rule was asked about.
    """

    message: str
    urn: str | None = None


@dataclass(frozen=True)
class Test:
    """A condition on a value that is there.

    Args:
        wanted: completes the sentence "<path> must ...".
        passes: the condition.
    """

    wanted: str
    passes: Callable[[Any], bool]


def one_of(*allowed: str) -> Test:
    """Equals one of these, in any case: ARM's services disagree on the spelling of their enums."""
    folded = {choice.casefold() for choice in allowed}
    return Test(f"be {' or '.join(allowed)}", lambda value: isinstance(value, str) and value.casefold() in folded)


def at_least(minimum: float, unit: str = "") -> Test:
    """A number of at least `minimum`."""
    return Test(f"be at least {minimum:g}{unit}", lambda value: _number(value) is not None and value >= minimum)


def matches(pattern: str, wanted: str) -> Test:
    """A string that the regular expression finds a match in."""
    expression = re.compile(pattern)
    return Test(wanted, lambda value: isinstance(value, str) and expression.search(value) is not None)


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


IS_TRUE = Test("be true", lambda value: value is True)
IS_FALSE = Test("be false", lambda value: value is False)
IS_SET = Test("be set", lambda value: not isinstance(value, str | Sequence | Mapping) or len(value) > 0)


class Value:
    """A property, at a path, of one resource."""

    __slots__ = ("_owner", "_raw", "_unknowns", "path")

    def __init__(self, raw: Any, path: str, unknowns: list[str], owner: str = "") -> None:
        self._raw = _ABSENT if raw is None else raw
        self._unknowns = unknowns
        self._owner = owner
        self.path = path

    def at(self, path: str) -> Value:
        """The value below this one at a dotted path."""
        value = self
        for name in path.split("."):
            value = value.key(name)
        return value

    def key(self, name: str) -> Value:
        """The member of this name, which may have dots in it."""
        path = f"{self.path}.{name}" if self.path else name
        if self._raw is UNKNOWN:
            return self._child(UNKNOWN, path)
        if not isinstance(self._raw, Mapping):
            return self._child(_ABSENT, path)
        return self._child(_member(self._raw, name), path)

    def elements(self) -> Iterator[Value]:
        """The elements of a list; none when it is absent."""
        if not self.known() or isinstance(self._raw, str) or not isinstance(self._raw, Sequence):
            return
        for index in range(len(self._raw)):
            element = self._child(_member(self._raw, index), f"{self.path}[{index}]")
            yield self._child(element._raw, f"{self.path}[{element._label() or index}]")

    def entries(self) -> Iterator[tuple[str, Value]]:
        """The members of a mapping; none when it is absent."""
        if self.known() and isinstance(self._raw, Mapping):
            for name in self._raw:
                yield name, self.key(name)

    def is_set(self) -> bool:
        """Whether there is a value; one that is not yet known counts, and is noted."""
        return not self.known() or (self._raw is not _ABSENT and IS_SET.passes(self._raw))

    def known(self) -> bool:
        """Whether the value, or its absence, is known by now; notes when it is not."""
        if self._raw is not UNKNOWN:
            return True
        place = ".".join(part for part in (self._owner, self.path) if part)
        if place not in self._unknowns:
            self._unknowns.append(place)
        return False

    def is_unknown(self) -> bool:
        """Whether the value is not known before the deployment. Notes nothing."""
        return self._raw is UNKNOWN

    def text(self) -> str | None:
        """The string here; None when there is none, or none known (which is noted)."""
        return self._raw if self.known() and isinstance(self._raw, str) else None

    def number(self) -> float | None:
        """The number here; None when there is none, or none known (which is noted)."""
        return _number(self._raw) if self.known() else None

    def meets(self, test: Test) -> bool:
        """Whether a value is known to be here and to pass. False for one that is not yet known, which is noted.

        For what makes a rule apply; what excuses from it is asked with `may_meet`.
        """
        return self.known() and self._raw is not _ABSENT and test.passes(self._raw)

    def may_meet(self, test: Test) -> bool:
        """Whether a value is here and passes, or may turn out so: one that is not yet known is noted, not blamed."""
        return not self.known() or self.meets(test)

    def must(self, test: Test) -> Iterator[Finding]:
        """A finding unless the value is here and passes; one not yet known is noted instead."""
        if not self.known():
            return
        if self._raw is _ABSENT:
            yield Finding(message=f"{self.path} must {test.wanted}; it is not set")
        elif not test.passes(self._raw):
            yield Finding(message=f"{self.path} must {test.wanted}")

    def must_if_set(self, test: Test) -> Iterator[Finding]:
        """As `must`, for a property whose absence is right too."""
        if self._raw is not _ABSENT:
            yield from self.must(test)

    def must_not(self, test: Test, reason: str) -> Iterator[Finding]:
        """A finding when the value is here and passes the test."""
        if self.meets(test):
            yield Finding(message=f"{self.path} must not {test.wanted}: {reason}")

    def _child(self, raw: Any, path: str) -> Value:
        return Value(raw, path, self._unknowns, self._owner)

    def _label(self) -> str | None:
        raw = _member(self._raw, "name") if isinstance(self._raw, Mapping) else None
        return raw if isinstance(raw, str) and _SPEAKABLE_NAME.match(raw) else None


def _member(container: Any, name: str | int) -> Any:
    try:
        raw = container[name]
    except (KeyError, IndexError):
        return _ABSENT
    except UnknownValueError:
        return UNKNOWN
    return _ABSENT if raw is None else raw
