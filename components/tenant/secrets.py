"""A tenant's secrets: Key Vault is where they are, and files in its pods are all that Kubernetes sees of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

import pulumi
from pulumi_azure_native import keyvault
from pulumi_kubernetes import apiextensions, core

from components.access import Role, grant
from components.base import Component
from components.odoo.process import SERVICE_NAME, SERVICE_PATH, SESSION_KEY_PATH
from components.tenant.args import OdooTenantArgs, Sessions
from components.tenant.objects import ODOO_SECRETS, OPERATIONS_SECRETS, administration_secrets, metadata
from components.tenant.secret_files import SECRETS_STORE_VERSION, secret_files
from components.tenant.services import TenantSecrets


def role_in_use(owner: str, generation: int) -> str:
    """The login role that Odoo uses: blue in odd generations of the password, green in even ones."""
    return f"{owner}_blue" if generation % 2 else f"{owner}_green"


def declare_administration_secrets(component: Component, name: str, args: OdooTenantArgs) -> pulumi.Resource:
    """Declares the SecretProviderClass of the administrator's jobs: `administrator`, `blue`, `green` and `monitor`.

    Args:
        component: the component that owns the object.
        name: prefix of the Pulumi names.
        args: the tenant.
    """
    return _provider_class(
        component,
        f"{name}-secrets-administration",
        args,
        args.services.administration.namespace,
        object_name=administration_secrets(args),
        client_id=args.services.administration.client_id,
        files={
            "administrator": args.services.secrets.administrator_password,
            "blue": args.services.secrets.blue_password,
            "green": args.services.secrets.green_password,
            "monitor": args.services.secrets.monitor_password,
        },
    )


def declare_tenant_secrets(
    component: Component,
    name: str,
    args: OdooTenantArgs,
    namespace: core.v1.Namespace,
    depends_on: Sequence[pulumi.Resource],
) -> list[pulumi.Resource]:
    """Declares the service file in Key Vault, who may read it, and the SecretProviderClasses that mount it.

    `odoo` is that of Odoo's pods, which may mount the keys of sessions too; `operations` that of the tenant's jobs.

    Args:
        component: the component that owns them.
        name: prefix of the Pulumi names.
        args: the tenant.
        namespace: its namespace.
        depends_on: what must be done first: the job that gives the role its password.

    Raises:
        ValueError: sessions are in Redis, and no secret seals them.
    """
    identities, service_file = args.services.identities, PurePosixPath(SERVICE_PATH).name
    secret_name = f"{args.tenant}-database-service"
    secret = _service_secret(component, f"{name}-database-service", args, secret_name, depends_on)
    readers = {ODOO_SECRETS: identities.odoo_principal_id, OPERATIONS_SECRETS: identities.operations_principal_id}
    grants = [
        grant(
            component,
            f"{name}-database-service-{reader}",
            Role.KEY_VAULT_SECRETS_USER,
            scope=secret.id,
            principal_id=principal_id,
            purpose=f"Lets {reader} read the secret {secret_name}, and no other.",
        )
        for reader, principal_id in readers.items()
    ]
    files = {
        ODOO_SECRETS: (identities.odoo_client_id, {service_file: secret_name, **_session_key(args)}),
        OPERATIONS_SECRETS: (identities.operations_client_id, {service_file: secret_name}),
    }
    classes = [
        _provider_class(
            component,
            f"{name}-secrets-{object_name}",
            args,
            namespace,
            object_name=object_name,
            client_id=client_id,
            files=mounted,
        )
        for object_name, (client_id, mounted) in files.items()
    ]
    return [secret, *grants, *classes]


def _session_key(args: OdooTenantArgs) -> dict[str, str]:
    if args.application.sessions is not Sessions.REDIS:
        return {}
    if args.services.secrets.session_key is None:
        raise ValueError("TenantSecrets.session_key names no secret, but sessions in Redis are sealed with its keys")
    return {PurePosixPath(SESSION_KEY_PATH).name: args.services.secrets.session_key}


def _service_secret(
    component: Component,
    pulumi_name: str,
    args: OdooTenantArgs,
    secret_name: str,
    depends_on: Sequence[pulumi.Resource],
) -> keyvault.Secret:
    secrets = args.services.secrets
    return keyvault.Secret(
        pulumi_name,
        secret_name=secret_name,
        vault_name=secrets.vault_name,
        resource_group_name=secrets.vault_resource_group_name,
        tags=args.placement.tags,
        properties=keyvault.SecretPropertiesArgs(
            value=_service_file(args.services.database.owner, secrets),
            content_type="libpq service file",
            attributes=keyvault.SecretAttributesArgs(
                enabled=True,
                expires=int(secrets.expires_on.timestamp()) if secrets.expires_on is not None else None,
            ),
        ),
        opts=component.child(depends_on=depends_on),
    )


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
    namespace: core.v1.Namespace | pulumi.Input[str],
    *,
    object_name: str,
    client_id: pulumi.Input[str],
    files: Mapping[str, str],
) -> apiextensions.CustomResource:
    return apiextensions.CustomResource(
        pulumi_name,
        api_version=SECRETS_STORE_VERSION,
        kind="SecretProviderClass",
        metadata=metadata(args, object_name, namespace),
        spec=secret_files(
            client_id=client_id,
            vault_name=args.services.secrets.vault_name,
            azure_tenant_id=args.services.secrets.azure_tenant_id,
            files=files,
        ),
        opts=component.child(provider=args.provider),
    )
