"""Deploys the stacks of a project into a sandbox of their own, with all rules advisory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.judging import Deployment
from checks.levels import PACK, environment_of, without_stops
from checks.model import Comparison, Place
from sandbox.failures import SandboxError
from sandbox.progress import Observer
from sandbox.runner import Run
from sandbox.workspace import layout_of, read_settings

_STACK_FILE = re.compile(r"^Pulumi\.(.+)\.yaml$")
_TOPOLOGY = re.compile(r"^\s+topology:", re.MULTILINE)
_POSITION = re.compile(r"^project:///(.+)#(\d+)(?:,\d+)?$")


def stacks_of(project: Path) -> list[str]:
    """The stacks that a project has files of."""
    return sorted(match[1] for path in project.iterdir() if (match := _STACK_FILE.match(path.name)))


def in_order(project: Path, home: Path, stacks: Sequence[str]) -> list[str]:
    """The stacks, each tenant's after its platform, which is added where it is missing.

    Raises:
        BadInputError: a stack has no file, or its platform has none.
    """
    for stack in stacks:
        read_settings(layout_of(home, project, stack))
    platforms = {stack: layout_of(home, project, stack).platform for stack in stacks}
    own = [stack for stack in stacks if not platforms[stack]]
    missing = {platform for platform in platforms.values() if platform} - set(own)
    return [*own, *sorted(missing), *(stack for stack in stacks if platforms[stack])]


@dataclass(frozen=True, kw_only=True)
class Deployer:
    """Deploys stacks into one home.

    Args:
        project: the folder with the stacks' files.
        home: where state and cloud go.
        cluster: whether Kubernetes objects go to a real API server.
        observer: is told what happens.
    """

    project: Path
    home: Path
    cluster: bool
    observer: Observer

    def deploy(self, stack: str, comparison: Comparison | None = None) -> Deployment:
        """Deploys a stack; what goes wrong is part of the answer.

        Args:
            stack: its name.
            comparison: with what the home has of it already.
        """
        file = stack_file(self.project, stack)
        environment = environment_of(read_settings(layout_of(self.home, self.project, stack)).environment_class)
        levels = self.home / f"{stack}-levels.json"
        self.home.mkdir(parents=True, exist_ok=True)
        levels.write_text(json.dumps(without_stops(environment)), encoding="utf-8")
        run = Run(
            stack=stack,
            project=self.project,
            home=self.home,
            policy_packs=[PACK],
            policy_configs=[levels],
            cluster=self.cluster,
            checkpoints=False,
            observer=self.observer,
        )
        try:
            result = run.up(skip_preview=True)
            places = self._places(run)
        except SandboxError as error:
            return Deployment(stack=stack, environment=environment, file=file, error=str(error), comparison=comparison)
        return Deployment(
            stack=stack, environment=environment, file=file, result=result, places=places, comparison=comparison
        )

    def _places(self, run: Run) -> Mapping[str, Place]:
        state = self.home / f"{run.stack}-state.json"
        run.export(state)
        deployment = json.loads(state.read_text(encoding="utf-8")).get("deployment") or {}
        return dict(places_of(deployment.get("resources") or [], run.layout.work, self.project.resolve()))


def stack_file(project: Path, stack: str) -> Place:
    """The stack's file, at the line that names its topology."""
    path = project / f"Pulumi.{stack}.yaml"
    text = path.read_text(encoding="utf-8")
    found = _TOPOLOGY.search(text)
    return Place(file=path.name, line=text.count("\n", 0, found.start()) + 1 if found else 1)


def places_of(resources: Sequence[Mapping[str, Any]], folder: Path, project: Path) -> Iterator[tuple[str, Place]]:
    """Where the resources of a state are declared, by URN; those alone that files of the project declare.

    Args:
        resources: of the state, as exported. The engine notes a place as `project:///<path>#<line>`.
        folder: what these paths are relative to.
        project: the project's folder.
    """
    for resource in resources:
        position = _POSITION.match(resource.get("sourcePosition") or "")
        path = (folder / position[1]).resolve() if position else None
        if position and path and path.is_relative_to(project):
            yield resource["urn"], Place(file=path.relative_to(project).as_posix(), line=int(position[2]))
