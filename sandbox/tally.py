"""Counts what the engine says: the operations under way and done, the violations of policies, the errors."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from pulumi.automation import EngineEvent
from pulumi.automation.events import DiagnosticEvent, PolicyEvent, StepEventMetadata

# Steps that are a part of one that is counted already (a replacement), or that change nothing.
UNCHANGED = frozenset({"same", "read", "refresh"})
PARTS_OF_A_REPLACEMENT = frozenset({"create-replacement", "delete-replaced", "discard-replaced", "read-replacement"})
STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_PREFIX = "pulumi:providers:"
# What the engine adds at the end of a failure: the failure again, or nothing in particular.
CONCLUSIONS = ("preview failed", "update failed", "an unhandled error occurred: python inline source runtime error")
# How the engine begins when a policy needs a value that a preview does not know yet; `up` decides it.
UNDECIDED = "can't run policy"
# How it says that it does not delete something (deleteProtectedError in pkg/resource/deploy/step.go).
REFUSED_DELETE = "cannot be deleted\nbecause it is protected"
COLOR_MARKS = re.compile(r"<\{%.*?%\}>")


class Operation(NamedTuple):
    """One step of the engine on one resource."""

    op: str
    type: str
    name: str
    urn: str


@dataclass(frozen=True, kw_only=True)
class PropertyChange:
    """One property in which a resource differs.

    `kind` is the engine's: `add`, `update` or `delete`, with `-replace` behind it where the resource must be replaced.
    """

    path: str
    kind: str
    before: object = None
    after: object = None


@dataclass(frozen=True, kw_only=True)
class Violation:
    """What a policy found: its pack and name, its level (mandatory, advisory), where, and what it says."""

    pack: str
    policy: str
    level: str
    name: str
    urn: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """A message of the engine, a provider or the program, about a resource or about none."""

    severity: str
    name: str
    urn: str
    message: str


@dataclass
class Tally:
    """What has happened so far in one run of the engine. Events arrive on another thread than the one that reads."""

    running: dict[str, tuple[Operation, float]] = field(default_factory=dict)
    done: dict[tuple[str, str], Operation] = field(default_factory=dict)
    failed: dict[str, Operation] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    last_event: float = field(default_factory=time.monotonic)
    differences: dict[str, list[PropertyChange]] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    undecided: list[Violation] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    policy_packs: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, event: EngineEvent) -> None:
        """Takes in one event."""
        with self.lock:
            self.last_event = time.monotonic()
            if event.resource_pre_event:
                self._begin(event.resource_pre_event.metadata)
            elif event.res_outputs_event:
                self._end(event.res_outputs_event.metadata)
            elif event.res_op_failed_event:
                operation = _operation(event.res_op_failed_event.metadata)
                self.running.pop(operation.urn, None)
                self.failed[operation.urn] = operation
            elif event.policy_event:
                found = _violation(event.policy_event)
                (self.undecided if found.message.startswith(UNDECIDED) else self.violations).append(found)
            elif event.diagnostic_event and not event.diagnostic_event.ephemeral:
                self._diagnose(event.diagnostic_event)
            elif event.summary_event:
                packs = event.summary_event.policy_packs or {}
                # The engine names a local pack NAME|local|FOLDER.
                self.policy_packs = {name.split("|")[0]: version for name, version in packs.items()}

    def _begin(self, metadata: StepEventMetadata) -> None:
        operation = _operation(metadata)
        if _is_custom(metadata):
            self.running[operation.urn] = (operation, time.monotonic())
        elif operation.op != "refresh":
            # Nobody provisions a component; not every one reports outputs, so its step counts as done when it begins.
            self.done[operation.urn, operation.op] = operation

    def _end(self, metadata: StepEventMetadata) -> None:
        operation = _operation(metadata)
        self.running.pop(operation.urn, None)
        self.done[operation.urn, operation.op] = operation
        if operation.op not in UNCHANGED:
            found = property_changes(metadata)
            # A replacement has several steps, and not all of them say what differs.
            if found or operation.urn not in self.differences:
                self.differences[operation.urn] = found

    def _diagnose(self, event: DiagnosticEvent) -> None:
        message = plain(event.message)
        urn = event.urn or ""
        if message and event.severity != "debug" and not message.startswith(CONCLUSIONS):
            self.diagnostics.append(Diagnostic(severity=event.severity, name=name_of(urn), urn=urn, message=message))
        if REFUSED_DELETE in message:
            self.refused.add(urn)
            # At a preview no other event says that the step is over.
            step, _ = self.running.pop(urn, (None, 0.0))
            if step:
                self.failed[urn] = step

    def stands_still(self, seconds: float) -> bool:
        """Whether a delete was refused, and since then, for so long, nothing has happened and nothing is under way."""
        with self.lock:
            quiet = time.monotonic() - self.last_event
            return bool(self.refused) and not self.running and quiet > seconds

    def operations(self) -> list[Operation]:
        """Every step that was done, in order; the steps that changed nothing included, providers and failures not."""
        with self.lock:
            return [step for step in self.done.values() if not step.type.startswith(PROVIDER_PREFIX)]

    def counts(self) -> Counter[str]:
        """How many resources were created, updated, replaced, deleted and left (same); a replacement counts once."""
        return count(self.operations())


def count(operations: Iterable[Operation]) -> Counter[str]:
    """Steps by kind, those that change nothing under `same`; a replacement counts once, the stack not at all."""
    counted = [step for step in operations if step.op not in PARTS_OF_A_REPLACEMENT and step.type != STACK_TYPE]
    return Counter("same" if step.op in UNCHANGED else step.op for step in counted)


def name_of(urn: str) -> str:
    """The resource's own name, the last part of its URN."""
    return urn.split("::", 3)[-1] if urn else ""


