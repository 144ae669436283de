"""Which secrets a machine brings from Key Vault to files in memory: the configuration of `host/secrets.py`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from components.machines.model import (
    CERTIFICATES_DIRECTORY,
    AppMachine,
    Images,
    MachineSecret,
    OperationsMachine,
)
from components.machines.operations import USER as OPERATIONS_USER
from components.machines.paths import DOCKER_CONFIG_DIRECTORY, ODOO_SECRETS, OPERATIONS_SECRETS
from components.machines.pools import ODOO_USER
from components.machines.traefik import USER as TRAEFIK_USER
from components.odoo.process import SERVICE_PATH, SESSION_KEY_PATH
from components.tenant.secrets import role_in_use

_OWN, _SHARED = "0400", "0440"
"""For one user; for the group that the containers of both images share."""


def app_secrets(machine: AppMachine) -> str:
    """The configuration of a machine that answers people, as JSON.

    Args:
        machine: the machine.
    """
    files = [_service(machine.password, machine.login, _OWN)]
    if machine.session_key is not None:
        files.append(_file(f"{ODOO_SECRETS}/{_name(SESSION_KEY_PATH)}", "text", machine.session_key, ODOO_USER))
    certificate = f"{CERTIFICATES_DIRECTORY}/{machine.certificate.name}"
    files.append(_file(certificate, "pem", machine.certificate, TRAEFIK_USER))
    return _configuration(files, machine.images, machine.odoo_identity)


def operations_secrets(machine: OperationsMachine) -> str:
    """The configuration of the operations machine, as JSON.

    Args:
        machine: the machine.
    """
    login = role_in_use(machine.owner, machine.generation)
    files = [
        _service(machine.login_password, login, _SHARED),
        *(
            _file(f"{OPERATIONS_SECRETS}/{name}", "text", secret, OPERATIONS_USER)
            for name, secret in sorted(machine.passwords.items())
        ),
    ]
    return _configuration(files, machine.images, machine.operations_identity)


def _service(password: MachineSecret, user: str, mode: str) -> dict[str, Any]:
    return {**_file(f"{ODOO_SECRETS}/{_name(SERVICE_PATH)}", "service", password, ODOO_USER, mode), "user": user}


def _file(path: str, kind: str, secret: MachineSecret, owner: str, mode: str = _OWN) -> dict[str, Any]:
    return {
        "path": path,
        "kind": kind,
        "mode": mode,
        "owner": owner,
        "vault_uri": secret.vault_uri,
        "secret": secret.name,
        "client_id": secret.identity,
    }


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _configuration(files: Sequence[dict[str, Any]], images: Images, identity: str) -> str:
    registry = {
        "host": images.registry,
        "client_id": identity,
        "config_file": f"{DOCKER_CONFIG_DIRECTORY}/config.json",
    }
    return json.dumps({"files": list(files), "registry": registry}, indent=1) + "\n"
