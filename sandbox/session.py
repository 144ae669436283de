"""A run with its lock held, its providers running and its stack open, and the engine's operations on that stack."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pulumi.automation.errors import CommandError

from sandbox import backend_lock, recovery, workspace
from sandbox.engine import Engine
from sandbox.failures import ExitCode
from sandbox.program import Program
from sandbox.progress import Observer
from sandbox.result import Result
from sandbox.server_process import Providers
from sandbox.standstill import ended_at_refusals
from sandbox.tally import Operation, Tally, name_of, short_type

DEPLOYMENT_VERSION = 3  # of the format of `pulumi stack export`
SECRET = "[secret]"  # noqa: S105 - what is shown in the place of one
GO_ON = "The state is consistent; run the same command again to go on."


class Session:
    """The open stack of one command of the runner."""

    def __init__(
        self,
        command: str,
        layout: workspace.Layout,
        settings: workspace.Settings,
        engine: Engine,
        providers: Providers,
        interrupted: threading.Event,
        observer: Observer,
    ) -> None:
        self._command = command
        self._layout = layout
        self._engine = engine
        self._providers = providers
        self._interrupted = interrupted
        self._observer = observer
        self._program = Program(layout.project)
        self._policies: dict[str, list[str]] = {}
        self._recovered = ""
        self._saved = layout.folder / "before-move.json"
        self._began = time.monotonic()
        self.stack = workspace.open_stack(layout, settings, engine, self._program, providers.address)

    def check_with(self, policies: dict[str, list[str]]) -> None:
        """Names the policy packs and their configs for what follows."""
        self._policies = policies

    def recover(self) -> None:
        """Frees the engine's own lock, which only a killed run can have left, and settles pending operations."""
        if backend_lock.is_left_over(self._layout.backend_locks, self._layout.stack, self._observer.say):
            self.stack.cancel()
            self._observer.say("A killed run had left the engine's lock on this stack; it is released.")
        found = recovery.repair(self.deployment(), self._layout.cloud)
        if not found:
            return
        repaired = self._layout.folder / "state.json"
        repaired.write_text(json.dumps({"version": DEPLOYMENT_VERSION, "deployment": found.deployment}))
        self.restore(repaired)
        if found.to_read:
            targets = [f"--target={urn}" for urn in found.to_read]
            self.command("refresh", "--yes", "--skip-preview", *targets)
        self._recovered = found.summary
        self._observer.say(found.summary)

    def export(self, file: Path) -> None:
        """Writes the stack's state to a file, secrets encrypted."""
        self.command("stack", "export", "--file", str(file))

    def restore(self, file: Path) -> None:
        """Makes what `export` wrote the stack's state again."""
        self.command("stack", "import", "--file", str(file))

    def command(self, *arguments: str) -> None:
        """Runs a command of the CLI on the stack."""
        self._engine.command_of(self.stack, *arguments)

    def save(self) -> None:
        """Keeps the state as it is now, for `go_back`."""
        self.export(self._saved)

    def go_back(self) -> None:
        """Makes the state what it was at the last `save`."""
        self.restore(self._saved)

    def adopt(self, source: str, urn: str) -> None:
        """Takes a resource and all below it over from the state of another stack."""
        place = self.stack.workspace
        arguments = ["state", "move", "--source", source, "--dest", self.stack.name, "--yes", urn]
        # In the folder of the destination, whose secrets provider the CLI looks for there.
        self._engine.run(arguments, place.work_dir, place.env_vars)

    def deployment(self) -> dict[str, Any]:
        """The stack's state as it stands."""
        exported = self._layout.folder / "state.json"
        self.export(exported)
        deployment = json.loads(exported.read_text()).get("deployment")
        return deployment if isinstance(deployment, dict) else {}

    def protected(self) -> list[Operation]:
        """The resources that `destroy` would stop at."""
        resources = self.deployment().get("resources") or []
        return [
            Operation("delete", resource["type"], name_of(resource["urn"]), resource["urn"])
            for resource in resources
            if resource.get("protect")
        ]

    def refuse(self, protected: list[Operation]) -> Result:
        """The answer to a destroy that would stop at protected resources: nothing is touched."""
        stack = self._layout.stack
        if self._layout.platform:
            key, place = "lifecycle.state", "its file in subsidiaries/ (docs/guides/offboarding.md)"
        else:
            key, place = "data_protection", f"odoo-azure:environment of Pulumi.{stack}.yaml"
        message = (
            f"{len(protected)} resources are protected: they hold data. Nothing was deleted. To release them, set\n"
            f"  {key}: released\nin {place}; then `make up STACK={stack}` and `make destroy STACK={stack}`."
        )
        return self._result("destroy", Tally(), ok=False, failed=tuple(protected), message=message)

    def preview(self, save_plan: Path | None = None) -> Result:
        """Preview with the policies; one that passes writes its plan, if that is asked for."""
        if save_plan:
            # An older one must not be taken for that of a preview that failed.
            save_plan.unlink(missing_ok=True)
            save_plan.parent.mkdir(parents=True, exist_ok=True)
        return self.operate("preview", self.stack.preview, plan=_absolute(save_plan), **self._policies)

    def up(self, plan: Path | None = None) -> Result:
        """Up with the policies, held to a plan if there is one; the result has the stack's outputs."""
        return self.operate("up", self.stack.up, plan=_absolute(plan), **self._policies)

    def operate(self, stage: str, operation: Callable[..., Any], **options: Any) -> Result:
        """Runs one operation of the Automation API and makes a Result of its events."""
        tally = Tally()
        error = ""
        outputs: dict[str, Any] = {}
        with self._observer.watch(stage, tally), ended_at_refusals(self._engine, tally):
            try:
                answer = operation(on_event=tally.add, color="never", **options)
                outputs = {
                    key: SECRET if output.secret else output.value
                    for key, output in (getattr(answer, "outputs", None) or {}).items()
                }
            except (CommandError, RuntimeError) as failure:
                error = self._why(failure, tally)
        if tally.refused:
            error = self._refused(tally)
        if self._interrupted.is_set():
            error = f"Interrupted. {GO_ON}"
        return self._result(stage, tally, ok=not error, message=error, outputs=outputs)

    def _refused(self, tally: Tally) -> str:
        """Names all that is protected and not declared any more; the engine stops at the first of them."""
        declared = {operation.urn for operation in tally.operations()}
        kept = declared - tally.refused
        gone = [resource for resource in self.protected() if resource.urn not in kept]
        tally.failed.update({resource.urn: resource for resource in gone})
        listed = "\n".join(f"  {short_type(resource.type)} {resource.name}" for resource in gone)
        return (
            f"{len(gone)} resources are protected: they hold data. The program declares them no more:\n{listed}\n"
            "None of them is deleted. Put back what was taken out of the settings; what is to go is released first "
            "(README, Dismantling; of a tenant docs/guides/offboarding.md)."
        )

    def _why(self, failure: Exception, tally: Tally) -> str:
        if self._program.user_error:
            return self._program.user_error
        gone = self._providers.why_gone()
        if gone:
            return f"{gone} {GO_ON}"
        mandatory = sum(violation.level == "mandatory" for violation in tally.violations)
        if mandatory and not tally.failed:
            return f"Stopped by mandatory policies, {mandatory} violations."
        log = f"The engine's whole output is in {self._layout.log}."
        if any(diagnostic.severity == "error" for diagnostic in tally.diagnostics):
            return log
        return f"{self._engine.last_error or failure}\n{log}"

    def _result(self, stage: str, tally: Tally, *, ok: bool, **more: Any) -> Result:
        code = ExitCode.OK if ok else ExitCode.FAILED
        if not ok and self._interrupted.is_set():
            code = ExitCode.INTERRUPTED
        elif not ok and self._program.user_error:
            code = ExitCode.BAD_INPUT
        found: dict[str, Any] = {
            "operations": tuple(tally.operations()),
            "failed": tuple(tally.failed.values()),
            "differences": tally.differences,
            "violations": tuple(dict.fromkeys(tally.violations)),
            "undecided": tuple(dict.fromkeys(tally.undecided)),
            "policy_packs": tally.policy_packs,
            "diagnostics": tuple(tally.diagnostics),
        }
        return Result(
            command=self._command,
            stage=stage,
            stack=self._layout.stack,
            ok=ok,
            exit_code=code,
            recovered=self._recovered,
            seconds=time.monotonic() - self._began,
            **{**found, **more},
        )


def _absolute(path: Path | None) -> str | None:
    """The engine runs in a folder of its own."""
    return str(path.resolve()) if path else None


@contextmanager
def passing_on_interrupts(engine: Engine, say: Callable[[str], None]) -> Iterator[threading.Event]:
    """Turns Ctrl-C and SIGTERM into a clean stop of the engine instead of an exception in the middle of it."""
    interrupted = threading.Event()

    def stop(_signal: int, _frame: object) -> None:
        if not interrupted.is_set():
            say("Stopping after the operations under way; once more to stop at once.")
        interrupted.set()
        engine.interrupt()

    if threading.current_thread() is not threading.main_thread():
        yield interrupted
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
