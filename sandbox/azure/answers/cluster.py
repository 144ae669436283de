"""Host names, identities and issuer of an AKS cluster."""

from sandbox.azure import paths
from sandbox.azure.answerbook import answers, derived, location
from sandbox.azure.tenant import TENANT_ID
from sandbox.azure.world import World
from sandbox.provider.values import Object, dig
from sandbox.store import Entry


@answers("containerservice:ManagedCluster")
def _cluster(entry: Entry, world: World) -> Object:
    name, region, inputs = paths.name_of(entry.id), location(entry), entry.inputs
    prefix = str(inputs.get("dnsPrefix") or inputs.get("fqdnSubdomain") or name)
    label = f"{prefix}-{derived(entry, 'fqdn', 8)}"
    made_up = f"MC_{paths.name_of(paths.group_of(entry.id) or '')}_{name}_{region}"
    group = str(inputs.get("nodeResourceGroup") or made_up)
    zone = "private" if dig(inputs, "apiServerAccessProfile", "enableVnetIntegration") else "privatelink"
    result: Object = {
        "nodeResourceGroup": group,
        "powerState": {"code": "Running"},
        "currentKubernetesVersion": str(inputs.get("kubernetesVersion", "")),
        "azurePortalFQDN": f"{label}.portal.hcp.{region}.azmk8s.io",
        "resourceUID": derived(entry, "uid", 24),
    }
    if dig(inputs, "apiServerAccessProfile", "enablePrivateCluster"):
        result["privateFQDN"] = f"{label}.{entry.guid('zone')}.{zone}.{region}.azmk8s.io"
    if dig(inputs, "apiServerAccessProfile", "enablePrivateClusterPublicFQDN") is not False:
        result["fqdn"] = f"{label}.hcp.{region}.azmk8s.io"
    if dig(inputs, "oidcIssuerProfile", "enabled"):
        issuer = f"https://{region}.oic.prod-aks.azure.com/{TENANT_ID}/{entry.guid('issuer')}/"
        result["oidcIssuerProfile"] = {**inputs["oidcIssuerProfile"], "issuerURL": issuer}
    result["identityProfile"] = inputs.get("identityProfile") or {"kubeletidentity": _kubelet(entry, group, name)}
    addons = inputs.get("addonProfiles")
    if addons:
        result["addonProfiles"] = {
            key: {**value, **_addon_identity(entry, group, name, key, value)} for key, value in addons.items()
        }
    return result


def _kubelet(entry: Entry, group: str, name: str) -> Object:
    return _managed(entry, group, f"{name}-agentpool", "kubelet")


def _addon_identity(entry: Entry, group: str, name: str, addon: str, profile: Object) -> Object:
    with_identity = addon in ("azureKeyvaultSecretsProvider", "omsagent", "azurepolicy", "ingressApplicationGateway")
    if not with_identity or not profile.get("enabled"):
        return {}
    return {"identity": _managed(entry, group, f"{addon.lower()}-{name}", addon)}


def _managed(entry: Entry, group: str, name: str, purpose: str) -> Object:
    identities = f"{paths.subscription_of(entry.id)}/resourceGroups/{group}/providers/Microsoft.ManagedIdentity"
    return {
        "resourceId": f"{identities}/userAssignedIdentities/{name}",
        "clientId": entry.guid(f"{purpose}/client"),
        "objectId": entry.guid(f"{purpose}/object"),
    }
