"""What Traefik is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
import pulumi_kubernetes as kubernetes

from components.base import Placement
from components.ingress.middlewares import TenantLimits
from components.tenant.running import NodePlacement


@dataclass(frozen=True, kw_only=True)
class TraefikPods:
    """How many pods Traefik has, how large they are, and where they run.

    Their number is fixed: all of Odoo's own load passes through a fraction of one processor, and a pod that goes takes
    every open connection with it.

    Args:
        nodes: which nodes they run on.
        replicas: pods; spread over the zones.
        cpu_millicores: processor that a pod requests, in thousandths.
        memory_mib: memory that a pod requests and may use, in MiB.
        spool_gib: disk for requests and responses that do not fit into memory, in GiB.
        priority_class: name of their priority class; None for the cluster's default.
    """

    nodes: NodePlacement
    replicas: int = 3
    cpu_millicores: int = 500
    memory_mib: int = 1024
    spool_gib: int = 16
    priority_class: pulumi.Input[str] | None = None


@dataclass(frozen=True, kw_only=True)
class IngressCertificates:
    """Where the certificates are: a Key Vault that Traefik's identity may read.

    Args:
        vault_name: the vault.
        azure_tenant_id: Entra tenant of the identity.
        client_id: client id of the identity that the service account `traefik` of the namespace stands for; it needs
            to read the tenant's certificate, and no other.
    """

    vault_name: pulumi.Input[str]
    azure_tenant_id: pulumi.Input[str]
    client_id: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class PrivateLinkExposure:
    """A private link service in front of the load balancer, for an edge such as Azure Front Door.

    The edge must send `X-Forwarded-For`: the last address in it is taken for the user's.

    Args:
        name: name of the private link service.
        subnet_name: subnet that its addresses are in; it has private link service network policies off.
        address_range: range of that subnet: all calls come from there.
        subscription_ids: subscriptions that may ask for a connection; each is approved by hand.
    """

    name: str
    subnet_name: str
    address_range: str
    subscription_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class IngressNetwork:
    """Who Traefik talks to.

    Args:
        subnet_name: subnet of the internal load balancer.
        api_server_range: subnet of the API server.
        address: the load balancer's address in its subnet; None for whichever is free.
        plain_http: whether port 80 is open too, to redirect to 443. Each port takes a rule of the load balancer: 300 is
            the most that one takes for a network interface (learn.microsoft.com
            azure/azure-resource-manager/management/azure-subscription-service-limits#load-balancer).
        private_link: the private link service; None when users call the load balancer itself.
    """

    subnet_name: str
    api_server_range: str
    address: str | None = None
    plain_http: bool = True
    private_link: PrivateLinkExposure | None = None


@dataclass(frozen=True, kw_only=True)
class TenantIngress:
    """The tenant that Traefik serves.

    Args:
        name: its name, which is also the name of its namespace.
        namespace: its namespace, as an output of what makes it: Traefik must not start before it is there.
        hostname: host name that its users type.
        certificate: name of the certificate for it, in the vault.
        client_ranges: ranges that its users and integrations call from.
        limits: what they may ask for.
    """

    name: str
    namespace: pulumi.Input[str]
    hostname: str
    certificate: str
    client_ranges: tuple[str, ...]
    limits: TenantLimits = field(default_factory=TenantLimits)


@dataclass(frozen=True, kw_only=True)
class TraefikIngressArgs:
    """Arguments of `TraefikIngress`.

    Args:
        placement: of the environment.
        provider: Kubernetes provider of the cluster.
        labels: labels of all objects: owner, cost centre, ...: values of up to 63 letters, digits, `-`, `_` and `.`.
        namespace: its own namespace: a cluster holds one for each tenant.
        image: Traefik's image, with its registry and digest.
        pods: its pods.
        certificates: where the certificates are.
        network: who it talks to.
        tenant: whom it serves.
    """

    placement: Placement
    provider: kubernetes.Provider
    labels: Mapping[str, str]
    namespace: str
    image: pulumi.Input[str]
    pods: TraefikPods
    certificates: IngressCertificates
    network: IngressNetwork
    tenant: TenantIngress
