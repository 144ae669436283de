"""Platform services beside the databases and stores: reached through private endpoints, not from the Internet."""

from __future__ import annotations

from pulumi_policy import Severity

from policies.kit.rule import ResourceRule, must, types
from policies.kit.values import IS_FALSE, Test, one_of
from policies.rules.catalog import APP_CONFIGURATION, HSM, LEARN, PRIVATE_NETWORK, REALTIME

_DISABLED = one_of("Disabled")
# The second closes the service as well, but for what is in the same network security perimeter.
_DISABLED_OR_PERIMETER = one_of("Disabled", "SecuredByPerimeter")


def _public_access_off(
    service: str,
    title: str,
    tokens: frozenset[str],
    page: str,
    *,
    path: str = "publicNetworkAccess",
    test: Test = _DISABLED,
    severity: Severity = Severity.HIGH,
) -> ResourceRule:
    return ResourceRule(
        id=f"{service}-public-access-off",
        title=f"{title} have no public address",
        family=PRIVATE_NETWORK,
        severity=severity,
        types=tokens,
        why="What answers the Internet is one leaked key or one flaw away from everybody.",
        remedy=f"Set {path} to {'false' if test is IS_FALSE else 'Disabled'} and use a private endpoint.",
        url=f"{LEARN}/{page}",
        references=("MCSB NS-2", "PCI DSS 1.3.1", "ISO 27001 8.20"),
        check=must(path, test),
    )


RULES = (
    _public_access_off(
        "appconfig", "App Configuration stores", APP_CONFIGURATION, "azure-app-configuration/concept-private-endpoint"
    ),
    _public_access_off(
        "search",
        "AI Search services",
        types("search:Service"),
        "search/service-create-private-endpoint",
        test=_DISABLED_OR_PERIMETER,
    ),
    _public_access_off(
        "cognitive",
        "Accounts of Azure's AI services",
        types("cognitiveservices:Account"),
        "ai-services/cognitive-services-virtual-networks",
        path="properties.publicNetworkAccess",
    ),
    _public_access_off(
        "datafactory", "Data factories", types("datafactory:Factory"), "data-factory/data-factory-private-link"
    ),
    _public_access_off(
        "automation",
        "Automation accounts",
        types("automation:AutomationAccount"),
        "automation/how-to/private-link-security",
        test=IS_FALSE,
    ),
    _public_access_off(
        "eventgrid",
        "Event Grid topics, domains and namespaces",
        types("eventgrid:Topic", "eventgrid:Domain", "eventgrid:Namespace"),
        "event-grid/configure-private-endpoints",
    ),
    _public_access_off(
        "analytics",
        "Synapse, Databricks, Machine Learning, Data Explorer and Purview",
        types(
            "databricks:Workspace",
            "kusto:Cluster",
            "machinelearningservices:Workspace",
            "purview:Account",
            "synapse:Workspace",
        ),
        "private-link/availability",
    ),
    _public_access_off(
        "batch",
        "Batch accounts",
        types("batch:BatchAccount"),
        "batch/public-network-access",
        test=_DISABLED_OR_PERIMETER,
    ),
    _public_access_off(
        "iothub",
        "IoT hubs",
        types("iothub:IotHubResource"),
        "iot-hub/iot-hub-public-network-access",
        path="properties.publicNetworkAccess",
    ),
    _public_access_off("realtime", "SignalR and Web PubSub", REALTIME, "azure-signalr/howto-network-access-control"),
    _public_access_off(
        "relay",
        "Relay namespaces",
        types("relay:Namespace"),
        "azure-relay/private-link-service",
        test=_DISABLED_OR_PERIMETER,
    ),
    _public_access_off(
        "recovery-vault",
        "Recovery Services vaults",
        types("recoveryservices:Vault"),
        "backup/private-endpoints-overview",
        path="properties.publicNetworkAccess",
    ),
    _public_access_off(
        "collection-endpoint",
        "Data collection endpoints",
        types("monitor:DataCollectionEndpoint"),
        "azure-monitor/data-collection/data-collection-endpoint-overview",
        path="networkAcls.publicNetworkAccess",
        test=_DISABLED_OR_PERIMETER,
    ),
    _public_access_off(
        "hsm",
        "Managed HSMs",
        HSM,
        "key-vault/managed-hsm/private-link",
        path="properties.publicNetworkAccess",
        severity=Severity.CRITICAL,
    ),
    ResourceRule(
        id="file-sync-public-access-off",
        title="File Sync takes traffic of private networks only",
        family=PRIVATE_NETWORK,
        severity=Severity.HIGH,
        types=types("storagesync:StorageSyncService"),
        why="A server anywhere could otherwise register and take the shares along.",
        remedy="Set incomingTrafficPolicy to AllowVirtualNetworksOnly.",
        url=f"{LEARN}/storage/file-sync/file-sync-networking-endpoints",
        references=("MCSB NS-2",),
        check=must("incomingTrafficPolicy", one_of("AllowVirtualNetworksOnly")),
    ),
)
