"""OdooTenant: what must be done before what, and what it passes on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.odoo.pool import Pool
from components.tenant.args import Rollback
from components.tenant.tenant import OdooTenant
from tests.unit.components.harness import Declared, arm_findings, declare, names, resolve
from tests.unit.components.tenant_example import (
    BLUE_PASSWORD,
    GREEN_PASSWORD,
    LABELS,
    SIZES,
    TENANT,
    changed,
    tenant_args,
    tenant_secrets,
)

pytestmark = pytest.mark.stacks


def _declare(**changes: Any) -> list[Declared]:
    return declare(lambda: OdooTenant("erp", tenant_args(**changes)))


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return _declare()


def _awaited(declared: list[Declared], name: str) -> set[str]:
    """All that must be done before a resource is touched."""
    direct = {each.name: each.depends_on for each in declared}
    found: set[str] = set()
    open_ = set(direct[name])
    while open_:
        found |= open_
        open_ = {further for each in open_ for further in direct.get(each, ())} - found
    return found


def _objects(declared: list[Declared]) -> list[Declared]:
    return [each for each in declared if each.type.startswith("kubernetes:")]


def _of_kind(declared: list[Declared], kind: str) -> list[str]:
    found = [each.name for each in _objects(declared) if each.type.endswith(f":{kind}")]
    assert found, kind
    return found


def test_every_object_says_whose_it_is_and_only_the_administrators_job_is_in_another_namespace(
    declared: list[Declared],
) -> None:
    for each in _objects(declared):
        metadata = each.inputs["metadata"]
        assert metadata["labels"].items() >= {**LABELS, "app.kubernetes.io/part-of": TENANT}.items(), each.name
        if each.name in ("erp-bootstrap", "erp-secrets-administration"):
            assert metadata["namespace"] == "platform-operations", each.name
            assert TENANT in metadata["name"]
        elif not each.type.endswith((":Namespace", ":PersistentVolume")):
            assert metadata["namespace"] == TENANT, each.name


def test_kubernetes_sees_no_password(declared: list[Declared]) -> None:
    for each in _objects(declared):
        assert not each.type.endswith(":Secret")
        assert not each.secrets, each.name
        assert BLUE_PASSWORD not in str(each.inputs)
        assert GREEN_PASSWORD not in str(each.inputs)


def test_azure_takes_what_it_declares_there(declared: list[Declared]) -> None:
    assert arm_findings(declared) == []


def test_every_pod_waits_for_the_rules_of_its_namespace(declared: list[Declared]) -> None:
    rules = {
        name
        for kind in ("NetworkPolicy", "ResourceQuota", "LimitRange", "ServiceAccount", "RoleBinding")
        for name in _of_kind(declared, kind)
    }
    for name in (*_of_kind(declared, "Deployment"), "erp-upgrade"):
        assert rules <= _awaited(declared, name), name


def test_jobs_have_their_secrets_and_files_before_they_start(declared: list[Declared]) -> None:
    assert "erp-secrets-administration" in _awaited(declared, "erp-bootstrap")
    assert {"erp-secrets-operations", "erp-claim"} <= _awaited(declared, "erp-upgrade")


def test_nothing_in_the_tenants_namespace_mounts_the_administrator_s_password(declared: list[Declared]) -> None:
    classes = [each for each in declared if each.type.endswith(":SecretProviderClass")]
    assert {each.inputs["metadata"]["namespace"] for each in classes} == {TENANT, "platform-operations"}
    for each in classes:
        mounted = "database-administrator" in each.inputs["spec"]["parameters"]["objects"]
        assert mounted == (each.inputs["metadata"]["namespace"] != TENANT), each.name


def test_odoo_gets_its_role_after_the_bootstrap_and_before_the_upgrade(declared: list[Declared]) -> None:
    assert "erp-bootstrap" in _awaited(declared, "erp-database-service")
    assert {
        "erp-database-service",
        "erp-database-service-odoo",
        "erp-database-service-operations",
    } <= _awaited(declared, "erp-upgrade")


@pytest.mark.parametrize("kind", ["Deployment", "Service", "Ingress", "ScaledObject"])
def test_what_serves_stays_as_it_is_until_the_upgrade_is_done(declared: list[Declared], kind: str) -> None:
    for name in _of_kind(declared, kind):
        assert "erp-upgrade" in _awaited(declared, name), name


@pytest.mark.parametrize("pool", list(Pool))
def test_a_configuration_changes_with_the_pods_that_read_it(declared: list[Declared], pool: Pool) -> None:
    assert "erp-upgrade" in _awaited(declared, f"erp-{pool}-config")
    assert f"erp-{pool}-config" in _awaited(declared, f"erp-{pool}")


def test_background_pools_wake_up_after_the_rollout(declared: list[Declared]) -> None:
    deployments = set(_of_kind(declared, "Deployment"))
    for name in _of_kind(declared, "ScaledObject"):
        assert deployments <= _awaited(declared, name), name


def test_routes_come_after_the_services_they_lead_to(declared: list[Declared]) -> None:
    services = set(_of_kind(declared, "Service"))
    for name in _of_kind(declared, "Ingress"):
        assert services <= _awaited(declared, name), name


def test_a_backup_is_restored_before_the_upgrade_when_one_is_asked_for(declared: list[Declared]) -> None:
    assert not [each for each in declared if each.name == "erp-restore"]
    rolled_back = _declare(rollback=Rollback(backup="before-19"))
    assert "erp-bootstrap" in _awaited(rolled_back, "erp-restore")
    assert "erp-restore" in _awaited(rolled_back, "erp-upgrade")


def test_a_suspended_tenant_keeps_what_it_has_runs_nothing_and_takes_a_last_backup(declared: list[Declared]) -> None:
    suspended = _declare(suspended=True)
    running = {"Deployment", "Service", "Ingress", "ScaledObject", "PodDisruptionBudget", "TriggerAuthentication"}
    gone = {each.name for each in declared} - {each.name for each in suspended}
    kinds = {each.type.rpartition(":")[2] for each in declared if each.name in gone}
    assert kinds == {*running, "ConfigMap", "Job"}
    assert not running & {each.type.rpartition(":")[2] for each in suspended}
    assert {each.name for each in suspended} - {each.name for each in declared} == {"erp-farewell-backup"}
    assert {"erp-database-service", "erp-secrets-operations"} <= _awaited(suspended, "erp-farewell-backup")
    assert set(_of_kind(declared, "NetworkPolicy")) <= _awaited(suspended, "erp-farewell-backup")
    kept = {each.name: each.inputs for each in declared if each.name not in gone}
    assert kept == {each.name: each.inputs for each in suspended if each.name in kept}


def test_a_tenant_without_queue_and_reporting_pools_refers_to_none() -> None:
    sizes = {pool: size for pool, size in SIZES.items() if pool not in (Pool.QUEUE, Pool.REPORTING)}
    small = _declare(sizes=sizes, queue_jobs=False)
    objects = _objects(small)
    served = {
        path["backend"]["service"]["name"]
        for each in objects
        if each.type.endswith(":Ingress")
        for rule in each.inputs["spec"]["rules"]
        for path in rule["http"]["paths"]
    }
    assert served == {"web", "websocket"}
    assert set(_of_kind(small, "ScaledObject")) == {f"erp-scaling-{pool}" for pool in sizes}
    for each in objects:
        if not each.type.endswith((":NetworkPolicy", ":LimitRange")):
            assert not {"queue", "reporting"} & _texts(each.inputs), each.name


def _texts(value: Any) -> set[str]:
    """All texts in a value, and the parts of those with commas."""
    if isinstance(value, dict):
        return set().union(*(_texts(each) for each in value.values()))
    if isinstance(value, list):
        return set().union(*(_texts(each) for each in value))
    return set(value.split(",")) if isinstance(value, str) else set()


def test_a_pool_without_nodes_is_refused() -> None:
    with pytest.raises(ValueError, match=r"nodes says nothing of the pools cron, queue, reporting, web, websocket"):
        _declare(nodes={})


def test_what_it_passes_on() -> None:
    def make() -> dict[str, Any]:
        tenant = OdooTenant("erp", tenant_args())
        return {"namespace": tenant.namespace_name, "url": tenant.url}

    assert resolve(make) == {"namespace": TENANT, "url": "https://erp.acme.example"}


async def _nothing(value: Any) -> Any:
    return value


def _not_known_yet() -> pulumi.Output[str]:
    """As in a preview, of a server that does not exist."""
    return pulumi.Output(set(), _nothing(None), is_known=_nothing(False))


def test_a_preview_before_there_are_servers_shows_the_same_objects(declared: list[Declared]) -> None:
    def make() -> OdooTenant:
        args = tenant_args()
        unknown = changed(
            args,
            database=replace(args.services.database, host=_not_known_yet(), reader_host=_not_known_yet()),
            stores=replace(args.services.stores, backup_account_url=_not_known_yet(), cache_host=_not_known_yet()),
            scaling=replace(args.pools.scaling, prometheus_query_url=_not_known_yet()),
            secrets=replace(args.services.secrets, vault_name=_not_known_yet(), blue_value=_not_known_yet()),
            identities=replace(
                args.services.identities, odoo_client_id=_not_known_yet(), odoo_principal_id=_not_known_yet()
            ),
            administration=replace(
                args.services.administration, client_id=_not_known_yet(), namespace=_not_known_yet()
            ),
        )
        return OdooTenant("erp", unknown)

    assert names(declare(make)) == names(declared)


def test_another_password_restarts_no_pool(declared: list[Declared]) -> None:
    def make() -> OdooTenant:
        return OdooTenant("erp", tenant_args(secrets=tenant_secrets(generation=2)))

    rotated = {each.name: each.inputs for each in declare(make)}
    changed = {each.name for each in declared if rotated.get(each.name) != each.inputs}
    assert {"erp-bootstrap", "erp-database-service"} <= changed
    assert not changed & {*_of_kind(declared, "Deployment"), *(f"erp-{pool}-config" for pool in Pool)}
