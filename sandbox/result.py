"""What a command of the runner came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.failures import ExitCode
from sandbox.tally import UNCHANGED, Diagnostic, Operation, PropertyChange, Violation


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a command came to.

    `stage` is how far it came: `up` begins with a stage `preview`. `operations` are the engine's steps (op, type, name,
    urn), those that changed nothing included; `differences` the properties that changed, by URN; `undecided` are checks
    that need values a preview does not know; `message` says in a sentence why `ok` is false; `recovered`, what was set
    right after a killed run. Secret outputs are not shown.
    """

    command: str
    stage: str
    stack: str
    ok: bool
    exit_code: ExitCode
    operations: tuple[Operation, ...] = ()
    failed: tuple[Operation, ...] = ()
    differences: dict[str, list[PropertyChange]] = field(default_factory=dict)
    violations: tuple[Violation, ...] = ()
    undecided: tuple[Violation, ...] = ()
    policy_packs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    message: str = ""
    recovered: str = ""
    seconds: float = 0.0

    @property
    def changes(self) -> tuple[Operation, ...]:
        """The operations that changed something, or at a preview would."""
        return tuple(operation for operation in self.operations if operation.op not in UNCHANGED)
