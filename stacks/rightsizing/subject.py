"""What is rightsized: the workload of a stack, or of a profile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stacks.planning.assessment.assess import assess
from stacks.planning.plan import Reason
from stacks.planning.topologies import plan_environment
from stacks.profile import Profile, load_profile, profile_of
from stacks.sections import Workload
from stacks.settings import Settings, load_settings_of
from stacks.stack_file import read_mapping_file, read_stack_file


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A file with a workload in it.

    Args:
        path: the file.
        name: its name, from the project's folder.
        section: where its workload is, such as `odoo-azure:workload`.
        lines: line of the file by path.
        profile: what it says about the business.
        sizes: the planner: what follows from a workload in place of its own, each with its reason.
    """

    path: Path
    name: str
    section: str
    lines: Mapping[str, int]
    profile: Profile
    sizes: Callable[[Workload], Sequence[Reason]]

    def with_workload(self, workload: Workload) -> Profile:
        """Its profile with another workload."""
        return self.profile.model_copy(update={"workload": workload})


def stack_subject(path: Path) -> Subject:
    """An environment of its own: planned as its stack is.

    Args:
        path: its `Pulumi.<stack>.yaml`.

    Raises:
        SettingsError: with everything that is wrong with it, or where it is a platform or a tenant of one.
    """
    settings = load_settings_of(Settings, path)

    def sizes(workload: Workload) -> Sequence[Reason]:
        return plan_environment(settings.model_copy(update={"workload": workload}), file=path.name).reasons

    return Subject(
        path=path,
        name=path.name,
        section="odoo-azure:workload",
        lines=read_stack_file(path).lines,
        profile=profile_of(settings),
        sizes=sizes,
    )


def profile_subject(path: Path, name: str) -> Subject:
    """A profile: planned as its assessment recommends.

    Args:
        path: its file.
        name: the file's name, from the project's folder.

    Raises:
        SettingsError: with everything that is wrong with it.
    """
    profile = load_profile(path)

    def sizes(workload: Workload) -> Sequence[Reason]:
        return assess(profile.model_copy(update={"workload": workload})).sizes

    return Subject(
        path=path,
        name=name,
        section="workload",
        lines=read_mapping_file(path, name).lines,
        profile=profile,
        sizes=sizes,
    )
