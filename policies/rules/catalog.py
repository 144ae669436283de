"""Names that several families of rules share."""

from __future__ import annotations

from collections.abc import Iterator

from policies.kit.rule import Resource, types
from policies.kit.values import Value

COST = "cost"
ENCRYPTION = "encryption"
IDENTITY = "identity"
INGRESS = "ingress"
KUBERNETES = "kubernetes"
LIFECYCLE = "lifecycle"
OBSERVABILITY = "observability"
ODOO = "odoo"
PRIVATE_NETWORK = "private-network"
RESIDENCY = "residency"
RESILIENCE = "resilience"
SCALING = "scaling"
SUPPLY_CHAIN = "supply-chain"
TAGGING = "tagging"
TENANCY = "tenancy"
VIRTUAL_MACHINES = "virtual-machines"

LEARN = "https://learn.microsoft.com/azure"
KUBERNETES_DOCS = "https://kubernetes.io/docs"

CONFIG_MAP = types("kubernetes:core:ConfigMap")

POSTGRES = types("dbforpostgresql:Server")
POSTGRES_PARAMETER = types("dbforpostgresql:Configuration")
REDIS_CLUSTER = types("redisenterprise:RedisEnterprise")
REDIS_DATABASE = types("redisenterprise:Database")
STORAGE_ACCOUNT = types("storage:StorageAccount")
VAULT = types("keyvault:Vault")
HSM = types("keyvault:ManagedHsm")
KEY = types("keyvault:Key")
REGISTRY = types("containerregistry:Registry")
AKS = types("containerservice:ManagedCluster")
AKS_POOL = types("containerservice:AgentPool")
SQL_SERVER = types("sql:Server")
SQL_INSTANCE = types("sql:ManagedInstance")
MYSQL = types("dbformysql:Server")
COSMOS = types("cosmosdb:DatabaseAccount")
DATABASE_FIREWALLS = types(
    "dbformysql:FirewallRule",
    "dbforpostgresql:FirewallRule",
    "dbforpostgresql:ServerGroupFirewallRule",
    "sql:FirewallRule",
    "synapse:IpFirewallRule",
)
WEB_APP = types("web:WebApp", "web:WebAppSlot")
APP_CONFIGURATION = types("appconfiguration:ConfigurationStore")
MESSAGING = types("eventhub:Namespace", "servicebus:Namespace")
REALTIME = types("signalrservice:SignalR", "webpubsub:WebPubSub")
MACHINES = types("compute:VirtualMachine", "compute:VirtualMachineScaleSet")
SCALE_SET = types("compute:VirtualMachineScaleSet")


def pools(resource: Resource) -> Iterator[Value]:
    """The node pools of a cluster, or the one that an agent pool is."""
    if resource.type in AKS_POOL:
        yield resource.inputs
    else:
        yield from resource.at("agentPoolProfiles").elements()


def machine_profile(resource: Resource) -> Value:
    """What describes the machine: the resource, or the profile of a scale set."""
    return resource.at("virtualMachineProfile") if resource.type.endswith("ScaleSet") else resource.inputs
