"""The commands as a Job's containers run them: a process, an environment, files."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ops.settings import NAMES
from tests.data import odoo_schema
from tests.data.servers import DatabaseServer
from tests.data.tenants import Tenant

PACKAGE = Path(__file__).parents[2] / "images" / "ops"


def _ops(tenant: Tenant, command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: str(getattr(tenant.settings, field)) for field, name in NAMES.items()}
    environment["OPS_BACKGROUND_POOLS"] = ",".join(tenant.settings.background_pools)
    environment |= {"PYTHONPATH": str(PACKAGE), "PATH": os.environ["PATH"], **variables}
    return subprocess.run(
        [sys.executable, "-m", "ops", command], env=environment, capture_output=True, text=True, check=False
    )


def test_a_new_database_is_bootstrapped_settled_and_needs_no_upgrade(new_tenant: Callable[[], Tenant]) -> None:
    tenant = new_tenant()
    first = _ops(tenant, "bootstrap")
    assert first.returncode == 0, first.stderr
    assert f"made the database {tenant.settings.database}\n" in first.stdout
    assert _ops(tenant, "bootstrap").stdout == "nothing to change\n"

    early = _ops(tenant, "settle")
    assert (early.returncode, early.stdout) == (1, "")
    assert early.stderr.startswith("ops settle: Odoo has not been initialised in the database")

    with tenant.connect() as connection:
        odoo_schema.fill(connection)
    assert "acme" in _ops(tenant, "settle").stdout
    assert _ops(tenant, "prepare").stdout == f"nothing to do: the database fits {tenant.settings.digest}\n"
    for command in ("quiesce", "watch"):
        skipped = _ops(tenant, command)
        assert (skipped.returncode, skipped.stdout, skipped.stderr) == (0, "", "")
    assert _ops(tenant, "verify").stdout == "the database is healthy\n"


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
