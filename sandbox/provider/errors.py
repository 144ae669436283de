"""How a stand-in provider says no."""

from dataclasses import dataclass, field

from sandbox.provider.values import Object


@dataclass(frozen=True)
class Failure:
    """One finding of a check: the property's path ("" for the whole resource) and what is wrong with it."""

    path: str
    reason: str


class ProviderError(Exception):
    """The request is refused and nothing was changed: `code` as the service names it, and a message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f'Code="{code}" Message="{message}"' if code else message)
        self.code = code


@dataclass
class PartialFailure(Exception):  # noqa: N818 - it is half a success
    """The resource exists, but making or changing it failed half-way: the engine records it and tries again."""

    id: str
    inputs: Object
    outputs: Object
    reasons: list[str] = field(default_factory=list)


class ClientGoneError(Exception):
    """The engine that asked is no longer there, or has cancelled: there is nobody to answer."""
