"""What of the operations image needs no server."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.tenant.job_pods import OPS_USER_ID
from ops.__main__ import COMMANDS, main
from ops.backup import short
from ops.errors import OpsError
from ops.server import conninfo, write_private
from ops.service_file import service_text
from ops.settings import NAMES, Settings, read_settings

ENVIRONMENT = {name: f"value-of-{name}" for name in NAMES.values()} | {
    "OPS_CONNECTION_LIMIT": "200",
    "OPS_GENERATION": "3",
    "OPS_BACKGROUND_POOLS": "cron,queue",
    "OPS_OWNER": "acme",
    "OPS_ADMINISTRATOR": "pgadmin",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with password files."""
    for name in ("administrator", "blue", "green", "monitor"):
        (tmp_path / name).write_text(f"password of {name}\n", encoding="utf-8")
    return read_settings(ENVIRONMENT | {"OPS_SECRETS": str(tmp_path), "OPS_PRIVATE": str(tmp_path)})


def test_all_missing_variables_are_named_at_once() -> None:
    environment = {name: text for name, text in ENVIRONMENT.items() if name not in ("PGHOST", "OPS_OWNER")}
    with pytest.raises(OpsError, match="environment variables are missing: OPS_OWNER, PGHOST"):
        read_settings(environment)


def test_odd_generations_are_blue_and_even_ones_green() -> None:
    logins = [read_settings(ENVIRONMENT | {"OPS_GENERATION": str(number)}).active for number in (1, 2, 3, 4)]
    assert logins == ["acme_blue", "acme_green", "acme_blue", "acme_green"]


def test_each_role_has_the_password_of_its_file(settings: Settings) -> None:
    roles = (settings.administrator, settings.blue, settings.green, settings.monitor)
    assert [settings.password(role) for role in roles] == [
        "password of administrator",
        "password of blue",
        "password of green",
        "password of monitor",
    ]


def test_no_password_is_in_a_connection_string(settings: Settings) -> None:
    (settings.secrets / "blue").write_text(r"with:colon\and-backslash", encoding="utf-8")
    text = conninfo(settings, "erp", settings.blue)
    assert "colon" not in text
    passwords = settings.private / f"pgpass-{settings.blue}"
    assert passwords.read_text(encoding="utf-8") == "*:*:*:acme_blue:with\\:colon\\\\and-backslash\n"
    assert passwords.stat().st_mode & 0o777 == 0o600


def test_a_private_file_is_never_open_to_others(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text(encoding="utf-8") == "new"
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_service_file_names_login_and_password() -> None:
    assert service_text("acme_blue", "secret") == "[odoo]\nuser=acme_blue\npassword=secret\n"


@pytest.mark.parametrize(("digest", "shown"), [(f"sha256:{'ab' * 32}", "abababababab"), (None, "unknown")])
def test_a_digest_is_shortened_as_jobs_are_named(digest: str | None, shown: str) -> None:
    assert short(digest) == shown


def test_a_command_without_settings_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in NAMES.values():
        monkeypatch.delenv(name, raising=False)
    for command in COMMANDS:
        assert main([command]) == 1
        assert f"ops {command}: environment variables are missing: OPS_ADMINISTRATOR" in capsys.readouterr().err


def test_the_image_runs_as_the_user_that_its_pods_name() -> None:
    containerfile = (Path(__file__).parents[3] / "images" / "ops" / "Containerfile").read_text(encoding="utf-8")
    assert f"\nUSER {OPS_USER_ID}:{OPS_USER_ID}\n" in containerfile
