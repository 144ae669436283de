"""The commands as a Job's containers run them: a process, an environment, files."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ops.settings import ADMINISTRATOR_NAMES, TENANT_NAMES
from tests.data import odoo_schema
from tests.data.servers import DatabaseServer
from tests.data.tenants import Tenant

PACKAGE = Path(__file__).parents[2] / "images" / "ops"


def _ops(tenant: Tenant, command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: _text(getattr(settings, field))
        for settings, names in ((tenant.administration, ADMINISTRATOR_NAMES), (tenant.settings, TENANT_NAMES))
        for field, name in names.items()
    }
    environment |= {"PYTHONPATH": str(PACKAGE), "PATH": os.environ["PATH"], **variables}
    return subprocess.run(
        [sys.executable, "-m", "ops", command], env=environment, capture_output=True, text=True, check=False
    )


def _text(value: object) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


def test_a_new_database_is_bootstrapped_initialised_once_and_needs_no_upgrade(new_tenant: Callable[[], Tenant]) -> None:
    tenant = new_tenant()
    tenant.change(modules=("base", "account"))
    first = _ops(tenant, "bootstrap")
    assert first.returncode == 0, first.stderr
    assert f"made the database {tenant.settings.database}\n" in first.stdout
    assert _ops(tenant, "bootstrap").stdout == "nothing to change\n"

    digest = tenant.settings.digest
    planned = _ops(tenant, "prepare")
    assert planned.stdout == f"from an unknown image to {digest}: installation of base, account\n"
    assert (tenant.settings.work / "install").read_text(encoding="utf-8") == "base,account"
    assert _ops(tenant, "verify").stderr.startswith("ops verify: the database is not healthy")

    with tenant.connect() as connection:
        odoo_schema.fill(connection)
    tenant.forget_work()
    assert _ops(tenant, "prepare").stdout == f"nothing to do: the database fits {digest}\n"
    for command in ("quiesce", "watch", "conclude"):
        skipped = _ops(tenant, command)
        assert (skipped.returncode, skipped.stdout, skipped.stderr) == (0, "", "")
    assert _ops(tenant, "verify").stdout == "the database is healthy\n"


def test_the_jobs_of_a_tenant_need_no_password_but_their_own(tenant: Tenant) -> None:
    for path in tenant.administration.secrets.iterdir():
        path.unlink()
    assert _ops(tenant, "prepare").stdout == f"nothing to do: the database fits {tenant.settings.digest}\n"
    assert _ops(tenant, "verify").returncode == 0
    assert "No such file" in _ops(tenant, "bootstrap").stderr


def test_a_server_that_does_not_answer_is_named(tenant: Tenant) -> None:
    tenant.change(port="1")
    failed = _ops(tenant, "verify")
    assert failed.returncode == 1
    assert failed.stderr.startswith("ops verify: ")
    assert "port 1" in failed.stderr
    assert "Traceback" not in failed.stderr


def test_the_store_of_the_image_decides_whom_to_trust(tenant: Tenant, server: DatabaseServer) -> None:
    """As the Jobs connect: `sslrootcert=system`. OpenSSL reads that store where SSL_CERT_FILE says."""
    tenant.change(sslrootcert="system")
    distrusted = _ops(tenant, "verify")
    assert distrusted.returncode == 1
    assert "certificate verify failed" in distrusted.stderr
    assert _ops(tenant, "verify", SSL_CERT_FILE=str(server.authority)).returncode == 0
