"""What an image is asked before an upgrade, run by a Python that has a stand-in for Odoo's own packages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from components.odoo.preflight import preflight_command

# Odoo's `config` as the script knows it: the option is a text in 17 and 18, a list in 19.
_CONFIG = """
import configparser
class Config(dict):
    def parse_config(self, arguments):
        parser = configparser.RawConfigParser()
        parser.read(arguments[0].partition("=")[2])
        modules = parser["options"]["server_wide_modules"]
        self["server_wide_modules"] = modules.split(",") if {as_list} else modules
config = Config()
"""


@pytest.fixture(params=["18.0", "19.0"])
def image(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The packages of an image with Odoo, `web` and `queue_job`."""
    packages = tmp_path / "packages"
    for package in ("odoo", "odoo/tools", "odoo/addons/base", "odoo/addons/web", "odoo/addons/queue_job"):
        (packages / package).mkdir(parents=True)
        (packages / package / "__init__.py").touch()
    (packages / "odoo/tools/__init__.py").write_text(_CONFIG.format(as_list=request.param == "19.0"))
    return packages


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """The work folder of a Job; the programs of the image are beside it."""
    for folder in ("work", "bin"):
        (tmp_path / folder).mkdir()
    return tmp_path / "work"


def _run(image: Path, work: Path, *modules: str, loaded: str = "base,web,queue_job") -> tuple[int, str]:
    config = work.parent / "odoo.conf"
    config.write_text(f"[options]\nserver_wide_modules = {loaded}\n")
    command = preflight_command(str(config), str(work), modules)
    environment = {"PYTHONPATH": str(image), "PATH": str(work.parent / "bin")}
    ran = subprocess.run([sys.executable, *command[1:]], env=environment, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stderr


def test_an_image_with_all_modules_passes(image: Path, work: Path) -> None:
    assert _run(image, work, "base", "web") == (0, "")
    assert list(work.iterdir()) == []


def test_missing_modules_are_named_in_one_line(image: Path, work: Path) -> None:
    code, said = _run(image, work, "base", "l10n_es", loaded="base,web,session_redis")
    assert (code, said) == (1, "this image lacks session_redis, l10n_es: nothing was changed\n")


def test_the_program_that_upgrades_is_made_known(image: Path, work: Path) -> None:
    program = work.parent / "bin" / "click-odoo-update"
    program.touch(mode=0o755)
    assert _run(image, work, "base") == (0, "")
    assert [path.name for path in work.iterdir()] == ["click-odoo-update"]
