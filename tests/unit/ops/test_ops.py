"""What of the operations image needs no server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from components.tenant.operations import OPS_USER_ID
from ops.__main__ import DESCRIPTIONS, TENANT_COMMANDS, main
from ops.backup import short
from ops.errors import OpsError
from ops.server import administrator_conninfo, tenant_conninfo, write_private
from ops.settings import (
    ADMINISTRATOR_NAMES,
    TENANT_NAMES,
    AdministratorSettings,
    TenantSettings,
    administrator_settings,
    tenant_settings,
)

ENVIRONMENT = {name: f"value-of-{name}" for name in {**ADMINISTRATOR_NAMES, **TENANT_NAMES}.values()} | {
    "OPS_CONNECTION_LIMIT": "200",
    "OPS_DATABASE_CONNECTION_LIMIT": "380",
    "OPS_GENERATION": "3",
    "OPS_PAUSED_POOLS": "cron,queue",
    "OPS_MODULES": "base,account",
    "OPS_OWNER": "acme-es",
    "OPS_ADMINISTRATOR": "pgadmin",
}


@pytest.fixture
def administration(tmp_path: Path) -> AdministratorSettings:
    """Settings with password files."""
    for name in ("administrator", "blue", "green", "monitor"):
        (tmp_path / name).write_text(f"password of {name}\n", encoding="utf-8")
    return administrator_settings(ENVIRONMENT | {"OPS_SECRETS": str(tmp_path), "OPS_PRIVATE": str(tmp_path)})


@pytest.fixture
def tenant(tmp_path: Path) -> TenantSettings:
    """Settings with a service file."""
    path = tmp_path / "pg_service.conf"
    path.write_text("[odoo]\nuser=acme-es_blue\npassword=a=b:c%d#e\\f\n", encoding="utf-8")
    return tenant_settings(ENVIRONMENT | {"OPS_SERVICE_FILE": str(path), "OPS_PRIVATE": str(tmp_path)})


@pytest.mark.parametrize("read", [administrator_settings, tenant_settings])
def test_all_missing_variables_are_named_at_once(read: Callable[[dict[str, str]], object]) -> None:
    environment = {name: text for name, text in ENVIRONMENT.items() if name not in ("PGHOST", "OPS_OWNER")}
    with pytest.raises(OpsError, match="environment variables are missing: OPS_OWNER, PGHOST"):
        read(environment)


def test_jobs_of_a_tenant_need_to_be_told_nothing_of_the_administrator() -> None:
    tenant_settings({name: ENVIRONMENT[name] for name in TENANT_NAMES.values()})
    assert not {"OPS_ADMINISTRATOR", "OPS_SECRETS"} & set(TENANT_NAMES.values())


def test_odd_generations_are_blue_and_even_ones_green() -> None:
    settings = [administrator_settings(ENVIRONMENT | {"OPS_GENERATION": str(number)}) for number in (1, 2, 3, 4)]
    assert [each.active for each in settings] == ["acme-es_blue", "acme-es_green", "acme-es_blue", "acme-es_green"]


def test_each_role_has_the_password_of_its_file(administration: AdministratorSettings) -> None:
    roles = (administration.administrator, administration.blue, administration.green, administration.monitor)
    assert [administration.password(role) for role in roles] == [
        "password of administrator",
        "password of blue",
        "password of green",
        "password of monitor",
    ]


def test_a_tenant_logs_in_as_its_service_file_says(tenant: TenantSettings) -> None:
    assert tenant.login() == ("acme-es_blue", "a=b:c%d#e\\f")


def test_no_password_is_in_a_connection_string(administration: AdministratorSettings, tenant: TenantSettings) -> None:
    (administration.secrets / "blue").write_text(r"with:colon\and-backslash", encoding="utf-8")
    text = administrator_conninfo(administration, "erp", administration.blue)
    assert "colon" not in text
    passwords = administration.private / f"pgpass-{administration.blue}"
    assert passwords.read_text(encoding="utf-8") == "*:*:*:acme-es_blue:with\\:colon\\\\and-backslash\n"
    assert passwords.stat().st_mode & 0o777 == 0o600
    assert "c%d" not in tenant_conninfo(tenant)


def test_a_private_file_is_never_open_to_others(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text(encoding="utf-8") == "new"
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("digest", "shown"), [(f"sha256:{'ab' * 32}", "abababababab"), (None, "unknown")])
def test_a_digest_is_shortened_as_jobs_are_named(digest: str | None, shown: str) -> None:
    assert short(digest) == shown


def test_a_command_without_settings_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ENVIRONMENT:
        monkeypatch.delenv(name, raising=False)
    for command in DESCRIPTIONS:
        first = "OPS_BACKUP_CONTAINER" if command in TENANT_COMMANDS else "OPS_ADMINISTRATOR"
        assert main([command]) == 1
        assert f"ops {command}: environment variables are missing: {first}" in capsys.readouterr().err


def test_the_image_runs_as_the_user_that_its_pods_name() -> None:
    containerfile = (Path(__file__).parents[3] / "images" / "ops" / "Containerfile").read_text(encoding="utf-8")
    assert f"\nUSER {OPS_USER_ID}:{OPS_USER_ID}\n" in containerfile
