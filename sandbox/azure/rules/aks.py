"""AKS clusters: networks, the private API, identities, versions, maintenance.

learn.microsoft.com azure/aks: private-clusters, api-server-vnet-integration, azure-cni-powered-by-cilium,
egress-outboundtype, supported-kubernetes-versions, planned-maintenance, image-cleaner, use-managed-identity
"""

import ipaddress
import re
from collections.abc import Iterator
from typing import Any, Final

from sandbox.azure import paths
from sandbox.azure.regions import normal
from sandbox.azure.rulebook import Change, stateful, static
from sandbox.azure.rules.authorization import role_id
from sandbox.azure.rules.network import AKS_DELEGATION, network_of, networks, overlap, prefixes
from sandbox.azure.rules.scope import refuse
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.values import Object, dig, known_items

VERSION: Final = re.compile(r"1\.(?P<minor>\d+)(\.\d+)?")
SUPPORTED_MINORS: Final = range(34, 38)  # 1.34 leaves support this month, 1.37 has just come
LONG_TERM_MINORS: Final = range(32, 38)
NODE_GROUP_CHARACTERS: Final = 80
DNS_PREFIX: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,52}[A-Za-z0-9])?")
CLEANER_HOURS: Final = range(24, 2161)
WINDOW_HOURS: Final = range(4, 25)
WINDOW_NAMES: Final = ("default", "aksManagedAutoUpgradeSchedule", "aksManagedNodeOSUpgradeSchedule")
OVERLAY_NODE_PREFIX: Final = 24


@static("containerservice:ManagedCluster")
def names_and_version(inputs: Object) -> Iterator[Failure]:
    prefix = inputs.get("dnsPrefix")
    if ("dnsPrefix" in inputs) == ("fqdnSubdomain" in inputs):
        yield Failure("dnsPrefix", "give one of dnsPrefix and fqdnSubdomain")
    if isinstance(prefix, str) and not DNS_PREFIX.fullmatch(prefix):
        yield refuse("dnsPrefix", prefix, "1 to 54 letters, digits and hyphens, none of these at the ends")
    group = inputs.get("nodeResourceGroup")
    if isinstance(group, str) and len(group) > NODE_GROUP_CHARACTERS:
        yield refuse("nodeResourceGroup", group, f"at most {NODE_GROUP_CHARACTERS} characters")
    version = inputs.get("kubernetesVersion")
    if isinstance(version, str):
        long_term = inputs.get("supportPlan") == "AKSLongTermSupport"
        minors = LONG_TERM_MINORS if long_term else SUPPORTED_MINORS
        match = VERSION.fullmatch(version)
        if not match or int(match.group("minor")) not in minors:
            plan = "with long-term support" if long_term else "without long-term support"
            yield refuse("kubernetesVersion", version, f"1.{minors.start} to 1.{minors.stop - 1} {plan}")
    if inputs.get("supportPlan") == "AKSLongTermSupport" and dig(inputs, "sku", "tier") != "Premium":
        yield refuse("sku.tier", dig(inputs, "sku", "tier"), "Premium with supportPlan AKSLongTermSupport")


@static("containerservice:ManagedCluster")
def network_profile(inputs: Object) -> Iterator[Failure]:
    """The cluster's own ranges stand apart; Cilium and overlay need Azure CNI."""
    profile = inputs.get("networkProfile") or {}
    given = {key: dig(profile, key) for key in ("podCidr", "serviceCidr")}
    ranges = {key: network_of(text) for key, text in given.items() if isinstance(text, str)}
    for key, network in ranges.items():
        if network is None:
            yield refuse(f"networkProfile.{key}", profile[key], "an address range without host bits")
    pods, services = ranges.get("podCidr"), ranges.get("serviceCidr")
    if pods and services and overlap(pods, services):
        yield Failure("networkProfile.podCidr", f"{pods} overlaps serviceCidr {services}")
    if pods and dig(profile, "networkPluginMode") == "overlay" and pods.prefixlen >= OVERLAY_NODE_PREFIX:
        yield refuse("networkProfile.podCidr", str(pods), "larger than a /24: an overlay gives each node a /24 of it")
    dns = dig(profile, "dnsServiceIP")
    if (
        services
        and isinstance(dns, str)
        and (ipaddress.ip_address(dns) not in services or ipaddress.ip_address(dns) in (services[0], services[1]))
    ):
        yield refuse("networkProfile.dnsServiceIP", dns, f"inside {services}, not its first address")
    cilium = "cilium" in (dig(profile, "networkDataplane"), dig(profile, "networkPolicy"))
    if cilium and dig(profile, "networkPlugin") != "azure":
        yield refuse("networkProfile.networkPlugin", dig(profile, "networkPlugin"), "azure with Cilium")
    if dig(profile, "networkPolicy") == "cilium" and dig(profile, "networkDataplane") != "cilium":
        plane = dig(profile, "networkDataplane")
        yield refuse("networkProfile.networkDataplane", plane, "cilium with networkPolicy cilium")
    if dig(profile, "advancedNetworking", "security", "enabled") and not cilium:
        yield Failure("networkProfile.advancedNetworking.security", "needs networkDataplane cilium")


