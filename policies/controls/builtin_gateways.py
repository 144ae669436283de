"""Built-in policies over gateways, APIs and containers: but for the firewall, none of them is this platform's own.

GUIDs, versions, effects, parameters: github.com/Azure/azure-policy, built-in-policies/policyDefinitions, and
MicrosoftDocs/azure-docs, includes/policy/reference/bycat (2026-11-22).
"""

from __future__ import annotations

from policies.controls.model import AzurePolicy
from policies.controls.shorthand import AUDIT, EXISTS, built_in

GATEWAYS: tuple[AzurePolicy, ...] = (
    built_in(
        "firewall-threats",
        "da79a7e2-8aa1-45ed-af81-ba050c153564",
        1,
        "Azure Firewall Policy should enable Threat Intelligence",
        "firewall-threats-denied",
    ),
    built_in(
        "gateway-waf",
        "ff1f1879-a60d-4f23-9641-41e7391ec19a",
        1,
        "Azure Application Gateway should be deployed with Azure WAF",
        "appgw-waf",
    ),
    built_in(
        "gateway-waf-enabled",
        "564feb30-bf6a-4854-b4bb-0d2d2d1e6c66",
        2,
        "Web Application Firewall (WAF) should be enabled for Application Gateway",
        "appgw-waf",
    ),
    built_in(
        "gateway-waf-mode",
        "12430be1-6cc8-4527-a9a8-e3d38f250096",
        1,
        "Web Application Firewall (WAF) should use the specified mode for Application Gateway",
        "waf-prevents",
        modeRequirement="Prevention",
    ),
    built_in(
        "front-door-waf-mode",
        "425bea59-a659-4cbb-8d31-34499bd030b8",
        1,
        "Web Application Firewall (WAF) should use the specified mode for Azure Front Door Service",
        "waf-prevents",
        modeRequirement="Prevention",
    ),
    built_in(
        "gateway-waf-bots",
        "ebea0d86-7fbd-42e3-8a46-27e7568c2525",
        1,
        "Bot Protection should be enabled for Azure Application Gateway WAF",
        "waf-managed-rules",
        effects=AUDIT,
    ),
    built_in(
        "front-door-waf-bots",
        "27f7fb01-5fdb-44ad-954c-d582f8659533",
        1,
        "Bot Protection should be enabled for Azure Front Door WAF",
        "waf-managed-rules",
        effects=AUDIT,
    ),
    built_in(
        "front-door-tls-version",
        "679da822-78a7-4eff-8fff-a899454a9970",
        1,
        "Azure Front Door Standard and Premium should be running minimum TLS version of 1.2",
        "frontdoor-min-tls",
    ),
    built_in(
        "front-door-private-link",
        "daba2cce-8326-4af3-b049-81a362da024d",
        1,
        "Secure private connectivity between Azure Front Door Premium and Azure Storage Blob, or Azure App Service",
        "frontdoor-origin-private",
        effects=AUDIT,
    ),
    built_in(
        "vpn-entra-only",
        "21a6bc25-125e-4d13-b82d-2e19b7208ab7",
        1,
        "VPN gateways should use only Azure Active Directory (Azure AD) authentication for point-to-site users",
        "vpn-entra-only",
    ),
    built_in(
        "vpn-algorithms",
        "50b83b09-03da-41c1-b656-c293c914862b",
        1,
        "A custom IPsec/IKE policy must be applied to all Azure virtual network gateway connections",
        "vpn-tunnel-strong",
        effects=AUDIT,
    ),
)

APIS: tuple[AzurePolicy, ...] = (
    built_in(
        "api-https",
        "ee7495e7-3ba7-40b6-bfee-c29e22cc75d4",
        2,
        "API Management APIs should use only encrypted protocols",
        "apim-https-only",
    ),
    built_in(
        "api-backend-certificates",
        "92bb331d-ac71-416a-8c91-02f2cb734ce4",
        1,
        "API Management calls to API backends should not bypass certificate thumbprint or name validation",
        "apim-backend-verified",
    ),
    built_in(
        "api-named-values",
        "f1cc7827-022c-473e-836e-5a51cae0b249",
        1,
        "API Management secret named values should be stored in Azure Key Vault",
        "apim-named-values-in-vault",
        effects=AUDIT,
    ),
    built_in(
        "api-network",
        "ef619a2c-cc4d-4d03-b2ba-8c94a834d85b",
        1,
        "API Management services should use a virtual network",
        "apim-public-access-off",
    ),
    built_in(
        "api-configuration-access",
        "df73bd95-24da-4a4f-96b9-4e8b94b402bd",
        1,
        "API Management should disable public network access to the service configuration endpoints",
        "apim-public-access-off",
        effects=EXISTS,
    ),
)

CONTAINERS: tuple[AzurePolicy, ...] = (
    built_in(
        "container-group-network",
        "8af8f826-edcb-4178-b35f-851ea6fea615",
        2,
        "Azure Container Instance container group should deploy into a virtual network",
        "container-group-private",
    ),
    built_in(
        "container-group-cmk",
        "0aa61e00-0a01-4a3c-9945-e93cffedf0e6",
        1,
        "Azure Container Instance container group should use customer-managed key for encryption",
        "container-group-cmk",
    ),
    built_in(
        "container-environment-public-access",
        "d074ddf8-01a5-4b5e-a2b8-964aed452c0a",
        1,
        "Container Apps environment should disable public network access",
        "container-env-public-access-off",
    ),
    built_in(
        "container-app-https",
        "0e80e269-43a4-4ae9-b5bc-178126b8a5cb",
        1,
        "Container Apps should only be accessible over HTTPS",
        "container-app-https-only",
    ),
)

POLICIES = (*GATEWAYS, *APIS, *CONTAINERS)
