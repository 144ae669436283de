"""The operations jobs of a tenant: what runs in them, as whom, and how often."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pytest
from pulumi_kubernetes import core

from components.base import Component
from components.odoo.pool import Pool
from components.odoo.update import COPY_SUFFIX
from components.tenant import jobs
from components.tenant.args import Attachments, OdooTenantArgs, Rollback, Sessions
from components.tenant.copy_jobs import declare_copy
from components.tenant.objects import metadata
from ops.__main__ import ADMINISTRATOR_COMMANDS, TENANT_COMMANDS
from ops.copies import SUFFIX
from ops.settings import ADMINISTRATOR_NAMES, TENANT_NAMES
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

pytestmark = pytest.mark.stacks

OPERATIONS = ("bootstrap", "upgrade", "restore", "farewell-backup")
COPIES = ("copy", "neutralize", "promote")
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
BACKUP = "acme/0123456789ab-ababababab/20261122T063000Z.dump"


class _Jobs(Component):
    """The jobs alone."""

    def __init__(self, args: OdooTenantArgs, *, into_empty: bool = False) -> None:
        super().__init__("erp", args.placement, None)
        rollback = Rollback(backup=BACKUP, into_empty=into_empty)
        namespace = core.v1.Namespace(
            "erp-namespace", metadata=metadata(args, args.tenant), opts=self.child(provider=args.provider)
        )
        before = [core.v1.ConfigMap("erp-before", opts=self.child(provider=args.provider))]
        jobs.declare_bootstrap(self, "erp", args, before)
        jobs.declare_restore(self, "erp", args, rollback, before)
        jobs.declare_upgrade(self, "erp", args, namespace, before)
        jobs.declare_farewell(self, "erp", args, namespace, before)
        declare_copy(self, "erp", args, namespace, BACKUP, before)
        self.finish({})


def _declare(*, into_empty: bool = False, **changes: Any) -> list[Declared]:
    return declare(lambda: _Jobs(tenant_args(**changes), into_empty=into_empty))


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


@pytest.mark.parametrize("operation", [*OPERATIONS, *COPIES])
def test_steps_run_in_this_order(declared: list[Declared], operation: str) -> None:
    pod = _pod(declared, operation)
    found = [[each["name"] for each in pod.get(kind, [])] for kind in ("initContainers", "containers")]
    assert found == CONTAINERS[operation]


def test_jobs_are_named_after_what_they_do_once() -> None:
    first, again = _declare(), _declare()
    for operation in OPERATIONS:
        assert _name(first, operation) == _name(again, operation)
    assert _name(first, "bootstrap") == "bootstrap-acme-1-abababa"
    assert _name(first, "upgrade") == "upgrade-abababababab"
    assert _name(first, "farewell-backup") == "farewell-backup"
    assert _name(_declare(secrets=tenant_secrets(2)), "bootstrap") == "bootstrap-acme-2-abababa"
    renamed = _declare(image_digest="sha256:" + "ef" * 32)
    for operation in ("bootstrap", "upgrade", "restore"):
        assert _name(renamed, operation) != _name(first, operation)


def test_a_copy_is_named_after_the_backup_alone() -> None:
    """Whatever the release, it is the same copy; the longest name of a tenant leaves room for it."""
    declared, later = _declare(tenant="a" * 40), _declare(tenant="a" * 40, image_digest="sha256:" + "ef" * 32)
    for operation in COPIES:
        assert _name(declared, operation) == _name(later, operation)
        assert len(_name(declared, operation)) <= 63


def test_a_copy_is_neutralised_beside_the_database_and_only_then_takes_its_place(declared: list[Declared]) -> None:
    assert "erp-copy" in _job(declared, "neutralize").depends_on
    assert "erp-neutralize" in _job(declared, "promote").depends_on
    assert _containers(declared, "copy")["copy"]["args"] == ["copy", BACKUP]
    assert _containers(declared, "promote")["promote"]["args"] == ["promote", BACKUP]
    databases = {}
    for operation in COPIES:
        for name, container in _containers(declared, operation).items():
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


def test_what_a_database_begins_with_is_named_after_the_backup_alone() -> None:
    """Whatever the release, it is the same job; and it is another than a way back to the same backup."""
    releases = [DIGEST, "sha256:" + "ef" * 32]
    moved = [_declare(image_digest=each, into_empty=True) for each in releases]
    assert _name(moved[0], "restore") == _name(moved[1], "restore") != _name(_declare(), "restore")
    assert _containers(moved[0], "restore")["adopt"]["args"] == ["adopt", BACKUP]
    assert _containers(_declare(), "restore")["restore"]["args"] == ["restore", BACKUP]


def test_a_last_backup_is_not_taken_again_by_another_release(declared: list[Declared]) -> None:
    ignored = {operation: _job(declared, operation).ignore_changes for operation in OPERATIONS}
    assert ignored == {"bootstrap": (), "upgrade": (), "restore": (), "farewell-backup": ("spec",)}


def test_other_modules_make_another_upgrade_and_nothing_else() -> None:
    names = [
        [_name(_declare(modules=modules), operation) for operation in OPERATIONS]
        for modules in ((), ("account",), ("account", "l10n_es"))
    ]
    assert len({upgrade for _, upgrade, _, _ in names}) == 3
    assert len({(bootstrap, restore, farewell) for bootstrap, _, restore, farewell in names}) == 1


def test_names_with_the_longest_tenant_fit_into_a_label() -> None:
    declared = _declare(tenant="a" * 40, secrets=tenant_secrets(9999))
    for operation in OPERATIONS:
        assert len(_name(declared, operation)) <= 63


@pytest.mark.parametrize("operation", [*OPERATIONS, *COPIES])
def test_passwords_of_the_server_stay_outside_of_the_tenant_s_namespace(
    declared: list[Declared], operation: str
) -> None:
    administration = operation in ADMINISTRATION
    namespace = _job(declared, operation).inputs["metadata"]["namespace"]
    assert namespace == ("platform-operations" if administration else "acme")
    [secrets] = [each for each in _pod(declared, operation)["volumes"] if "csi" in each]
    assert secrets["csi"]["volumeAttributes"] == {
        "secretProviderClass": "administration-acme" if administration else "operations"
    }
    for container in _containers(declared, operation).values():
        told = {entry["name"] for entry in container["env"]}
        assert ("OPS_ADMINISTRATOR" in told) == administration
        assert _mounts(container)["secrets"] == ("/run/secrets/operations" if administration else "/run/secrets/odoo")


@pytest.mark.parametrize("operation", [*OPERATIONS, *COPIES])
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


@pytest.mark.parametrize("operation", [*OPERATIONS, *COPIES])
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


@pytest.mark.parametrize("operation", [*OPERATIONS, *COPIES])
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


@pytest.mark.parametrize("operation", [*OPERATIONS, *COPIES])
def test_only_containers_that_call_the_api_have_a_token(declared: list[Declared], operation: str) -> None:
    pod = _pod(declared, operation)
    assert pod["serviceAccountName"] == "operations"
    assert pod["automountServiceAccountToken"] is False
    with_token = {name for name, each in _containers(declared, operation).items() if "api-token" in _mounts(each)}
    callers = {"quiesce", "watch", "restore", "farewell", "promote"}
    assert with_token == callers & _containers(declared, operation).keys()


def test_odoo_sees_its_own_login_and_no_other_secret(declared: list[Declared]) -> None:
    containers = _containers(declared, "upgrade")
    for name in OF_ODOO:
        mounts = _mounts(containers[name])
        assert mounts.keys() == {"config", "secrets", "work", "odoo-tmp", "odoo-home", "data"}
        [login] = [mount for mount in containers[name]["volumeMounts"] if mount["name"] == "secrets"]
        assert login["readOnly"] is True


@pytest.mark.parametrize("operation", [*OPERATIONS, *COPIES])
def test_what_containers_hand_over_stays_in_memory(declared: list[Declared], operation: str) -> None:
    volumes = {volume["name"]: volume for volume in _pod(declared, operation)["volumes"]}
    for name in ("work", "ops-tmp"):
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
    assert skipped == ("" if attachments is Attachments.BLOB else "preflight;update")


def test_no_password_is_in_any_object(declared: list[Declared]) -> None:
    text = json.dumps([each.inputs for each in declared])
    assert BLUE_PASSWORD not in text
    assert GREEN_PASSWORD not in text


@pytest.mark.parametrize("operation", [*OPERATIONS, *COPIES])
def test_the_operations_image_is_told_everything_it_asks_for(declared: list[Declared], operation: str) -> None:
    containers = _containers(declared, operation)
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
    environment = {each["name"]: each.get("value") for each in _containers(declared, "bootstrap")["bootstrap"]["env"]}
    assert (environment["OPS_CONNECTION_LIMIT"], environment["OPS_DATABASE_CONNECTION_LIMIT"]) == ("200", "380")


def test_odoo_goes_past_the_pool_without_the_limits_of_requests(declared: list[Declared]) -> None:
    config = next(each for each in declared if each.name == "erp-upgrade-config")
    assert "\ndb_port = 5432\n" in config.inputs["data"]["odoo.conf"]
    assert config.inputs["metadata"]["name"] == _name(declared, "upgrade")
    assert config.name in _job(declared, "upgrade").depends_on
    for name in OF_ODOO:
        environment = {each["name"]: each["value"] for each in _containers(declared, "upgrade")[name]["env"]}
        assert environment["PGSERVICEFILE"] == "/run/secrets/odoo/pg_service.conf"
        assert environment["PGOPTIONS"] == (
            "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0"
        )
        assert environment["DATABASE"] == "odoo"


def test_odoo_needs_no_place_for_sessions_in_a_job() -> None:
    """Else it would end at once: jobs have neither a way to Redis nor a token for it."""
    stores = replace(tenant_args().services.stores, cache_host="redis.example")
    declared = _declare(sessions=Sessions.REDIS, stores=stores)
    for name in OF_ODOO:
        variables = {each["name"] for each in _containers(declared, "upgrade")[name]["env"]}
        assert not [variable for variable in variables if variable.startswith("ODOO_SESSION_REDIS")]


def test_the_share_is_mounted_where_there_is_one() -> None:
    stores = tenant_args().services.stores
    for files in (stores.files, None):
        declared = _declare(stores=replace(stores, files=files))
        [data] = [each for each in _pod(declared, "upgrade")["volumes"] if each["name"] == "data"]
        assert ("persistentVolumeClaim" in data) == (files is not None)


@pytest.mark.parametrize("operation", [*OPERATIONS, *COPIES])
def test_jobs_run_where_the_background_pools_run(declared: list[Declared], operation: str) -> None:
    pod = _pod(declared, operation)
    assert pod["nodeSelector"] == {"odoo-azure/pool": "jobs"}
    assert pod["tolerations"] == [
        {"key": "odoo-azure/pool", "operator": "Equal", "value": "jobs", "effect": "NoSchedule"}
    ]
    assert pod["priorityClassName"] == "erp-jobs"


def test_pools_that_are_not_there_are_not_paused() -> None:
    pools = {pool: size for pool, size in SIZES.items() if pool not in (Pool.QUEUE, Pool.REPORTING)}
    declared = _declare(sizes=pools, queue_jobs=False)
    environment = {each["name"]: each.get("value") for each in _containers(declared, "upgrade")["quiesce"]["env"]}
    assert environment["OPS_PAUSED_POOLS"] == "cron"
