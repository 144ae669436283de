"""PlatformOperations: the namespace of the jobs that have the database administrator's password."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes import core, meta, networking

from components.base import Component, Placement
from components.pod_security import pod_security_labels
from components.tenant.args import NamespaceLimits
from components.tenant.namespace import WORKLOAD_IDENTITY_ANNOTATION, limit_range, resource_quota
from components.tenant.network_policies import operations_policies, standing_policies
from components.tenant.operations import OPS_RESOURCES
from components.tenant.running import NodePlacement
from components.tenant.services import OPERATIONS_ACCOUNT, OPERATIONS_NAMESPACE, AdministrationPlace


@dataclass(frozen=True, kw_only=True)
class OperationsNetwork:
    """Who the jobs talk to.

    Args:
        database_range: subnet of PostgreSQL.
        private_endpoints_range: subnet of the private endpoints.
        api_server_range: subnet of the API server.
        database_port: port of PostgreSQL itself.
    """

    database_range: str
    private_endpoints_range: str
    api_server_range: str
    database_port: int = 5432


@dataclass(frozen=True, kw_only=True)
class PlatformOperationsArgs:
    """Arguments of `PlatformOperations`.

    Args:
        placement: of the environment that the cluster belongs to.
        provider: Kubernetes provider of the cluster.
        labels: labels of all objects.
        client_id: client id of the identity that may read the passwords and the backups of all tenants.
        network: who the jobs talk to.
        nodes: nodes that they run on.
        priority_class: name of their priority class.
        jobs_at_once: jobs that run at the same time; others wait.
    """

    placement: Placement
    provider: kubernetes.Provider
    labels: Mapping[str, str]
    client_id: pulumi.Input[str]
    network: OperationsNetwork
    nodes: NodePlacement
    priority_class: pulumi.Input[str] | None = None
    jobs_at_once: int = 20


class PlatformOperations(Component):
    """A namespace for the jobs that make tenants' roles and databases, and restore them.

    Tenants declare the jobs, and what these mount (`components.tenant`). Nothing here names a tenant, so that one more
    changes nothing. A tenant in the same stack depends on this component: its jobs wait for the rules.

    Attributes:
        place: the namespace as tenants want to know it.
        namespace_name: its name.
    """

    place: AdministrationPlace
    namespace_name: pulumi.Output[str]

    def __init__(self, name: str, args: PlatformOperationsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        self.__args = args
        namespace = core.v1.Namespace(
            f"{name}-namespace",
            metadata=self.__metadata(OPERATIONS_NAMESPACE, labels=pod_security_labels()),
            opts=self.child(provider=args.provider),
        )
        self.namespace_name = namespace.metadata.name.apply(str)
        self.__restrict(name)
        core.v1.ServiceAccount(
            f"{name}-account",
            metadata=self.__metadata(
                OPERATIONS_ACCOUNT,
                self.namespace_name,
                annotations={WORKLOAD_IDENTITY_ANNOTATION: args.client_id},
            ),
            # A job that calls the API mounts its token itself.
            automount_service_account_token=False,
            opts=self.child(provider=args.provider),
        )
        self.place = AdministrationPlace(
            client_id=args.client_id,
            nodes=args.nodes,
            priority_class=args.priority_class,
            namespace=self.namespace_name,
        )
        self.finish({"namespace_name": self.namespace_name})

    def __restrict(self, name: str) -> None:
        network, limits = self.__args.network, _limits(self.__args.jobs_at_once)
        policies = {
            **standing_policies(),
            **operations_policies(
                network.database_range,
                network.private_endpoints_range,
                network.api_server_range,
                network.database_port,
            ),
        }
        for policy_name, spec in policies.items():
            networking.v1.NetworkPolicy(
                f"{name}-{policy_name}",
                metadata=self.__metadata(policy_name, self.namespace_name),
                spec=spec,
                opts=self.child(provider=self.__args.provider),
            )
        core.v1.ResourceQuota(
            f"{name}-quota",
            metadata=self.__metadata("quota", self.namespace_name),
            spec=resource_quota(limits),
            opts=self.child(provider=self.__args.provider),
        )
        core.v1.LimitRange(
            f"{name}-limits",
            metadata=self.__metadata("limits", self.namespace_name),
            spec=limit_range(limits),
            opts=self.child(provider=self.__args.provider),
        )

    def __metadata(
        self,
        object_name: str,
        namespace_name: pulumi.Input[str] | None = None,
        *,
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, pulumi.Input[str]] | None = None,
    ) -> meta.v1.ObjectMetaArgs:
        return meta.v1.ObjectMetaArgs(
            name=object_name,
            namespace=namespace_name,
            labels={**self.__args.labels, **(labels or {})},
            annotations=dict(annotations) if annotations else None,
        )


def _limits(jobs: int) -> NamespaceLimits:
    """Room for so many pods of one container of the operations image each, and for nothing larger."""
    cpu, memory = OPS_RESOURCES["cpu"], OPS_RESOURCES["memory"]
    all_memory = f"{jobs * int(memory.removesuffix('Mi'))}Mi"
    return NamespaceLimits(
        requests={"cpu": f"{jobs * int(cpu.removesuffix('m'))}m", "memory": all_memory},
        limits={"memory": all_memory},
        pods=jobs,
        default_request={"cpu": cpu, "memory": memory},
        default_limit={"memory": memory},
        container_max={"memory": memory},
    )
