"""The command line: what it documents, what it refuses, and the exit codes of runs that never start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import lock
from sandbox.cli import COMMANDS, main
from sandbox.failures import ExitCode
from sandbox.runner import CHECKOUT, Run

pytestmark = pytest.mark.programs


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    (folder / "__main__.py").write_text("")
    return folder


def arguments(project: Path, *more: str) -> list[str]:
    return [*more, "--project", str(project), "--home", str(project.parent / "home")]


def test_help_documents_the_commands_and_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    text = capsys.readouterr().out
    for command, meaning in COMMANDS.items():
        assert f"{command:<9} {meaning}" in text
    listed = text.partition("exit codes:\n")[2]
    assert {int(line.split()[0]) for line in listed.splitlines() if line.strip()} == {int(code) for code in ExitCode}


@pytest.mark.parametrize(
    "wrong", [["frobnicate"], [], ["up", "--policy-pack", "/nowhere"], ["up", "--port", "x"], ["up", "--latency", "x"]]
)
def test_wrong_arguments_are_bad_input(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(wrong)
    assert left.value.code == ExitCode.BAD_INPUT


def test_an_unknown_stack_is_bad_input(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(project, "up", "--stack", "test")) == ExitCode.BAD_INPUT
    assert "Stacks here: dev." in capsys.readouterr().err


def test_a_failure_to_start_is_json_too(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(project, "up", "--stack", "test", "--json")) == ExitCode.BAD_INPUT
    answer = json.loads(capsys.readouterr().out)
    assert (answer["ok"], answer["exit_code"], answer["command"]) == (False, 2, "up")
    assert "There is no stack test" in answer["message"]


def test_up_is_held_to_a_plan_that_is_there(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(project, "up", "--stack", "dev", "--plan", "nowhere.json")) == ExitCode.BAD_INPUT
    assert "There is no plan nowhere.json" in capsys.readouterr().err


def test_export_needs_a_file(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(project, "export", "--stack", "dev")) == ExitCode.BAD_INPUT
    assert "FILE=" in capsys.readouterr().err


@pytest.mark.parametrize("given", [[], ["--to", "other"], ["--resource", "acme-es"]])
def test_move_needs_a_destination_and_a_component(
    project: Path, capsys: pytest.CaptureFixture[str], given: list[str]
) -> None:
    assert main(arguments(project, "move", "--stack", "dev", *given)) == ExitCode.BAD_INPUT
    assert "FROM=... TO=... RESOURCE=..." in capsys.readouterr().err


def test_a_stack_at_work_is_locked(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "bin" / "pulumi"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho v3.259.0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    layout = Run(stack="dev", project=project, home=tmp_path / "home").layout
    with lock.hold(layout.lock, "dev"):
        assert main(arguments(project, "up", "--stack", "dev")) == ExitCode.LOCKED
    assert f"pid {os.getpid()}" in capsys.readouterr().err


def test_no_cli_and_no_go_ends_at_once_with_one_clear_error(project: Path, tmp_path: Path) -> None:
    surroundings = {"PATH": str(tmp_path / "empty"), "XDG_CACHE_HOME": str(tmp_path / "cache"), "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "sandbox", *arguments(project, "up", "--stack", "dev")]
    ended = subprocess.run(command, check=False, cwd=CHECKOUT, env=surroundings, capture_output=True, text=True)
    assert ended.returncode == ExitCode.FAILED
    assert ended.stderr.startswith("There is no Pulumi CLI on PATH, and none can be built. There is no Go")
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "home").exists()
