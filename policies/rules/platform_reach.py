"""Platform services that have more than one way to be private, and the ways that data take out of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceRule, must, must_if_set, types
from policies.kit.values import IS_FALSE, IS_TRUE, Finding, Test, one_of
from policies.rules.catalog import COSMOS, LEARN, MYSQL, PRIVATE_NETWORK, SQL_INSTANCE, SQL_SERVER

_DISABLED = one_of("Disabled")
# An address that stands for all of Azure, whoever the customer (learn.microsoft.com azure/cosmos-db/
# how-to-configure-firewall), and the range of all addresses.
_EVERYBODY = one_of("0.0.0.0", "0.0.0.0/0")  # noqa: S104 addresses in a rule, nothing is bound
# Triggers that give a workflow an address of its own.
_CALLED = one_of("Request", "ApiConnectionWebhook", "HttpWebhook")
# An empty list lets other workflows call, and nobody else.
_IS_LIST = Test("be a list of ranges", lambda value: isinstance(value, Sequence) and not isinstance(value, str))
_REFERENCES = ("MCSB NS-2", "PCI DSS 1.3.1", "ISO 27001 8.20")


def _mysql_is_private(resource: Resource) -> Iterator[Finding]:
    network = resource.at("network")
    if not network.at("delegatedSubnetResourceId").is_set():
        yield from network.at("publicNetworkAccess").must(_DISABLED)


def _redis_is_private(resource: Resource) -> Iterator[Finding]:
    # A cache that is injected into a subnet has an address there alone.
    if not resource.at("subnetId").is_set():
        yield from resource.at("publicNetworkAccess").must(_DISABLED)


def _gateway_is_private(resource: Resource) -> Iterator[Finding]:
    # The setting is refused while the service is made, so a service inside of a network need not have it.
    if not resource.at("virtualNetworkType").may_meet(one_of("Internal")):
        yield from resource.at("publicNetworkAccess").must(_DISABLED)


def _apps_are_private(resource: Resource) -> Iterator[Finding]:
    if not resource.at("vnetConfiguration.internal").may_meet(IS_TRUE):
        yield from resource.at("publicNetworkAccess").must(_DISABLED)


def _group_is_private(resource: Resource) -> Iterator[Finding]:
    yield from resource.at("ipAddress.type").must_not(one_of("Public"), "put the group into a subnet")


def _cosmos_is_closed(resource: Resource) -> Iterator[Finding]:
    for rule in resource.at("ipRules").elements():
        yield from rule.at("ipAddressOrRange").must_not(
            _EVERYBODY, "that lets in every customer of Azure, or everybody"
        )


def _callers_are_limited(resource: Resource) -> Iterator[Finding]:
    triggers = resource.at("definition.triggers")
    if any(trigger.at("type").meets(_CALLED) for _, trigger in triggers.entries()):
        yield from resource.at("accessControl.triggers.allowedCallerIpAddresses").must(_IS_LIST)


RULES = (
    ResourceRule(
        id="mysql-public-access-off",
        title="MySQL servers have no public address",
        family=PRIVATE_NETWORK,
        severity=Severity.CRITICAL,
        types=MYSQL,
        why="A database must not be one password away from the Internet.",
        remedy="Use a delegated subnet, or set network.publicNetworkAccess to Disabled with a private endpoint.",
        url=f"{LEARN}/mysql/flexible-server/concepts-networking",
        references=_REFERENCES,
        check=_mysql_is_private,
    ),
    ResourceRule(
        id="redis-classic-public-access-off",
        title="Azure Cache for Redis has no public address",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=types("redis:Redis"),
        why="Whoever reaches the sessions is logged in.",
        remedy="Set publicNetworkAccess to Disabled and use a private endpoint.",
        url=f"{LEARN}/azure-cache-for-redis/cache-private-link",
        references=_REFERENCES,
        check=_redis_is_private,
    ),
    ResourceRule(
        id="apim-public-access-off",
        title="API Management is reached through the network",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=types("apimanagement:ApiManagementService"),
        why="A gateway that answers the Internet goes past the one that filters and logs.",
        remedy="Set virtualNetworkType to Internal, or publicNetworkAccess to Disabled with a private endpoint.",
        url=f"{LEARN}/api-management/virtual-network-concepts",
        references=_REFERENCES,
        check=_gateway_is_private,
    ),
    ResourceRule(
        id="container-env-public-access-off",
        title="Environments of container apps are inside of the network",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=types("app:ManagedEnvironment"),
        why="Every app in it gets an address on the Internet otherwise.",
        remedy="Set vnetConfiguration.internal to true, or publicNetworkAccess to Disabled with a private endpoint.",
        url=f"{LEARN}/container-apps/networking",
        references=_REFERENCES,
        check=_apps_are_private,
    ),
    ResourceRule(
        id="container-group-private",
        title="Container groups have no public address",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=types("containerinstance:ContainerGroup"),
        why="A container with an address of its own takes connections past every gateway.",
        remedy="Set subnetIds, and ipAddress.type to Private or leave ipAddress out.",
        url=f"{LEARN}/container-instances/container-instances-virtual-network-concepts",
        references=_REFERENCES,
        check=_group_is_private,
    ),
    ResourceRule(
        id="sql-instance-public-endpoint-off",
        title="SQL managed instances have no public endpoint",
        family=PRIVATE_NETWORK,
        severity=Severity.CRITICAL,
        types=SQL_INSTANCE,
        why="The instance is inside of a network; the endpoint opens a door around it.",
        remedy="Leave publicDataEndpointEnabled off.",
        url=f"{LEARN}/azure-sql/managed-instance/public-endpoint-configure",
        references=_REFERENCES,
        check=must_if_set("publicDataEndpointEnabled", IS_FALSE),
    ),
    ResourceRule(
        id="cosmos-firewall-closed",
        title="Address rules of Cosmos DB open it neither to all of Azure nor to the Internet",
        family=PRIVATE_NETWORK,
        severity=Severity.CRITICAL,
        types=COSMOS,
        why="The rule that the portal offers, 0.0.0.0, admits every customer of Azure.",
        remedy="Remove the rule from ipRules and use a private endpoint.",
        url=f"{LEARN}/cosmos-db/how-to-configure-firewall",
        references=("MCSB NS-2", "CIS Azure 3.0 5.4.1"),
        check=_cosmos_is_closed,
    ),
    ResourceRule(
        id="sql-outbound-restricted",
        title="SQL servers reach listed addresses only",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=SQL_SERVER,
        why="A server that may write anywhere exports the database to anybody's account.",
        remedy="Set restrictOutboundNetworkAccess to Enabled and add an OutboundFirewallRule for each target.",
        url=f"{LEARN}/azure-sql/database/outbound-firewall-rule-overview",
        references=("MCSB DP-2", "PCI DSS 1.3.2"),
        check=must("restrictOutboundNetworkAccess", one_of("Enabled")),
    ),
    ResourceRule(
        id="cognitive-outbound-restricted",
        title="Azure's AI services reach listed names only",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=types("cognitiveservices:Account"),
        why="A prompt that names an address must not be able to send data there.",
        remedy="Set properties.restrictOutboundNetworkAccess to true and list allowedFqdnList.",
        url=f"{LEARN}/ai-services/cognitive-services-data-loss-prevention",
        references=("MCSB DP-2", "PCI DSS 1.3.2"),
        check=must("properties.restrictOutboundNetworkAccess", IS_TRUE),
    ),
    ResourceRule(
        id="databricks-no-public-ip",
        title="Machines of Databricks have no public address",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=types("databricks:Workspace"),
        why="A node with a public address takes connections past every gateway.",
        remedy="Set parameters.enableNoPublicIp.value to true.",
        url=f"{LEARN}/databricks/security/network/classic/secure-cluster-connectivity",
        references=("MCSB NS-2", "PCI DSS 1.4.2"),
        check=must("parameters.enableNoPublicIp.value", IS_TRUE),
    ),
    ResourceRule(
        id="logic-callers-limited",
        title="Workflows with an address say who may call it",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=types("logic:Workflow"),
        why="Whoever gets hold of the address of a trigger starts the workflow, from anywhere.",
        remedy="List the ranges in accessControl.triggers.allowedCallerIpAddresses; none lets workflows call only.",
        url=f"{LEARN}/logic-apps/logic-apps-securing-a-logic-app",
        references=("MCSB NS-2",),
        check=_callers_are_limited,
    ),
    ResourceRule(
        id="storage-website-refused",
        title="Storage accounts serve no website",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=types("storage:StorageAccountStaticWebsite"),
        why="What is in the container $web is read by anybody who reaches the account, without signing in.",
        remedy="Serve static content from a gateway or a web app; leave StorageAccountStaticWebsite out.",
        url=f"{LEARN}/storage/blobs/storage-blob-static-website",
        references=("MCSB NS-2", "CIS Azure 6.0 9.3.8"),
        check=lambda _: (Finding(message="an account with data must not serve a website"),),
    ),
)
