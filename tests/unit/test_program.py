"""The project's program as an inline program: what its errors become."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from pulumi import RunError

from sandbox.program import Program


def program(tmp_path: Path, text: str) -> Program:
    (tmp_path / "__main__.py").write_text(text)
    return Program(tmp_path)


def test_an_error_meant_for_the_user_keeps_its_text(tmp_path: Path) -> None:
    running = program(tmp_path, "import pulumi\nraise pulumi.RunError('two\\nlines')")
    with pytest.raises(RunError, match=r"^two\nlines$"):
        asyncio.run(running())
    assert running.user_error == "two\nlines"


def test_any_other_error_is_left_as_it_is(tmp_path: Path) -> None:
    running = program(tmp_path, "raise KeyError('x')")
    with pytest.raises(KeyError):
        asyncio.run(running())
    assert running.user_error == ""


def test_runs_as_main_again_and_again_and_prints_to_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = list(sys.path)
    running = program(tmp_path, "print(__name__, sorted(k for k in globals() if k == 'seen'))\nseen = 1")
    for _ in range(2):
        asyncio.run(running())
    assert capsys.readouterr() == ("", "__main__ []\n" * 2)
    assert sys.path == before


DECLARING = """\
import asyncio, pathlib, pulumi

def later():
    return pulumi.Output.from_input(asyncio.sleep(0.01))

later().apply(lambda _: later()).apply(lambda _: pathlib.Path({!r}).touch())
raise pulumi.RunError("a bad file")
"""


def test_what_was_declared_is_waited_for_however_the_program_ends(tmp_path: Path) -> None:
    declared = tmp_path / "declared"
    running = program(tmp_path, DECLARING.format(str(declared)))
    with pytest.raises(RunError, match="a bad file"):
        asyncio.run(running())
    assert declared.exists()
