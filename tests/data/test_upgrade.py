"""What an upgrade asks of the database before it begins, and after it has ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ops.backup import manifest_of
from ops.bootstrap import bootstrap
from ops.cluster import Cluster
from ops.errors import OpsError
from ops.farewell import farewell
from ops.pools import PAUSED, REPLICAS
from ops.release import applied_digest
from ops.runtime import KubernetesRuntime
from ops.server import as_tenant
from ops.store import BackupStore
from ops.upgrade import back_up, conclude, is_wanted, plan, watch
from tests.data import odoo_schema
from tests.data.servers import DatabaseServer
from tests.data.tenants import DIGEST, NEXT_DIGEST, Tenant


def _applied(tenant: Tenant) -> str | None:
    with as_tenant(tenant.settings) as server:
        return applied_digest(server)


def _leave_half_way(tenant: Tenant) -> None:
    with tenant.connect() as connection:
        connection.execute("UPDATE ir_module_module SET state = 'to upgrade' WHERE name = 'account'")


@pytest.fixture
def upgraded(tenant: Tenant) -> Tenant:
    """A tenant whose next deployment has another image, with the program that upgrades."""
    tenant.change(digest=NEXT_DIGEST)
    (tenant.settings.work / "click-odoo-update").touch()
    return tenant


def test_the_image_that_made_the_database_has_nothing_to_upgrade(tenant: Tenant) -> None:
    assert plan(tenant.settings).applied == DIGEST
    assert not is_wanted(tenant.settings)


def test_an_image_that_cannot_upgrade_is_refused_before_anything_happens(tenant: Tenant, store: BackupStore) -> None:
    tenant.change(digest=NEXT_DIGEST)
    with pytest.raises(OpsError, match=r"it has no click-odoo-update\. Install click-odoo-contrib"):
        plan(tenant.settings)
    assert not is_wanted(tenant.settings)
    assert store.names("") == []


def test_a_new_image_is_wanted_until_it_is_concluded(upgraded: Tenant) -> None:
    found = plan(upgraded.settings)
    assert (found.applied, found.update, found.install) == (DIGEST, True, ())
    assert is_wanted(upgraded.settings)
    conclude(upgraded.settings)
    upgraded.forget_work()
    assert plan(upgraded.settings).applied == NEXT_DIGEST
    assert not is_wanted(upgraded.settings)


def test_an_attempt_that_ended_after_odoo_was_initialised_asks_for_no_update(new_tenant: Callable[[], Tenant]) -> None:
    """An image without click-odoo-update could not go on."""
    tenant = new_tenant()
    bootstrap(tenant.administration)
    assert plan(tenant.settings).install == ("base",)
    with tenant.connect() as connection:
        odoo_schema.fill(connection)
    tenant.forget_work()
    assert not plan(tenant.settings).update


def test_a_newly_approved_module_is_installed_without_another_image(tenant: Tenant) -> None:
    tenant.change(modules=("base", "account", "l10n_es"))
    found = plan(tenant.settings)
    assert (found.install, found.update) == (("l10n_es",), False)
    assert (tenant.settings.work / "install").read_text(encoding="utf-8") == "l10n_es"
    assert is_wanted(tenant.settings)
    with pytest.raises(OpsError, match="Odoo did not install l10n_es: see the log of the container `update`"):
        conclude(tenant.settings)
    with tenant.connect() as connection:
        connection.execute("INSERT INTO ir_module_module (name, state) VALUES ('l10n_es', 'installed')")
    conclude(tenant.settings)
    tenant.forget_work()
    plan(tenant.settings)
    assert not is_wanted(tenant.settings)


def test_an_upgrade_that_left_a_module_half_way_is_not_concluded(upgraded: Tenant) -> None:
    _leave_half_way(upgraded)
    with pytest.raises(OpsError, match=r"not healthy: module account \(to upgrade\) was left half-way"):
        conclude(upgraded.settings)
    assert _applied(upgraded) == DIGEST


def test_a_retry_keeps_the_backup_from_before_the_database_was_left_half_way(
    upgraded: Tenant, store: BackupStore
) -> None:
    first = back_up(upgraded.settings, store)
    _leave_half_way(upgraded)
    assert back_up(upgraded.settings, store) == first


def test_a_half_way_database_without_a_backup_gets_one_that_says_so(upgraded: Tenant, store: BackupStore) -> None:
    _leave_half_way(upgraded)
    name = back_up(upgraded.settings, store)
    assert manifest_of(store, name)["pending_modules"] == ["account (to upgrade)"]


def test_a_new_module_is_monitored_once_the_upgrade_is_concluded(upgraded: Tenant) -> None:
    with upgraded.connect() as connection:
        connection.execute("CREATE TABLE bus_bus (id serial PRIMARY KEY, create_date timestamp, message text)")
    conclude(upgraded.settings)
    with upgraded.connect(upgraded.settings.monitor) as connection:
        assert connection.execute("SELECT count(id) FROM bus_bus").fetchone() == (0,)


@dataclass(frozen=True, kw_only=True)
class PausedCluster(Cluster):
    """Says how the update ended, and shows a cron pool of one pod that is paused (tests/cluster has the real thing).

    Args:
        code: exit code of the update; None if it never ends.
        image: image of the pool.
        annotations: of the pool's ScaledObject.
    """

    code: int | None
    image: str
    annotations: dict[str, str | None] = field(default_factory=lambda: {PAUSED: "true", REPLICAS: "1"})

    def exit_code(self, pod: str, container: str) -> int | None:
        assert (pod, container) == ("upgrade-pod", "update")
        if self.code is None:
            raise OpsError("stopped before the end")
        return self.code

    def scaled_object(self, pool: str) -> dict[str, Any] | None:
        return {"metadata": {"annotations": self.annotations}}

    def annotate_scaled_object(self, pool: str, annotations: Mapping[str, str | None]) -> None:
        self.annotations.update(annotations)

    def deployment(self, pool: str) -> dict[str, Any] | None:
        return {"spec": {"template": {"spec": {"containers": [{"image": self.image}]}}}}

    def scale(self, pool: str, replicas: int) -> None:
        assert replicas in (0, 1)

    def running_pods(self, pool: str) -> list[str]:
        return []


def _cluster(code: int | None, digest: str = DIGEST) -> PausedCluster:
    nowhere = Path("/nowhere")
    image = f"crerptest.azurecr.io/odoo@{digest}"
    return PausedCluster(url="", namespace="", certificates=nowhere, token=nowhere, code=code, image=image)


def _running() -> PausedCluster:
    cluster = _cluster(None)
    cluster.annotations[PAUSED] = "false"
    return cluster


def test_a_last_backup_is_taken_once_nothing_runs(tenant: Tenant, store: BackupStore) -> None:
    cluster = _running()
    name = farewell(tenant.settings, KubernetesRuntime(cluster=cluster), store)
    assert cluster.annotations[PAUSED] == "true"
    assert manifest_of(store, name)["figures"]["account_move"] == "200"


def test_without_a_last_backup_all_pools_run_on(tenant: Tenant, store: BackupStore, server: DatabaseServer) -> None:
    with server.superuser(tenant.settings.database) as connection:
        connection.execute("CREATE TABLE not_the_owners (id int)")
    cluster = _running()
    with pytest.raises(OpsError, match="pg_dump failed"):
        farewell(tenant.settings, KubernetesRuntime(cluster=cluster), store)
    assert cluster.annotations[PAUSED] == "false"


def test_a_tenant_that_odoo_never_ran_for_has_a_last_backup_too(
    new_tenant: Callable[[], Tenant], store: BackupStore
) -> None:
    tenant = new_tenant()
    bootstrap(tenant.administration)
    assert manifest_of(store, farewell(tenant.settings, KubernetesRuntime(cluster=_running()), store))["odoo"] is None


@pytest.mark.parametrize("code", [1, 137, None])
def test_after_a_failure_the_old_version_works_on(upgraded: Tenant, code: int | None) -> None:
    cluster = _cluster(code)
    with pytest.raises(OpsError, match=r"Odoo ended with|stopped before the end"):
        watch(upgraded.settings, KubernetesRuntime(cluster=cluster), "upgrade-pod")
    assert cluster.annotations[PAUSED] == "false"
    assert _applied(upgraded) == DIGEST


def test_after_an_unhealthy_update_the_old_version_works_on(upgraded: Tenant) -> None:
    _leave_half_way(upgraded)
    cluster = _cluster(0)
    with pytest.raises(OpsError, match="not healthy"):
        watch(upgraded.settings, KubernetesRuntime(cluster=cluster), "upgrade-pod")
    assert cluster.annotations[PAUSED] == "false"
    assert _applied(upgraded) == DIGEST


def test_after_a_success_a_pool_waits_for_its_rollout(upgraded: Tenant) -> None:
    cluster = _cluster(0)
    watch(upgraded.settings, KubernetesRuntime(cluster=cluster), "upgrade-pod")
    assert cluster.annotations[PAUSED] == "true"
    assert _applied(upgraded) == NEXT_DIGEST


def test_after_a_success_a_pool_that_needs_no_rollout_works_on(upgraded: Tenant) -> None:
    cluster = _cluster(0, NEXT_DIGEST)
    watch(upgraded.settings, KubernetesRuntime(cluster=cluster), "upgrade-pod")
    assert cluster.annotations[PAUSED] == "false"
