"""TraefikIngress: the only way to a tenant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import yaml
from pulumi_kubernetes import apiextensions, apps, core, meta, networking, policy

from components.admission_rules import INGRESS_LABEL
from components.base import Component
from components.ingress.args import TraefikIngressArgs
from components.ingress.configuration import (
    HTTP_ENTRY_POINT,
    HTTPS_ENTRY_POINT,
    StaticConfiguration,
    static_configuration,
)
from components.ingress.flows import network_policies
from components.ingress.measurement import API_VERSION, pod_monitor
from components.ingress.middlewares import shared_configuration, tenant_configuration
from components.ingress.objects import (
    DYNAMIC_CONFIGURATION,
    NAME,
    SELECTOR,
    STATIC_CONFIGURATION,
    STATIC_FILE,
    metadata,
)
from components.ingress.pods import deployment_spec
from components.ingress.rights import declare_rights
from components.pod_security import pod_security_labels

_SERVICE = "service.beta.kubernetes.io/azure-"
_WORKLOAD_IDENTITY = "azure.workload.identity/client-id"
# learn.microsoft.com azure/load-balancer/load-balancer-tcp-idle-timeout: 4 unless told otherwise; an Odoo worker may be
# silent for 20.
_LOAD_BALANCER_IDLE_MINUTES = "30"


class TraefikIngress(Component):
    """A tenant's own Traefik in a namespace of its own, behind an internal load balancer.

    Makes the namespace and its rules, Traefik's rights, configuration, certificate, pods and Service, and what
    Prometheus scrapes; nothing of the whole cluster. The tenant brings its own Ingress objects
    (`components.ingress.routes`).

    Args:
        name: prefix of the Pulumi names.
        args: what it is made from.
        opts: options of the component.

    Attributes:
        address: address of the load balancer.
    """

    address: pulumi.Output[str]

    def __init__(self, name: str, args: TraefikIngressArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        self.__args = args
        namespace = self.__namespace(name)
        self.__namespace_name = namespace.metadata.name.apply(lambda value: value or "")
        policies = self.__restrict(name)
        account = core.v1.ServiceAccount(
            f"{name}-account",
            metadata=self.__metadata(NAME, {_WORKLOAD_IDENTITY: args.certificates.client_id}),
            automount_service_account_token=False,
            opts=self.child(provider=args.provider),
        )
        rights = declare_rights(self, name, args, account)
        certificate = self.__certificate(name)
        deployment = self.__run(name, [account, *policies, rights, certificate])
        service = self.__service(name, deployment)

        self.address = service.status.apply(_address)
        self.finish({"address": self.address})

    def __metadata(
        self, object_name: str, annotations: Mapping[str, pulumi.Input[str]] | None = None
    ) -> meta.v1.ObjectMetaArgs:
        return metadata(self.__args.labels, object_name, self.__namespace_name, annotations)

    def __namespace(self, name: str) -> core.v1.Namespace:
        args = self.__args
        # What the cluster's guards let a load balancer in by.
        door = {INGRESS_LABEL: args.tenant.name}
        return core.v1.Namespace(
            f"{name}-namespace",
            metadata=meta.v1.ObjectMetaArgs(
                name=args.namespace, labels={**args.labels, **door, **pod_security_labels()}
            ),
            opts=self.child(provider=args.provider),
        )

    def __restrict(self, name: str) -> list[pulumi.Resource]:
        """Network policies and quota: Traefik's pods, while they are replaced, and its one load balancer."""
        policies: list[pulumi.Resource] = [
            networking.v1.NetworkPolicy(
                f"{name}-{policy_name}",
                metadata=self.__metadata(policy_name),
                spec=spec,
                opts=self.child(provider=self.__args.provider),
            )
            for policy_name, spec in network_policies(self.__args).items()
        ]
        quota = core.v1.ResourceQuota(
            f"{name}-quota",
            metadata=self.__metadata("quota"),
            # Twice: a pod that stops may take twenty minutes to finish what it has.
            spec=core.v1.ResourceQuotaSpecArgs(
                hard={
                    "pods": str(2 * self.__args.pods.replicas + 1),
                    "services.loadbalancers": "1",
                    "count/secrets": "0",
                }
            ),
            opts=self.child(provider=self.__args.provider),
        )
        return [*policies, quota]

    def __certificate(self, name: str) -> apiextensions.CustomResource:
        """Key Vault gives a certificate, its chain and its key in one PEM file when it is read as a secret.

        azure.github.io/secrets-store-csi-driver-provider-azure/docs/configurations/getting-certs-and-keys
        """
        source, certificate = self.__args.certificates, self.__args.tenant.certificate
        wanted = yaml.safe_dump({"objectName": certificate, "objectType": "secret", "objectAlias": certificate})
        return apiextensions.CustomResource(
            f"{name}-certificates",
            api_version="secrets-store.csi.x-k8s.io/v1",
            kind="SecretProviderClass",
            metadata=self.__metadata(NAME),
            spec={
                "provider": "azure",
                "parameters": {
                    "usePodIdentity": "false",
                    "clientID": source.client_id,
                    "keyvaultName": source.vault_name,
                    "tenantId": source.azure_tenant_id,
                    "objects": yaml.safe_dump({"array": [wanted]}),
                },
            },
            opts=self.child(provider=self.__args.provider),
        )

    def __run(self, name: str, depends_on: Sequence[pulumi.Resource]) -> apps.v1.Deployment:
        """Configuration, pods, and what watches over them."""
        args = self.__args
        static, dynamic = _static(args), _dynamic(args)
        files = [
            core.v1.ConfigMap(
                f"{name}-{object_name}",
                metadata=self.__metadata(object_name),
                data=data,
                opts=self.child(provider=args.provider),
            )
            for object_name, data in (
                (STATIC_CONFIGURATION, {STATIC_FILE: static}),
                (DYNAMIC_CONFIGURATION, dynamic),
            )
        ]
        deployment = apps.v1.Deployment(
            f"{name}-deployment",
            metadata=self.__metadata(NAME),
            spec=deployment_spec(args, static, sorted(dynamic)),
            opts=self.child(provider=args.provider, depends_on=[*depends_on, *files]),
        )
        policy.v1.PodDisruptionBudget(
            f"{name}-budget",
            metadata=self.__metadata(NAME),
            spec=policy.v1.PodDisruptionBudgetSpecArgs(
                max_unavailable=1, selector=meta.v1.LabelSelectorArgs(match_labels=dict(SELECTOR))
            ),
            opts=self.child(provider=args.provider),
        )
        apiextensions.CustomResource(
            f"{name}-monitor",
            api_version=API_VERSION,
            kind="PodMonitor",
            metadata=self.__metadata(NAME),
            spec=pod_monitor(args.tenant),
            opts=self.child(provider=args.provider),
        )
        return deployment

    def __service(self, name: str, deployment: apps.v1.Deployment) -> core.v1.Service:
        plain = ((HTTP_ENTRY_POINT, 80),) if self.__args.network.plain_http else ()
        return core.v1.Service(
            f"{name}-service",
            metadata=self.__metadata(NAME, self.__load_balancer()),
            spec=core.v1.ServiceSpecArgs(
                type="LoadBalancer",
                # Keeps the caller's address, which allow-lists and limits go by.
                external_traffic_policy="Local",
                selector=dict(SELECTOR),
                ports=[
                    core.v1.ServicePortArgs(name=port_name, port=port, target_port=port_name)
                    for port_name, port in (*plain, (HTTPS_ENTRY_POINT, 443))
                ],
            ),
            # It waits for pods: before them, those of many tenants would take all of the engine's workers.
            opts=self.child(provider=self.__args.provider, depends_on=[deployment]),
        )

    def __load_balancer(self) -> Mapping[str, str]:
        """Annotations of the Azure cloud provider (kubernetes-sigs.github.io/cloud-provider-azure/topics/loadbalancer
        and .../topics/pls-integration)."""
        network = self.__args.network
        settings = {
            "load-balancer-internal": "true",
            "load-balancer-internal-subnet": network.subnet_name,
            "load-balancer-tcp-idle-timeout": _LOAD_BALANCER_IDLE_MINUTES,
        }
        if network.address is not None:
            settings["load-balancer-ipv4"] = network.address
        if (link := network.private_link) is not None:
            settings |= {
                "pls-create": "true",
                "pls-name": link.name,
                "pls-ip-configuration-subnet": link.subnet_name,
                "pls-visibility": " ".join(link.subscription_ids),
            }
        return {f"{_SERVICE}{key}": value for key, value in settings.items()}


def _static(args: TraefikIngressArgs) -> str:
    """The configuration that Traefik is started with."""
    link = args.network.private_link
    return static_configuration(
        StaticConfiguration(
            namespace=args.tenant.name,
            trusted_proxies=(link.address_range,) if link else (),
            plain_http=args.network.plain_http,
        )
    )


def _dynamic(args: TraefikIngressArgs) -> Mapping[str, str]:
    """The files that it watches: a change of them needs no new pods."""
    tenant = args.tenant
    return {
        "shared.yaml": shared_configuration(tenant.certificate),
        f"tenant-{tenant.name}.yaml": tenant_configuration(
            tenant.name, tenant.limits, tenant.client_ranges, behind_proxy=args.network.private_link is not None
        ),
    }


def _address(status: core.v1.outputs.ServiceStatus | None) -> str:
    """The load balancer's address; empty as long as it has none."""
    if status is None or status.load_balancer is None or not status.load_balancer.ingress:
        return ""
    return status.load_balancer.ingress[0].ip or ""
