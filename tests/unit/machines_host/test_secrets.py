"""How secrets become files of a machine, against servers that behave as Azure's do."""

from __future__ import annotations

import base64
import configparser
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.machines.host import secrets
from components.machines.host.secrets import Azure, bring, write
from tests.unit.machines_host.services import Answer, Services, serving

OWNER = f"{os.getuid()}:{os.getgid()}"
CERTIFICATE = "-----BEGIN PRIVATE KEY-----\nk\n-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----\nc\n"
TOKEN, EXCHANGE = "/metadata/identity/oauth2/token", "/oauth2/exchange"


@pytest.fixture
def services() -> Iterator[Services]:
    """With a secret of each kind."""
    made = Services(
        secrets={
            "password": ("pass=w:o#r%d", "text/plain"),
            "session-key": ("key of sessions\n", ""),
            "certificate": (CERTIFICATE, "application/x-pem-file"),
        }
    )
    with serving(made):
        yield made


@pytest.fixture
def azure(services: Services) -> Azure:
    """Asked without long waits."""
    return Azure(services.url, waits=(0.01, 0.01, 0.01))


def _entry(services: Services, folder: Path, name: str, kind: str, **more: str) -> dict[str, Any]:
    client = "client-of-ingress" if kind == "pem" else "client-of-odoo"
    where = {"path": str(folder / "secrets" / name), "mode": "0400", "owner": OWNER}
    return where | {"kind": kind, "vault_uri": f"{services.url}/", "secret": name, "client_id": client, **more}


@pytest.fixture
def configuration(services: Services, tmp_path: Path) -> dict[str, Any]:
    """As cloud-init writes it for a machine that answers people."""
    return {
        "files": [
            _entry(services, tmp_path, "password", "service", user="erp_blue"),
            _entry(services, tmp_path, "session-key", "text"),
            _entry(services, tmp_path, "certificate", "pem"),
        ],
        "registry": {
            "host": services.url,
            "client_id": "client-of-odoo",
            "config_file": str(tmp_path / "docker" / "config.json"),
        },
    }


def test_each_kind_of_secret_becomes_its_file(configuration: dict[str, Any], azure: Azure, tmp_path: Path) -> None:
    assert bring(configuration, azure) == 0
    folder = tmp_path / "secrets"
    assert (folder / "session-key").read_text(encoding="utf-8") == "key of sessions\n"
    assert (folder / "certificate").read_text(encoding="utf-8") == CERTIFICATE
    assert (folder / "password").read_text(encoding="utf-8") == "[odoo]\nuser=erp_blue\npassword=pass=w:o#r%d\n"
    service = configparser.RawConfigParser()
    service.read(folder / "password")
    assert service["odoo"]["password"] == "pass=w:o#r%d"
    assert {path.stat().st_mode & 0o7777 for path in folder.iterdir()} == {0o400}
    assert len(list(folder.iterdir())) == 3


def test_docker_logs_in_to_the_registry_with_its_refresh_token(
    configuration: dict[str, Any], azure: Azure, services: Services, tmp_path: Path
) -> None:
    bring(configuration, azure)
    path = tmp_path / "docker" / "config.json"
    host = services.url.removeprefix("http://")
    login = base64.b64decode(json.loads(path.read_text(encoding="utf-8"))["auths"][host]["auth"]).decode()
    assert login == f"00000000-0000-0000-0000-000000000000:refresh token of {host}"
    assert path.stat().st_mode & 0o7777 == 0o600


def test_a_token_is_asked_for_once_for_each_identity_and_service(
    configuration: dict[str, Any], azure: Azure, services: Services
) -> None:
    bring(configuration, azure)
    assert services.asked.count(TOKEN) == 3


