"""ServerPreparation: what servers that tenants share are before anything but their administrator logs in to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes import apiextensions, meta

from components.base import Component, Placement
from components.tenant.job_places import as_administrator
from components.tenant.operations import (
    Operation,
    declare_job,
    operation_container,
    operation_labels,
    operation_pod,
    server_environment,
)
from components.tenant.secret_files import SECRETS_STORE_VERSION, secret_files
from components.tenant.services import AdministrationPlace

PROVISION = "provision"
"""Command of the operations image."""
DIGEST_CHARACTERS = 12
PROVISION_SECONDS = 900
# A server that restarts is back within minutes; pods are tried again after 10, 20, 40 and 80 seconds
# (kubernetes.io/docs/concepts/workloads/controllers/job, pod backoff failure policy).
RETRIES = 4


@dataclass(frozen=True, kw_only=True)
class PreparationVault:
    """Where the passwords are.

    Args:
        vault_name: the Key Vault.
        azure_tenant_id: Entra tenant of the identity that reads them.
    """

    vault_name: pulumi.Input[str]
    azure_tenant_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class PreparedServer:
    """A PostgreSQL server.

    Args:
        host: its host name.
        administrator_login: login of its administrator.
        administrator_secret: name of the secret with the administrator's password, in the vault.
        metrics_secret: name of the secret with the password that the role `metrics` gets.
        port: its port, past PgBouncer.
    """

    host: pulumi.Input[str]
    administrator_login: str
    administrator_secret: str
    metrics_secret: str
    port: int = 5432


@dataclass(frozen=True, kw_only=True)
class ServerPreparationArgs:
    """Arguments of `ServerPreparation`.

    Args:
        placement: of the environment that the cluster belongs to.
        provider: Kubernetes provider of the cluster.
        labels: labels of all objects.
        place: where the jobs run (`components.platform_operations`).
        ops_image: image of the operations jobs, with its registry and digest.
        ops_digest: the digest alone, `sha256:...`, known before anything is deployed: jobs are named after it.
        vault: where the passwords are; the identity of `place` may read them.
        servers: the servers by name: a DNS label of up to 35 characters.
        generation: how often the passwords of the role `metrics` have been changed, counted from 1; up to 9999.
    """

    placement: Placement
    provider: kubernetes.Provider
    labels: Mapping[str, str]
    place: AdministrationPlace
    ops_image: pulumi.Input[str]
    ops_digest: str
    vault: PreparationVault
    servers: Mapping[str, PreparedServer]
    generation: int = 1


class ServerPreparation(Component):
    """A job for each server: its databases are closed to all but their own roles, and it has the role `metrics`.

    Whoever logs in as that role (`DatabaseMetrics`) depends on this component. A job runs again for another image and
    another generation of the passwords, and changes only what is not as it shall be.

    Args:
        name: prefix of the Pulumi names.
        args: what it is made from.
        opts: options of the component.
    """

    def __init__(self, name: str, args: ServerPreparationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        self.__args = args
        for server_name, server in sorted(args.servers.items()):
            self.__prepare(name, server_name, server)
        self.finish({})

    def __prepare(self, name: str, server_name: str, server: PreparedServer) -> None:
        args = self.__args
        secrets = self.__secrets(name, server_name, server)
        operation = Operation(
            kind=PROVISION,
            job_name=f"{PROVISION}-{server_name}-{args.generation}-{_short(args.ops_digest)}",
            place=as_administrator(args.place, _object_name(server_name), server.administrator_login),
            labels=args.labels,
            seconds=PROVISION_SECONDS,
            retries=RETRIES,
        )
        container = operation_container(
            args.ops_image, operation.place, PROVISION, environment=server_environment(server.host, server.port)
        )
        declare_job(
            self,
            f"{name}-{PROVISION}-{server_name}",
            provider=args.provider,
            operation=operation,
            pod=operation_pod(operation, [container]),
            depends_on=[secrets],
        )

    def __secrets(self, name: str, server_name: str, server: PreparedServer) -> pulumi.Resource:
        args = self.__args
        return apiextensions.CustomResource(
            f"{name}-secrets-{server_name}",
            api_version=SECRETS_STORE_VERSION,
            kind="SecretProviderClass",
            metadata=meta.v1.ObjectMetaArgs(
                name=_object_name(server_name),
                namespace=args.place.namespace,
                labels={**args.labels, **operation_labels(PROVISION)},
            ),
            spec=secret_files(
                client_id=args.place.client_id,
                vault_name=args.vault.vault_name,
                azure_tenant_id=args.vault.azure_tenant_id,
                files={"administrator": server.administrator_secret, "metrics": server.metrics_secret},
            ),
            opts=self.child(provider=args.provider),
        )


def _object_name(server_name: str) -> str:
    return f"{PROVISION}-{server_name}"


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:DIGEST_CHARACTERS]
