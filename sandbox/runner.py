"""One run of the real engine over a project in the sandbox: `Run(home=..., project=..., stack=...).up()`.

Every command takes the stack's lock, starts the providers, opens the stack in the sandbox's own backend, sets right what a
killed run left behind, and returns a `Result`. Failures of the engine, the program or a policy are results (`ok` is
false); what stops a run before the engine starts is raised as a `SandboxError`.
"""

from __future__ import annotations

import dataclasses
import json
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi.automation.errors import CommandError

from sandbox import lock, recovery, workspace
from sandbox.engine import Engine
from sandbox.failures import ExitCode
from sandbox.program import Program
from sandbox.progress import Observer, Silent
from sandbox.server_process import Providers, providers
from sandbox.tally import UNCHANGED, Diagnostic, Operation, PropertyChange, Tally, Violation
from sandbox.toolchain import Cli, find_cli

CHECKOUT = Path(__file__).resolve().parent.parent
DEPLOYMENT_VERSION = 3  # of the format of `pulumi stack export`
HOME = CHECKOUT / ".sandbox"
SECRET = "[secret]"  # noqa: S105 - what is shown in the place of one


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a command came to.

    `stage` is how far it came: `up` begins with a stage `preview`. `operations` are the engine's steps (op, type, name, urn), those that changed nothing included; `differences` the
    properties that changed, by URN; `message` says in a sentence why `ok` is false. Secret outputs are not shown.
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


@dataclass(kw_only=True)
class Run:
    """A stack of a project, and how to run it.

    project      the folder with Pulumi.yaml, __main__.py and Pulumi.<stack>.yaml; the checkout unless given
    home         where the sandbox keeps state and cloud; `.sandbox` in the checkout unless given
    policy_packs the folders of the packs to check with; `policies` of the project unless given
    latency      factor on realistic provisioning times; the providers' default unless given
    port         the providers' port; 0 takes a free one
    observer     is told what happens while it happens
    """

    stack: str
    project: Path = CHECKOUT
    home: Path = HOME
    policy_packs: Sequence[Path] | None = None
    latency: float | None = None
    port: int = 0
    observer: Observer = field(default_factory=Silent)
    _interrupted: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.project = self.project.resolve()
        self.home = self.home.resolve()
        packs = [self.project / "policies"] if self.policy_packs is None else self.policy_packs
        self.policy_packs = [pack.resolve() for pack in packs if (pack / "PulumiPolicy.yaml").is_file()]

    @property
    def layout(self) -> workspace.Layout:
        """Where this stack lives on disk; `layout.cloud` is the home of its store."""
        return workspace.Layout(home=self.home, project=self.project, stack=self.stack)

    def preview(self) -> Result:
        """What `up` would do, checked by the policies."""
        with self._session("preview") as session:
            return session.preview()

    def up(self) -> Result:
        """Preview, and if that passes, up."""
        with self._session("up") as session:
            planned = session.preview()
            return session.up() if planned.ok else planned

    def refresh(self) -> Result:
        """Makes the state say what the store says."""
        with self._session("refresh") as session:
            return session.operate("refresh", session.stack.refresh)

    def drift(self) -> Result:
        """What `refresh` would change; exit code DRIFT when there is anything. Leaves the state alone."""
        with self._session("drift") as session:
            found = session.operate("drift", session.stack.preview_refresh)
            if found.ok and found.changes:
                return dataclasses.replace(found, ok=False, exit_code=ExitCode.DRIFT)
            return found

    def destroy(self) -> Result:
        """Deletes everything in the stack, unless something in it is protected."""
        with self._session("destroy") as session:
            protected = session.protected()
            if protected:
                return session.refuse(protected)
            return session.operate("destroy", session.stack.destroy)

    def export(self, file: Path) -> None:
        """Writes the stack's deployment as JSON, secrets encrypted, as `pulumi stack export` does."""
        settings = workspace.read_settings(self.layout)
        engine = Engine(find_cli(self.observer.say), log=self.layout.log)
        stack = workspace.open_stack(self.layout, settings, engine, Program(self.project))
        file.parent.mkdir(parents=True, exist_ok=True)
        engine.command_of(stack, "stack", "export", "--file", str(file.resolve()))

    @contextmanager
    def _session(self, command: str) -> Iterator[_Session]:
        layout = self.layout
        settings = workspace.read_settings(layout)
        cli = find_cli(self.observer.say)
        with (
            lock.hold(layout.lock, self.stack, self.observer.say) as held,
            providers(
                layout.cloud, layout.folder / "providers.log", port=self.port, latency=self.latency
            ) as running_providers,
        ):
            engine = Engine(cli, log=layout.log, lock=held)
            with _passing_on_interrupts(engine, self.observer) as interrupted:
                session = _Session(self, command, cli, settings, engine, running_providers, interrupted)
                session.recover()
                yield session