@static("containerservice:ManagedCluster")
def private_api(inputs: Object) -> Iterator[Failure]:
    """What fits together in a private API, and the name of its zone."""
    api = inputs.get("apiServerAccessProfile") or {}
    if dig(api, "enableVnetIntegration") and "subnetId" not in api and inputs.get("agentPoolProfiles"):
        yield Failure("apiServerAccessProfile.subnetId", "required with enableVnetIntegration in a network of your own")
    if dig(api, "privateDNSZone") == "none" and dig(api, "enablePrivateClusterPublicFQDN") is False:
        yield refuse("apiServerAccessProfile.privateDNSZone", "none", "a zone or 'system' without a public FQDN")
    if dig(api, "enablePrivateCluster") and known_items(api.get("authorizedIPRanges")):
        yield Failure("apiServerAccessProfile.authorizedIPRanges", "have no effect on a private API: leave them out")
    zone = dig(api, "privateDNSZone")
    if isinstance(zone, str) and zone.startswith("/"):
        wanted = rf"([\w-]+\.)?(privatelink|private)\.{normal(inputs.get('location'))}\.azmk8s\.io"
        if not re.fullmatch(wanted, paths.name_of(zone), re.IGNORECASE):
            example = f"privatelink.{normal(inputs.get('location'))}.azmk8s.io"
            yield refuse("apiServerAccessProfile.privateDNSZone", paths.name_of(zone), example)
        if "UserAssigned" not in str(dig(inputs, "identity", "type")):
            kind = dig(inputs, "identity", "type")
            yield refuse("identity.type", kind, "UserAssigned with a private DNS zone of your own")


@static("containerservice:ManagedCluster")
def logins_and_add_ons(inputs: Object) -> Iterator[Failure]:
    """Features that need another one, and add-on settings, which are texts."""
    if inputs.get("disableLocalAccounts") and not dig(inputs, "aadProfile", "managed"):
        yield Failure("aadProfile.managed", "required with disableLocalAccounts: nobody could log in")
    workload_identity = dig(inputs, "securityProfile", "workloadIdentity", "enabled")
    if workload_identity and not dig(inputs, "oidcIssuerProfile", "enabled"):
        yield Failure("oidcIssuerProfile.enabled", "required with workload identity")
    hours = dig(inputs, "securityProfile", "imageCleaner", "intervalHours")
    if dig(inputs, "securityProfile", "imageCleaner", "enabled") and hours not in CLEANER_HOURS:
        yield refuse("securityProfile.imageCleaner.intervalHours", hours, "24 to 2160")
    for name, addon in (inputs.get("addonProfiles") or {}).items():
        for key, value in (dig(addon, "config") or {}).items():
            if not isinstance(value, str):
                yield refuse(f"addonProfiles.{name}.config.{key}", value, "a text")


@static("containerservice:MaintenanceConfiguration")
def maintenance(inputs: Object) -> Iterator[Failure]:
    """Three names, four hours or more."""
    name, hours = inputs.get("configName"), dig(inputs, "maintenanceWindow", "durationHours")
    if isinstance(name, str) and name not in WINDOW_NAMES:
        yield refuse("configName", name, ", ".join(WINDOW_NAMES))
    if isinstance(hours, int) and hours not in WINDOW_HOURS:
        yield refuse("maintenanceWindow.durationHours", hours, "4 to 24")


