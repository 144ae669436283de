"""Where traffic comes in and goes out: application gateways, Front Door, VPN, firewalls."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceRule, all_of, must, must_if_set, types
from policies.kit.values import IS_FALSE, IS_SET, IS_TRUE, Finding, Value, matches, one_of
from policies.rules.catalog import ENCRYPTION, IDENTITY, LEARN, PRIVATE_NETWORK

_GATEWAY = types("network:ApplicationGateway")
_GATEWAY_WAF = types("network:WebApplicationFirewallPolicy")
_WAFS = _GATEWAY_WAF | types("frontdoor:Policy")
# The predefined policies without TLS 1.0 and 1.1 (learn.microsoft.com azure/application-gateway/
# application-gateway-ssl-policy-overview).
_MODERN_POLICY = one_of("AppGwSslPolicy20220101", "AppGwSslPolicy20220101S", "AppGwSslPolicy20170401S")
_TLS_1_2 = one_of("TLSv1_2", "TLSv1_3")
_ATTACKS = matches(r"(?i)^(OWASP|Microsoft_DefaultRuleSet)$", "be OWASP or Microsoft_DefaultRuleSet")
_BOTS = one_of("Microsoft_BotManagerRuleSet")
_WEAK = {
    "ikeEncryption": one_of("DES", "DES3"),
    "ikeIntegrity": one_of("MD5", "SHA1"),
    "dhGroup": one_of("None", "DHGroup1", "DHGroup2"),
    "ipsecEncryption": one_of("None", "DES", "DES3"),
    "ipsecIntegrity": one_of("MD5", "SHA1"),
    "pfsGroup": one_of("None", "PFS1", "PFS2"),
}
_ANYTHING = one_of("*", "0.0.0.0/0")
_TLS_REFERENCES = ("MCSB DP-3", "MCSB NS-8", "PCI DSS 4.2.1")


def _tls_is_modern(resource: Resource) -> Iterator[Finding]:
    policy = resource.at("sslPolicy")
    if not policy.at("minProtocolVersion").may_meet(_TLS_1_2):
        yield from policy.at("policyName").must(_MODERN_POLICY)


def _certificates_are_in_a_vault(resource: Resource) -> Iterator[Finding]:
    for certificate in resource.at("sslCertificates").elements():
        yield from certificate.at("keyVaultSecretId").must(IS_SET)


def _waf_prevents(resource: Resource) -> Iterator[Finding]:
    settings = resource.at("policySettings")
    yield from settings.at("mode").must(one_of("Prevention"))
    if resource.type in _GATEWAY_WAF:
        yield from settings.at("state").must_if_set(one_of("Enabled"))
        yield from settings.at("requestBodyCheck").must_if_set(IS_TRUE)
    else:
        yield from settings.at("enabledState").must_if_set(one_of("Enabled"))
        yield from settings.at("requestBodyCheck").must_if_set(one_of("Enabled"))


def _rules_are_managed(resource: Resource) -> Iterator[Finding]:
    sets = resource.at("managedRules.managedRuleSets")
    if not sets.known():
        return
    kinds = [each.at("ruleSetType") for each in sets.elements()]
    for test, what in ((_ATTACKS, "attacks"), (_BOTS, "bots")):
        if not any(kind.may_meet(test) for kind in kinds):
            yield Finding(message=f"{sets.path} must have a rule set against {what}")


def _people_use_entra(resource: Resource) -> Iterator[Finding]:
    clients = resource.at("vpnClientConfiguration")
    if not clients.is_set():
        return
    methods = clients.at("vpnAuthenticationTypes")
    yield from methods.must(IS_SET)
    for method in methods.elements():
        yield from method.must(one_of("AAD"))


def _tunnel_is_strong(resource: Resource) -> Iterator[Finding]:
    if resource.at("connectionType").may_meet(one_of("ExpressRoute")):
        return
    yield from resource.at("connectionProtocol").must_not(one_of("IKEv1"), "use IKEv2")
    yield from resource.at("ipsecPolicies").must(IS_SET)
    for policy in resource.at("ipsecPolicies").elements():
        for name, weak in _WEAK.items():
            yield from policy.at(name).must_not(weak, "it is broken, or no protection at all")


def _flows_are_named(resource: Resource) -> Iterator[Finding]:
    for collection in resource.at("ruleCollections").elements():
        if not collection.at("action.type").meets(one_of("Allow")):
            continue
        for rule in collection.at("rules").elements():
            if _has_any(rule.at("targetFqdns")) or (
                _has_any(rule.at("destinationAddresses")) and _has_any(rule.at("destinationPorts"))
            ):
                yield Finding(message=f"{rule.path} must name where traffic goes: it allows everything")


def _has_any(addresses: Value) -> bool:
    return any(address.meets(_ANYTHING) for address in addresses.elements())


def _known_attackers_are_refused(resource: Resource) -> Iterator[Finding]:
    # A firewall with a policy takes the mode from there.
    if not resource.at("firewallPolicy.id").is_set():
        yield from resource.at("threatIntelMode").must(one_of("Deny"))
    yield from resource.at("intrusionDetection.mode").must_if_set(one_of("Deny", "Alert"))


RULES = (
    ResourceRule(
        id="appgw-waf",
        title="Application gateways have a web application firewall",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=_GATEWAY,
        why="What the Internet sends reaches the application unread.",
        remedy="Set sku.tier to WAF_v2 and firewallPolicy to a WebApplicationFirewallPolicy.",
        url=f"{LEARN}/web-application-firewall/ag/ag-overview",
        references=("MCSB NS-6", "CIS Azure 6.0 7.10", "PCI DSS 6.4.2"),
        check=all_of(must("sku.tier", one_of("WAF_v2")), must("firewallPolicy", IS_SET)),
    ),
    ResourceRule(
        id="waf-prevents",
        title="Web application firewalls stop what they find",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=_WAFS,
        why="In detection mode an attack is a line in a log.",
        remedy="Set policySettings.mode to Prevention and leave the policy and the check of bodies on.",
        url=f"{LEARN}/web-application-firewall/overview",
        references=("MCSB NS-6", "CIS Azure 6.0 7.14", "PCI DSS 6.4.2"),
        check=_waf_prevents,
    ),
    ResourceRule(
        id="waf-managed-rules",
        title="Web application firewalls have Azure's rules against attacks and against bots",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=_WAFS,
        why="Rules of one's own are never as many, nor as new.",
        remedy="Name Microsoft_DefaultRuleSet (or OWASP) and Microsoft_BotManagerRuleSet in managedRuleSets.",
        url=f"{LEARN}/web-application-firewall/ag/application-gateway-crs-rulegroups-rules",
        references=("MCSB NS-6", "CIS Azure 6.0 7.15"),
        check=_rules_are_managed,
    ),
    ResourceRule(
        id="appgw-min-tls",
        title="Application gateways speak TLS 1.2 or newer only",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=_GATEWAY,
        why="Older versions of TLS are broken.",
        remedy="Set sslPolicy.policyName to AppGwSslPolicy20220101, or minProtocolVersion to TLSv1_2.",
        url=f"{LEARN}/application-gateway/application-gateway-ssl-policy-overview",
        references=(*_TLS_REFERENCES, "CIS Azure 6.0 7.12"),
        check=_tls_is_modern,
    ),
    ResourceRule(
        id="appgw-certificate-in-vault",
        title="Certificates of application gateways are in a key vault",
        family=ENCRYPTION,
        severity=Severity.MEDIUM,
        types=_GATEWAY,
        why="A certificate that is pasted in shows its private key to the deployment, and expires unseen.",
        remedy="Set keyVaultSecretId without a version on each of sslCertificates, and give the gateway an identity.",
        url=f"{LEARN}/application-gateway/key-vault-certs",
        references=("MCSB DP-7", "MCSB IM-8"),
        check=_certificates_are_in_a_vault,
    ),
    ResourceRule(
        id="frontdoor-min-tls",
        title="Domains of Front Door speak TLS 1.2 or newer only",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=types("cdn:AFDCustomDomain"),
        why="Older versions of TLS are broken.",
        remedy="Set tlsSettings.minimumTlsVersion to TLS12.",
        url=f"{LEARN}/frontdoor/end-to-end-tls",
        references=_TLS_REFERENCES,
        check=must("tlsSettings.minimumTlsVersion", one_of("TLS12", "TLS13")),
    ),
    ResourceRule(
        id="frontdoor-https-only",
        title="Routes of Front Door redirect to HTTPS and go on over HTTPS",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=types("cdn:Route"),
        why="Traffic crosses the Internet on both sides.",
        remedy="Set httpsRedirect to Enabled and forwardingProtocol to HttpsOnly.",
        url=f"{LEARN}/frontdoor/end-to-end-tls",
        references=_TLS_REFERENCES,
        check=all_of(must("httpsRedirect", one_of("Enabled")), must("forwardingProtocol", one_of("HttpsOnly"))),
    ),
    ResourceRule(
        id="frontdoor-origin-private",
        title="Front Door reaches its origins by private link and checks their certificates",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=types("cdn:AFDOrigin"),
        why="An origin with a public address is reached past the firewall of Front Door.",
        remedy="Set sharedPrivateLinkResource (Premium) and leave enforceCertificateNameCheck on.",
        url=f"{LEARN}/frontdoor/private-link",
        references=("MCSB NS-2", "MCSB DP-3"),
        check=all_of(must("sharedPrivateLinkResource", IS_SET), must_if_set("enforceCertificateNameCheck", IS_TRUE)),
    ),
    ResourceRule(
        id="cdn-https-only",
        title="Endpoints of the content delivery network answer over HTTPS only",
        family=ENCRYPTION,
        severity=Severity.HIGH,
        types=types("cdn:Endpoint"),
        why="The default answers plain HTTP as well.",
        remedy="Set isHttpAllowed to false.",
        url=f"{LEARN}/cdn/cdn-custom-ssl",
        references=_TLS_REFERENCES,
        check=must("isHttpAllowed", IS_FALSE),
    ),
    ResourceRule(
        id="vpn-entra-only",
        title="People sign in to the VPN with their account of Entra",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=types("network:VirtualNetworkGateway"),
        why="A certificate or shared secret knows no second factor and outlives the person.",
        remedy="Set vpnClientConfiguration.vpnAuthenticationTypes to AAD alone.",
        url=f"{LEARN}/vpn-gateway/point-to-site-entra-gateway",
        references=("MCSB NS-9", "CIS Azure 6.0 7.9", "MCSB IM-6"),
        check=_people_use_entra,
    ),
    ResourceRule(
        id="vpn-tunnel-strong",
        title="Tunnels to other sites name strong algorithms and use IKEv2",
        family=ENCRYPTION,
        severity=Severity.MEDIUM,
        types=types("network:VirtualNetworkGatewayConnection"),
        why="The defaults agree to triple DES and SHA1 when the other side asks for them.",
        remedy="Set ipsecPolicies with AES-256, SHA-256 or GCM, and a group of 2048 bits or an elliptic curve.",
        url=f"{LEARN}/vpn-gateway/vpn-gateway-about-compliance-crypto",
        references=("MCSB NS-9", "MCSB DP-3"),
        check=_tunnel_is_strong,
    ),
    ResourceRule(
        id="firewall-threats-denied",
        title="Firewalls refuse traffic to and from known attackers",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=types("network:AzureFirewall", "network:FirewallPolicy"),
        why="By default such traffic is reported and let through.",
        remedy="Set threatIntelMode to Deny; in the Premium tier intrusionDetection.mode to Deny, too.",
        url=f"{LEARN}/firewall/threat-intel",
        references=("MCSB NS-3", "MCSB NS-4", "PCI DSS 11.5.1"),
        check=_known_attackers_are_refused,
    ),
    ResourceRule(
        id="firewall-rules-named",
        title="Firewalls allow named destinations only",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=types("network:FirewallPolicyRuleCollectionGroup"),
        why="A rule that allows everything makes an expensive router of the firewall.",
        remedy="Name addresses, ports or fully qualified names in every rule that allows.",
        url=f"{LEARN}/firewall/rule-processing",
        references=("MCSB NS-3", "PCI DSS 1.3.2"),
        check=_flows_are_named,
    ),
)
