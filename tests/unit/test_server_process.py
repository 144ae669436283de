"""The providers as a child process: started, found gone, stopped, and a port that is taken."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from pathlib import Path

import psutil
import pytest

from sandbox.failures import ExitCode, PortTakenError
from sandbox.server_process import providers

pytestmark = pytest.mark.programs


def children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if "sandbox.serve" in child.cmdline()]


def test_the_providers_say_how_to_reach_them_and_end_with_the_block(tmp_path: Path) -> None:
    with providers(tmp_path / "cloud", tmp_path / "log") as running:
        assert re.fullmatch(r"azure-native:\d+,kubernetes:\d+,random:\d+", running.address)
        assert running.why_gone() == ""
        assert len(children()) == 1
    assert children() == []


@pytest.mark.parametrize("cluster", [True, False])
def test_a_run_can_do_without_real_clusters(tmp_path: Path, cluster: bool) -> None:
    with providers(tmp_path / "cloud", tmp_path / "log", cluster=cluster):
        assert ("--schemas-only" in children()[0].cmdline()) is not cluster


def test_providers_that_were_killed_are_missed(tmp_path: Path) -> None:
    with providers(tmp_path / "cloud", tmp_path / "log") as running:
        os.kill(children()[0].pid, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while not running.why_gone() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert "killed by signal 9" in running.why_gone()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(PortTakenError, match=f"[Pp]ort {port}") as caught,
            providers(tmp_path / "cloud", tmp_path / "log", port=port),
        ):
            pytest.fail("two servers on a port")
    assert caught.value.exit_code == ExitCode.PORT_TAKEN