@stateful("containerservice:ManagedCluster")
def subnets(change: Change) -> None:
    """The API server's subnet is delegated; nodes' subnets lead out as outboundType says; no range is used twice."""
    api = dig(change.new, "apiServerAccessProfile", "subnetId")
    if api:
        services = known_items((change.world.body(api) or {}).get("delegations"))
        if AKS_DELEGATION.lower() not in [str(dig(item, "serviceName")).lower() for item in services]:
            raise ProviderError("InvalidApiServerSubnet", f"subnet '{api}' must be delegated to {AKS_DELEGATION}")
    for pool in known_items(change.new.get("agentPoolProfiles")):
        subnet = dig(pool, "vnetSubnetID")
        if subnet:
            _node_subnet(change, str(subnet), change.world.body(subnet) or {})


def _node_subnet(change: Change, identifier: str, body: Object) -> None:
    outbound = dig(change.new, "networkProfile", "outboundType")
    if outbound == "userAssignedNATGateway" and not dig(body, "natGateway", "id"):
        raise ProviderError("InvalidUserAssignedNATGateway", f"outboundType: subnet '{identifier}' has no NAT gateway")
    if outbound == "userDefinedRouting":
        table = change.world.body(str(dig(body, "routeTable", "id"))) or {}
        routes = [str(route.get("addressPrefix")) for route in known_items(table.get("routes"))]
        routes += [
            str(entry.inputs.get("addressPrefix"))
            for entry in change.world.store.of_type("azure-native:network:Route")
            if (paths.parent_of(entry.id) or "").lower() == str(dig(body, "routeTable", "id")).lower()
        ]
        if "0.0.0.0/0" not in routes:
            raise ProviderError("MissingDefaultRoute", f"outboundType: no route 0.0.0.0/0 on subnet '{identifier}'")
    for key in ("podCidr", "serviceCidr"):
        network = network_of(dig(change.new, "networkProfile", key))
        for mine in networks(prefixes(body)):
            if network and overlap(network, mine):
                message = f"networkProfile.{key} {network} overlaps {mine} of subnet '{identifier}'"
                raise ProviderError("CIDRAlreadyInUse", message)


@stateful("containerservice:ManagedCluster")
def identity_permissions(change: Change) -> None:
    """The control plane's identity holds what it needs before the cluster is made (depends_on the assignments)."""
    attached = known_items(dig(change.new, "identity", "userAssignedIdentities"))
    if not attached:
        return
    holder = change.world.get(str(attached[0]))
    principal = str(holder.outputs.get("principalId")) if holder else ""
    network = [dig(change.new, "apiServerAccessProfile", "subnetId")]
    network += [dig(pool, "vnetSubnetID") for pool in known_items(change.new.get("agentPoolProfiles"))]
    for subnet in dict.fromkeys(filter(None, network)):
        _need(change, principal, "Network Contributor", str(subnet))
    zone = dig(change.new, "apiServerAccessProfile", "privateDNSZone")
    if isinstance(zone, str) and zone.startswith("/"):
        _need(change, principal, "Private DNS Zone Contributor", zone)
    kubelet: Any = dig(change.new, "identityProfile", "kubeletidentity", "resourceId")
    if kubelet:
        _need(change, principal, "Managed Identity Operator", str(kubelet))


def _need(change: Change, principal: str, role: str, scope: str) -> None:
    held = (role, "Contributor", "Owner")
    if not any(change.world.has_role(principal, role_id(name), scope) for name in held):
        raise ProviderError(
            "LinkedAuthorizationFailed",
            f"the cluster's identity '{principal}' needs the role {role!r} at '{scope}' before the cluster is made",
        )


@stateful("containerservice:ManagedCluster")
def upgrades(change: Change) -> None:
    """One minor version at a time, and never down."""
    if change.old is None:
        return
    matches = [VERSION.fullmatch(str(item.get("kubernetesVersion"))) for item in (change.old, change.new)]
    minors = [int(match.group("minor")) for match in matches if match]
    if len(minors) == len(matches) and minors[1] - minors[0] not in (0, 1):
        message = f"kubernetesVersion: 1.{minors[0]} cannot become 1.{minors[1]}: one step up at a time"
        raise ProviderError("OperationNotAllowed", message)
