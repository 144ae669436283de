"""DatabaseMetrics: what every tenant's database does, for managed Prometheus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes
import yaml
from pulumi_kubernetes import apiextensions, apps, core, meta, networking

from components.base import Component, Placement
from components.monitoring.metered_servers import (
    API_VERSION,
    NAME,
    PASSWORD_FILE,
    PORT,
    SELECTOR,
    DatabaseExporter,
    MeteredServer,
    MetricsSecrets,
    deployment_spec,
    object_name,
    pod_monitor,
)
from components.pod_security import pod_security_labels

_WORKLOAD_IDENTITY = "azure.workload.identity/client-id"
_NAMESPACE_LABEL = "kubernetes.io/metadata.name"
_DNS_PORT = 53
_DATABASE_PORT = 5432


@dataclass(frozen=True, kw_only=True)
class DatabaseMetricsArgs:
    """Arguments of `DatabaseMetrics`.

    Args:
        placement: of the environment.
        provider: Kubernetes provider of the cluster.
        labels: labels of all objects: owner, cost centre, ...: values of up to 63 letters, digits, `-`, `_` and `.`.
        servers: the PostgreSQL servers by name: a DNS label of up to 40 characters.
        exporter: the program that reads them.
        secrets: where its passwords are.
        database_range: subnet of PostgreSQL.
        namespace: its namespace.
        database_pattern: regular expression of the name of a tenant's database, whose first group is the tenant.
    """

    placement: Placement
    provider: kubernetes.Provider
    labels: Mapping[str, str]
    servers: Mapping[str, MeteredServer]
    exporter: DatabaseExporter
    secrets: MetricsSecrets
    database_range: str
    namespace: str = "platform-metrics"
    database_pattern: str = "(.+)"


class DatabaseMetrics(Component):
    """A postgres_exporter for each PostgreSQL server that tenants share, in a namespace of its own.

    It logs in to the database `postgres` only, as a member of `pg_monitor`, which must be there before: a role that
    sees figures of all tenants and the text of statements under way, but no table. Which tenant a sample is of follows
    from the database's name, so nothing here changes when a tenant comes or goes.

    Args:
        name: prefix of the Pulumi names.
        args: what it is made from.
        opts: options of the component.
    """

    def __init__(self, name: str, args: DatabaseMetricsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        self.__args = args
        namespace = core.v1.Namespace(
            f"{name}-namespace",
            metadata=meta.v1.ObjectMetaArgs(name=args.namespace, labels={**args.labels, **pod_security_labels()}),
            opts=self.__child(),
        )
        self.__namespace = namespace.metadata.name.apply(lambda value: value or "")
        account = core.v1.ServiceAccount(
            f"{name}-account",
            metadata=self.__metadata(NAME, {_WORKLOAD_IDENTITY: args.secrets.client_id}),
            automount_service_account_token=False,
            opts=self.__child(),
        )
        rules = [account, self.__quota(name), *self.__policies(name)]
        for server, metered in sorted(args.servers.items()):
            self.__run(name, server, metered, rules)
        apiextensions.CustomResource(
            f"{name}-monitor",
            api_version=API_VERSION,
            kind="PodMonitor",
            metadata=self.__metadata(NAME),
            spec=pod_monitor(args.database_pattern),
            opts=self.__child(),
        )
        self.finish({})

    def __metadata(
        self, name: str, annotations: Mapping[str, pulumi.Input[str]] | None = None
    ) -> meta.v1.ObjectMetaArgs:
        return meta.v1.ObjectMetaArgs(
            name=name,
            namespace=self.__namespace,
            labels={**self.__args.labels, **SELECTOR},
            annotations=dict(annotations) if annotations else None,
        )

    def __child(self, *depends_on: pulumi.Resource) -> pulumi.ResourceOptions:
        return self.child(provider=self.__args.provider, depends_on=depends_on)

    def __quota(self, name: str) -> core.v1.ResourceQuota:
        return core.v1.ResourceQuota(
            f"{name}-quota",
            metadata=self.__metadata("quota"),
            spec=core.v1.ResourceQuotaSpecArgs(
                # Twice: a node that is gone leaves its pods behind for a while.
                hard={
                    "pods": str(2 * len(self.__args.servers)),
                    "services": "0",
                    "count/secrets": "0",
                }
            ),
            opts=self.__child(),
        )

    def __policies(self, name: str) -> list[pulumi.Resource]:
        return [
            networking.v1.NetworkPolicy(
                f"{name}-{policy_name}", metadata=self.__metadata(policy_name), spec=spec, opts=self.__child()
            )
            for policy_name, spec in _network_policies(self.__args.database_range).items()
        ]

    def __run(self, name: str, server: str, metered: MeteredServer, depends_on: list[pulumi.Resource]) -> None:
        args = self.__args
        secret = yaml.safe_dump(
            {"objectName": metered.password_secret, "objectType": "secret", "objectAlias": PASSWORD_FILE}
        )
        # azure.github.io/secrets-store-csi-driver-provider-azure/docs/getting-started/usage
        secrets = apiextensions.CustomResource(
            f"{name}-secrets-{server}",
            api_version="secrets-store.csi.x-k8s.io/v1",
            kind="SecretProviderClass",
            metadata=self.__metadata(object_name(server)),
            spec={
                "provider": "azure",
                "parameters": {
                    "usePodIdentity": "false",
                    "clientID": args.secrets.client_id,
                    "keyvaultName": args.secrets.vault_name,
                    "tenantId": args.secrets.azure_tenant_id,
                    "objects": yaml.safe_dump({"array": [secret]}),
                },
            },
            opts=self.__child(),
        )
        apps.v1.Deployment(
            f"{name}-deployment-{server}",
            metadata=self.__metadata(object_name(server)),
            spec=deployment_spec(args.exporter, args.labels, server, metered),
            opts=self.__child(*depends_on, secrets),
        )


def _network_policies(database_range: str) -> Mapping[str, networking.v1.NetworkPolicySpecArgs]:
    """The policies by name: managed Prometheus in; names and PostgreSQL out; nothing else."""
    system = {_NAMESPACE_LABEL: "kube-system"}
    return {
        "default-deny": networking.v1.NetworkPolicySpecArgs(
            pod_selector=meta.v1.LabelSelectorArgs(), policy_types=["Ingress", "Egress"]
        ),
        "allow-scrapes": networking.v1.NetworkPolicySpecArgs(
            pod_selector=meta.v1.LabelSelectorArgs(match_labels=dict(SELECTOR)),
            policy_types=["Ingress"],
            ingress=[networking.v1.NetworkPolicyIngressRuleArgs(from_=[_pods(system)], ports=_ports(PORT))],
        ),
        "allow-dns": _outward(_pods(system, {"k8s-app": "kube-dns"}), _ports(_DNS_PORT, "UDP", "TCP")),
        "allow-database": _outward(
            networking.v1.NetworkPolicyPeerArgs(ip_block=networking.v1.IPBlockArgs(cidr=database_range)),
            _ports(_DATABASE_PORT),
        ),
    }


def _outward(
    peer: networking.v1.NetworkPolicyPeerArgs, ports: list[networking.v1.NetworkPolicyPortArgs]
) -> networking.v1.NetworkPolicySpecArgs:
    return networking.v1.NetworkPolicySpecArgs(
        pod_selector=meta.v1.LabelSelectorArgs(match_labels=dict(SELECTOR)),
        policy_types=["Egress"],
        egress=[networking.v1.NetworkPolicyEgressRuleArgs(to=[peer], ports=ports)],
    )


def _pods(namespace: Mapping[str, str], pods: Mapping[str, str] | None = None) -> networking.v1.NetworkPolicyPeerArgs:
    return networking.v1.NetworkPolicyPeerArgs(
        namespace_selector=meta.v1.LabelSelectorArgs(match_labels=dict(namespace)),
        pod_selector=meta.v1.LabelSelectorArgs(match_labels=dict(pods)) if pods else None,
    )


def _ports(port: int, *protocols: str) -> list[networking.v1.NetworkPolicyPortArgs]:
    return [networking.v1.NetworkPolicyPortArgs(port=port, protocol=protocol) for protocol in (protocols or ("TCP",))]
