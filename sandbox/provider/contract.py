"""What a stand-in provider has to decide, free of gRPC."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sandbox.provider.compare import Change
from sandbox.provider.errors import Failure
from sandbox.provider.faults import Faults
from sandbox.provider.values import Object


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Request:
    """What every operation knows: the resource's type token and logical name, and the provider's configuration.

    `timeout` is the resource's own limit in seconds, 0 without one; `stopped` tells that nobody waits any more.
    """

    type: str
    name: str
    config: Mapping[str, str]
    timeout: float = 0.0
    stopped: Callable[[], bool] = _never


@dataclass(frozen=True)
class Naming:
    """How a name that was left out is to be made: the engine's `pulumi:autonaming`, and a seed for random parts."""

    proposed: str | None = None
    disabled: bool = False
    seed: bytes = b""


@dataclass(frozen=True)
class Verdict:
    """The outcome of a comparison: what changed, and which of it can only be had by replacing the resource."""

    changes: list[Change] = field(default_factory=list)
    replaces: frozenset[str] = frozenset()
    delete_before_replace: bool = False


class Provider(Protocol):
    """What a stand-in has to decide. All values are plain Python; `values.UNKNOWN` marks what a preview cannot know.

    `moves` names the settings that lead elsewhere now, so that every resource has to be made again there.
    """

    package: str
    version: str
    faults: Faults

    def check_config(self, inputs: Object) -> list[Failure]: ...
    def moves(self, old: Object, new: Object) -> list[str]: ...
    def check(self, request: Request, inputs: Object, olds: Object, naming: Naming) -> tuple[Object, list[Failure]]: ...
    def diff(self, request: Request, old: Object, new: Object) -> Verdict: ...
    def preview(self, request: Request, inputs: Object, olds: Object) -> Object: ...
    def physical_name(self, request: Request, inputs: Object, identifier: str) -> str: ...
    def create(self, request: Request, inputs: Object, fault: str | None) -> tuple[str, Object]: ...
    def read(
        self, request: Request, identifier: str, inputs: Object, state: Object
    ) -> tuple[Object, Object] | None: ...
    def update(self, request: Request, identifier: str, old: Object, new: Object, fault: str | None) -> Object: ...
    def delete(self, request: Request, identifier: str) -> None: ...
    def answered(self, request: Request, identifier: str) -> None: ...
    def invoke(self, token: str, arguments: Object, config: Mapping[str, str]) -> Object: ...
    def duration_seconds(self, request: Request, operation: str) -> float: ...
