"""Settings that are right, for tests to break."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stacks.stack_file import read_stack_file

ROOT = Path(__file__).parents[3]


@pytest.fixture
def config() -> dict[str, Any]:
    """Configuration of prod, as the file has it."""
    return read_stack_file(ROOT / "Pulumi.prod.yaml").config
