"""systemd units: systemd itself finds nothing wrong, and they do things in the right order."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

from components.machines.cloud_init import app_cloud_init, operations_cloud_init
from tests.unit.machines.conftest import program, run, written
from tests.unit.machines.examples import app_machine, operations_machine

pytestmark = pytest.mark.programs

UNITS = "/etc/systemd/system/"
# Programs of a machine that this one need not have; systemd asks whether they are there.
_ABSENT = r"/usr/bin/docker|/usr/sbin/iptables"


def _exec(unit: str, option: str = "ExecStart") -> list[str]:
    return [line.partition("=")[2] for line in unit.splitlines() if line.startswith(f"{option}=")]


def test_systemd_finds_nothing_wrong(folder: Path) -> None:
    units = sorted((folder / UNITS.lstrip("/")).iterdir())
    for unit in units:
        unit.write_text(re.sub(_ABSENT, "/bin/true", unit.read_text()))
    judged = run([program("systemd-analyze"), "verify", "--man=no", "--recursive-errors=no", *map(str, units)])
    assert (judged.returncode, judged.stderr) == (0, "")


def test_systemd_would_find_something_wrong(tmp_path: Path) -> None:
    unit = tmp_path / "odoo.service"
    unit.write_text("[Service]\nExecStart=/bin/true\nProtectSystems=strict\n")
    judged = run([program("systemd-analyze"), "verify", "--man=no", "--recursive-errors=no", str(unit)])
    assert "ProtectSystems" in judged.stderr


def test_the_daily_backup_is_at_its_time_of_day_where_the_company_is() -> None:
    timer = written(operations_cloud_init(operations_machine()))[f"{UNITS}odoo-backup.timer"]
    [when] = [line.partition("=")[2] for line in timer.splitlines() if line.startswith("OnCalendar=")]
    assert when == "*-*-* 02:30:00 Europe/Amsterdam"
    judged = run([program("systemd-analyze"), "calendar", when])
    assert judged.returncode == 0, judged.stderr


def test_every_service_of_a_machine_is_hardened(text: str) -> None:
    services = {
        path: unit for path, unit in written(text).items() if path.startswith(UNITS) and path.endswith(".service")
    }
    for path, unit in services.items():
        # That one must touch the kernel's tables.
        if path != f"{UNITS}odoo-firewall.service":
            for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes"):
                assert line in unit.splitlines(), path


def test_containers_wait_for_their_secrets_their_files_and_the_firewall() -> None:
    unit = written(app_cloud_init(app_machine()))[f"{UNITS}odoo.service"]
    assert _exec(unit, "ExecStartPre")[0] == (
        "/usr/bin/systemctl start odoo-secrets.service odoo-firewall.service srv-odoo.mount"
    )
    assert "Restart=on-failure" in unit
    assert "StartLimitIntervalSec=0" in unit


def test_a_machine_that_goes_waits_for_the_longest_request() -> None:
    unit = written(app_cloud_init(app_machine()))[f"{UNITS}odoo.service"]
    [seconds] = re.findall(r"TimeoutStopSec=(\d+)", unit)
    # Traefik with its last requests, then the slowest pool.
    assert int(seconds) > (20 + 1260) + 1230


@pytest.mark.parametrize(
    ("restore", "steps"),
    [
        (None, ["preflight", "prepare", "quiesce", "update", "conclude"]),
        ("last.dump", ["restore", "preflight", "prepare", "quiesce", "update", "conclude"]),
    ],
)
def test_a_release_goes_step_by_step_and_resumes_whatever_came_of_it(restore: str | None, steps: list[str]) -> None:
    made = written(operations_cloud_init(operations_machine(restore=restore)))
    unit = made[f"{UNITS}odoo-release.service"]
    assert [command.split()[-1] for command in _exec(unit)] == steps
    assert [command.split()[-1] for command in _exec(unit, "ExecStopPost")] == ["resume"]
    assert "Restart=" not in unit


def test_a_copy_is_neutralised_and_put_in_place_before_the_release() -> None:
    unit = written(operations_cloud_init(operations_machine(copy="theirs.dump")))[f"{UNITS}odoo-release.service"]
    assert [command.split()[-1] for command in _exec(unit)] == [
        *("copy", "preflight", "prepare-copy", "update-copy", "conclude-copy", "promote"),
        *("preflight", "prepare", "quiesce", "update", "conclude"),
    ]


def test_a_release_follows_a_bootstrap_that_went_well() -> None:
    made = written(operations_cloud_init(operations_machine()))
    unit = made[f"{UNITS}odoo-bootstrap.service"]
    assert [command.split()[-1] for command in _exec(unit)] == ["bootstrap"]
    assert "OnSuccess=odoo-release.service" in unit
    assert "Restart=on-failure" in unit


def test_containers_get_tokens_by_one_network_only_and_nothing_of_azures_host_but_dns(text: str) -> None:
    unit = written(text)[f"{UNITS}odoo-firewall.service"]
    start, stop = _exec(unit), _exec(unit, "ExecStop")
    assert start == [
        "/usr/sbin/iptables --wait --insert DOCKER-USER --destination 169.254.169.254 ! --in-interface odoo-identity"
        " --jump REJECT",
        "/usr/sbin/iptables --wait --insert DOCKER-USER --destination 168.63.129.16 --protocol tcp"
        " ! --destination-port 53 --jump REJECT",
    ]
    assert stop == [command.replace("--insert", "--delete") for command in start]


def test_files_are_mounted_with_tls() -> None:
    mount = configparser.RawConfigParser()
    mount.optionxform = str  # type: ignore[assignment,method-assign]
    mount.read_string(written(app_cloud_init(app_machine()))[f"{UNITS}srv-odoo.mount"])
    assert dict(mount["Mount"])["Type"] == "aznfs"
    assert dict(mount["Mount"])["What"] == "stacme.file.core.windows.net:/stacme/odoo"
    assert dict(mount["Mount"])["Options"].startswith("vers=4,minorversion=1,sec=sys,")
