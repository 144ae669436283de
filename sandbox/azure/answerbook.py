"""The register of read-only outputs, by type; the functions themselves are in `sandbox.azure.answers`.

What they make up is derived from the resource's nonce: it stays, and is new when the resource is made anew.
"""

import hashlib
from collections.abc import Callable

from sandbox.azure.world import World
from sandbox.provider.values import Object
from sandbox.store import Entry

Answer = Callable[[Entry, World], Object]
_ANSWERS: dict[str, Answer] = {}


def answers(*types: str) -> Callable[[Answer], Answer]:
    """Register the read-only outputs of some types."""

    def register(function: Answer) -> Answer:
        for name in types:
            _ANSWERS[f"azure-native:{name}"] = function
        return function

    return register


def answer(token: str, entry: Entry, world: World) -> Object:
    """The read-only outputs of a resource; nothing for types without any that matter."""
    function = _ANSWERS.get(token)
    return function(entry, world) if function else {}


def location(entry: Entry) -> str:
    """The region, as in host names."""
    return str(entry.inputs.get("location", "")).lower().replace(" ", "")


def derived(entry: Entry, purpose: str, length: int) -> str:
    """Hexadecimal digits that stay as long as the resource does."""
    return hashlib.sha256(f"{entry.nonce}/{purpose}".encode()).hexdigest()[:length]
