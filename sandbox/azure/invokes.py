"""Functions of azure-native: who is asking, keys and kubeconfigs, and `get...` of what exists."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable
from typing import Final

from sandbox.azure import paths
from sandbox.azure.tenant import CLIENT_ID, OBJECT_ID, SUBSCRIPTION_ID, TENANT_ID
from sandbox.azure.world import World
from sandbox.cluster.api import ApiError
from sandbox.cluster.nodes import NodePool, node_pools
from sandbox.failures import SandboxError
from sandbox.provider.errors import ProviderError
from sandbox.provider.sdk import Package
from sandbox.provider.values import Object, dig
from sandbox.store import Entry

# learn.microsoft.com azure/aks/kubelogin-authentication: the Entra applications of every AKS cluster.
AKS_SERVER_APPLICATION: Final = "6dae42f8-4368-4678-94ff-3960e28e3630"
AKS_CLIENT_APPLICATION: Final = "80faf920-1908-4b52-b5ef-a8e7bedfc67a"
CLUSTERS: Final = "Microsoft.ContainerService/managedClusters"
MANAGED_CLUSTER: Final = "azure-native:containerservice:ManagedCluster"
AGENT_POOL: Final = "azure-native:containerservice:AgentPool"

Function = Callable[[World, Object, str], Object]


def invoke(world: World, sdk: Package, token: str, arguments: Object, subscription: str) -> Object:
    """Answer a function call; unknown functions and missing resources are errors."""
    function = _FUNCTIONS.get(token)
    if function:
        return function(world, arguments, subscription)
    prefix, _, name = token.rpartition(":")
    if name.startswith("get"):
        resource = sdk.resource(f"{prefix}:{name.removeprefix('get')}")
        if resource is not None:
            path = paths.path_of(resource.token, tuple(resource.inputs))
            entry = _existing(world, path.identifier(arguments, subscription))
            return {**entry.outputs, "id": entry.id}
    raise ProviderError("", f"the sandbox has no function {token}")


def _existing(world: World, identifier: str) -> Entry:
    entry = world.get(identifier)
    if entry is None:
        raise ProviderError("ResourceNotFound", f"the resource '{identifier}' was not found")
    return entry


def _client_config(_: World, __: Object, subscription: str) -> Object:
    return {
        "clientId": CLIENT_ID,
        "objectId": OBJECT_ID,
        "subscriptionId": subscription or SUBSCRIPTION_ID,
        "tenantId": TENANT_ID,
    }


def _client_token(_: World, arguments: Object, __: str) -> Object:
    audience = str(arguments.get("endpoint", "https://management.azure.com/"))
    return {"token": "sandbox." + hashlib.sha256(audience.encode()).hexdigest()}


def _subscription(_: World, arguments: Object, subscription: str) -> Object:
    identifier = str(arguments.get("subscriptionId", subscription))
    ids = {"id": f"/subscriptions/{identifier}", "subscriptionId": identifier, "tenantId": TENANT_ID}
    return ids | {"state": "Enabled"}


def _storage_keys(world: World, arguments: Object, subscription: str) -> Object:
    account = _existing(world, _id(arguments, subscription, "Microsoft.Storage/storageAccounts", "accountName"))
    if account.inputs.get("allowSharedKeyAccess") is False:
        raise ProviderError("KeyBasedAuthenticationNotPermitted", f"shared keys are off on {paths.name_of(account.id)}")
    keys = [{"keyName": f"key{n}", "permissions": "FULL", "value": _key(account, f"key{n}")} for n in (1, 2)]
    return {"keys": keys}


def _workspace_keys(world: World, arguments: Object, subscription: str) -> Object:
    kind = "Microsoft.OperationalInsights/workspaces"
    workspace = _existing(world, _id(arguments, subscription, kind, "workspaceName"))
    if dig(workspace.inputs, "features", "disableLocalAuth"):
        raise ProviderError("Forbidden", f"local authentication is off on {paths.name_of(workspace.id)}")
    return {"primarySharedKey": _key(workspace, "primary"), "secondarySharedKey": _key(workspace, "secondary")}


def _key(entry: Entry, purpose: str) -> str:
    return base64.b64encode(hashlib.sha512(f"{entry.nonce}/{purpose}".encode()).digest()).decode()


def _user_credentials(world: World, arguments: Object, subscription: str) -> Object:
    cluster = _existing(world, _id(arguments, subscription, CLUSTERS, "resourceName"))
    running = _running(world, cluster)
    if running:
        return _encoded("clusterUser", running)
    login = ["get-token", "--environment", "AzurePublicCloud", "--server-id", AKS_SERVER_APPLICATION]
    login += ["--client-id", AKS_CLIENT_APPLICATION, "--tenant-id", TENANT_ID, "--login", "devicecode"]
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "command": "kubelogin",
        "args": login,
        "env": None,
        "provideClusterInfo": False,
    }
    return _kubeconfigs(cluster, "clusterUser", {"exec": plugin})


def _running(world: World, cluster: Entry) -> str | None:
    """The kubeconfig of the API server on this machine that stands for an AKS cluster, with nodes for its pools."""
    if world.clusters is None:
        return None

    def pools() -> list[NodePool]:
        beside = [entry.inputs for entry in world.store.below(cluster.id) if entry.type == AGENT_POOL]
        return node_pools(cluster.inputs, beside)

    try:
        return world.clusters.kubeconfig(cluster_key(cluster), paths.name_of(cluster.id), pools)
    except (SandboxError, ApiError, OSError) as error:
        raise ProviderError("", str(error)) from error


def cluster_key(cluster: Entry) -> str:
    """What the API server of an AKS cluster is kept under: it lives and dies with the cluster."""
    return f"{paths.name_of(cluster.id)}-{cluster.nonce[:8]}"


def bring_nodes(world: World, pool: str) -> None:
    """Brings a cluster's nodes in line after a change of a pool, where its API server was ever asked for."""
    cluster = world.store.get(paths.parent_of(pool) or "")
    if cluster is not None and world.clusters is not None and world.clusters.has(cluster_key(cluster)):
        _running(world, cluster)


