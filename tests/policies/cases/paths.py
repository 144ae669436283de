"""Rules about what networks and clusters let through."""

from __future__ import annotations

from typing import Any

from tests.policies.cases import StackCase, of, switch
from tests.policies.harness import Declared

GROUP, RULES = "network:NetworkSecurityGroup", "network:FirewallPolicyRuleCollectionGroup"
ENDPOINT, ZONES = "network:PrivateEndpoint", "network:PrivateDnsZoneGroup"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
ADMISSION = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
NAMESPACE = "kubernetes:core/v1:Namespace"
PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"]
STATIC = """
entryPoints:
  websecure:
    http:
      sanitizePath: {sanitized}
      encodedCharacters: {{allowEncodedSlash: {slash}, allowEncodedBackSlash: false, allowEncodedNullCharacter: false}}
providers:
  kubernetesIngress: {{namespaces: {namespaces}, strictPrefixMatching: {strict}}}
"""
DYNAMIC = """
http:
  middlewares:
    clients: {{ipAllowList: {{sourceRange: {ranges}}}}}
    headers: {{headers: {{contentTypeNosniff: {nosniff}, stsSeconds: {seconds}}}}}
"""


def _deny(direction: str, **changes: str) -> dict[str, str]:
    ends = {"sourceAddressPrefix": "*", "destinationAddressPrefix": "*", "destinationPortRange": "*", "protocol": "*"}
    return {"access": "Deny", "direction": direction, **ends, **changes}


def _allow(direction: str, source: str, destination: str, port: str) -> dict[str, Any]:
    ends = {"sourceAddressPrefix": source, "destinationAddressPrefix": destination, "destinationPortRange": port}
    return {"securityRules": [{"access": "Allow", "direction": direction, **ends}]}


def _flow(**changes: Any) -> dict[str, Any]:
    flow = {"sourceAddresses": ["10.0.0.0/24"], "destinationFqdns": ["smtp.acme.example"], "destinationPorts": ["587"]}
    return {"ruleCollections": [{"rules": [flow | changes]}]}


def _block(direction: str, cidr: str, excepted: list[str]) -> dict[str, Any]:
    peers = "to" if direction == "egress" else "from"
    return {"spec": {direction: [{peers: [{"ipBlock": {"cidr": cidr, "except": excepted}}]}]}}


def _admission(expression: str, **changes: Any) -> dict[str, Any]:
    rule = {"apiGroups": [""], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["pods"], **changes}
    return {"spec": {"validations": [{"expression": expression}], "matchConstraints": {"resourceRules": [rule]}}}


def _static(
    sanitized: str = "true", slash: str = "false", namespaces: str = "[odoo]", strict: str = "true"
) -> dict[str, Any]:
    text = STATIC.format(sanitized=sanitized, slash=slash, namespaces=namespaces, strict=strict)
    return {"data": {"traefik.yaml": text}}


def _dynamic(ranges: str = "[10.0.0.0/8]", nosniff: str = "true", seconds: int = 31_536_000) -> dict[str, Any]:
    return {"data": {"shared.yaml": DYNAMIC.format(ranges=ranges, nosniff=nosniff, seconds=seconds)}}


def _limit(average: int) -> dict[str, Any]:
    limit = f"{{average: {average}, burst: 60}}"
    return {"data": {"shared.yaml": f"http: {{middlewares: {{login: {{rateLimit: {limit}}}}}}}"}}


