"""What all objects of a tenant share: where they are, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_kubernetes import core, meta

from components.odoo.pool import Pool
from components.tenant.args import OdooTenantArgs

ODOO_ACCOUNT = "odoo"
"""Service account of Odoo's pods."""
ODOO_SECRETS = "odoo"
"""SecretProviderClass of Odoo's pods."""
OPERATIONS_SECRETS = "operations"
"""SecretProviderClass of the jobs in the tenant's namespace."""


def administration_secrets(args: OdooTenantArgs) -> str:
    """Name of the tenant's SecretProviderClass where the administrator's jobs run: all tenants have one there."""
    return f"administration-{args.tenant}"


def pool_selector(pool: Pool) -> dict[str, str]:
    """Labels that the pods of a pool, and no others of the namespace, carry."""
    return {"app.kubernetes.io/name": "odoo", "app.kubernetes.io/component": pool.value}


def tenant_labels(args: OdooTenantArgs) -> dict[str, str]:
    """Labels of all objects of a tenant."""
    return {**args.labels, "app.kubernetes.io/part-of": args.tenant}


def metadata(
    args: OdooTenantArgs,
    object_name: str,
    namespace: core.v1.Namespace | pulumi.Input[str] | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, pulumi.Input[str]] | None = None,
) -> meta.v1.ObjectMetaArgs:
    """Metadata of an object of the tenant.

    Args:
        args: the tenant's.
        object_name: name of the object.
        namespace: the namespace that it is in, or its name; None for an object of the whole cluster.
        labels: its own labels beside the tenant's.
        annotations: its annotations.
    """
    return meta.v1.ObjectMetaArgs(
        name=object_name,
        namespace=namespace.metadata.name if isinstance(namespace, core.v1.Namespace) else namespace,
        labels={**tenant_labels(args), **(labels or {})},
        annotations=dict(annotations) if annotations else None,
    )