def forget_clusters(world: World, gone: Iterable[Entry]) -> None:
    """Takes the API servers of deleted AKS clusters away, with all they hold."""
    for entry in gone:
        if world.clusters is not None and entry.type == MANAGED_CLUSTER:
            world.clusters.remove(cluster_key(entry))


def _admin_credentials(world: World, arguments: Object, subscription: str) -> Object:
    cluster = _existing(world, _id(arguments, subscription, CLUSTERS, "resourceName"))
    if cluster.inputs.get("disableLocalAccounts"):
        name = paths.name_of(cluster.id)
        raise ProviderError("BadRequest", f"getting static credential is not allowed: local accounts of {name} are off")
    return _kubeconfigs(cluster, "clusterAdmin", {"token": _key(cluster, "admin")[:64]})


def _kubeconfigs(cluster: Entry, user: str, credentials: Object) -> Object:
    name = paths.name_of(cluster.id)
    host = cluster.outputs.get("privateFQDN") or cluster.outputs.get("fqdn")
    account = f"{user}_{paths.name_of(paths.group_of(cluster.id) or '')}_{name}"
    server = {"certificate-authority-data": _key(cluster, "ca"), "server": f"https://{host}:443"}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": server}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": account}}],
        "current-context": name,
        "users": [{"name": account, "user": credentials}],
    }
    return _encoded(user, json.dumps(config))


def _encoded(user: str, kubeconfig: str) -> Object:
    return {"kubeconfigs": [{"name": user, "value": base64.b64encode(kubeconfig.encode()).decode()}]}


def _id(arguments: Object, subscription: str, kind: str, name: str) -> str:
    group = f"/subscriptions/{subscription}/resourceGroups/{arguments.get('resourceGroupName')}"
    return f"{group}/providers/{kind}/{arguments.get(name)}"


_FUNCTIONS: Final[dict[str, Function]] = {
    "azure-native:authorization:getClientConfig": _client_config,
    "azure-native:authorization:getClientToken": _client_token,
    "azure-native:subscription:getSubscription": _subscription,
    "azure-native:storage:listStorageAccountKeys": _storage_keys,
    "azure-native:operationalinsights:getSharedKeys": _workspace_keys,
    "azure-native:operationalinsights:getWorkspaceSharedKeys": _workspace_keys,
    "azure-native:containerservice:listManagedClusterUserCredentials": _user_credentials,
    "azure-native:containerservice:listManagedClusterAdminCredentials": _admin_credentials,
}
