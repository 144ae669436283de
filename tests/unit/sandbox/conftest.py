"""A fresh Azure for each test."""

from pathlib import Path

import pytest

from tests.unit.sandbox.harness import Azure


@pytest.fixture
def azure(tmp_path: Path) -> Azure:
    return Azure(tmp_path)