CASES = [
    of(
        "nsg-denies-the-rest",
        GROUP,
        [{"securityRules": [_deny("Inbound"), _deny("Outbound")]}],
        [
            {"securityRules": []},
            {"securityRules": [_deny("Inbound")]},
            {"securityRules": [_deny("Inbound"), _deny("Outbound", destinationAddressPrefix="Internet")]},
        ],
    ),
    of(
        "nsg-callers-named",
        GROUP,
        [
            {},
            _allow("Inbound", "10.0.0.0/8", "*", "22"),
            _allow("Inbound", "Internet", "*", "443"),
            _allow("Outbound", "*", "VirtualNetwork", "22"),
        ],
        [_allow("Inbound", "*", "10.0.0.4", "5432"), _allow("Inbound", "Internet", "10.0.0.4", "22")],
    ),
    of(
        "nsg-ways-out-named",
        GROUP,
        [{}, _allow("Outbound", "*", "AzureMonitor", "443"), _allow("Outbound", "*", "Internet", "443")],
        [_allow("Outbound", "*", "0.0.0.0/0", "443"), _allow("Outbound", "*", "Internet", "*")],
    ),
    of(
        "firewall-flows-named",
        RULES,
        [{}, _flow(), _flow(sourceAddresses=[], sourceIpGroups=["/group"])],
        [
            _flow(sourceAddresses=["*"]),
            _flow(destinationPorts=["*"]),
            _flow(destinationFqdns=["*"]),
            _flow(sourceAddresses=[]),
        ],
    ),
    of(
        "firewall-intrusions-denied",
        "network:FirewallPolicy",
        [{}, {"sku": {"tier": "Premium"}, "intrusionDetection": {"mode": "Deny"}}, {"sku": {"tier": "Standard"}}],
        [{"sku": {"tier": "Premium"}}, {"sku": {"tier": "Premium"}, "intrusionDetection": {"mode": "Alert"}}],
    ),
    switch(
        "firewall-resolves-names",
        {"dnsSettings": {"enableProxy": True}},
        {"dnsSettings": {"enableProxy": False}},
        "network:FirewallPolicy",
    ),
    of(
        "dns-private-zone-closed",
        "privatedns:VirtualNetworkLink",
        [
            {"privateZoneName": "privatelink.vaultcore.azure.net", "registrationEnabled": False},
            {"privateZoneName": "acme.example", "registrationEnabled": True},
        ],
        [{"privateZoneName": "privatelink.vaultcore.azure.net", "registrationEnabled": True}],
    ),
    switch(
        "acr-default-deny",
        {"networkRuleSet": {"defaultAction": "Deny"}},
        {"networkRuleSet": {"defaultAction": "Allow"}},
        "containerregistry:Registry",
    ),
    switch(
        "network-resolver-set",
        {"dhcpOptions": {"dnsServers": ["10.0.0.4"]}},
        {"dhcpOptions": {"dnsServers": []}},
        "network:VirtualNetwork",
    ),
    switch(
        "pe-leads-somewhere",
        {"privateLinkServiceConnections": [{"privateLinkServiceId": "/vault"}]},
        {"privateLinkServiceConnections": [{"name": "vault"}]},
        ENDPOINT,
    ),
    switch(
        "pe-zones-named",
        {"privateDnsZoneConfigs": [{"privateDnsZoneId": "/zone"}]},
        {"privateDnsZoneConfigs": [{"name": "zone"}]},
        ZONES,
    ),
    switch(
        "bastion-carries-nothing",
        {"disableCopyPaste": True, "enableFileCopy": False},
        {"disableCopyPaste": True, "enableFileCopy": True},
        "network:BastionHost",
    ),
    of(
        "netpol-peers-bounded",
        POLICY,
        [
            {"spec": {"podSelector": {}}},
            {"spec": {"ingress": [{"from": [{"podSelector": {}}]}]}},
            _block("ingress", "10.0.0.0/8", []),
            _block("egress", "0.0.0.0/0", PRIVATE),
        ],
        [
            {"spec": {"egress": [{"ports": [{"port": 443}]}]}},
            {"spec": {"ingress": [{"from": [{}]}]}},
            _block("ingress", "0.0.0.0/0", PRIVATE),
            _block("egress", "0.0.0.0/0", PRIVATE[:3]),
        ],
    ),
    of(
        "netpol-pods-named",
        POLICY,
        [{}, {"spec": {"egress": [{"to": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"a": "b"}}}]}]}}],
        [{"spec": {"ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"a": "b"}}}]}]}}],
    ),
    of(
        "traefik-calls-limited",
        CONFIG_MAP,
        [_limit(60), {"data": {"a.yaml": "http: {middlewares: {}}"}}],
        [_limit(0), _limit(60_000)],
    ),
    of(
        "admission-judges",
        ADMISSION,
        [_admission("object.metadata.name != ''")],
        [{}, _admission("true"), _admission("a == b", operations=[])],
    ),
    switch(
        "pv-retained",
        {"spec": {"persistentVolumeReclaimPolicy": "Retain"}},
        {"spec": {"persistentVolumeReclaimPolicy": "Delete"}},
        "kubernetes:core/v1:PersistentVolume",
    ),
    of(
        "ns-pods-restricted",
        NAMESPACE,
        [{"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}],
        [{}, {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "baseline"}}}],
    ),
    of(
        "traefik-paths-plain",
        CONFIG_MAP,
        [_static(), {"data": {"other.yaml": "a: 1"}}],
        [_static(sanitized="false"), _static(slash="true"), _static(strict="false")],
    ),
    of("traefik-namespaces-named", CONFIG_MAP, [_static()], [_static(namespaces="[]")]),
    of("traefik-callers-limited", CONFIG_MAP, [_dynamic()], [_dynamic("[]"), _dynamic("[0.0.0.0/0]")]),
    of("traefik-answers-hardened", CONFIG_MAP, [_dynamic()], [_dynamic(nosniff="false"), _dynamic(seconds=1)]),
]
VAULT_ENDPOINT = Declared(type=ENDPOINT, name="pep-vault", properties={"id": "/pep-vault"})
VAULT_ZONES = Declared(
    type=ZONES,
    name="zones",
    properties={"privateEndpointName": "pep-vault"},
    uses={"privateEndpointName": ["pep-vault"]},
)
STACK_CASES = [
    StackCase(
        "pe-found",
        good=[[VAULT_ENDPOINT, VAULT_ZONES]],
        bad=[([VAULT_ENDPOINT], {"pep-vault"})],
    ),
]
