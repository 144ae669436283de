"""The script of the container `update`, run by a shell with stand-ins for Odoo's programs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from components.base import Component
from components.odoo.update import FILES
from components.tenant import jobs
from components.tenant.args import OdooTenantArgs
from components.tenant.job_places import WORK_PATH
from components.tenant.namespace import declare_namespace
from tests.unit.components.harness import declare
from tests.unit.components.tenant_example import tenant_args

CLICK = "click-odoo-update --config=/etc/odoo/odoo.conf --database=acme --watcher-max-seconds=300"
ODOO = (
    "odoo --config=/etc/odoo/odoo.conf --database=acme --init=base,account --stop-after-init"
    " --no-http --workers=0 --max-cron-threads=0 --limit-memory-hard=0"
)
NEUTRALIZE = "odoo neutralize --config=/etc/odoo/odoo.conf --database=acme_copy"


class _Upgrade(Component):
    def __init__(self, args: OdooTenantArgs) -> None:
        super().__init__("erp", args.placement, None)
        jobs.declare_upgrade(self, "erp", args, declare_namespace(self, "erp", args).namespace, [])
        self.finish({})


@pytest.fixture(scope="module")
def script() -> str:
    declared = declare(lambda: _Upgrade(tenant_args()))
    [job] = [each for each in declared if each.name == "erp-upgrade"]
    [update] = [each for each in job.inputs["spec"]["template"]["spec"]["containers"] if each["name"] == "update"]
    shell, option, text = update["command"]
    assert (shell, option) == ("sh", "-c")
    return str(text)


def _run(
    script: str, folder: Path, marked: set[str], failing: str = "", database: str = "acme"
) -> tuple[int, list[str]]:
    """Exit code, and what was run."""
    work, programs, log = folder / "work", folder / "bin", folder / "log"
    work.mkdir()
    programs.mkdir()
    log.touch()
    for name in ("click-odoo-update", "odoo"):
        program = programs / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >> {log}\n[ {name} != "{failing}" ]\n')
        program.chmod(0o755)
    for name in marked:
        (work / name).write_text("base,account" if name == "install" else "")
    ran = subprocess.run(
        ["/bin/sh", "-c", script.replace(WORK_PATH, str(work)).replace(FILES, str(folder / "filestore"))],
        env={"PATH": f"{programs}:/usr/bin:/bin", "DATABASE": database},
        check=False,
    )
    return ran.returncode, log.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    ("marked", "run"),
    [
        (set(), []),
        ({"update"}, [CLICK]),
        ({"install"}, [ODOO]),
        ({"update", "install"}, [CLICK, ODOO]),
    ],
)
def test_it_does_what_was_found_to_be_needed(script: str, tmp_path: Path, marked: set[str], run: list[str]) -> None:
    assert _run(script, tmp_path, marked) == (0, run)


def test_nothing_is_installed_after_an_update_that_failed(script: str, tmp_path: Path) -> None:
    assert _run(script, tmp_path, {"update", "install"}, failing="click-odoo-update") == (1, [CLICK])


@pytest.mark.parametrize(("marked", "failing"), [("update", "click-odoo-update"), ("install", "odoo")])
def test_a_failure_is_passed_on(script: str, tmp_path: Path, marked: str, failing: str) -> None:
    assert _run(script, tmp_path, {marked}, failing=failing)[0] == 1


@pytest.mark.parametrize("marked", [set(), {"update"}, {"install"}, {"update", "install"}])
def test_a_copy_is_neutralised_after_all_else(script: str, tmp_path: Path, marked: set[str]) -> None:
    wanted = [CLICK] * ("update" in marked) + [ODOO] * ("install" in marked)
    code, run = _run(script, tmp_path, {*marked, "neutralize"}, database="acme_copy")
    assert (code, run) == (0, [*(line.replace("acme", "acme_copy") for line in wanted), NEUTRALIZE])


def test_what_is_made_for_a_copy_is_found_under_the_name_that_it_gets(script: str, tmp_path: Path) -> None:
    _run(script, tmp_path, {"neutralize"}, database="acme_copy")
    made = tmp_path / "filestore" / "acme_copy" / "aa"
    made.mkdir()
    assert (tmp_path / "filestore" / "acme" / "aa").is_dir()


@pytest.mark.parametrize(("failing", "left"), [("click-odoo-update", []), ("odoo", [ODOO])])
def test_a_copy_is_not_neutralised_after_a_failure_which_is_passed_on(
    script: str, tmp_path: Path, failing: str, left: list[str]
) -> None:
    run = _run(script, tmp_path, {"update", "install", "neutralize"}, failing, database="acme_copy")
    assert run == (1, [line.replace("acme", "acme_copy") for line in (CLICK, *left)])
