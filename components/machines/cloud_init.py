"""cloud-init of the machines: everything they are, as one text without a secret.

Modules: cloudinit.readthedocs.io/en/latest/reference/modules.html.
"""

from __future__ import annotations

import base64
import bz2
import io
import json
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

import yaml

from components.ingress.configuration import INTERNAL_PORT
from components.ingress.objects import STATIC_FILE
from components.machines import units
from components.machines.containers import compose_file
from components.machines.credentials import app_secrets, operations_secrets
from components.machines.host_files import (
    APT_CONFIGURATION,
    INSTALL_AZNFS,
    PACKAGES,
    TMPFILES,
    apt_configuration,
    host_files,
)
from components.machines.metrics import NAME as METRICS
from components.machines.metrics import USER as METRICS_USER
from components.machines.metrics import metrics_config, metrics_service, traefik_job
from components.machines.model import HEALTH_PORT, AppMachine, FileShare, MachineFile, OperationsMachine
from components.machines.operations import operations_services
from components.machines.paths import (
    COMPOSE_FILE,
    HEALTH_CONFIG,
    METRICS_FILE,
    PROGRAMS,
    SECRETS_CONFIG,
    TRAEFIK_DYNAMIC,
    TRAEFIK_STATIC,
    pool_config,
)
from components.machines.pools import ODOO_USER, STOP_MARGIN_SECONDS, pool_services
from components.machines.settings import machine_settings
from components.machines.traefik import NAME as TRAEFIK
from components.machines.traefik import STOP_SECONDS, traefik_files, traefik_service, traefik_static
from components.machines.traefik import USER as TRAEFIK_USER
from components.odoo.configuration import HTTP_PORT, odoo_conf
from components.odoo.pool import Pool
from components.odoo.process import process
from components.odoo.settings import OdooSettings

MAX_BYTES: Final = 65_535
"""Most that Azure takes as custom data (learn.microsoft.com azure/virtual-machines/custom-data)."""

_HOST_PROGRAMS = "components.machines.host"
_PROGRAMS = ("drain.py", "gate.py", "health.py", "secrets.py")
_ARCHIVE = f"{PROGRAMS}/programs.tar.bz2"
_UNITS_DIRECTORY = "/etc/systemd/system"
_MARGIN_SECONDS = 60
_ODOO_CONTAINERS = ("preflight", "update")


class MachineError(ValueError):
    """A machine that Azure would not take."""


def app_cloud_init(machine: AppMachine) -> str:
    """cloud-init of a machine that answers people.

    Args:
        machine: the machine.

    Raises:
        MachineError: it is larger than Azure takes.
        SettingsError, OptionError: Odoo's settings are wrong.
    """
    settings = machine_settings(machine.odoo, machine.odoo_identity)
    services = {
        **pool_services(settings, machine.images),
        TRAEFIK: traefik_service(machine),
        METRICS: metrics_service(machine.images),
    }
    writers = [
        *((pool.value, ODOO_USER) for pool in settings.pools),
        (TRAEFIK, TRAEFIK_USER),
        (METRICS, METRICS_USER),
    ]
    own_units = {units.CONTAINERS: units.containers_unit(_stop_seconds(settings)), units.DRAIN: units.drain_unit()}
    written = [
        *host_files(app=True, containers=writers),
        *_app_configuration(machine, settings),
        MachineFile(path=SECRETS_CONFIG, content=app_secrets(machine)),
        *_runtime(services, machine.files, own_units),
    ]
    started = (units.SECRETS_TIMER, units.HEALTH, units.CONTAINERS, units.DRAIN)
    return _cloud_init(written, machine.packages_snapshot, started)


def operations_cloud_init(machine: OperationsMachine) -> str:
    """cloud-init of the operations machine.

    Args:
        machine: the machine.

    Raises:
        MachineError: it is larger than Azure takes.
        SettingsError, OptionError: Odoo's settings are wrong.
    """
    settings = machine_settings(machine.odoo, machine.operations_identity)
    writers = [*((name, ODOO_USER) for name in _ODOO_CONTAINERS), (METRICS, METRICS_USER)]
    own_units = {
        units.CONTAINERS: units.containers_unit(_MARGIN_SECONDS),
        **units.operations_units(
            restores=machine.restore is not None,
            copies=machine.copy is not None,
            backup_time=machine.backup_time,
            timezone=machine.timezone,
        ),
    }
    written = [
        *host_files(app=False, containers=writers),
        MachineFile(path=pool_config(Pool.CRON.value), content=odoo_conf(Pool.CRON, settings)),
        MachineFile(path=METRICS_FILE, content=metrics_config(machine.metrics)),
        MachineFile(path=SECRETS_CONFIG, content=operations_secrets(machine)),
        # Never how a release goes: who is ill is replaced, and that must not happen in the middle of one.
        _health([{"file": "/run/docker.sock"}]),
        *_runtime(operations_services(machine, settings), machine.files, own_units),
    ]
    started = (units.SECRETS_TIMER, units.HEALTH, units.CONTAINERS, units.BOOTSTRAP_UNIT, units.BACKUP_TIMER)
    return _cloud_init(written, machine.packages_snapshot, started)


