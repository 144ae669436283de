"""How the runner starts the CLI: its environment, its log, its failures, and what Ctrl-C does."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest
from pulumi.automation.errors import CommandError, ConcurrentUpdateError

from sandbox.engine import Engine
from sandbox.toolchain import Cli


def engine(tmp_path: Path, body: str) -> Engine:
    """An engine over a CLI that is a Python script."""
    program = tmp_path / "pulumi"
    program.write_text(f"#!{sys.executable}\nimport os, signal, sys, time\n{body}\n")
    program.chmod(0o755)
    return Engine(Cli(path=program, version="3.259.0"), log=tmp_path / "folder" / "engine.log")


def test_the_child_sees_no_pulumi_login_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "pul-secret")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "https://api.pulumi.com")
    body = "print(sorted((k, v) for k, v in os.environ.items() if k.startswith('PULUMI_')))"
    result = engine(tmp_path, body).run(["up"], str(tmp_path), {"PULUMI_HOME": "/h"})
    assert result.stdout == "[('PULUMI_AUTOMATION_API', 'true'), ('PULUMI_HOME', '/h')]"


def test_output_goes_to_the_log_and_to_who_listens(tmp_path: Path) -> None:
    heard: list[str] = []
    running = engine(tmp_path, "print(sys.argv[1:]); print('late', file=sys.stderr)")
    result = running.run(["stack", "ls"], str(tmp_path), {}, heard.append, heard.append)
    assert (result.stdout, result.stderr) == ("['--non-interactive', 'stack', 'ls']", "late")
    log = (tmp_path / "folder" / "engine.log").read_text()
    for expected in ("$ pulumi stack ls", "'stack', 'ls'", "late"):
        assert expected in log
    assert sorted(heard) == ["['--non-interactive', 'stack', 'ls']", "late"]


def test_a_failure_is_the_sdks_error_of_its_kind(tmp_path: Path) -> None:
    failing = engine(tmp_path, "sys.exit('error: the stack is currently locked by 1 lock(s)')")
    with pytest.raises(ConcurrentUpdateError):
        failing.run(["up"], str(tmp_path), {})
    assert failing.last_error == "the stack is currently locked by 1 lock(s)"


def test_a_killed_engine_is_called_one(tmp_path: Path) -> None:
    killed = engine(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(CommandError):
        killed.run(["up"], str(tmp_path), {})
    assert killed.last_error == "The engine was killed by signal 9."


def test_an_interrupt_reaches_the_child_as_sigint(tmp_path: Path) -> None:
    body = """
def stop(*_):
    print('finishing'); sys.exit(3)
signal.signal(signal.SIGINT, stop)
print('ready', flush=True)
time.sleep(30)
"""
    running = engine(tmp_path, body)
    ready = threading.Event()
    failures: list[CommandError] = []

    def run() -> None:
        try:
            running.run(["up"], str(tmp_path), {}, lambda _: ready.set())
        except CommandError as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(10)
    running.interrupt()
    thread.join(10)
    assert "finishing" in str(failures[0])
    running.interrupt()  # nothing runs: nothing happens


def test_the_terminals_ctrl_c_does_not_reach_the_child_by_itself(tmp_path: Path) -> None:
    result = engine(tmp_path, "print(os.getsid(0))").run(["up"], str(tmp_path), {})
    assert int(result.stdout) != os.getsid(0)


def test_the_version_is_known_without_asking(tmp_path: Path) -> None:
    began = time.monotonic()
    assert str(engine(tmp_path, "time.sleep(30)").version) == "3.259.0"
    assert time.monotonic() - began < 5
