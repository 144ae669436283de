"""A tenant's secrets: Key Vault is where they are, and files in its pods are all that Kubernetes sees of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

import pulumi
from pulumi_azure_native import keyvault
from pulumi_kubernetes import apiextensions, core

from components.access import Role, grant
from components.base import Component
from components.odoo.process import SERVICE_NAME, SERVICE_PATH
from components.tenant.args import OdooTenantArgs
from components.tenant.objects import ODOO_SECRETS, OPERATIONS_SECRETS, metadata
from components.tenant.services import TenantSecrets


def role_in_use(owner: str, generation: int) -> str:
    """The login role that Odoo uses: blue in odd generations of the password, green in even ones."""
    return f"{owner}_blue" if generation % 2 else f"{owner}_green"


def declare_operations_secrets(
    component: Component, name: str, args: OdooTenantArgs, namespace: core.v1.Namespace
) -> pulumi.Resource:
    """Declares the SecretProviderClass `operations`: files `administrator`, `blue`, `green` and `monitor`.

    Args:
        component: the component that owns the object.
        name: prefix of the Pulumi names.
        args: the tenant.
        namespace: its namespace.
    """
    return _provider_class(
        component,
        f"{name}-secrets-{OPERATIONS_SECRETS}",
        args,
        namespace,
        object_name=OPERATIONS_SECRETS,
        client_id=args.services.identities.operations_client_id,
        files={
            "administrator": args.services.secrets.administrator_password,
            "blue": args.services.secrets.blue_password,
            "green": args.services.secrets.green_password,
            "monitor": args.services.secrets.monitor_password,
        },
    )


def declare_odoo_secrets(
    component: Component,
    name: str,
    args: OdooTenantArgs,
    namespace: core.v1.Namespace,
    depends_on: Sequence[pulumi.Resource],
) -> list[pulumi.Resource]:
    """Declares the service file in Key Vault, who may read it, and the SecretProviderClass `odoo` that mounts it.

    Args:
        component: the component that owns them.
        name: prefix of the Pulumi names.
        args: the tenant.
        namespace: its namespace.
        depends_on: what must be done first: the job that gives the role its password.
    """
    secret_name = f"{args.tenant}-database-service"
    secret = keyvault.Secret(
        f"{name}-database-service",
        secret_name=secret_name,
        vault_name=args.services.secrets.vault_name,
        resource_group_name=args.services.secrets.vault_resource_group_name,
        tags=args.placement.tags,
        properties=keyvault.SecretPropertiesArgs(
            value=_service_file(args.services.database.owner, args.services.secrets),
            content_type="libpq service file",
            attributes=keyvault.SecretAttributesArgs(
                enabled=True,
                expires=int(args.services.secrets.expires_on.timestamp())
                if args.services.secrets.expires_on is not None
                else None,
            ),
        ),
        opts=component.child(depends_on=depends_on),
    )
    reader = grant(
        component,
        f"{name}-database-service-odoo",
        Role.KEY_VAULT_SECRETS_USER,
        scope=secret.id,
        principal_id=args.services.identities.odoo_principal_id,
        purpose=f"Lets Odoo read the secret {secret_name}, and no other.",
    )
    provider_class = _provider_class(
        component,
        f"{name}-secrets-{ODOO_SECRETS}",
        args,
        namespace,
        object_name=ODOO_SECRETS,
        client_id=args.services.identities.odoo_client_id,
        files={PurePosixPath(SERVICE_PATH).name: secret_name},
    )
    return [secret, reader, provider_class]


def _service_file(owner: str, secrets: TenantSecrets) -> pulumi.Output[str]:
    """postgresql.org docs/current/libpq-pgservice.html."""
    password = secrets.blue_value if secrets.generation % 2 else secrets.green_value
    return pulumi.Output.concat(
        f"[{SERVICE_NAME}]\nuser={role_in_use(owner, secrets.generation)}\npassword=",
        pulumi.Output.secret(password),
        "\n",
    )


def _provider_class(
    component: Component,
    pulumi_name: str,
    args: OdooTenantArgs,
    namespace: core.v1.Namespace,
    *,
    object_name: str,
    client_id: pulumi.Input[str],
    files: Mapping[str, str],
) -> apiextensions.CustomResource:
    return apiextensions.CustomResource(
        pulumi_name,
        api_version="secrets-store.csi.x-k8s.io/v1",
        kind="SecretProviderClass",
        metadata=metadata(args, object_name, namespace),
        # azure.github.io/secrets-store-csi-driver-provider-azure/docs/getting-started/usage
        spec={
            "provider": "azure",
            "parameters": {
                "usePodIdentity": "false",
                "clientID": client_id,
                "keyvaultName": args.services.secrets.vault_name,
                "tenantId": args.services.secrets.azure_tenant_id,
                "objects": _objects(files),
            },
        },
        opts=component.child(provider=args.provider),
    )


def _objects(files: Mapping[str, str]) -> str:
    """The driver wants a YAML list of strings, each a YAML text of its own."""
    entries = (
        f"  - |\n    objectName: {secret_name}\n    objectType: secret\n    objectAlias: {file_name}\n"
        for file_name, secret_name in sorted(files.items())
    )
    return "array:\n" + "".join(entries)