def _app_configuration(machine: AppMachine, settings: OdooSettings) -> list[MachineFile]:
    """What Odoo, Traefik, the metrics agent and the health program read."""
    scraped = [traefik_job(settings.tenant, machine.hostname)]
    health = [f"http://127.0.0.1:{INTERNAL_PORT}/ping", f"http://127.0.0.1:{HTTP_PORT}/web/health"]
    return [
        *(MachineFile(path=pool_config(pool.value), content=odoo_conf(pool, settings)) for pool in settings.pools),
        MachineFile(path=f"{TRAEFIK_STATIC}/{STATIC_FILE}", content=traefik_static()),
        *_in(TRAEFIK_DYNAMIC, traefik_files(machine)),
        MachineFile(path=METRICS_FILE, content=metrics_config(machine.metrics, scraped)),
        _health([{"url": url} for url in health]),
    ]


def _stop_seconds(settings: OdooSettings) -> int:
    """How long all containers may take to end: first Traefik with its last requests, then the slowest pool."""
    slowest = max(process(pool, settings).termination_grace_seconds for pool in settings.pools)
    return STOP_SECONDS + slowest + STOP_MARGIN_SECONDS + _MARGIN_SECONDS


def _runtime(
    services: Mapping[str, Mapping[str, Any]], share: FileShare, own_units: Mapping[str, str]
) -> list[MachineFile]:
    """The containers, and the units that run them."""
    return [
        MachineFile(path=COMPOSE_FILE, content=compose_file(services)),
        *_in(_UNITS_DIRECTORY, {**units.common_units(share), **own_units}),
    ]


def _in(folder: str, texts: Mapping[str, str]) -> list[MachineFile]:
    return [MachineFile(path=f"{folder}/{name}", content=text) for name, text in sorted(texts.items())]


def _health(checks: Sequence[Mapping[str, str]]) -> MachineFile:
    return MachineFile(path=HEALTH_CONFIG, content=json.dumps({"port": HEALTH_PORT, "checks": list(checks)}) + "\n")


def _cloud_init(written: Iterable[MachineFile], snapshot: str, started: Sequence[str]) -> str:
    document = {
        "ssh_pwauth": False,
        "disable_root": True,
        "apt": {"conf": apt_configuration(snapshot)},
        "package_update": True,
        "package_upgrade": True,
        "packages": list(PACKAGES),
        "write_files": [
            *(
                {"path": each.path, "owner": "root:root", "permissions": each.mode, "content": each.content}
                for each in written
            ),
            _programs(),
        ],
        "runcmd": [
            ["tar", "--extract", "--bzip2", "--directory", PROGRAMS, "--file", _ARCHIVE],
            ["sysctl", "--system"],
            ["systemctl", "try-restart", "ssh.service", "systemd-journald.service"],
            ["systemd-tmpfiles", "--create", TMPFILES],
            [INSTALL_AZNFS],
            # Azure installs patches with apt and its settings: of a day that is past there would never be any.
            ["sed", "--in-place", "/^APT::Snapshot /d", APT_CONFIGURATION],
            ["systemctl", "daemon-reload"],
            # Without waiting: some of it takes longer than a first start should.
            ["systemctl", "enable", "--now", "--no-block", *started],
        ],
    }
    text = "#cloud-config\n" + yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=1000)
    if (size := len(text.encode())) > MAX_BYTES:
        raise MachineError(f"custom data of {size} bytes; Azure takes {MAX_BYTES}")
    return text


def _programs() -> dict[str, str]:
    """The host's own programs, small enough: their text alone is half of what Azure takes.

    By bzip2, whose output is the same everywhere: that of gzip differs from library to library, and machines would be
    replaced because somebody else deployed.
    """
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as written:
        for name in _PROGRAMS:
            content = (files(_HOST_PROGRAMS) / name).read_bytes()
            # Root's, of mode 0644 and of no time.
            member = tarfile.TarInfo(name)
            member.size = len(content)
            written.addfile(member, io.BytesIO(content))
    return {
        "path": _ARCHIVE,
        "owner": "root:root",
        "permissions": "0644",
        "encoding": "b64",
        "content": base64.b64encode(bz2.compress(archive.getvalue())).decode(),
    }


class _Dumper(yaml.SafeDumper):
    """Writes files as people would."""


def _write_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _write_text)
