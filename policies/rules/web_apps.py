"""Web apps and functions: who reaches them, what they reach, and as whom."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceRule, must, must_if_set, types
from policies.kit.values import IS_FALSE, IS_SET, IS_TRUE, Finding, one_of
from policies.rules.catalog import IDENTITY, LEARN, PRIVATE_NETWORK, RESILIENCE, WEB_APP

_PUBLISHING = types(
    "web:WebAppFtpAllowed", "web:WebAppFtpAllowedSlot", "web:WebAppScmAllowed", "web:WebAppScmAllowedSlot"
)


def _origins_are_named(resource: Resource) -> Iterator[Finding]:
    for origin in resource.at("siteConfig.cors.allowedOrigins").elements():
        yield from origin.must_not(
            one_of("*"), "pages of any site could then call the app as the person who reads them"
        )


def _goes_through_the_network(resource: Resource) -> Iterator[Finding]:
    yield from resource.at("virtualNetworkSubnetId").must(IS_SET)
    # Two spellings of the same; the first is the newer one.
    if not resource.at("outboundVnetRouting.allTraffic").may_meet(IS_TRUE):
        yield from resource.at("siteConfig.vnetRouteAllEnabled").must(IS_TRUE)


RULES = (
    ResourceRule(
        id="app-remote-debugging-off",
        title="Nobody debugs web apps over the network",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=WEB_APP,
        why="A debugger reads every variable and runs any code.",
        remedy="Leave siteConfig.remoteDebuggingEnabled off.",
        url=f"{LEARN}/app-service/configure-common",
        references=("MCSB PV-2", "ISO 27001 8.9"),
        check=must_if_set("siteConfig.remoteDebuggingEnabled", IS_FALSE),
    ),
    ResourceRule(
        id="app-cors-named",
        title="Web apps name the sites whose pages may call them",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=WEB_APP,
        why="With * a page of anybody's calls the app from inside of the network.",
        remedy="List the origins in siteConfig.cors.allowedOrigins.",
        url=f"{LEARN}/app-service/app-service-web-tutorial-rest-api",
        references=("MCSB PV-2",),
        check=_origins_are_named,
    ),
    ResourceRule(
        id="app-outbound-through-network",
        title="Web apps reach out through the network",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=WEB_APP,
        why="Private endpoints and firewalls count only for traffic that takes the network.",
        remedy="Set virtualNetworkSubnetId, and outboundVnetRouting.allTraffic or siteConfig.vnetRouteAllEnabled.",
        url=f"{LEARN}/app-service/overview-vnet-integration",
        references=("MCSB NS-2", "PCI DSS 1.3.2"),
        check=_goes_through_the_network,
    ),
    ResourceRule(
        id="app-managed-identity",
        title="Web apps have a managed identity",
        family=IDENTITY,
        severity=Severity.MEDIUM,
        types=WEB_APP,
        why="Without one they sign in elsewhere with passwords.",
        remedy="Set identity.type to UserAssigned or SystemAssigned and assign roles.",
        url=f"{LEARN}/app-service/overview-managed-identity",
        references=("MCSB IM-3",),
        check=must("identity.type", one_of("SystemAssigned", "UserAssigned", "SystemAssigned, UserAssigned")),
    ),
    ResourceRule(
        id="app-publishing-passwords-off",
        title="Nobody publishes to web apps with a password",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=_PUBLISHING,
        why="The publishing password names nobody, and replaces the program.",
        remedy="Set allow to false for FTP and for SCM.",
        url=f"{LEARN}/app-service/configure-basic-auth-disable",
        references=("MCSB IM-1", "MCSB DS-6"),
        check=must("allow", IS_FALSE),
    ),
    ResourceRule(
        id="app-plan-zones",
        title="Plans of web apps survive the loss of a zone",
        family=RESILIENCE,
        severity=Severity.MEDIUM,
        types=types("web:AppServicePlan"),
        why="All instances of a plan without zone redundancy may be in one building.",
        remedy="Set zoneRedundant to true, with sku.capacity of 2 or more.",
        url=f"{LEARN}/reliability/reliability-app-service",
        references=("ISO 27001 8.14", "SOC 2 A1.2"),
        check=must("zoneRedundant", IS_TRUE),
    ),
)
