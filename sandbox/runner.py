"""One run of the real engine over a project in the sandbox: `Run(home=..., project=..., stack=...).up()`.

Every command takes the stack's lock, starts the providers, opens the stack in the sandbox's own backend, sets right
what a killed run left behind, and returns a `Result`. Failures of the engine, the program or a policy are results (`ok`
is false); what stops a run before the engine starts is raised as a `SandboxError`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pulumi.automation.errors import CommandError

from sandbox import lock, workspace
from sandbox.cluster import programs
from sandbox.engine import Engine
from sandbox.failures import BadInputError, ExitCode, SandboxError
from sandbox.move import move
from sandbox.progress import Observer, Silent
from sandbox.result import Result
from sandbox.server_process import providers
from sandbox.session import Session, passing_on_interrupts
from sandbox.store import open_all
from sandbox.toolchain import find_cli

CHECKOUT = Path(__file__).resolve().parent.parent
HOME = CHECKOUT / ".sandbox"
KUBERNETES = "kubernetes:"
SCHEMAS_ONLY = (
    "Kubernetes objects were checked against schemas only; `make cluster` builds a real API server, once, in about "
    "10 minutes."
)
CHECKED_COMMANDS = frozenset({"preview", "up", "move"})  # the engine runs policies on what a program declares
CHANGING_COMMANDS = frozenset({"up", "destroy"})  # of the cloud, not the state alone


@dataclass(kw_only=True)
class Run:
    """A stack of a project, and how to run it.

    project      the folder with Pulumi.yaml, __main__.py and Pulumi.<stack>.yaml; the checkout unless given
    home         where the sandbox keeps state and cloud; `.sandbox` in the checkout unless given
    policy_packs the folders of the packs to check with; `policies` of the project, if it has one, unless given
    policy_configs their configuration files, one each; unless given, enforcement.<class>.json of a pack that has it
    latency      factor on realistic provisioning times; the providers' default unless given
    port         the first of the providers' ports; 0 takes free ones
    cluster      whether AKS clusters get a real API server, where its programs are built (sandbox.cluster)
    checkpoints  whether the engine writes its state at every step; else at the end only, as a platform's always: sooner
                 done, but a run that is killed forgets what it made
    observer     is told what happens while it happens; nobody unless given
    """

    stack: str
    project: Path = CHECKOUT
    home: Path = HOME
    policy_packs: Sequence[Path] | None = None
    policy_configs: Sequence[Path] = ()
    latency: float | None = None
    port: int = 0
    cluster: bool = True
    checkpoints: bool = True
    observer: Observer = field(default_factory=Silent)

    @property
    def layout(self) -> workspace.Layout:
        """Where this stack lives on disk; `layout.cloud` is the home of its store."""
        return workspace.layout_of(self.home, self.project, self.stack, checkpoints=self.checkpoints)

    def preview(self, *, save_plan: Path | None = None) -> Result:
        """What `up` would do, checked by the policies.

        Where it passes, `save_plan` is written: a plan that `up` can be held to, its secrets encrypted as in the state.
        """
        with self._session("preview") as session:
            return self._noted(session.preview(save_plan))

    def up(self, *, skip_preview: bool = False, plan: Path | None = None) -> Result:
        """Preview, and if that passes or is skipped, up.

        A program that raises at its end fails its preview. Without one, the engine makes what was declared before that,
        deletes nothing, and the result is the program's error.

        Held to a plan, there is no other preview: the engine refuses each step that is not in it. Raises BadInputError
        when there is no such file.
        """
        if plan and not plan.is_file():
            raise BadInputError(f"There is no plan {plan}: `preview --save-plan {plan}` writes one.")
        with self._session("up") as session:
            planned = None if skip_preview or plan else session.preview()
            return self._noted(session.up(plan) if planned is None or planned.ok else planned)

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
            return session.refuse(protected) if protected else session.operate("destroy", session.stack.destroy)

    def move(self, destination: str, name: str) -> Result:
        """Moves the top-level component `name` from this stack's state to another's; see `sandbox.move`."""
        other = dataclasses.replace(self, stack=destination)
        workspace.read_settings(other.layout)
        if other.layout.cloud != self.layout.cloud:
            raise BadInputError(
                f"Stacks {self.stack} and {destination} do not share a cloud: nothing can move between their states."
            )
        with self._session("move") as here, other._session("move") as there:
            return move(here, there, name)

    def export(self, file: Path) -> None:
        """Writes the stack's deployment as JSON, secrets encrypted, as `pulumi stack export` does."""
        file.parent.mkdir(parents=True, exist_ok=True)
        with self._session("export") as session:
            session.export(file.resolve())

    @contextmanager
    def _session(self, command: str) -> Iterator[Session]:
        layout = self.layout
        settings = workspace.read_settings(layout)
        self._refuse_without_its_platform(command, layout)
        self._refuse_without_its_cluster(layout)
        cli = find_cli(self.observer.say)
        log = layout.folder / "providers.log"
        with (
            lock.hold(layout.lock, self.stack),
            lock.hold_cloud(layout.cloud_lock, layout.platform or self.stack, alone=self._needs_cloud_alone(command)),
            providers(layout.cloud, log, port=self.port, latency=self.latency, cluster=self.cluster) as running,
        ):
            engine = Engine(cli, log=layout.log)
            packs = self._packs(layout) if command in CHECKED_COMMANDS else []
            with passing_on_interrupts(engine, self.observer.say) as interrupted:
                self.observer.start(self.stack, cli, [pack.name for pack in packs])
                try:
                    session = Session(command, layout, settings, engine, running, interrupted, self.observer)
                    options = workspace.policy_options(packs, settings.environment_class, layout)
                    if packs and self.policy_configs:
                        options["policy_pack_configs"] = [str(path) for path in self.policy_configs]
                    session.check_with(options)
                    session.recover()
                    yield session
                except CommandError as error:
                    raise SandboxError(f"{engine.last_error or error}\n(all output: {layout.log})") from error

    def _needs_cloud_alone(self, command: str) -> bool:
        return command in CHANGING_COMMANDS and not self.layout.platform

    def _refuse_without_its_platform(self, command: str, layout: workspace.Layout) -> None:
        if not layout.platform or command not in CHECKED_COMMANDS:
            return
        if all(store.is_empty() for store in open_all(layout.cloud)):
            raise BadInputError(
                f"Stack {self.stack} is a tenant of {layout.platform}, which is not deployed: "
                f"`make up STACK={layout.platform}` first."
            )

    def _refuse_without_its_cluster(self, layout: workspace.Layout) -> None:
        """Objects in a real cluster are nowhere else: without it, nothing can be said of them."""
        if not any((layout.cloud / programs.FOLDER).glob("*/pki")) or (self.cluster and programs.available()):
            return
        again = "`make cluster` builds its programs again" if self.cluster else "leave --schemas-only out"
        raise BadInputError(
            f"Stack {self.stack} has a real cluster in the sandbox, which holds its Kubernetes objects: {again}."
        )

    def _noted(self, result: Result) -> Result:
        """Says what the sandbox could not check, where it had something to check."""
        has_objects = any(operation.type.startswith(KUBERNETES) for operation in result.operations)
        if self.cluster and has_objects and not programs.available():
            self.observer.say(SCHEMAS_ONLY)
        return result

    def _packs(self, layout: workspace.Layout) -> list[Path]:
        if self.policy_packs is not None:
            return [pack.resolve() for pack in self.policy_packs]
        own = layout.project / "policies"
        return [own] if (own / "PulumiPolicy.yaml").is_file() else []
