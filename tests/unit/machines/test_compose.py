"""The containers of a machine: hardened, bounded, and told what they must be told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.machines.cloud_init import app_cloud_init, operations_cloud_init
from components.odoo.pool import Pool, PoolSize
from components.odoo.update import update_command
from ops.settings import administrator_settings, tenant_settings
from tests.unit.machines.conftest import run, written
from tests.unit.machines.examples import (
    ADMINISTRATION_IDENTITY,
    DIGEST,
    IMAGES,
    ODOO_IDENTITY,
    OPERATIONS_IDENTITY,
    app_machine,
    operations_machine,
)
from tests.unit.odoo.example import settings

pytestmark = pytest.mark.programs

COMPOSE = "/etc/odoo-machine/compose.yaml"
GOLDEN = Path(__file__).with_name("compose.golden.yaml")


def _services(text: str) -> dict[str, Any]:
    services = yaml.safe_load(written(text)[COMPOSE])["services"]
    assert isinstance(services, dict)
    return services


@pytest.fixture(scope="module")
def app() -> Mapping[str, Any]:
    return _services(app_cloud_init(app_machine()))


@pytest.fixture(scope="module")
def operations() -> Mapping[str, Any]:
    return _services(operations_cloud_init(operations_machine(restore="last.dump")))


def _lay(folder: Path, text: str) -> Path:
    """Puts the compose file into a folder, with the file that systemd makes on a machine."""
    machine, file = folder / "machine.env", folder / "compose.yaml"
    machine.write_text("MACHINE=vm-1\n")
    file.write_text(written(text)[COMPOSE].replace("/run/odoo/machine.env", str(machine)))
    return file


@pytest.fixture
def compose_file(text: str, tmp_path: Path) -> Path:
    """Each machine's compose file."""
    return _lay(tmp_path, text)


def test_compose_takes_it(docker_compose: str, compose_file: Path) -> None:
    judged = run([docker_compose, "--file", str(compose_file), "--profile", "*", "config", "--quiet"], env={})
    assert (judged.returncode, judged.stdout, judged.stderr) == (0, "", "")


def test_the_metrics_agent_is_told_the_name_of_its_machine(docker_compose: str, compose_file: Path) -> None:
    read = yaml.safe_load(run([docker_compose, "--file", str(compose_file), "config"], env={}).stdout)
    assert read["services"]["metrics"]["environment"] == {"MACHINE": "vm-1"}


def test_compose_replaces_nothing_in_commands(docker_compose: str, tmp_path: Path) -> None:
    file = _lay(tmp_path, operations_cloud_init(operations_machine()))
    command = [docker_compose, "--file", str(file), "config", "update", "--format", "json"]
    judged = run(command, env={"DATABASE": "another"})
    # What is left for a later reading is doubled again.
    read = json.loads(judged.stdout)["services"]["update"]["entrypoint"][-1].replace("$$", "$")
    assert read == update_command("/etc/odoo/odoo.conf", "/run/ops")[-1]
    assert '"$DATABASE"' in read


def test_the_compose_file_is_the_one_that_was_reviewed() -> None:
    assert written(app_cloud_init(app_machine()))[COMPOSE] == GOLDEN.read_text()


def test_systemd_writes_the_name_of_the_machine_where_compose_reads_it(text: str) -> None:
    assert "f /run/odoo/machine.env 0644 0 0 - MACHINE=%H" in written(text)["/etc/tmpfiles.d/odoo.conf"].splitlines()
    assert _services(text)["metrics"]["env_file"] == ["/run/odoo/machine.env"]


def test_every_container_is_hardened(text: str) -> None:
    for name, service in _services(text).items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        user, _, group = service["user"].partition(":")
        assert int(user) > 0, name
        assert int(group) > 0, name
        assert "@sha256:" in service["image"], name
        assert service["logging"]["driver"] == "journald", name
        assert not {"privileged", "cap_add", "devices", "pid", "ipc", "network_mode", "userns_mode"} & set(service)


def test_every_container_is_bounded(text: str) -> None:
    for name, service in _services(text).items():
        assert service["mem_limit"] == service["memswap_limit"], name
        assert service["cpus"] > 0, name
        assert service["pids_limit"] > 0, name


