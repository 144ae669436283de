"""The stacks as they are before a change: a commit's files, and their deployment that the change is then made to."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from checks.deploying import stacks_of
from sandbox.failures import BadInputError
from sandbox.runner import CHECKOUT
from sandbox.workspace import layout_of


@dataclass(frozen=True, kw_only=True)
class Base:
    """The project as it is before a change.

    Args:
        commit: which commit, a short hash.
        project: its files.
    """

    commit: str
    project: Path


def base_of(project: Path, reference: str, folder: Path) -> Base:
    """The project where the change began: at the last commit that it has in common with `reference`.

    Args:
        project: the folder of the project, in a git repository.
        reference: a branch, tag or commit, as `origin/main`.
        folder: where the files go.

    Raises:
        BadInputError: git does not know the reference, or the project is in no repository.
    """
    tip = _git(project, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}")
    if not tip:
        raise BadInputError(f"--base {reference}: git knows no such commit in {project}. Fetch it first.")
    # A clone that is not deep enough knows no common one.
    commit = _git(project, "merge-base", tip, "HEAD") or tip
    folder.mkdir(parents=True)
    with tempfile.NamedTemporaryFile(suffix=".tar") as archive:
        subprocess.run(["git", "-C", project, "archive", "--format=tar", commit], check=True, stdout=archive)
        with tarfile.open(archive.name) as files:
            files.extractall(folder, filter="data")
    return Base(commit=commit[:12], project=folder)


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What was deployed of a base.

    Args:
        base: which.
        home: where state and cloud are.
        stacks: the stacks that were.
        failed: the stacks that could not be deployed, and those that share a cloud with one.
    """

    base: Base
    home: Path
    stacks: frozenset[str]
    failed: frozenset[str]


def deploy(base: Base, home: Path, stacks: Sequence[str], *, cluster: bool, say: Callable[[str], None]) -> Deployed:
    """Deploys those of the stacks that the base has, without policies, each tenant's after its platform.

    Args:
        base: the project.
        home: where state and cloud go.
        stacks: in the order of their deployment.
        cluster: whether Kubernetes objects go to a real API server.
        say: is told what is being done.
    """
    known = stacks_of(base.project)
    wanted = [stack for stack in stacks if stack in known]
    bad: set[str] = set()
    for stack in wanted:
        say(f"Deploying stack {stack} of {base.commit}, to compare with ...")
        if not _deploys(base, home, stack, cluster=cluster):
            bad.add(_owner(base, home, stack))
            say(f"Stack {stack} of {base.commit} could not be deployed: there is nothing to compare with.")
    failed = frozenset(stack for stack in wanted if _owner(base, home, stack) in bad)
    return Deployed(base=base, home=home, stacks=frozenset(wanted) - failed, failed=failed)


def _owner(base: Base, home: Path, stack: str) -> str:
    """The stack whose cloud it lives in."""
    try:
        return layout_of(home, base.project, stack).platform or stack
    except BadInputError:
        return stack


def _deploys(base: Base, home: Path, stack: str, *, cluster: bool) -> bool:
    """In a process of its own, that imports the base's own modules, and runs them in this checkout's sandbox."""
    command = [sys.executable, "-m", "checks.deploy_base", stack, str(base.project), str(home)]
    return subprocess.run([*command, *(["--cluster"] if cluster else [])], check=False, cwd=CHECKOUT).returncode == 0


def _git(project: Path, *arguments: str) -> str:
    asked = subprocess.run(["git", "-C", project, *arguments], check=False, capture_output=True, text=True)
    return asked.stdout.strip() if asked.returncode == 0 else ""
