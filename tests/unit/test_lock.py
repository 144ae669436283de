"""One run at a time for a stack, and the engine's own lock after a killed run."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from sandbox import backend_lock, lock
from sandbox.failures import ExitCode, LockedError


def test_the_second_run_is_told_who_has_the_lock(tmp_path: Path) -> None:
    with (
        lock.hold(tmp_path / "lock", "prod"),
        pytest.raises(LockedError) as caught,
        lock.hold(tmp_path / "lock", "prod"),
    ):
        pytest.fail("two runs at once")
    assert re.search(rf"stack prod is in progress \(pid {os.getpid()}, since \d\d:\d\d\)", str(caught.value))
    assert caught.value.exit_code == ExitCode.LOCKED


def test_the_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    for _ in range(2):
        with lock.hold(tmp_path / "folder" / "lock", "prod"):
            assert json.loads((tmp_path / "folder" / "lock").read_text())["pid"] == os.getpid()


def test_an_unreadable_holder_is_somebody(tmp_path: Path) -> None:
    with lock.hold(tmp_path / "lock", "prod"):
        (tmp_path / "lock").write_text("")
        with pytest.raises(LockedError, match=r"is in progress\. Wait"), lock.hold(tmp_path / "lock", "prod"):
            pytest.fail("two runs at once")


def test_tenants_share_a_cloud_that_their_platform_has_alone(tmp_path: Path) -> None:
    file = tmp_path / "cloud-lock"
    with (
        lock.hold_cloud(file, "group", alone=False),
        lock.hold_cloud(file, "group", alone=False),
        pytest.raises(LockedError, match="tenants of group"),
        lock.hold_cloud(file, "group", alone=True),
    ):
        pytest.fail("the platform changes what tenants are at work on")
    with lock.hold_cloud(file, "group", alone=True):
        for alone, at_work in ((False, "stack group"), (True, "tenants of group")):
            with pytest.raises(LockedError, match=at_work), lock.hold_cloud(file, "group", alone=alone):
                pytest.fail("two at once")
    with lock.hold_cloud(file, "group", alone=False):
        pass


@pytest.fixture
def locks(tmp_path: Path) -> Path:
    (tmp_path / "locks" / "organization" / "shop" / "prod").mkdir(parents=True)
    return tmp_path / "locks"


def lock_file(locks: Path, text: str) -> Path:
    path = locks / "organization" / "shop" / "prod" / "1234.json"
    path.write_text(text)
    return path


def engine(tmp_path: Path, seconds: float) -> subprocess.Popen[bytes]:
    """A process that calls itself pulumi."""
    program = tmp_path / "pulumi"
    program.symlink_to("/bin/sleep")
    return subprocess.Popen([program, str(seconds)])


def test_no_lock_is_left_over_where_there_is_none(locks: Path) -> None:
    assert not backend_lock.is_left_over(locks, "prod", pytest.fail)


@pytest.mark.parametrize(
    "text",
    [json.dumps({"pid": os.getpid()}), json.dumps({"pid": 0}), "{}", "", "[]"],
    ids=["no-engine", "nobody", "no-pid", "empty", "no-mapping"],
)
def test_a_lock_that_no_engine_holds_is_left_over(locks: Path, text: str) -> None:
    lock_file(locks, text)
    assert backend_lock.is_left_over(locks, "prod", pytest.fail)
    assert not backend_lock.is_left_over(locks, "staging", pytest.fail)


def test_an_engine_that_still_finishes_is_waited_for(locks: Path, tmp_path: Path) -> None:
    running = engine(tmp_path, 0.6)
    lock_file(locks, json.dumps({"pid": running.pid}))
    assert backend_lock.is_engine(running.pid)
    said: list[str] = []
    # Nobody has waited for it yet, so it stays in the list of processes: a dead engine, not one at work.
    assert backend_lock.is_left_over(locks, "prod", said.append)
    assert running.wait() == 0
    assert f"pid {running.pid}" in said[0]


def test_the_wait_for_an_engine_ends(locks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend_lock, "ENGINE_WAIT_SECONDS", 0.3)
    running = engine(tmp_path, 30)
    lock_file(locks, json.dumps({"pid": running.pid}))
    try:
        with pytest.raises(LockedError, match="still at work"):
            backend_lock.is_left_over(locks, "prod", lambda _: None)
    finally:
        running.kill()
        running.wait()