def test_no_container_sees_dockers_socket_or_writes_to_the_hosts_configuration(text: str) -> None:
    writable = {"/run/odoo/work", "/srv/odoo"}
    for service in _services(text).values():
        for volume in service["volumes"]:
            assert "docker" not in volume
            source, _, mode = volume.rpartition(":")
            if mode != "ro":
                assert volume.split(":")[0] in writable or volume.startswith("/var/lib/odoo-machine/"), source


def test_only_traefik_is_reached_from_outside(app: Mapping[str, Any], operations: Mapping[str, Any]) -> None:
    published = {name: service["ports"] for name, service in app.items() if "ports" in service}
    assert published == {
        "traefik": ["443:8443", "80:8000", "127.0.0.1:8080:8080"],
        "web": ["127.0.0.1:8069:8069"],
    }
    assert not any("ports" in service for service in operations.values())


def test_only_who_needs_an_identity_may_ask_for_one(app: Mapping[str, Any], operations: Mapping[str, Any]) -> None:
    assert {name for name, service in app.items() if "identity" not in service["networks"]} == {"traefik"}
    assert all("inside" in service["networks"] for service in app.values())
    assert {name for name, service in operations.items() if service["networks"] != ["identity"]} == set()
    odoo = settings(attachments="shared-files")
    without_blobs = _services(operations_cloud_init(operations_machine(odoo=odoo)))
    others = {name for name, service in without_blobs.items() if service["networks"] != ["identity"]}
    assert others == {"preflight", "update"}
    assert without_blobs["update"]["networks"] == ["outside"]


@pytest.mark.parametrize(
    ("pool", "flags"),
    [
        (Pool.WEB, []),
        (Pool.WEBSOCKET, []),
        (Pool.CRON, ["--lead", "--pausable"]),
        (Pool.QUEUE, ["--pausable"]),
        (Pool.REPORTING, ["--pausable"]),
    ],
)
def test_odoo_starts_behind_the_gate(app: Mapping[str, Any], pool: Pool, flags: list[str]) -> None:
    service = app[pool.value]
    command = service["command"]
    assert service["entrypoint"] == ["python3", "/etc/odoo/gate.py"]
    assert command[:4] == ["--pool", pool.value, "--digest", DIGEST]
    assert command[8 : command.index("--")] == flags
    assert command[command.index("--") + 1] == "odoo"
    grace = int(command[command.index("--grace") + 1])
    assert service["stop_grace_period"] == f"{grace + 15}s"
    assert grace == (30 if pool is Pool.WEBSOCKET else 1230)


def test_odoo_logs_in_by_the_identity_of_the_machine(app: Mapping[str, Any]) -> None:
    for pool in Pool:
        environment = app[pool.value]["environment"]
        assert environment["AZURE_CLIENT_ID"] == ODOO_IDENTITY
        assert environment["ODOO_SESSION_REDIS_LOGIN"] == "managed-identity"


def test_a_pool_that_people_wait_for_may_take_what_others_leave_idle(app: Mapping[str, Any]) -> None:
    assert (app["web"]["cpus"], app["web"]["cpu_shares"]) == (4.75, 2048)
    assert (app["queue"]["cpus"], app["queue"]["cpu_shares"]) == (1.0, 1024)
    assert app["web"]["mem_limit"] == "4096m"
    assert app["web"]["pids_limit"] == 64 + 6 * 32


def test_health_is_looked_after_as_on_a_cluster_where_a_port_can_tell(app: Mapping[str, Any]) -> None:
    assert {name for name, service in app.items() if "healthcheck" not in service} == {"cron"}
    web = app["web"]["healthcheck"]
    assert web["test"][:3] == ["CMD", "python3", "-c"]
    assert "http://127.0.0.1:8069/web/health" in web["test"][3]
    assert (web["interval"], web["timeout"], web["retries"], web["start_period"]) == ("10s", "10s", 3, "600s")
    assert "('127.0.0.1', 8069)" in app["queue"]["healthcheck"]["test"][3]
    assert "http://127.0.0.1:8072/websocket/health" in app["websocket"]["healthcheck"]["test"][3]


