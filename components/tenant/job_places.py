"""The two places that jobs run in, and what they are told and trusted with there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import pulumi
from pulumi_kubernetes import core

from components.odoo.pool import Pool
from components.odoo.process import SERVICE_PATH
from components.tenant.args import OdooTenantArgs
from components.tenant.objects import OPERATIONS_SECRETS, administration_secrets
from components.tenant.running import NodePlacement
from components.tenant.services import OPERATIONS_ACCOUNT, AdministrationPlace

LOGIN_PATH = str(PurePosixPath(SERVICE_PATH).parent)
PASSWORDS_PATH = "/run/secrets/operations"
WORK_PATH = "/run/ops"
BASE_MODULE = "base"


@dataclass(frozen=True, kw_only=True)
class JobPlace:
    """A place that jobs run in.

    Args:
        namespace: its namespace, or the name of it.
        service_account: the service account of their pods.
        secrets_class: SecretProviderClass of the files that they may read.
        secrets_path: folder of these files.
        settings: what the operations image is told here beside what it is told everywhere.
        nodes: nodes to run on.
        priority_class: name of their priority class.
    """

    namespace: core.v1.Namespace | pulumi.Input[str]
    service_account: str
    secrets_class: str
    secrets_path: str
    settings: Mapping[str, str]
    nodes: NodePlacement
    priority_class: pulumi.Input[str] | None


def in_tenant(args: OdooTenantArgs, namespace: core.v1.Namespace) -> JobPlace:
    """The tenant's own namespace: jobs log in to the database as its Odoo does.

    Args:
        args: the tenant.
        namespace: its namespace.
    """
    return JobPlace(
        namespace=namespace,
        service_account=OPERATIONS_ACCOUNT,
        secrets_class=OPERATIONS_SECRETS,
        secrets_path=LOGIN_PATH,
        settings={
            "OPS_SERVICE_FILE": SERVICE_PATH,
            "OPS_WORK": WORK_PATH,
            "OPS_MODULES": ",".join(modules(args)),
        },
        nodes=args.pools.nodes[Pool.CRON],
        priority_class=args.pools.priority_classes.get(Pool.CRON),
    )


def in_administration(args: OdooTenantArgs) -> JobPlace:
    """The platform's namespace: jobs have the passwords of the database's administrator and of the tenant's roles.

    Args:
        args: the tenant.
    """
    database = args.services.database
    return as_administrator(
        args.services.administration,
        administration_secrets(args),
        database.administrator_login,
        {
            "OPS_GENERATION": str(args.services.secrets.generation),
            "OPS_CONNECTION_LIMIT": str(database.connection_limit),
            "OPS_DATABASE_CONNECTION_LIMIT": str(database.database_connection_limit),
        },
    )


def as_administrator(
    place: AdministrationPlace, secrets_class: str, login: str, settings: Mapping[str, str] | None = None
) -> JobPlace:
    """The platform's namespace: jobs log in as the administrator of a server.

    Args:
        place: the namespace.
        secrets_class: SecretProviderClass of the password files, `administrator` among them.
        login: login of the administrator.
        settings: what else the operations image is told.
    """
    return JobPlace(
        namespace=place.namespace,
        service_account=place.service_account,
        secrets_class=secrets_class,
        secrets_path=PASSWORDS_PATH,
        settings={"OPS_ADMINISTRATOR": login, "OPS_SECRETS": PASSWORDS_PATH, **(settings or {})},
        nodes=place.nodes,
        priority_class=place.priority_class,
    )


def modules(args: OdooTenantArgs) -> Sequence[str]:
    """Modules that shall be installed, Odoo's base first."""
    return (BASE_MODULE, *args.application.modules)
