"""libpq's service file, by which Odoo logs in (postgresql.org docs/current/libpq-pgservice.html)."""

from __future__ import annotations

from ops.server import write_private
from ops.settings import Settings

SERVICE = "odoo"
ODOO_GROUP_MODE = 0o640


def service_text(role: str, password: str) -> str:
    """The file's text: who logs in to the service `odoo`, and with what."""
    return f"[{SERVICE}]\nuser={role}\npassword={password}\n"


def write_service_file(settings: Settings) -> None:
    """Writes the file for the Odoo containers of the Job, which share a group with this one."""
    text = service_text(settings.active, settings.password(settings.active))
    write_private(settings.service_file, text).chmod(ODOO_GROUP_MODE)