def test_traefik_ends_before_the_pools_that_its_last_requests_need(app: Mapping[str, Any]) -> None:
    assert app["traefik"]["depends_on"] == ["reporting", "web", "websocket"]


def test_nothing_starts_before_systemd_says_so(app: Mapping[str, Any], operations: Mapping[str, Any]) -> None:
    assert {service["restart"] for service in app.values()} == {"on-failure"}
    assert {name for name, service in operations.items() if "profiles" not in service} == {"metrics"}


def test_the_operations_image_finds_all_its_settings(operations: Mapping[str, Any]) -> None:
    for name in ("bootstrap", "restore"):
        administrator = administrator_settings(operations[name]["environment"])
        assert (administrator.administrator, administrator.generation, administrator.active) == (
            "pgadmin",
            1,
            "acme_blue",
        )
        assert str(administrator.secrets) == "/run/secrets/operations"
        assert "/run/odoo/secrets/operations:/run/secrets/operations:ro" in operations[name]["volumes"]
        assert operations[name]["environment"]["AZURE_CLIENT_ID"] == ADMINISTRATION_IDENTITY
    for name in ("prepare", "quiesce", "conclude", "backup", "resume"):
        tenant = tenant_settings(operations[name]["environment"])
        assert (tenant.tenant, tenant.database, tenant.digest) == ("acme", "odoo", DIGEST)
        assert tenant.modules == ("base", "account")
        assert tenant.paused_pools == ("cron", "queue", "reporting")
        assert operations[name]["environment"]["AZURE_CLIENT_ID"] == OPERATIONS_IDENTITY
        assert operations[name]["environment"]["OPS_RUNTIME"] == "machines"
        assert not any("operations" in volume.split(":")[0] for volume in operations[name]["volumes"])


def test_the_administrators_passwords_are_seen_by_its_commands_only(operations: Mapping[str, Any]) -> None:
    seen = {
        name
        for name, service in operations.items()
        if any(volume.startswith("/run/odoo/secrets/operations") for volume in service["volumes"])
    }
    assert seen == {"bootstrap", "restore"}


def test_an_update_holds_the_standstill_and_shares_its_folder(operations: Mapping[str, Any]) -> None:
    update = operations["update"]
    assert update["entrypoint"][:5] == ["python3", "/etc/odoo/gate.py", "--hold", "--port", "5432"]
    assert update["image"] == IMAGES.odoo
    assert update["environment"]["DATABASE"] == "odoo"
    assert "ODOO_SESSION_REDIS" not in update["environment"]
    for name in ("preflight", "prepare", "update", "conclude"):
        assert "/run/odoo/work:/run/ops" in operations[name]["volumes"]


def test_a_restore_is_there_only_if_one_is_wanted() -> None:
    assert "restore" not in _services(operations_cloud_init(operations_machine()))
    assert operations_machine().restore is None


def test_what_neutralises_a_copy_has_it_for_its_database_and_what_puts_it_in_place_has_not() -> None:
    services = _services(operations_cloud_init(operations_machine(copy="theirs.dump")))
    for name in ("copy", "promote"):
        assert services[name]["command"] == [name, "theirs.dump"]
        assert administrator_settings(services[name]["environment"]).database == "odoo"
    for name in ("prepare-copy", "conclude-copy"):
        assert services[name]["command"] == [name]
        assert tenant_settings(services[name]["environment"]).database == "odoo_copy"
        assert not any("operations" in volume.split(":")[0] for volume in services[name]["volumes"])
    assert services["update-copy"]["environment"]["DATABASE"] == "odoo_copy"
    assert {**services["update-copy"], "environment": None} == {**services["update"], "environment": None}
    assert "copy" not in _services(operations_cloud_init(operations_machine()))


def test_a_tenant_without_queue_and_reports_has_no_such_containers() -> None:
    pools: dict[Pool, PoolSize] = {
        pool: size for pool, size in settings().pools.items() if pool not in (Pool.QUEUE, Pool.REPORTING)
    }
    made = _services(app_cloud_init(app_machine(odoo=replace(settings(), pools=pools, queue_jobs=False))))
    assert set(made) == {"web", "websocket", "cron", "traefik", "metrics"}
    assert made["traefik"]["depends_on"] == ["web", "websocket"]
