"""The pods of a tenant's pools: whose they are, what they may do, what they write, and what they are told."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import Any

import pytest

from components.odoo.pool import Pool
from components.tenant.args import Attachments, Sessions
from components.tenant.runtime import pool_runtime
from tests.unit.components.harness import Declared, declare
from tests.unit.components.tenant_example import DIGEST, LABELS, SIZES, TENANT, changed, tenant_args
from tests.unit.components.tenant_pools_example import POOLS, Pools, container_of, declared_pools, named, pod_of


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declared_pools()


def _environment(declared: list[Declared], pool: Pool) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in container_of(declared, pool)["env"]}


def _config(declared: list[Declared], pool: Pool) -> str:
    return str(named(declared, f"erp-{pool}-config").inputs["data"]["odoo.conf"])


@pytest.mark.parametrize("pool", POOLS)
def test_pods_and_selectors_agree_and_say_whose_they_are(declared: list[Declared], pool: Pool) -> None:
    deployment = named(declared, f"erp-{pool}").inputs
    selector = {"app.kubernetes.io/name": "odoo", "app.kubernetes.io/component": pool.value}
    assert (deployment["metadata"]["name"], deployment["metadata"]["namespace"]) == (pool.value, TENANT)
    assert deployment["spec"]["selector"] == {"matchLabels": selector}
    assert pod_of(declared, pool)["metadata"]["labels"] == {
        **LABELS,
        **selector,
        "app.kubernetes.io/part-of": TENANT,
        "azure.workload.identity/use": "true",
    }


@pytest.mark.parametrize("pool", POOLS)
def test_pods_meet_the_restricted_standard_and_cannot_write_to_their_image(
    declared: list[Declared], pool: Pool
) -> None:
    assert pod_of(declared, pool)["spec"]["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 100,
        "runAsGroup": 101,
        "fsGroup": 101,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container_of(declared, pool)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


@pytest.mark.parametrize("pool", POOLS)
def test_pods_act_as_odoo_without_a_token_of_the_cluster(declared: list[Declared], pool: Pool) -> None:
    spec = pod_of(declared, pool)["spec"]
    assert spec["serviceAccountName"] == "odoo"
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False


@pytest.mark.parametrize("pool", POOLS)
def test_odoo_is_started_itself_from_the_image_by_digest(declared: list[Declared], pool: Pool) -> None:
    container = container_of(declared, pool)
    assert container["image"].endswith(f"@{DIGEST}")
    assert container["command"] == ["odoo"]
    assert "--config=/etc/odoo/odoo.conf" in container["args"]


@pytest.mark.parametrize("pool", POOLS)
def test_memory_is_kept_back_and_the_processor_is_not_cut_off(declared: list[Declared], pool: Pool) -> None:
    size = SIZES[pool]
    resources = container_of(declared, pool)["resources"]
    assert resources["requests"]["cpu"] == f"{size.cpu_millicores}m"
    assert resources["requests"]["memory"] == resources["limits"]["memory"] == f"{size.memory_mib}Mi"
    assert "cpu" not in resources["limits"]


@pytest.mark.parametrize("pool", POOLS)
def test_what_pods_write_fits_what_they_may_take(declared: list[Declared], pool: Pool) -> None:
    def mib(quantity: str) -> int:
        number, unit = re.fullmatch(r"(\d+)(Mi|Gi)", quantity).groups()  # type: ignore[union-attr]
        return int(number) * {"Mi": 1, "Gi": 1024}[unit]

    scratch = [
        mib(volume["emptyDir"]["sizeLimit"])
        for volume in pod_of(declared, pool)["spec"]["volumes"]
        if "emptyDir" in volume
    ]
    resources = container_of(declared, pool)["resources"]
    assert len(scratch) >= 2
    assert sum(scratch) < mib(resources["limits"]["ephemeral-storage"])


@pytest.mark.parametrize("pool", POOLS)
def test_no_secret_is_in_an_environment_a_command_or_a_config_map(declared: list[Declared], pool: Pool) -> None:
    environment = _environment(declared, pool)
    assert environment["PGSERVICE"] == "odoo"
    assert environment["PGSERVICEFILE"] == "/run/secrets/odoo/pg_service.conf"
    assert not [name for name in environment if re.search("PASS|SECRET|TOKEN|KEY", name)]
    assert "db_password" not in _config(declared, pool)
    assert "db_user" not in _config(declared, pool)
    assert not [each.name for each in declared if each.secrets]


@pytest.mark.parametrize("pool", POOLS)
def test_a_changed_secret_reaches_a_running_pod(declared: list[Declared], pool: Pool) -> None:
    volumes = {volume["name"]: volume for volume in pod_of(declared, pool)["spec"]["volumes"]}
    [mount] = [each for each in container_of(declared, pool)["volumeMounts"] if each["name"] == "secrets"]
    assert mount == {"name": "secrets", "mountPath": "/run/secrets/odoo", "readOnly": True}
    assert volumes["secrets"]["csi"] == {
        "driver": "secrets-store.csi.k8s.io",
        "readOnly": True,
        "volumeAttributes": {"secretProviderClass": "odoo"},
    }


@pytest.mark.parametrize("pool", POOLS)
def test_another_configuration_makes_another_rollout(declared: list[Declared], pool: Pool) -> None:
    text = _config(declared, pool)
    annotations = pod_of(declared, pool)["metadata"]["annotations"]
    assert annotations["odoo-azure/config"] == hashlib.sha256(text.encode()).hexdigest()
    volumes = {volume["name"]: volume for volume in pod_of(declared, pool)["spec"]["volumes"]}
    assert volumes["config"]["configMap"]["name"] == f"odoo-{pool}"
    assert "db_host = psql-erp-test.postgres.database.azure.com" in text


@pytest.mark.parametrize("pool", POOLS)
def test_the_data_directory_is_the_share(declared: list[Declared], pool: Pool) -> None:
    volumes = {volume["name"]: volume for volume in pod_of(declared, pool)["spec"]["volumes"]}
    mounts = {mount["mountPath"]: mount["name"] for mount in container_of(declared, pool)["volumeMounts"]}
    assert volumes[mounts["/var/lib/odoo"]] == {"name": "data", "persistentVolumeClaim": {"claimName": "files"}}


def test_what_azure_names_reaches_the_environment_and_the_rest_is_known_at_once() -> None:
    def make() -> Pools:
        args = tenant_args()
        return Pools(
            changed(
                args,
                application=replace(args.application, sessions=Sessions.REDIS, attachments=Attachments.BLOB),
                stores=replace(
                    args.services.stores,
                    files=None,
                    cache_host="amr-erp-test.westeurope.redis.azure.net",
                    blob_account_url="https://sterptestatt.blob.core.windows.net",
                ),
            )
        )

    declared = declare(make)
    assert (
        _environment(declared, Pool.WEB)["ODOO_SESSION_REDIS_URL"]
        == "rediss://amr-erp-test.westeurope.redis.azure.net:10000"
    )
    assert '"account_name": "sterptestatt"' in _config(declared, Pool.WEB)
    assert ".invalid" not in str([each.inputs for each in declared])
    volumes = {volume["name"]: volume for volume in pod_of(declared, Pool.WEB)["spec"]["volumes"]}
    assert volumes["data"] == {"name": "data", "emptyDir": {"sizeLimit": "2Gi"}}


def test_a_preview_without_servers_knows_the_environment() -> None:
    environments: dict[Pool, Any] = {}

    def keep() -> None:
        args = tenant_args()
        environments.update({pool: pool_runtime(args, pool).environment for pool in Pool})

    declare(keep)
    for environment in environments.values():
        assert all(isinstance(value, str) for value in environment.values())
