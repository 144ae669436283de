from collections.abc import Mapping

from tests.policies.cases import Case, StackCase, of, switch

GATEWAY, GATEWAY_WAF, DOOR_WAF = (
    "network:ApplicationGateway",
    "network:WebApplicationFirewallPolicy",
    "frontdoor:Policy",
)
POLICY = {"id": "/subscriptions/s/waf"}
ATTACKS, BOTS = {"ruleSetType": "Microsoft_DefaultRuleSet"}, {"ruleSetType": "Microsoft_BotManagerRuleSet"}
ENTRA = {"vpnClientConfiguration": {"vpnAuthenticationTypes": ["AAD"]}}
STRONG = {
    "ikeEncryption": "AES256",
    "ikeIntegrity": "SHA256",
    "dhGroup": "DHGroup14",
    "ipsecEncryption": "GCMAES256",
    "ipsecIntegrity": "GCMAES256",
    "pfsGroup": "PFS2048",
}
WEAK = {
    "ikeEncryption": "DES3",
    "ikeIntegrity": "SHA1",
    "dhGroup": "DHGroup2",
    "ipsecEncryption": "DES3",
    "ipsecIntegrity": "SHA1",
    "pfsGroup": "None",
}
EVERYWHERE = {"name": "all", "destinationAddresses": ["*"], "destinationPorts": ["*"]}
ANY_PORT = {"name": "hub", "destinationAddresses": ["10.0.0.4"], "destinationPorts": ["*"]}
ANY_NAME = {"name": "web", "targetFqdns": ["*"]}
NAMED = {"name": "registry", "targetFqdns": ["*.data.azurecr.io"], "destinationPorts": ["*"]}


def _waf(**settings: object) -> dict[str, object]:
    return {"policySettings": {"mode": "Prevention", **settings}}


def _tunnel(**weaker: str) -> dict[str, object]:
    return {"connectionType": "IPsec", "ipsecPolicies": [{**STRONG, **weaker}]}


def _collection(action: str, *rules: Mapping[str, object]) -> dict[str, object]:
    return {"ruleCollections": [{"name": "out", "action": {"type": action}, "rules": list(rules)}]}


FIREWALL, FIREWALL_POLICY = "network:AzureFirewall", "network:FirewallPolicy"

CASES = [
    of(
        "appgw-waf",
        GATEWAY,
        [{"sku": {"tier": "WAF_v2"}, "firewallPolicy": POLICY}],
        [{}, {"sku": {"tier": "WAF_v2"}}, {"sku": {"tier": "Standard_v2"}, "firewallPolicy": POLICY}],
    ),
    Case(
        "waf-prevents",
        good=[
            (GATEWAY_WAF, _waf(state="Enabled", requestBodyCheck=True)),
            (DOOR_WAF, _waf(enabledState="Enabled", requestBodyCheck="Enabled")),
            (DOOR_WAF, _waf()),
        ],
        bad=[
            (GATEWAY_WAF, {}),
            *((kind, {"policySettings": {"mode": "Detection"}}) for kind in (GATEWAY_WAF, DOOR_WAF)),
            (GATEWAY_WAF, _waf(state="Disabled")),
            (GATEWAY_WAF, _waf(requestBodyCheck=False)),
            (DOOR_WAF, _waf(enabledState="Disabled")),
            (DOOR_WAF, _waf(requestBodyCheck="Disabled")),
        ],
    ),
    switch(
        "waf-managed-rules",
        {"managedRules": {"managedRuleSets": [ATTACKS, BOTS]}},
        {"managedRules": {"managedRuleSets": [ATTACKS]}},
        GATEWAY_WAF,
        DOOR_WAF,
    ),
    of(
        "appgw-min-tls",
        GATEWAY,
        [{"sslPolicy": {"policyName": "AppGwSslPolicy20220101"}}, {"sslPolicy": {"minProtocolVersion": "TLSv1_2"}}],
        [{}, {"sslPolicy": {"policyName": "AppGwSslPolicy20150501"}}, {"sslPolicy": {"minProtocolVersion": "TLSv1_1"}}],
    ),
    of(
        "appgw-certificate-in-vault",
        GATEWAY,
        [{}, {"sslCertificates": [{"name": "erp", "keyVaultSecretId": "https://kv-a.vault.azure.net/secrets/erp"}]}],
        [{"sslCertificates": [{"name": "erp", "data": "MIIK"}]}],
    ),
    switch(
        "frontdoor-min-tls",
        {"tlsSettings": {"minimumTlsVersion": "TLS12"}},
        {"tlsSettings": {"minimumTlsVersion": "TLS10"}},
        "cdn:AFDCustomDomain",
    ),
    of(
        "frontdoor-https-only",
        "cdn:Route",
        [{"httpsRedirect": "Enabled", "forwardingProtocol": "HttpsOnly"}],
        [
            {},
            {"httpsRedirect": "Disabled", "forwardingProtocol": "HttpsOnly"},
            {"httpsRedirect": "Enabled", "forwardingProtocol": "MatchRequest"},
        ],
    ),
    of(
        "frontdoor-origin-private",
        "cdn:AFDOrigin",
        [{"sharedPrivateLinkResource": {"privateLink": {"id": "/subscriptions/s/link"}}}],
        [
            {},
            {
                "sharedPrivateLinkResource": {"privateLink": {"id": "/subscriptions/s/link"}},
                "enforceCertificateNameCheck": False,
            },
        ],
    ),
    switch("cdn-https-only", {"isHttpAllowed": False}, {"isHttpAllowed": True}, "cdn:Endpoint"),
    of(
        "vpn-entra-only",
        "network:VirtualNetworkGateway",
        [{}, ENTRA],
        [
            {"vpnClientConfiguration": {"vpnAuthenticationTypes": ["AAD", "Certificate"]}},
            {"vpnClientConfiguration": {"vpnClientProtocols": ["OpenVPN"]}},
        ],
    ),
    of(
        "vpn-tunnel-strong",
        "network:VirtualNetworkGatewayConnection",
        [_tunnel(), {"connectionType": "ExpressRoute"}],
        [
            {},
            {"connectionType": "IPsec"},
            {**_tunnel(), "connectionProtocol": "IKEv1"},
            *(_tunnel(**{name: weak}) for name, weak in WEAK.items()),
        ],
    ),
    Case(
        "firewall-threats-denied",
        good=[
            (FIREWALL_POLICY, {"threatIntelMode": "Deny"}),
            (FIREWALL_POLICY, {"threatIntelMode": "Deny", "intrusionDetection": {"mode": "Deny"}}),
            (FIREWALL, {"threatIntelMode": "Deny"}),
            (FIREWALL, {"firewallPolicy": {"id": "/subscriptions/s/policy"}}),
        ],
        bad=[
            (FIREWALL_POLICY, {}),
            (FIREWALL_POLICY, {"threatIntelMode": "Alert"}),
            (FIREWALL_POLICY, {"threatIntelMode": "Deny", "intrusionDetection": {"mode": "Off"}}),
            (FIREWALL, {}),
            (FIREWALL, {"threatIntelMode": "Alert"}),
        ],
    ),
    of(
        "firewall-rules-named",
        "network:FirewallPolicyRuleCollectionGroup",
        [{}, _collection("Allow", NAMED), _collection("Allow", ANY_PORT), _collection("Deny", EVERYWHERE)],
        [_collection("Allow", NAMED, EVERYWHERE), _collection("Allow", ANY_NAME)],
    ),
]
STACK_CASES: list[StackCase] = []
