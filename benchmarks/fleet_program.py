"""The library's program for the project that `PROJECT` names (set by `benchmarks.measure`)."""

from __future__ import annotations

from pathlib import Path

from stacks.deploy import deploy
from stacks.stack_config import load_secrets, load_settings

settings = load_settings()
deploy(settings, load_secrets(settings), Path(globals()["PROJECT"]))
