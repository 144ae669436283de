"""Where things are on a machine, beside what `model` names."""

from __future__ import annotations

from typing import Final

from components.machines.model import ODOO_DIRECTORY, SECRETS_DIRECTORY

COMPOSE_FILE: Final = f"{ODOO_DIRECTORY}/compose.yaml"
SECRETS_CONFIG: Final = f"{ODOO_DIRECTORY}/secrets.json"
HEALTH_CONFIG: Final = f"{ODOO_DIRECTORY}/health.json"
TRAEFIK_STATIC: Final = f"{ODOO_DIRECTORY}/traefik/static"
TRAEFIK_DYNAMIC: Final = f"{ODOO_DIRECTORY}/traefik/dynamic"
METRICS_FILE: Final = f"{ODOO_DIRECTORY}/prometheus.yaml"

PROGRAMS: Final = "/usr/local/lib/odoo-machine"
"""Folder of the host's own programs."""
DOCKER_CONFIG_DIRECTORY: Final = "/run/odoo/docker"
"""tmpfs: Docker's config.json with the login of the registry, as `host/secrets.py` writes it."""
MACHINE_FILE: Final = "/run/odoo/machine.env"
"""tmpfs: `MACHINE=<host name>`, as environment of containers that must know it."""
WORK_DIRECTORY: Final = "/run/odoo/work"
"""tmpfs: what the containers of a release hand to each other."""
ODOO_SECRETS: Final = f"{SECRETS_DIRECTORY}/odoo"
OPERATIONS_SECRETS: Final = f"{SECRETS_DIRECTORY}/operations"
"""tmpfs: password files of the administrator and the roles."""
FILES: Final = "/srv/odoo"
"""Where the share of the file store is mounted."""
FILES_UNIT: Final = "srv-odoo.mount"
"""systemd names a mount unit after its path (systemd.mount(5))."""
SCRATCH: Final = "/var/lib/odoo-machine"
"""Folder of what containers write and nobody keeps: on disk, for memory is dearer."""


def pool_config(pool: str) -> str:
    """Path of the odoo.conf of a pool."""
    return f"{ODOO_DIRECTORY}/odoo/{pool}.conf"


def scratch(container: str) -> str:
    """Folder that is a container's /tmp, or what else it writes to."""
    return f"{SCRATCH}/{container}"
