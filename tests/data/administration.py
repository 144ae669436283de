"""The login of the test server's administrator, with the password files that a Job for the whole server would have."""

from __future__ import annotations

from pathlib import Path

from ops.provision import METRICS
from ops.settings import AdministratorLogin
from tests.data.servers import ADMINISTRATOR, ADMINISTRATOR_PASSWORD, DatabaseServer


def administration(server: DatabaseServer, folder: Path) -> AdministratorLogin:
    """Settings of `ops provision`, and the files that they name.

    Args:
        server: the server.
        folder: an empty folder to keep the files in.
    """
    settings = AdministratorLogin(
        host="localhost",
        port=str(server.port),
        sslmode="verify-full",
        sslrootcert=str(server.authority),
        private=folder / "private",
        administrator=ADMINISTRATOR,
        secrets=folder / "secrets",
    )
    for path in (settings.private, settings.secrets):
        path.mkdir()
    (settings.secrets / "administrator").write_text(ADMINISTRATOR_PASSWORD, encoding="utf-8")
    (settings.secrets / METRICS).write_text("metrics-1\n", encoding="utf-8")
    return settings
