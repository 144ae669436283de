"""One PostgreSQL, PgBouncer and Azurite for all tests of a worker, and a tenant of its own for each test."""

from __future__ import annotations

import fcntl
import itertools
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from azure.storage.blob import ContainerClient

from ops.store import BackupStore
from tests.data.servers import DatabaseServer, azurite, missing_programs, pgbouncer, postgresql
from tests.data.tenants import Tenant
from tests.unit.planning.examples import plan_with

ROOT = Path(__file__).parents[2]
_NUMBERS = itertools.count(1)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They share servers: one worker runs them all."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.data)


@pytest.fixture(scope="session")
def planned() -> dict[str, str]:
    """Server parameters that follow from a small company, as they go to Azure."""
    return dict(plan_with(workload__concurrent_users=60).database.parameters)


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """A folder that the servers' user can reach, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="odoo-azure-data-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def server(folder: Path, planned: dict[str, str]) -> Iterator[DatabaseServer]:
    """PostgreSQL."""
    if missing := missing_programs():
        pytest.skip(f"missing on this machine: {', '.join(missing)}; `make servers` installs them")
    (folder / "postgresql").mkdir()
    with postgresql(folder / "postgresql", planned["max_connections"]) as running:
        yield running


@pytest.fixture(scope="session")
def pooled_port(folder: Path, server: DatabaseServer, planned: dict[str, str]) -> Iterator[int]:
    """PgBouncer in front of it, with the settings of the plan."""
    (folder / "pgbouncer").mkdir()
    given = ("pool_mode", "default_pool_size", "max_client_conn")
    with pgbouncer(folder / "pgbouncer", server, {name: planned[f"pgbouncer.{name}"] for name in given}) as port:
        yield port


@pytest.fixture(scope="session")
def store_url(folder: Path) -> Iterator[str]:
    """Connection string of an Azurite, the one that the lock file of tools/azurite names; npm installs it once."""
    if shutil.which("npm") is None:
        pytest.skip("there is no npm on this machine to install Azurite with")
    (folder / "azurite").mkdir()
    with azurite(folder / "azurite", _installed_azurite()) as port:
        # The account and key that every Azurite has (learn.microsoft.com azure/storage/common/storage-use-azurite).
        key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
        yield (
            f"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={key};"
            f"BlobEndpoint=http://127.0.0.1:{port}/devstoreaccount1;"
        )


@pytest.fixture
def container(store_url: str) -> ContainerClient:
    """An empty backup container."""
    client = ContainerClient.from_connection_string(store_url, f"backups-{next(_NUMBERS)}")
    client.create_container()
    return client


@pytest.fixture
def store(container: ContainerClient) -> BackupStore:
    """The container as operations see it."""
    return BackupStore(container)


@pytest.fixture
def new_tenant(server: DatabaseServer, tmp_path: Path) -> Callable[[], Tenant]:
    """Makes tenants that have nothing on the server yet."""

    def make() -> Tenant:
        number = next(_NUMBERS)
        own = tmp_path / f"tenant-{number}"
        own.mkdir()
        return Tenant(server, own, f"acme-{number}")

    return make


@pytest.fixture
def tenant(new_tenant: Callable[[], Tenant]) -> Tenant:
    """A tenant with Odoo in its database."""
    made = new_tenant()
    made.fill()
    return made


def _installed_azurite() -> Path:
    source = ROOT / "tools" / "azurite"
    version = json.loads((source / "package.json").read_text(encoding="utf-8"))["dependencies"]["azurite"]
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "odoo-azure"
    home = cache / f"azurite-{version}"
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / ".installed").exists():
            for name in ("package.json", "package-lock.json"):
                shutil.copy(source / name, home)
            subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=home, check=True)
            (home / ".installed").touch()
    return home / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
