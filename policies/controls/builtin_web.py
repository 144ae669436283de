"""Built-in policies over web apps, containers, gateways and APIs: none of them is this platform's own.

GUIDs, versions, effects, parameters: github.com/Azure/azure-policy, built-in-policies/policyDefinitions, and
MicrosoftDocs/azure-docs, includes/policy/reference/bycat (2026-11-22).
"""

from __future__ import annotations

from policies.controls.model import AzurePolicy
from policies.controls.shorthand import AUDIT, EXISTS, built_in

WEB: tuple[AzurePolicy, ...] = (
    built_in(
        "web-public-access",
        "1b5ef780-c53c-4a64-87f3-bb9c8c8094ba",
        1,
        "App Service apps should disable public network access",
        "app-public-access-off",
        effects=AUDIT,
    ),
    built_in(
        "web-slot-public-access",
        "701a595d-38fb-4a66-ae6d-fb3735217622",
        1,
        "App Service app slots should disable public network access",
        "app-public-access-off",
        effects=AUDIT,
    ),
    built_in(
        "web-https",
        "a4af4a39-4135-47fb-b175-47fbdf85311d",
        4,
        "App Service apps should only be accessible over HTTPS",
        "app-https-only",
    ),
    built_in(
        "web-slot-https",
        "ae1b9a8c-dfce-4605-bd91-69213b4a26fc",
        2,
        "App Service app slots should only be accessible over HTTPS",
        "app-https-only",
    ),
    built_in(
        "web-tls-version",
        "f0e6e85b-9b9f-4a4b-b67b-f730d42f1b0b",
        2,
        "App Service apps should use the latest TLS version",
        "app-https-only",
        effects=EXISTS,
    ),
    built_in(
        "web-slot-tls-version",
        "4ee5b817-627a-435a-8932-116193268172",
        1,
        "App Service app slots should use the latest TLS version",
        "app-https-only",
        effects=EXISTS,
    ),
    built_in(
        "web-debugging",
        "cb510bfd-1cba-4d9f-a230-cb0976f4bb71",
        2,
        "App Service apps should have remote debugging turned off",
        "app-remote-debugging-off",
        effects=EXISTS,
    ),
    built_in(
        "web-slot-debugging",
        "a08ae1ab-8d1d-422b-a123-df82b307ba61",
        1,
        "App Service app slots should have remote debugging turned off",
        "app-remote-debugging-off",
        effects=EXISTS,
    ),
    built_in(
        "web-cors",
        "5744710e-cc2f-4ee8-8809-3b11e89f4bc9",
        2,
        "App Service apps should not have CORS configured to allow every resource to access your apps",
        "app-cors-named",
        effects=EXISTS,
    ),
    built_in(
        "web-slot-cors",
        "cae7c12e-764b-4c87-841a-fdc6675d196f",
        1,
        "App Service app slots should not have CORS configured to allow every resource to access your apps",
        "app-cors-named",
        effects=EXISTS,
    ),
    built_in(
        "web-identity",
        "2b9ad585-36bc-4615-b300-fd4435808332",
        3,
        "App Service apps should use managed identity",
        "app-managed-identity",
        effects=EXISTS,
    ),
    built_in(
        "web-slot-identity",
        "4a15c15f-90d5-4a1f-8b63-2903944963fd",
        1,
        "App Service app slots should use managed identity",
        "app-managed-identity",
        effects=EXISTS,
    ),
    built_in(
        "web-outbound",
        "a691eacb-474d-47e4-b287-b4813ca44222",
        1,
        "App Service apps should enable outbound non-RFC 1918 traffic to Azure Virtual Network",
        "app-outbound-through-network",
        effects=AUDIT,
    ),
    built_in(
        "web-slot-outbound",
        "f5c0bfb3-acea-47b1-b477-b0edcdf6edc1",
        1,
        "App Service app slots should enable outbound non-RFC 1918 traffic to Azure Virtual Network",
        "app-outbound-through-network",
        effects=AUDIT,
    ),
    built_in(
        "web-ftp-passwords",
        "871b205b-57cf-4e1e-a234-492616998bf7",
        1,
        "App Service apps should have local authentication methods disabled for FTP deployments",
        "app-publishing-passwords-off",
        effects=EXISTS,
    ),
    built_in(
        "web-scm-passwords",
        "aede300b-d67f-480a-ae26-4b3dfb1a1fdc",
        1,
        "App Service apps should have local authentication methods disabled for SCM site deployments",
        "app-publishing-passwords-off",
        effects=EXISTS,
    ),
    built_in(
        "web-slot-ftp-passwords",
        "ec71c0bc-6a45-4b1f-9587-80dc83e6898c",
        1,
        "App Service app slots should have local authentication methods disabled for FTP deployments",
        "app-publishing-passwords-off",
        effects=EXISTS,
    ),
    built_in(
        "web-slot-scm-passwords",
        "847ef871-e2fe-4e6e-907e-4adbf71de5cf",
        1,
        "App Service app slots should have local authentication methods disabled for SCM site deployments",
        "app-publishing-passwords-off",
        effects=EXISTS,
    ),
    built_in(
        "web-plan-zones",
        "22888755-d824-4e43-8e0b-42d481836554",
        1,
        "[Preview]: App Service Plans should be Zone Redundant",
        "app-plan-zones",
        effects=AUDIT,
        preview=True,
    ),
)

POLICIES = WEB
