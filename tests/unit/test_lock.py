"""One run at a time for a stack: the second one says who is at work, and a killed one does not stay in the way."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from sandbox import lock
from sandbox.failures import ExitCode, LockedError


def never(line: str) -> None:
    pytest.fail(line)


def test_the_second_run_is_told_who_has_the_lock(tmp_path: Path) -> None:
    with (
        lock.hold(tmp_path / "lock", "prod", never),
        pytest.raises(LockedError) as caught,
        lock.hold(tmp_path / "lock", "prod", never),
    ):
        pytest.fail("two runs at once")
    assert re.search(rf"stack prod is in progress \(pid {os.getpid()}, since \d\d:\d\d\)", str(caught.value))
    assert caught.value.exit_code == ExitCode.LOCKED


def test_the_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with lock.hold(tmp_path / "lock", "prod", never) as descriptor:
            assert descriptor > 2


def test_an_unreadable_holder_is_somebody(tmp_path: Path) -> None:
    with lock.hold(tmp_path / "lock", "prod", never):
        (tmp_path / "lock").write_text("")
        with (
            pytest.raises(LockedError, match=r"is in progress\. Wait"),
            lock.hold(tmp_path / "lock", "prod", never),
        ):
            pytest.fail("two runs at once")


def orphan(path: Path, seconds: float) -> subprocess.Popen[bytes]:
    """An engine that outlives its killed run: it has inherited the lock, and the process in the file is gone."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    with lock.hold(path, "prod", never) as descriptor:
        path.write_text(json.dumps({"pid": gone.pid, "since": "2026-11-22T03:00:00+00:00"}))
        return subprocess.Popen(["sleep", str(seconds)], pass_fds=[descriptor])


def test_the_engine_of_a_killed_run_is_waited_for(tmp_path: Path) -> None:
    engine = orphan(tmp_path / "lock", 0.5)
    said: list[str] = []
    with lock.hold(tmp_path / "lock", "prod", said.append):
        assert engine.poll() is not None
    assert "waiting for its engine" in said[0]


def test_the_wait_for_a_killed_runs_engine_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "ORPHANED_ENGINE_WAIT_SECONDS", 0.3)
    engine = orphan(tmp_path / "lock", 30)
    try:
        with (
            pytest.raises(LockedError, match="still at work"),
            lock.hold(tmp_path / "lock", "prod", lambda _: None),
        ):
            pytest.fail("two engines at once")
    finally:
        engine.kill()
        engine.wait()