class _Session:
    """A run with its lock held, its providers running and its stack open."""

    def __init__(  # noqa: PLR0913 - made in one place, of everything a session holds
        self,
        run: Run,
        command: str,
        cli: Cli,
        settings: workspace.Settings,
        engine: Engine,
        running: Providers,
        interrupted: threading.Event,
    ) -> None:
        self._run = run
        self._command = command
        self._engine = engine
        self._providers = running
        self._interrupted = interrupted
        self._program = Program(run.project)
        self._recovered = ""
        self._began = time.monotonic()
        packs = list(run.policy_packs or ())
        self._policies: dict[str, list[str]] = {
            "policy_packs": [str(pack) for pack in packs],
            "policy_pack_configs": workspace.policy_configs(packs, settings.environment_class, run.layout),
        }
        run.observer.start(run.stack, cli, [pack.name for pack in packs])
        self.stack = workspace.open_stack(run.layout, settings, engine, self._program, running.address)

    def recover(self) -> None:
        """Frees the engine's own lock, which only a killed run can have left, and settles pending operations."""
        layout = self._run.layout
        leftover = list(layout.backend_locks.glob(f"**/{layout.stack}/*.json"))
        if leftover:
            self.stack.cancel()
            self._run.observer.say("A killed run had left the engine's lock on this stack; it is released.")
        found = recovery.repair(self.deployment(), layout.cloud)
        if found:
            repaired = layout.folder / "state.json"
            repaired.write_text(json.dumps({"version": DEPLOYMENT_VERSION, "deployment": found.deployment}))
            self._engine.command_of(self.stack, "stack", "import", "--file", str(repaired))
            if found.to_read:
                targets = [f"--target={urn}" for urn in found.to_read]
                self._engine.command_of(self.stack, "refresh", "--yes", "--skip-preview", *targets)
            self._recovered = found.summary
            self._run.observer.say(self._recovered)

    def deployment(self) -> dict[str, Any]:
        """The stack's state as it stands."""
        exported = self._run.layout.folder / "state.json"
        self._engine.command_of(self.stack, "stack", "export", "--file", str(exported))
        deployment = json.loads(exported.read_text()).get("deployment")
        return deployment if isinstance(deployment, dict) else {}

    def preview(self) -> Result:
        """Preview with the policies."""
        return self.operate("preview", self.stack.preview, **self._policies)

    def up(self) -> Result:
        """Up with the policies; the result has the stack's outputs."""
        return self.operate("up", self.stack.up, **self._policies)

    def protected(self) -> list[Operation]:
        """The resources that `destroy` would stop at."""
        resources = self.deployment().get("resources") or []
        return [
            Operation("delete", resource["type"], resource["urn"].split("::", 3)[-1], resource["urn"])
            for resource in resources
            if resource.get("protect")
        ]

    def refuse(self, protected: list[Operation]) -> Result:
        """The answer to a destroy that would stop at protected resources: nothing is touched."""
        return self._result(
            "destroy",
            Tally(),
            ok=False,
            failed=tuple(protected),
            message=(
                f"{len(protected)} protected resources hold data; nothing was deleted. To release them set\n"
                f"  data_protection: released\nunder odoo-azure:environment in Pulumi.{self._run.stack}.yaml, then run "
                f"`make up STACK={self._run.stack}` and `make destroy STACK={self._run.stack}`."
            ),
        )

    def operate(self, name: str, operation: Callable[..., Any], **options: Any) -> Result:
        """Runs one operation of the Automation API and makes a Result of its events."""
        tally = Tally()
        error = ""
        outputs: dict[str, Any] = {}
        with self._run.observer.watch(name, tally):
            try:
                answer = operation(on_event=tally.add, color="never", **options)
                outputs = {
                    key: SECRET if output.secret else output.value
                    for key, output in (getattr(answer, "outputs", None) or {}).items()
                }
            except (CommandError, RuntimeError) as failure:
                error = self._why(failure, tally)
        return self._result(name, tally, ok=not error, message=error, outputs=outputs)

    def _why(self, failure: Exception, tally: Tally) -> str:
        if self._interrupted.is_set():
            return "Interrupted. The state is consistent; run the same command again to go on."
        if self._program.user_error:
            return self._program.user_error
        gone = self._providers.why_gone()
        if gone:
            return f"{gone} The state is consistent; run the same command again to go on."
        mandatory = sum(violation.level == "mandatory" for violation in tally.violations)
        if mandatory and not tally.failed:
            return f"Stopped: {mandatory} mandatory policy violations."
        if any(diagnostic.severity == "error" for diagnostic in tally.diagnostics):
            return f"The engine's whole output is in {self._run.layout.log}."
        return f"{self._engine.last_error or failure}\nThe engine's whole output is in {self._run.layout.log}."

    def _result(self, stage: str, tally: Tally, *, ok: bool, **more: Any) -> Result:
        code = ExitCode.OK if ok else ExitCode.FAILED
        if not ok and self._interrupted.is_set():
            code = ExitCode.INTERRUPTED
        elif not ok and self._program.user_error:
            code = ExitCode.BAD_INPUT
        return Result(
            **{
                "command": self._command,
                "stage": stage,
                "stack": self._run.stack,
                "ok": ok,
                "exit_code": code,
                "operations": tuple(tally.operations()),
                "failed": tuple(tally.failed.values()),
                "differences": tally.differences,
                "violations": tuple(dict.fromkeys(tally.violations)),
                "policy_packs": tally.policy_packs,
                "diagnostics": tuple(tally.diagnostics),
                "recovered": self._recovered,
                "seconds": time.monotonic() - self._began,
                **more,
            }
        )


@contextmanager
def _passing_on_interrupts(engine: Engine, observer: Observer) -> Iterator[threading.Event]:
    """Turns Ctrl-C and SIGTERM into a clean stop of the engine instead of an exception in the middle of it."""
    interrupted = threading.Event()

    def stop(_signal: int, _frame: object) -> None:
        if not interrupted.is_set():
            observer.say("Stopping after the operations under way; once more to stop at once.")
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
