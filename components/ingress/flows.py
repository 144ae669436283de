"""Network policies of Traefik's namespace: each flow with its reason.

Cilium matches address ranges against what is outside the cluster only, and never asks the kubelet's probes
(learn.microsoft.com azure/aks/azure-cni-powered-by-cilium).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pulumi_kubernetes import meta, networking

from components.ingress.args import TraefikIngressArgs
from components.ingress.configuration import HTTP_PORT, HTTPS_PORT, INTERNAL_PORT
from components.ingress.objects import SELECTOR
from components.odoo import configuration as odoo

_DNS_PORT = 53
# learn.microsoft.com azure/aks/api-server-vnet-integration: 443, and 4443 behind the API server's own load balancer.
_API_SERVER_PORTS = (443, 4443)
_NAMESPACE_LABEL: Final = "kubernetes.io/metadata.name"


def network_policies(args: TraefikIngressArgs) -> Mapping[str, networking.v1.NetworkPolicySpecArgs]:
    """The policies by name: nothing goes in or out but these flows."""
    doors = (HTTP_PORT, HTTPS_PORT) if args.network.plain_http else (HTTPS_PORT,)
    return {
        "default-deny": networking.v1.NetworkPolicySpecArgs(
            pod_selector=meta.v1.LabelSelectorArgs(), policy_types=["Ingress", "Egress"]
        ),
        # The load balancer keeps the caller's address (externalTrafficPolicy Local).
        "allow-clients": _ingress(_ranges(_caller_ranges(args)), doors),
        # Managed Prometheus scrapes from kube-system.
        "allow-metrics": _ingress([_namespace("kube-system")], (INTERNAL_PORT,)),
        "allow-dns": _egress(
            [_namespace("kube-system", {"k8s-app": "kube-dns"})], (_DNS_PORT,), protocols=("UDP", "TCP")
        ),
        "allow-tenant": _egress(
            [_namespace(args.tenant.name, {"app.kubernetes.io/name": "odoo"})],
            (odoo.HTTP_PORT, odoo.WEBSOCKET_PORT),
        ),
        # Traefik watches the tenant's routes and endpoints.
        "allow-api-server": _egress(_ranges([args.network.api_server_range]), _API_SERVER_PORTS),
    }


def _caller_ranges(args: TraefikIngressArgs) -> Sequence[str]:
    if args.network.private_link is not None:
        return [args.network.private_link.address_range]
    return sorted(args.tenant.client_ranges)


def _ranges(ranges: Sequence[str]) -> list[networking.v1.NetworkPolicyPeerArgs]:
    return [networking.v1.NetworkPolicyPeerArgs(ip_block=networking.v1.IPBlockArgs(cidr=range_)) for range_ in ranges]


def _namespace(name: str, pods: Mapping[str, str] | None = None) -> networking.v1.NetworkPolicyPeerArgs:
    return networking.v1.NetworkPolicyPeerArgs(
        namespace_selector=meta.v1.LabelSelectorArgs(match_labels={_NAMESPACE_LABEL: name}),
        pod_selector=meta.v1.LabelSelectorArgs(match_labels=dict(pods)) if pods else None,
    )


def _ports(ports: Sequence[int], protocols: Sequence[str]) -> list[networking.v1.NetworkPolicyPortArgs]:
    return [
        networking.v1.NetworkPolicyPortArgs(port=port, protocol=protocol) for port in ports for protocol in protocols
    ]


def _ingress(
    peers: list[networking.v1.NetworkPolicyPeerArgs], ports: Sequence[int]
) -> networking.v1.NetworkPolicySpecArgs:
    return networking.v1.NetworkPolicySpecArgs(
        pod_selector=meta.v1.LabelSelectorArgs(match_labels=dict(SELECTOR)),
        policy_types=["Ingress"],
        ingress=[networking.v1.NetworkPolicyIngressRuleArgs(from_=peers, ports=_ports(ports, ("TCP",)))],
    )


def _egress(
    peers: list[networking.v1.NetworkPolicyPeerArgs], ports: Sequence[int], protocols: Sequence[str] = ("TCP",)
) -> networking.v1.NetworkPolicySpecArgs:
    return networking.v1.NetworkPolicySpecArgs(
        pod_selector=meta.v1.LabelSelectorArgs(match_labels=dict(SELECTOR)),
        policy_types=["Egress"],
        egress=[networking.v1.NetworkPolicyEgressRuleArgs(to=peers, ports=_ports(ports, protocols))],
    )
