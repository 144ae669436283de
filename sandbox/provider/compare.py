"""Compare a resource's inputs before and after: which properties were added, changed or removed."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sandbox.provider.values import UNKNOWN

Change = tuple[str, str]  # property path, and "add", "update" or "delete"

# Lists in which order has no meaning for the service, by the last name of their path.
UNORDERED = frozenset({"zones", "availabilityZones", "userAssignedIdentities", "nodeTaints"})


def changes(old: Mapping[str, Any], new: Mapping[str, Any], same: Callable[[str, Any, Any], bool]) -> list[Change]:
    """The changes from `old` to `new` inputs. `same(path, old, new)` decides where plain equality is too strict."""
    return list(_mapping(old, new, "", same))


def _mapping(
    old: Mapping[str, Any], new: Mapping[str, Any], path: str, same: Callable[[str, Any, Any], bool]
) -> Iterator[Change]:
    for key in {**old, **new}:
        if key.startswith("__"):
            continue
        where = f"{path}.{key}" if path else key
        if key not in new:
            yield where, "delete"
        elif key not in old:
            yield where, "add"
        else:
            yield from _value(old[key], new[key], where, same)


def _value(old: Any, new: Any, path: str, same: Callable[[str, Any, Any], bool]) -> Iterator[Change]:
    if old is not UNKNOWN and new is not UNKNOWN and (old == new or same(path, old, new)):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _mapping(old, new, path, same)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _list(old, new, path, same)
    else:
        yield path, "update"


def _list(old: list[Any], new: list[Any], path: str, same: Callable[[str, Any, Any], bool]) -> Iterator[Change]:
    for index in range(max(len(old), len(new))):
        where = f"{path}[{index}]"
        if index >= len(new):
            yield where, "delete"
        elif index >= len(old):
            yield where, "add"
        else:
            yield from _value(old[index], new[index], where, same)


def same_text_or_set(path: str, old: Any, new: Any) -> bool:
    """Ids that differ in case only, and lists whose order has no meaning, are the same."""
    if isinstance(old, str) and isinstance(new, str):
        return old.startswith("/subscriptions/") and old.lower() == new.lower()
    if isinstance(old, list) and isinstance(new, list) and path.rpartition(".")[2] in UNORDERED:
        return sorted(map(str, old)) == sorted(map(str, new))
    return False


def is_at_or_below(path: str, names: tuple[str, ...]) -> bool:
    """Whether a property path is one of the names, or inside of one."""
    return any(path == name or path.startswith((f"{name}.", f"{name}[")) for name in names)
