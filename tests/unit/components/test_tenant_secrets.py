"""A tenant's secrets and its share: what leaves Key Vault, by which way, and for whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml
from pulumi_kubernetes import core

from components.base import Component
from components.tenant.args import Sessions
from components.tenant.objects import metadata
from components.tenant.secrets import declare_administration_secrets, declare_tenant_secrets
from components.tenant.storage import declare_files
from tests.unit.components.harness import Declared, arm_findings, declare, of_type, one
from tests.unit.components.mocked_azure import RESOURCE_GROUP, TENANT_ID
from tests.unit.components.tenant_example import (
    ADMINISTRATION_CLIENT_ID,
    BLUE_PASSWORD,
    EXPIRES_ON,
    GREEN_PASSWORD,
    ODOO_CLIENT_ID,
    ODOO_PRINCIPAL_ID,
    OPERATIONS_CLIENT_ID,
    OPERATIONS_PRINCIPAL_ID,
    TENANT,
    VAULT,
    tenant_args,
    tenant_secrets,
)

CLASS = "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass"


class _Secrets(Component):
    """The secrets and the share alone."""

    def __init__(self, generation: int = 1, sessions: Sessions = Sessions.SHARED_FILES, **secrets: Any) -> None:
        args = tenant_args(secrets=replace(tenant_secrets(generation), **secrets), sessions=sessions)
        super().__init__("erp", args.placement, None)
        namespace = core.v1.Namespace(
            "erp-namespace", metadata=metadata(args, args.tenant), opts=self.child(provider=args.provider)
        )
        bootstrap = core.v1.ConfigMap("erp-bootstrap", opts=self.child(provider=args.provider))
        declare_administration_secrets(self, "erp", args)
        declare_tenant_secrets(self, "erp", args, namespace, [bootstrap])
        assert args.services.stores.files is not None
        declare_files(self, "erp", args, namespace, args.services.stores.files)
        self.finish({})


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declare(_Secrets)


def _object(declared: list[Declared], name: str) -> dict[str, Any]:
    [found] = [each for each in declared if each.name == name]
    return dict(found.inputs)


def _files(declared: list[Declared], name: str) -> dict[str, str]:
    """Secret by file, as the driver would read them."""
    parameters = _object(declared, f"erp-secrets-{name}")["spec"]["parameters"]
    entries = [yaml.safe_load(entry) for entry in yaml.safe_load(parameters["objects"])["array"]]
    assert {entry["objectType"] for entry in entries} == {"secret"}
    return {entry["objectAlias"]: entry["objectName"] for entry in entries}


@pytest.mark.parametrize("name", ["odoo", "operations"])
def test_a_tenant_gets_its_service_file_and_no_password_of_another(declared: list[Declared], name: str) -> None:
    assert _files(declared, name) == {"pg_service.conf": "acme-database-service"}


def test_the_keys_of_sessions_are_for_odoo_alone() -> None:
    sealed = declare(lambda: _Secrets(sessions=Sessions.REDIS))
    assert _files(sealed, "odoo") == {"pg_service.conf": "acme-database-service", "session_key": "acme-session-key"}
    assert _files(sealed, "operations") == {"pg_service.conf": "acme-database-service"}


def test_sessions_in_redis_need_a_key() -> None:
    with pytest.raises(ValueError, match=r"TenantSecrets\.session_key names no secret"):
        declare(lambda: _Secrets(sessions=Sessions.REDIS, session_key=None))


def test_the_administrator_s_jobs_get_the_passwords_they_set(declared: list[Declared]) -> None:
    assert _files(declared, "administration") == {
        "administrator": "database-administrator",
        "blue": "database-odoo-blue",
        "green": "database-odoo-green",
        "monitor": "database-odoo-monitor",
    }


@pytest.mark.parametrize(
    ("name", "object_name", "namespace", "client_id"),
    [
        ("odoo", "odoo", TENANT, ODOO_CLIENT_ID),
        ("operations", "operations", TENANT, OPERATIONS_CLIENT_ID),
        ("administration", f"administration-{TENANT}", "platform-operations", ADMINISTRATION_CLIENT_ID),
    ],
)
def test_secrets_are_read_as_the_workload(
    declared: list[Declared], name: str, object_name: str, namespace: str, client_id: str
) -> None:
    [found] = [each for each in declared if each.name == f"erp-secrets-{name}"]
    assert found.type == CLASS
    assert found.inputs["metadata"]["name"] == object_name
    assert found.inputs["metadata"]["namespace"] == namespace
    spec = found.inputs["spec"]
    assert spec["provider"] == "azure"
    assert {key: value for key, value in spec["parameters"].items() if key != "objects"} == {
        "usePodIdentity": "false",
        "clientID": client_id,
        "keyvaultName": VAULT,
        "tenantId": TENANT_ID,
    }


@pytest.mark.parametrize(
    ("generation", "user", "password"),
    [(1, "odoo_blue", BLUE_PASSWORD), (2, "odoo_green", GREEN_PASSWORD), (3, "odoo_blue", BLUE_PASSWORD)],
)
def test_the_roles_take_turns(generation: int, user: str, password: str) -> None:
    secret = one(declare(lambda: _Secrets(generation)), "keyvault:Secret")
    assert secret.inputs["properties"]["value"] == f"[odoo]\nuser={user}\npassword={password}\n"


def test_the_service_file_is_secret_and_expires_with_the_passwords(declared: list[Declared]) -> None:
    secret = one(declared, "keyvault:Secret")
    assert "properties" in secret.secrets
    assert secret.inputs["properties"]["attributes"] == {"enabled": True, "expires": int(EXPIRES_ON.timestamp())}
    assert (secret.inputs["secretName"], secret.inputs["vaultName"]) == ("acme-database-service", VAULT)
    assert arm_findings(declared) == []


def test_odoo_connects_as_a_role_only_once_it_has_its_password(declared: list[Declared]) -> None:
    assert "erp-bootstrap" in one(declared, "keyvault:Secret").depends_on


def test_odoo_and_the_tenant_s_jobs_read_this_secret_and_no_other(declared: list[Declared]) -> None:
    readers = of_type(declared, "authorization:RoleAssignment")
    assert {each.inputs["principalId"] for each in readers} == {ODOO_PRINCIPAL_ID, OPERATIONS_PRINCIPAL_ID}
    for reader in readers:
        assert reader.inputs["scope"].endswith("/acme-database-service")
        assert reader.inputs["roleDefinitionId"].endswith("/4633458b-17de-408a-b874-0445c86b69e6")


def test_kubernetes_sees_no_password(declared: list[Declared]) -> None:
    for each in declared:
        if each.type.startswith("kubernetes:"):
            assert BLUE_PASSWORD not in str(each.inputs)
            assert GREEN_PASSWORD not in str(each.inputs)


def test_the_share_is_mounted_over_tls_and_for_odoo_only(declared: list[Declared]) -> None:
    spec = _object(declared, "erp-volume")["spec"]
    assert spec["csi"] == {
        "driver": "file.csi.azure.com",
        "volumeHandle": "sterptestfiles_odoo",
        "volumeAttributes": {
            "resourceGroup": RESOURCE_GROUP,
            "storageAccount": "sterptestfiles",
            "shareName": "odoo",
            "server": "sterptestfiles.file.core.windows.net",
            "protocol": "nfs",
            "encryptInTransit": "true",
            "mountPermissions": "0770",
        },
    }


def test_the_share_survives_its_claim_and_no_other_namespace_finds_it(declared: list[Declared]) -> None:
    volume, claim = _object(declared, "erp-volume"), _object(declared, "erp-claim")
    assert volume["spec"]["persistentVolumeReclaimPolicy"] == "Retain"
    assert volume["spec"]["claimRef"] == {"namespace": TENANT, "name": claim["metadata"]["name"]}
    assert claim["spec"]["volumeName"] == volume["metadata"]["name"]
    assert volume["spec"]["storageClassName"] == claim["spec"]["storageClassName"] == ""
    assert volume["spec"]["accessModes"] == claim["spec"]["accessModes"] == ["ReadWriteMany"]
    assert volume["spec"]["capacity"] == {"storage": "512Gi"}