def test_what_has_changed_is_written_and_nothing_else(
    configuration: dict[str, Any], azure: Azure, services: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(configuration, azure)
    folder = tmp_path / "secrets"
    before = {path.name: path.stat().st_ino for path in folder.iterdir()}
    capsys.readouterr()
    services.secrets["password"] = ("another", "")

    assert bring(configuration, azure) == 0

    changed = {path.name for path in folder.iterdir() if path.stat().st_ino != before[path.name]}
    assert changed == {"password"}
    assert capsys.readouterr().out == f"{folder / 'password'}: written\n"
    assert (folder / "password").read_text(encoding="utf-8").endswith("password=another\n")


def test_a_file_that_others_could_read_is_put_right(
    configuration: dict[str, Any], azure: Azure, tmp_path: Path
) -> None:
    bring(configuration, azure)
    path = tmp_path / "secrets" / "password"
    path.chmod(0o644)
    bring(configuration, azure)
    assert path.stat().st_mode & 0o7777 == 0o400


@pytest.mark.parametrize(
    ("path", "answers"),
    [
        (TOKEN, [(404, "<html>"), (429, {"error": "too_many_requests"}), (410, "")]),
        (TOKEN, [(500, {"error": "unknown"}), (503, ""), (200, "no JSON")]),
        ("/secrets/password", [(429, {"error": {"code": "Throttled"}}), (500, ""), (503, "")]),
        (EXCHANGE, [(503, ""), (429, "")]),
    ],
)
def test_an_answer_that_may_be_another_soon_is_asked_for_again(
    configuration: dict[str, Any], azure: Azure, services: Services, path: str, answers: list[Answer]
) -> None:
    services.once[path] = answers
    assert bring(configuration, azure) == 0


@pytest.mark.parametrize(
    ("path", "answer", "said"),
    [
        ("/secrets/password", (403, {"error": {"code": "Forbidden"}}), "secret password: 403 Forbidden"),
        ("/secrets/password", (404, {"error": {"code": "SecretNotFound"}}), "secret password: 404 SecretNotFound"),
        (EXCHANGE, (401, {"errors": [{"code": "UNAUTHORIZED"}]}), ": 401 Unauthorized"),
        (EXCHANGE, (307, ""), ": 307 Temporary Redirect"),
    ],
)
def test_a_refusal_is_explained_at_once_and_stops_nothing_else(
    configuration: dict[str, Any],
    azure: Azure,
    services: Services,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    path: str,
    answer: Answer,
    said: str,
) -> None:
    services.once[path] = [answer]
    assert bring(configuration, azure) == 1
    assert said in capsys.readouterr().err
    assert services.asked.count(path) == 1
    assert "/elsewhere" not in services.asked
    assert (tmp_path / "secrets" / "certificate").exists()


def test_a_service_that_stays_away_is_given_up_and_what_was_there_stays(
    configuration: dict[str, Any], azure: Azure, services: Services, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(configuration, azure)
    services.once["/secrets/password"] = [(503, "")] * 9
    assert bring(configuration, azure) == 1
    assert services.asked.count("/secrets/password") == 1 + 4
    assert (tmp_path / "secrets" / "password").read_text(encoding="utf-8").endswith("pass=w:o#r%d\n")
    assert "what was there before stays" in capsys.readouterr().err


def test_an_identity_that_the_machine_does_not_have_is_named(
    configuration: dict[str, Any], azure: Azure, services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    services.allowed.remove("client-of-ingress")
    assert bring(configuration, azure) == 1
    assert "token of client-of-ingress for https://vault.azure.net: 400 invalid_request" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value", "content_type", "said"),
    [
        ("certificate", "MIIKPw==", "application/x-pkcs12", "its secret is PKCS#12; make it anew with"),
        ("certificate", "-----BEGIN CERTIFICATE-----\nc\n", "application/x-pem-file", "no PEM text with key and"),
        ("password", "two\nlines=of it", "", "has no spaces around it, and one line"),
        ("password", " leading", "", "has no spaces around it, and one line"),
    ],
)
def test_a_secret_that_cannot_become_its_file_is_refused(
    configuration: dict[str, Any],
    azure: Azure,
    services: Services,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
    content_type: str,
    said: str,
) -> None:
    services.secrets[name] = (value, content_type)
    assert bring(configuration, azure) == 1
    captured = capsys.readouterr()
    assert said in captured.err
    assert value not in captured.err + captured.out


def test_no_secret_and_no_token_is_ever_printed(
    configuration: dict[str, Any], azure: Azure, services: Services, capsys: pytest.CaptureFixture[str]
) -> None:
    bring(configuration, azure)
    services.once["/secrets/password"] = [(400, {"error": {"code": "Bad", "message": "token|client-of-odoo"}})]
    bring(configuration, azure)
    captured = capsys.readouterr()
    for secret in ("token|", "refresh token", "pass=w", "key of sessions", "BEGIN"):
        assert secret not in captured.out + captured.err


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path, texts = tmp_path / "file", {"a" * 200_000, "b" * 200_000}
    write(path, min(texts), 0o400)
    over, seen = threading.Event(), set()

    def read() -> None:
        while not over.is_set():
            seen.add(path.read_text(encoding="utf-8"))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(100):
        for text in sorted(texts):
            write(path, text, 0o400)
    over.set()
    reader.join()
    assert seen <= texts
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fchmod", full)
    with pytest.raises(OSError, match="no space left"):
        write(tmp_path / "file", "text", 0o400)
    assert list(tmp_path.iterdir()) == []


def test_the_program_ends_with_one_if_a_secret_is_missing(
    configuration: dict[str, Any], services: Services, tmp_path: Path
) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(json.dumps({**configuration, "imds": services.url}), encoding="utf-8")
    # On the machine nothing of the project is there.
    command = [sys.executable, "-I", secrets.__file__, "--config", str(path)]
    assert subprocess.run(command, check=False).returncode == 0
    del services.secrets["session-key"]
    failed = subprocess.run(command, check=False, capture_output=True, text=True)
    assert failed.returncode == 1
    assert "secret session-key: 404 SecretNotFound" in failed.stderr
