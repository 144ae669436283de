"""The operations jobs of a tenant: what runs in them, as whom, and how often."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from pulumi_kubernetes import core

from components.base import Component
from components.odoo.pool import Pool
from components.tenant import jobs
from components.tenant.args import Attachments, OdooTenantArgs, Rollback
from components.tenant.objects import metadata
from ops.__main__ import COMMANDS
from ops.settings import NAMES
from tests.unit.components.harness import Declared, declare
from tests.unit.components.tenant_example import (
    BLUE_PASSWORD,
    DIGEST,
    GREEN_PASSWORD,
    LABELS,
    SIZES,
    tenant_args,
    tenant_secrets,
)

OPERATIONS = ("bootstrap", "upgrade", "restore")
CONTAINERS = {
    "bootstrap": [["bootstrap", "initialise"], ["settle"]],
    "upgrade": [["look-for-updater", "prepare", "quiesce"], ["update", "watch"]],
    "restore": [[], ["restore"]],
}
OF_ODOO = {"initialise", "look-for-updater", "update"}
BACKUP = "acme/0123456789ab-ababababab/20261122T063000Z.dump"


class _Jobs(Component):
    """The jobs alone."""

    def __init__(self, args: OdooTenantArgs) -> None:
        super().__init__("erp", args.placement, None)
        namespace = core.v1.Namespace(
            "erp-namespace", metadata=metadata(args, args.tenant), opts=self.child(provider=args.provider)
        )
        before = core.v1.ConfigMap("erp-before", opts=self.child(provider=args.provider))
        for declare_job in (jobs.declare_bootstrap, jobs.declare_upgrade, jobs.declare_restore):
            declare_job(self, "erp", args, namespace, [before])
        self.finish({})


def _declare(**changes: Any) -> list[Declared]:
    return declare(lambda: _Jobs(tenant_args(**{"rollback": Rollback(backup=BACKUP), **changes})))


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return _declare()


def _job(declared: list[Declared], operation: str) -> Declared:
    [found] = [each for each in declared if each.name == f"erp-{operation}" and each.type.endswith(":Job")]
    return found


def _name(declared: list[Declared], operation: str) -> str:
    return str(_job(declared, operation).inputs["metadata"]["name"])


def _spec(declared: list[Declared], operation: str) -> dict[str, Any]:
    return dict(_job(declared, operation).inputs["spec"])


def _pod(declared: list[Declared], operation: str) -> dict[str, Any]:
    return dict(_spec(declared, operation)["template"]["spec"])


def _containers(declared: list[Declared], operation: str) -> dict[str, dict[str, Any]]:
    pod = _pod(declared, operation)
    return {each["name"]: each for each in [*pod.get("initContainers", []), *pod["containers"]]}


def _mounts(container: dict[str, Any]) -> dict[str, str]:
    return {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_steps_run_in_this_order(declared: list[Declared], operation: str) -> None:
    pod = _pod(declared, operation)
    found = [[each["name"] for each in pod.get(kind, [])] for kind in ("initContainers", "containers")]
    assert found == CONTAINERS[operation]


def test_jobs_are_named_after_what_they_do_once() -> None:
    first, again = _declare(), _declare()
    for operation in OPERATIONS:
        assert _name(first, operation) == _name(again, operation)
    assert _name(first, "bootstrap") == "bootstrap-1-abababababab"
    assert _name(first, "upgrade") == "upgrade-abababababab"
    assert _name(_declare(secrets=tenant_secrets(2)), "bootstrap") == "bootstrap-2-abababababab"
    other = _declare(rollback=Rollback(backup="acme/other.dump"))
    assert _name(other, "restore") != _name(first, "restore")
    application = replace(tenant_args().application, image_digest="sha256:" + "ef" * 32)
    renamed = _declare(application=application)
    for operation in OPERATIONS:
        assert _name(renamed, operation) != _name(first, operation)


def test_a_restore_needs_a_backup() -> None:
    with pytest.raises(ValueError, match=r"OdooTenantArgs\.rollback names no backup"):
        _declare(rollback=None)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_failed_job_is_tried_again_by_the_next_deployment_and_a_finished_one_stays(
    declared: list[Declared], operation: str
) -> None:
    job = _job(declared, operation)
    assert job.inputs["metadata"]["annotations"] == {"pulumi.com/replaceUnready": "true"}
    spec = job.inputs["spec"]
    assert "ttlSecondsAfterFinished" not in spec
    assert spec["backoffLimit"] == (2 if operation == "bootstrap" else 0)
    assert spec["template"]["spec"]["restartPolicy"] == "Never"
    assert spec["podFailurePolicy"]["rules"] == [
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
    ]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_object_waits_for_what_is_before_it_and_says_whose_it_is(
    declared: list[Declared], operation: str
) -> None:
    job = _job(declared, operation)
    assert "erp-before" in job.depends_on
    for labels in (job.inputs["metadata"]["labels"], job.inputs["spec"]["template"]["metadata"]["labels"]):
        assert LABELS.items() <= labels.items()
        assert labels["app.kubernetes.io/name"] == "odoo-operations"
        assert labels["app.kubernetes.io/component"] == operation
        assert labels["app.kubernetes.io/part-of"] == "acme"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_pods_are_restricted(declared: list[Declared], operation: str) -> None:
    pod = _pod(declared, operation)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["fsGroup"] == 101
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for name, container in _containers(declared, operation).items():
        user, group = (100, 101) if name in OF_ODOO else (65532, 65532)
        assert container["securityContext"] == {
            "runAsUser": user,
            "runAsGroup": group,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        resources = container["resources"]
        assert resources["requests"].keys() == {"cpu", "memory", "ephemeral-storage"}
        assert resources["limits"].keys() == {"memory", "ephemeral-storage"}
        assert resources["limits"]["memory"] == resources["requests"]["memory"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_only_containers_that_call_the_api_have_a_token(declared: list[Declared], operation: str) -> None:
    pod = _pod(declared, operation)
    assert pod["serviceAccountName"] == "operations"
    assert pod["automountServiceAccountToken"] is False
    with_token = {name for name, each in _containers(declared, operation).items() if "api-token" in _mounts(each)}
    assert with_token == {"quiesce", "watch", "restore"} & _containers(declared, operation).keys()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_odoo_sees_its_own_login_and_no_other_secret(declared: list[Declared], operation: str) -> None:
    for name, container in _containers(declared, operation).items():
        mounts = _mounts(container)
        if name in OF_ODOO:
            assert mounts.keys() == {"config", "login", "work", "odoo-tmp", "odoo-home", "data"}
            assert mounts["login"] == "/run/secrets/odoo"
            [login] = [mount for mount in container["volumeMounts"] if mount["name"] == "login"]
            assert login["readOnly"] is True
        else:
            assert mounts["secrets"] == "/run/secrets/operations"
    volumes = {volume["name"]: volume for volume in _pod(declared, operation)["volumes"]}
    assert volumes["secrets"]["csi"]["volumeAttributes"] == {"secretProviderClass": "operations"}
    for name in ("login", "work", "ops-tmp"):
        assert volumes[name]["emptyDir"]["medium"] == "Memory"


@pytest.mark.parametrize("attachments", Attachments)
def test_odoo_gets_the_identity_of_operations_only_if_it_has_blobs_to_write(attachments: Attachments) -> None:
    args = tenant_args()
    declared = _declare(
        application=replace(args.application, attachments=attachments),
        stores=replace(args.services.stores, blob_account_url="https://sterptest.blob.core.windows.net"),
    )
    annotations = _spec(declared, "upgrade")["template"]["metadata"]["annotations"]
    skipped = annotations.get("azure.workload.identity/skip-containers", "")
    assert skipped == ("" if attachments is Attachments.BLOB else "initialise;look-for-updater;update")


def test_no_password_is_in_any_object(declared: list[Declared]) -> None:
    text = json.dumps([each.inputs for each in declared])
    assert BLUE_PASSWORD not in text
    assert GREEN_PASSWORD not in text


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_operations_image_is_told_everything_it_asks_for(declared: list[Declared], operation: str) -> None:
    containers = _containers(declared, operation)
    for name in containers.keys() - OF_ODOO:
        environment = {entry["name"]: entry.get("value") for entry in containers[name]["env"]}
        assert containers[name]["args"][0] in COMMANDS
        assert set(NAMES.values()) <= environment.keys()
        assert environment["PGPORT"] == "5432"
        assert environment["PGSSLMODE"] == "verify-full"
        assert environment["OPS_IMAGE_DIGEST"] == DIGEST
        assert environment["OPS_BACKGROUND_POOLS"] == "cron,queue,reporting"


def test_odoo_goes_past_the_pool_without_the_limits_of_requests(declared: list[Declared]) -> None:
    for operation, names in (("bootstrap", ["initialise"]), ("upgrade", ["look-for-updater", "update"])):
        config = next(each for each in declared if each.name == f"erp-{operation}-config")
        assert "\ndb_port = 5432\n" in config.inputs["data"]["odoo.conf"]
        assert config.inputs["metadata"]["name"] == _name(declared, operation)
        assert config.name in _job(declared, operation).depends_on
        for name in names:
            environment = {each["name"]: each["value"] for each in _containers(declared, operation)[name]["env"]}
            assert environment["PGSERVICEFILE"] == "/run/secrets/odoo/pg_service.conf"
            assert environment["PGOPTIONS"] == "-c statement_timeout=0 -c lock_timeout=0"
            assert environment["DATABASE"] == "odoo"


def test_the_share_is_mounted_where_there_is_one() -> None:
    stores = tenant_args().services.stores
    for files in (stores.files, None):
        declared = _declare(stores=replace(stores, files=files))
        [data] = [each for each in _pod(declared, "upgrade")["volumes"] if each["name"] == "data"]
        assert ("persistentVolumeClaim" in data) == (files is not None)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_jobs_run_where_the_background_pools_run(declared: list[Declared], operation: str) -> None:
    pod = _pod(declared, operation)
    assert pod["nodeSelector"] == {"odoo-azure/pool": "jobs"}
    assert pod["tolerations"] == [
        {"key": "odoo-azure/pool", "operator": "Equal", "value": "jobs", "effect": "NoSchedule"}
    ]
    assert pod["priorityClassName"] == "erp-jobs"


def test_pools_that_are_not_there_are_not_paused() -> None:
    pools = {pool: size for pool, size in SIZES.items() if pool not in (Pool.QUEUE, Pool.REPORTING)}
    args = tenant_args()
    declared = _declare(sizes=pools, application=replace(args.application, queue_jobs=False))
    environment = {each["name"]: each.get("value") for each in _containers(declared, "upgrade")["quiesce"]["env"]}
    assert environment["OPS_BACKGROUND_POOLS"] == "cron"
