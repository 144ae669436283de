"""The operations jobs of a tenant: what runs in them, as whom, and where."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pytest

from components.odoo.pool import Pool
from components.odoo.update import COPY_SUFFIX
from components.tenant.args import Attachments, Rollback, Sessions
from ops.__main__ import ADMINISTRATOR_COMMANDS, TENANT_COMMANDS
from ops.copies import SUFFIX
from ops.settings import ADMINISTRATOR_NAMES, TENANT_NAMES
from tests.unit.components.harness import Declared
from tests.unit.components.tenant_example import BLUE_PASSWORD, DIGEST, GREEN_PASSWORD, LABELS, SIZES, tenant_args
from tests.unit.components.tenant_jobs_example import (
    BACKUP,
    COPIES,
    OPERATIONS,
    containers_of,
    declare_jobs,
    declared_jobs,
    job_of,
    name_of,
    pod_of,
    spec_of,
)

pytestmark = pytest.mark.stacks

ADMINISTRATION = ("bootstrap", "restore", "copy", "promote")
CONTAINERS = {
    "bootstrap": [[], ["bootstrap"]],
    "upgrade": [["preflight", "prepare", "quiesce"], ["update", "watch"]],
    "restore": [[], ["restore"]],
    "farewell-backup": [[], ["farewell"]],
    "copy": [[], ["copy"]],
    "neutralize": [["preflight", "prepare-copy", "update"], ["conclude-copy"]],
    "promote": [[], ["promote"]],
}
OF_ODOO = {"preflight", "update"}


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declared_jobs()


def mounts_of(container: dict[str, Any]) -> dict[str, str]:
    return {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}


@pytest.mark.parametrize("operation", [*OPERATIONS, *COPIES])
def test_steps_run_in_this_order(declared: list[Declared], operation: str) -> None:
    pod = pod_of(declared, operation)
    found = [[each["name"] for each in pod.get(kind, [])] for kind in ("initContainers", "containers")]
    assert found == CONTAINERS[operation]


def test_a_copy_is_neutralised_beside_the_database_and_only_then_takes_its_place(declared: list[Declared]) -> None:
    assert "erp-copy" in job_of(declared, "neutralize").depends_on
    assert "erp-neutralize" in job_of(declared, "promote").depends_on
    assert containers_of(declared, "copy")["copy"]["args"] == ["copy", BACKUP]
    assert containers_of(declared, "promote")["promote"]["args"] == ["promote", BACKUP]
    databases = {}
    for operation in COPIES:
        for name, container in containers_of(declared, operation).items():
            environment = {entry["name"]: entry.get("value") for entry in container["env"]}
            databases[name] = environment["DATABASE" if name in OF_ODOO else "OPS_DATABASE"]
    assert databases == {
        "copy": "odoo",
        "preflight": "odoo_copy",
        "prepare-copy": "odoo_copy",
        "update": "odoo_copy",
        "conclude-copy": "odoo_copy",
        "promote": "odoo",
    }
    [config] = [each for each in declared if each.name == "erp-neutralize-config"]
    # Attachments are written below the name that the database gets; the command line names the copy.
    assert "\ndb_name = odoo\n" in config.inputs["data"]["odoo.conf"]
    assert f"_{SUFFIX}" == COPY_SUFFIX


def test_a_copy_is_not_for_an_empty_database_alone() -> None:
    with pytest.raises(ValueError, match="whether it is empty or not"):
        Rollback(backup=BACKUP, into_empty=True, neutralize=True)


@pytest.mark.parametrize("operation", [*OPERATIONS, *COPIES])
def test_passwords_of_the_server_stay_outside_of_the_tenant_s_namespace(
    declared: list[Declared], operation: str
) -> None:
    administration = operation in ADMINISTRATION
    namespace = job_of(declared, operation).inputs["metadata"]["namespace"]
    assert namespace == ("platform-operations" if administration else "acme")
    [secrets] = [each for each in pod_of(declared, operation)["volumes"] if "csi" in each]
    assert secrets["csi"]["volumeAttributes"] == {
        "secretProviderClass": "administration-acme" if administration else "operations"
    }
    for container in containers_of(declared, operation).values():
        told = {entry["name"] for entry in container["env"]}
        assert ("OPS_ADMINISTRATOR" in told) == administration
        assert mounts_of(container)["secrets"] == ("/run/secrets/operations" if administration else "/run/secrets/odoo")


@pytest.mark.parametrize("operation", [*OPERATIONS, *COPIES])
def test_a_failed_job_is_tried_again_by_the_next_deployment_and_a_finished_one_stays(
    declared: list[Declared], operation: str
) -> None:
    job = job_of(declared, operation)
    assert job.inputs["metadata"]["annotations"] == {"pulumi.com/replaceUnready": "true"}
    spec = job.inputs["spec"]
    assert "ttlSecondsAfterFinished" not in spec
    assert spec["backoffLimit"] == (2 if operation == "bootstrap" else 0)
    assert spec["template"]["spec"]["restartPolicy"] == "Never"
    assert spec["podFailurePolicy"]["rules"] == [
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
    ]


@pytest.mark.parametrize("operation", [*OPERATIONS, *COPIES])
def test_every_object_waits_for_what_is_before_it_and_says_whose_it_is(
    declared: list[Declared], operation: str
) -> None:
    job = job_of(declared, operation)
    assert "erp-before" in job.depends_on
    for labels in (job.inputs["metadata"]["labels"], job.inputs["spec"]["template"]["metadata"]["labels"]):
        assert LABELS.items() <= labels.items()
        assert labels["app.kubernetes.io/name"] == "odoo-operations"
        assert labels["app.kubernetes.io/component"] == operation
        assert labels["app.kubernetes.io/part-of"] == "acme"


@pytest.mark.parametrize("operation", [*OPERATIONS, *COPIES])
def test_pods_are_restricted(declared: list[Declared], operation: str) -> None:
    pod = pod_of(declared, operation)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["fsGroup"] == 101
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for name, container in containers_of(declared, operation).items():
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


@pytest.mark.parametrize("operation", [*OPERATIONS, *COPIES])
def test_only_containers_that_call_the_api_have_a_token(declared: list[Declared], operation: str) -> None:
    pod = pod_of(declared, operation)
    assert pod["serviceAccountName"] == "operations"
    assert pod["automountServiceAccountToken"] is False
    with_token = {name for name, each in containers_of(declared, operation).items() if "api-token" in mounts_of(each)}
    callers = {"quiesce", "watch", "restore", "farewell", "promote"}
    assert with_token == callers & containers_of(declared, operation).keys()


def test_odoo_sees_its_own_login_and_no_other_secret(declared: list[Declared]) -> None:
    containers = containers_of(declared, "upgrade")
    for name in OF_ODOO:
        mounts = mounts_of(containers[name])
        assert mounts.keys() == {"config", "secrets", "work", "odoo-tmp", "odoo-home", "data"}
        [login] = [mount for mount in containers[name]["volumeMounts"] if mount["name"] == "secrets"]
        assert login["readOnly"] is True


@pytest.mark.parametrize("operation", [*OPERATIONS, *COPIES])
def test_what_containers_hand_over_stays_in_memory(declared: list[Declared], operation: str) -> None:
    volumes = {volume["name"]: volume for volume in pod_of(declared, operation)["volumes"]}
    for name in ("work", "ops-tmp"):
        assert volumes[name]["emptyDir"]["medium"] == "Memory"


@pytest.mark.parametrize("attachments", Attachments)
def test_odoo_gets_the_identity_of_operations_only_if_it_has_blobs_to_write(attachments: Attachments) -> None:
    args = tenant_args()
    declared = declare_jobs(
        application=replace(args.application, attachments=attachments),
        stores=replace(args.services.stores, blob_account_url="https://sterptest.blob.core.windows.net"),
    )
    annotations = spec_of(declared, "upgrade")["template"]["metadata"]["annotations"]
    skipped = annotations.get("azure.workload.identity/skip-containers", "")
    assert skipped == ("" if attachments is Attachments.BLOB else "preflight;update")


def test_no_password_is_in_any_object(declared: list[Declared]) -> None:
    text = json.dumps([each.inputs for each in declared])
    assert BLUE_PASSWORD not in text
    assert GREEN_PASSWORD not in text


@pytest.mark.parametrize("operation", [*OPERATIONS, *COPIES])
def test_the_operations_image_is_told_everything_it_asks_for(declared: list[Declared], operation: str) -> None:
    containers = containers_of(declared, operation)
    commands: Collection[str] = ADMINISTRATOR_COMMANDS if operation in ADMINISTRATION else TENANT_COMMANDS
    wanted = ADMINISTRATOR_NAMES if operation in ADMINISTRATION else TENANT_NAMES
    for name in containers.keys() - OF_ODOO:
        environment = {entry["name"]: entry.get("value") for entry in containers[name]["env"]}
        assert containers[name]["args"][0] in commands
        assert {variable for variable in wanted.values() if environment.get(variable)} == set(wanted.values())
        assert environment["PGPORT"] == "5432"
        assert environment["PGSSLMODE"] == "verify-full"
        assert environment["OPS_IMAGE_DIGEST"] == DIGEST
        assert environment["OPS_PAUSED_POOLS"] == (
            "web,websocket,cron,queue,reporting" if name == "farewell" else "cron,queue,reporting"
        )


def test_the_limits_of_connections_are_told(declared: list[Declared]) -> None:
    environment = {each["name"]: each.get("value") for each in containers_of(declared, "bootstrap")["bootstrap"]["env"]}
    assert (environment["OPS_CONNECTION_LIMIT"], environment["OPS_DATABASE_CONNECTION_LIMIT"]) == ("200", "380")


def test_odoo_goes_past_the_pool_without_the_limits_of_requests(declared: list[Declared]) -> None:
    config = next(each for each in declared if each.name == "erp-upgrade-config")
    assert "\ndb_port = 5432\n" in config.inputs["data"]["odoo.conf"]
    assert config.inputs["metadata"]["name"] == name_of(declared, "upgrade")
    assert config.name in job_of(declared, "upgrade").depends_on
    for name in OF_ODOO:
        environment = {each["name"]: each["value"] for each in containers_of(declared, "upgrade")[name]["env"]}
        assert environment["PGSERVICEFILE"] == "/run/secrets/odoo/pg_service.conf"
        assert environment["PGOPTIONS"] == (
            "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0"
        )
        assert environment["DATABASE"] == "odoo"


def test_odoo_needs_no_place_for_sessions_in_a_job() -> None:
    """Else it would end at once: jobs have neither a way to Redis nor a token for it."""
    stores = replace(tenant_args().services.stores, cache_host="redis.example")
    declared = declare_jobs(sessions=Sessions.REDIS, stores=stores)
    for name in OF_ODOO:
        variables = {each["name"] for each in containers_of(declared, "upgrade")[name]["env"]}
        assert not [variable for variable in variables if variable.startswith("ODOO_SESSION_REDIS")]


def test_the_share_is_mounted_where_there_is_one() -> None:
    stores = tenant_args().services.stores
    for files in (stores.files, None):
        declared = declare_jobs(stores=replace(stores, files=files))
        [data] = [each for each in pod_of(declared, "upgrade")["volumes"] if each["name"] == "data"]
        assert ("persistentVolumeClaim" in data) == (files is not None)


@pytest.mark.parametrize("operation", [*OPERATIONS, *COPIES])
def test_jobs_run_where_the_background_pools_run(declared: list[Declared], operation: str) -> None:
    pod = pod_of(declared, operation)
    assert pod["nodeSelector"] == {"odoo-azure/pool": "jobs"}
    assert pod["tolerations"] == [
        {"key": "odoo-azure/pool", "operator": "Equal", "value": "jobs", "effect": "NoSchedule"}
    ]
    assert pod["priorityClassName"] == "erp-jobs"


def test_pools_that_are_not_there_are_not_paused() -> None:
    pools = {pool: size for pool, size in SIZES.items() if pool not in (Pool.QUEUE, Pool.REPORTING)}
    declared = declare_jobs(sizes=pools, queue_jobs=False)
    environment = {each["name"]: each.get("value") for each in containers_of(declared, "upgrade")["quiesce"]["env"]}
    assert environment["OPS_PAUSED_POOLS"] == "cron"
