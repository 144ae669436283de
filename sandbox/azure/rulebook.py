"""The register of rules. A rule belongs to one or more types and speaks at one moment:

- `static`: needs nothing but the inputs; speaks at check, so a preview already shows it;
- `stateful`: needs to know what else exists; speaks before a create or an update (then `old` is given);
- `deletion`: speaks before a delete;
- `effect`: something that comes to be, or goes, together with the resource.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sandbox.azure.world import World
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.values import Object, is_unknown_at

ANY_TYPE: Final = "*"


@dataclass(frozen=True)
class Change:
    """A create (`old` is None) or an update that is about to happen. Ids and inputs are complete and known."""

    world: World
    token: str
    id: str
    new: Object
    old: Object | None


StaticRule = Callable[[Object], Iterator[Failure]]
StatefulRule = Callable[[Change], None]
DeletionRule = Callable[[World, str], None]

_static: dict[str, list[StaticRule]] = defaultdict(list)
_stateful: dict[str, list[StatefulRule]] = defaultdict(list)
_deletion: dict[str, list[DeletionRule]] = defaultdict(list)
_created: dict[str, list[StatefulRule]] = defaultdict(list)


def _token(name: str) -> str:
    return name if name == ANY_TYPE else f"azure-native:{name}"


def static(*types: str) -> Callable[[StaticRule], StaticRule]:
    """Register a rule over inputs alone, e.g. `@static("network:VirtualNetwork")`; it yields its findings."""

    def register(rule: StaticRule) -> StaticRule:
        for name in types:
            _static[_token(name)].append(rule)
        return rule

    return register


def stateful(*types: str) -> Callable[[StatefulRule], StatefulRule]:
    """Register a rule over what exists; it raises `ProviderError` to refuse."""

    def register(rule: StatefulRule) -> StatefulRule:
        for name in types:
            _stateful[_token(name)].append(rule)
        return rule

    return register


def deletion(*types: str) -> Callable[[DeletionRule], DeletionRule]:
    """Register a rule (or a consequence) of a delete; it raises `ProviderError` to refuse."""

    def register(rule: DeletionRule) -> DeletionRule:
        for name in types:
            _deletion[_token(name)].append(rule)
        return rule

    return register


def created(*types: str) -> Callable[[StatefulRule], StatefulRule]:
    """Register a consequence of a create, in the same transaction."""

    def register(rule: StatefulRule) -> StatefulRule:
        for name in types:
            _created[_token(name)].append(rule)
        return rule

    return register


def static_findings(token: str, inputs: Object) -> list[Failure]:
    """What the inputs alone show; about what a preview does not know yet nothing is said."""
    findings = [finding for rule in [*_static[ANY_TYPE], *_static[token]] for finding in rule(inputs)]
    return [finding for finding in findings if not is_unknown_at(inputs, finding.path)]


def refuse_change(change: Change) -> None:
    for rule in [*_stateful[ANY_TYPE], *_stateful[change.token]]:
        rule(change)


def refuse_deletion(world: World, token: str, identifier: str) -> None:
    for rule in [*_deletion[ANY_TYPE], *_deletion[token]]:
        rule(world, identifier)


def take_effect(change: Change) -> None:
    for rule in _created[change.token]:
        rule(change)


# What one change keeps busy: (id of the busy resource, how long at least in seconds), by type.
BusyRule = Callable[[Object, str], tuple[str, float]]
_busy: dict[str, tuple[BusyRule, str]] = {}
_busy_now: set[str] = set()
_busy_lock = threading.Lock()


def keeps_busy(*types: str, code: str = "ServerIsBusy") -> Callable[[BusyRule], BusyRule]:
    """Register what a change of these types keeps busy: a second change there meanwhile is refused, with this code."""

    def register(rule: BusyRule) -> BusyRule:
        for name in types:
            _busy[_token(name)] = (rule, code)
        return rule

    return register


@contextmanager
def busy(token: str, inputs: Object, identifier: str) -> Iterator[None]:
    """Hold what a change keeps busy; raises `ProviderError` if another change holds it."""
    if token not in _busy:
        yield
        return
    rule, code = _busy[token]
    target, seconds = rule(inputs, identifier)
    key = target.lower()
    with _busy_lock:
        if key in _busy_now:
            raise ProviderError(
                code,
                f"cannot complete the operation because {target} is busy processing another operation:"
                " make such changes one after another (depends_on)",
            )
        _busy_now.add(key)
    try:
        threading.Event().wait(seconds)
        yield
    finally:
        with _busy_lock:
            _busy_now.discard(key)