def short_type(token: str) -> str:
    """azure-native:storage:StorageAccount -> StorageAccount."""
    return token.rsplit(":", 1)[-1]


def plain(message: str) -> str:
    """A message of the engine without its colour marks and outer blank lines."""
    return COLOR_MARKS.sub("", message).strip()


def property_changes(metadata: StepEventMetadata) -> list[PropertyChange]:
    """The properties a step changes, with their values before and after as far as the engine tells them."""
    before = _state(metadata.old)
    after = _state(metadata.new)
    detailed = metadata.detailed_diff or {}
    paths = {path: difference.diff_kind.value for path, difference in detailed.items()}
    keys = set(metadata.keys or [])
    paths = paths or {path: "update-replace" if path in keys else "update" for path in metadata.diffs or []}
    return [
        PropertyChange(path=path, kind=kind, before=_look_up(before, path), after=_look_up(after, path))
        for path, kind in sorted(paths.items())
    ]


def _state(state: object) -> dict[str, object]:
    return {**(getattr(state, "inputs", None) or {}), **(getattr(state, "outputs", None) or {})}


def _look_up(tree: object, path: str) -> object:
    for step in re.findall(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.\[\]]+)', path):
        key, index, name = step
        if isinstance(tree, list) and index:
            tree = tree[int(index)] if int(index) < len(tree) else None
        elif isinstance(tree, dict):
            tree = tree.get(key or name or index)
        else:
            return None
    return tree


def _is_custom(metadata: StepEventMetadata) -> bool:
    state = metadata.new or metadata.old
    return bool(state and state.custom)


def _operation(metadata: StepEventMetadata) -> Operation:
    return Operation(metadata.op.value, metadata.type, name_of(metadata.urn), metadata.urn)


def _violation(event: PolicyEvent) -> Violation:
    urn = event.resource_urn or ""
    return Violation(
        pack=event.policy_pack_name,
        policy=event.policy_name,
        level=event.enforcement_level,
        name=name_of(urn),
        urn=urn,
        message=plain(event.message),
    )
