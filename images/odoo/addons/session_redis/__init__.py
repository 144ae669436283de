"""Odoo's HTTP sessions in Redis. Odoo loads it server-wide, before it has workers, and calls `post_load`."""

from __future__ import annotations

import os


def post_load() -> None:
    """Puts the store in place, if the environment asks for it.

    Raises:
        SystemExit: there is no store. Odoo only logs exceptions of server-wide modules and would go on with sessions in
            files (load_server_wide_modules in odoo/service/server.py), so whatever is wrong has to end the process.
    """
    if os.environ.get("ODOO_SESSION_REDIS") != "1":
        return
    try:
        # Here, so that a library that the image lacks ends the process too.
        from .hook import install  # noqa: PLC0415

        install(os.environ)
    except Exception as error:
        message = f"session_redis: sessions cannot be kept in Redis: {type(error).__name__}: {error}"
        raise SystemExit(message) from error
