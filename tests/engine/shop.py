"""A small project of somebody else's, in a git repository of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.levels import PACK
from sandbox.runner import Run
from sandbox.toolchain import find_cli
from sandbox.workspace import engine_environment

SECRET = "hunter2-9f1c"
GROUP = "azure-native:resources:ResourceGroup"
PROGRAM = """\
import pulumi
from parts import groups

groups()
"""
PARTS = """\
import pulumi
from pulumi_azure_native import resources


def groups():
    pass
"""


@dataclass(frozen=True)
class Shop:
    """The project's folder, which is the repository's."""

    folder: Path

    def write(self, **groups: dict[str, str]) -> None:
        """Makes the program declare these resource groups, with arguments as Python's source."""
        calls = [
            f"    resources.ResourceGroup({name!r}, {', '.join(f'{key}={value}' for key, value in given.items())})"
            for name, given in groups.items()
        ]
        self.write_parts("\n".join([PARTS, *calls]) + "\n")

    def write_parts(self, text: str) -> None:
        """Writes the program's module; the next run in this process imports it anew, as a new process would."""
        (self.folder / "parts.py").write_text(text, encoding="utf-8")
        shutil.rmtree(self.folder / "__pycache__", ignore_errors=True)
        sys.modules.pop("parts", None)

    def commit(self) -> str:
        """Commits everything; the commit's hash."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "a change")
        return self.git("rev-parse", "HEAD")

    def git(self, *arguments: str) -> str:
        """Runs git; what it prints."""
        who = ["-c", "user.name=Ann", "-c", "user.email=ann@acme.example", "-c", "commit.gpgsign=false"]
        return subprocess.check_output(["git", "-C", self.folder, *who, *arguments], text=True).strip()

    def run(self, stack: str = "dev", *packs: Path) -> Run:
        """A run in a sandbox below the project, which git ignores."""
        home = self.folder / "home"
        return Run(stack=stack, project=self.folder, home=home, policy_packs=packs, cluster=False)

    def checked_run(self, stack: str, advisory: Path) -> Run:
        """With the policy pack, nothing of it mandatory."""
        advisory.write_text('{"all": "advisory"}')
        run = self.run(stack, PACK)
        run.policy_configs = [advisory]
        return run

    def history(self, stack: str) -> str:
        """What the stock CLI says of the stack's updates."""
        layout = self.run(stack).layout
        own = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")}
        return subprocess.check_output(
            [find_cli(print).path, "stack", "history", "--stack", stack, "--json"],
            cwd=layout.work,
            env={**own, **engine_environment(layout, "")},
            text=True,
        )

    def groups(self, stack: str = "dev") -> dict[str, Any]:
        """The resource groups in the stack's state, by name, with their tags."""
        state = self.folder / "home" / "exported.json"
        self.run(stack).export(state)
        resources = json.loads(state.read_text())["deployment"].get("resources", [])
        inputs = [each["inputs"] for each in resources if each["type"] == GROUP]
        return {each["resourceGroupName"]: each.get("tags") for each in inputs}


def open_shop(folder: Path) -> Shop:
    """A new one, without resources, committed."""
    folder.mkdir()
    shop = Shop(folder)
    files = {
        "Pulumi.yaml": "name: shop\nruntime: python\n",
        "Pulumi.dev.yaml": "config:\n  azure-native:location: westeurope\n",
        "__main__.py": PROGRAM,
        ".gitignore": "home/\n__pycache__/\nout/\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    shop.write()
    shop.git("init", "--quiet")
    shop.commit()
    return shop
