"""Settings that are right, for tests to break."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest

from stacks.stack_file import read_stack_file

ROOT = Path(__file__).parents[3]


@pytest.fixture
def config() -> dict[str, Any]:
    """Configuration of prod, as the file has it."""
    return read_stack_file(ROOT / "Pulumi.prod.yaml").config


@pytest.fixture
def platform_config() -> dict[str, Any]:
    """Configuration of the platform, as the file has it."""
    return read_stack_file(ROOT / "Pulumi.subsidiaries.yaml").config


@pytest.fixture(autouse=True)
def _engine_without_configuration() -> Iterator[None]:
    """The engine's configuration is one for the process: what a test hands over must not outlive it."""
    yield
    pulumi.runtime.set_all_config({}, [])
