"""Names: what the provider makes of one that was left out, and what Azure accepts."""

import random
import re
import uuid
from dataclasses import dataclass
from typing import Final

from sandbox.azure import paths
from sandbox.provider.contract import Naming
from sandbox.provider.errors import Failure
from sandbox.provider.values import Object

SUFFIX_DIGITS: Final = 8


@dataclass(frozen=True)
class NameRule:
    """What a name may look like (learn.microsoft.com azure/azure-resource-manager/management/resource-name-rules)."""

    shortest: int
    longest: int
    pattern: str
    words: str


_NET = (r"[A-Za-z0-9]([\w.-]*\w)?", "letters, digits, '.', '_' and '-'; first a letter or digit, last no '.' or '-'")
_ANY = (r"[^<>%&:?/]*[^<>%&:?/ .]", "no < > % & : ? / and no dot or space at the end")
_DASHED = (r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*", "letters, digits and single hyphens inside")
_LOWER = (r"[a-z0-9]+(-[a-z0-9]+)*", "lower-case letters, digits and single hyphens inside")
_WORD = (r"[A-Za-z0-9][\w-]*", "letters, digits, '-' and '_'; first a letter or digit")

RULES: Final[dict[str, NameRule]] = {
    "resources:ResourceGroup": NameRule(1, 90, r"[-\w._()]*[-\w_()]", "letters, digits, . _ - ( ), no dot at the end"),
    "network:VirtualNetwork": NameRule(2, 64, *_NET),
    "storage:StorageAccount": NameRule(3, 24, r"[a-z0-9]+", "lower-case letters and digits"),
    "storage:BlobContainer": NameRule(3, 63, r"\$?[a-z0-9]+(-[a-z0-9]+)*", _LOWER[1]),
    "storage:ObjectReplicationPolicy": NameRule(
        7, 36, r"default|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "default, or the id of the destination's policy"
    ),
    "storage:FileShare": NameRule(3, 63, *_LOWER),
    "keyvault:Vault": NameRule(3, 24, r"[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*", f"{_DASHED[1]}; first a letter"),
    "keyvault:Key": NameRule(1, 127, r"[A-Za-z0-9-]+", "letters, digits and hyphens"),
    "keyvault:Secret": NameRule(1, 127, r"[A-Za-z0-9-]+", "letters, digits and hyphens"),
    "containerregistry:Registry": NameRule(5, 50, r"[A-Za-z0-9]+", "letters and digits"),
    "containerregistry:Replication": NameRule(5, 50, r"[A-Za-z0-9]+", "letters and digits"),
    "containerregistry:CacheRule": NameRule(5, 50, r"[A-Za-z0-9-]+", "letters, digits and hyphens"),
    "dbforpostgresql:Server": NameRule(3, 63, *_LOWER),
    "dbforpostgresql:Database": NameRule(1, 63, r"[A-Za-z_][\w-]*", "letters, digits, _ and -; first a letter or _"),
    "dbforpostgresql:Configuration": NameRule(1, 256, r"[-\w.]+", "letters, digits, . _ -"),
    "dbforpostgresql:VirtualEndpoint": NameRule(3, 63, r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?", _DASHED[1]),
    "redisenterprise:RedisEnterprise": NameRule(1, 60, *_DASHED),
    "redisenterprise:AccessPolicyAssignment": NameRule(1, 60, r"[A-Za-z0-9]+", "letters and digits"),
    "containerservice:ManagedCluster": NameRule(1, 63, r"[A-Za-z0-9]([\w-]*[A-Za-z0-9])?", _WORD[1]),
    "containerservice:AgentPool": NameRule(1, 12, r"[a-z][a-z0-9]*", "lower-case letters and digits; first a letter"),
    "managedidentity:UserAssignedIdentity": NameRule(3, 128, *_WORD),
    "managedidentity:FederatedIdentityCredential": NameRule(3, 120, *_WORD),
    "operationalinsights:Workspace": NameRule(4, 63, r"[A-Za-z0-9][A-Za-z0-9-]+[A-Za-z0-9]", _DASHED[1]),
    "monitor:AzureMonitorWorkspace": NameRule(4, 63, r"(?!-)[A-Za-z0-9-]+[^-]", _DASHED[1]),
    "monitor:DataCollectionRule": NameRule(3, 64, *_NET),
    "monitor:DataCollectionEndpoint": NameRule(3, 44, *_NET),
    "monitor:ActionGroup": NameRule(1, 260, r"[^/&%\\?]*[^/&%\\? .]", "no / & % \\ ?, no dot or space at the end"),
    "monitor:MetricAlert": NameRule(1, 260, r"[^*#&+:<>?@%{}\\/]*[^*#&+:<>?@%{}\\/ .]", "no * # & + : < > ? @ % { } /"),
    "monitor:DiagnosticSetting": NameRule(1, 260, *_ANY),
    "dashboard:Grafana": NameRule(2, 30, r"[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]", f"{_DASHED[1]}; first a letter"),
    "alertsmanagement:PrometheusRuleGroup": NameRule(1, 260, r"[^:@/#{}%&+*<>?]+", "no : @ / # { } % & + * < > ?"),
    "recoveryservices:Vault": NameRule(2, 50, r"[A-Za-z][A-Za-z0-9-]*", "letters, digits, hyphens; first a letter"),
    "dataprotection:BackupVault": NameRule(2, 50, r"[A-Za-z][A-Za-z0-9-]*", "letters, digits, hyphens; first a letter"),
    "dataprotection:BackupPolicy": NameRule(3, 150, r"[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]", _DASHED[1]),
    "consumption:Budget": NameRule(1, 63, r"[A-Za-z0-9_-]+", "letters, digits, _ and -"),
    "costmanagement:Export": NameRule(1, 64, r"[A-Za-z0-9_-]+", "letters, digits, _ and -"),
    "automation:AutomationAccount": NameRule(6, 50, r"[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]", _DASHED[1]),
    **{f"authorization:{kind}": NameRule(1, 64, *_ANY)
       for kind in ("PolicyAssignment", "PolicyDefinition", "PolicyExemption", "PolicySetDefinition")},
    "compute:VirtualMachineScaleSet": NameRule(1, 64, r"[^_\W][\w.-]*(?<![-.])", _NET[1]),
    "compute:Disk": NameRule(1, 80, r"\w[\w-]*", _WORD[1]),
    "compute:DiskEncryptionSet": NameRule(1, 80, r"\w[\w-]*", _WORD[1]),
    "compute:VirtualMachine": NameRule(1, 64, r"[^_\W][\w.-]*(?<![-.])", _NET[1]),
    "monitor:AutoscaleSetting": NameRule(1, 260, r"[^:<>+/&%\\?|*#]*[^:<>+/&%\\?|*# .]", "no : < > + / & % \\ ? | * #"),
    **{f"authorization:{lock}": NameRule(1, 90, r"[\w.()-]*[\w()-]", "letters, digits, . _ - ( ), no dot at the end")
       for lock in ("ManagementLockByScope", "ManagementLockAtResourceGroupLevel", "ManagementLockAtResourceLevel")},
    **{f"network:{kind}": NameRule(1, 80, *_NET)
       for kind in ("ApplicationGateway", "ApplicationSecurityGroup", "AzureFirewall", "BastionHost", "FirewallPolicy",
                    "FirewallPolicyRuleCollectionGroup", "FlowLog", "IpGroup", "LoadBalancer", "NatGateway",
                    "NetworkInterface", "NetworkSecurityGroup", "PrivateEndpoint", "PublicIPAddress", "PublicIPPrefix",
                    "Route", "RouteTable", "SecurityRule", "Subnet", "VirtualNetworkPeering", "PrivateDnsZoneGroup")},
    "privatedns:VirtualNetworkLink": NameRule(1, 80, *_NET),
    "privatedns:PrivateZone": NameRule(3, 253, r"\w[\w-]{0,62}(\.\w[\w-]{0,62}){1,33}", "2 to 34 labels of 1 to 63"),
}  # fmt: skip


def complete(path: paths.ArmPath, inputs: Object, olds: Object, logical: str, naming: Naming) -> list[Failure]:
    """Fill in a name that was left out: as it was, as the engine proposes, or with a random suffix."""
    parameter = path.name_parameter
    if parameter is None or parameter in inputs:
        return []
    if parameter in olds:
        inputs[parameter] = olds[parameter]
    elif naming.disabled:
        return [Failure(parameter, "automatic naming is disabled (pulumi:autonaming): give a name")]
    elif naming.proposed:
        inputs[parameter] = naming.proposed
    else:
        inputs[parameter] = _made_up(path, logical, naming.seed)
    return []


def _made_up(path: paths.ArmPath, logical: str, seed: bytes) -> str:
    source = random.Random(seed or None)  # noqa: S311 - a name, not a secret
    if path.token.endswith(":RoleAssignment"):
        return str(uuid.UUID(int=source.getrandbits(128), version=4))
    if not path.is_top_level:
        return logical
    return f"{logical}{source.getrandbits(4 * SUFFIX_DIGITS):0{SUFFIX_DIGITS}x}"


def findings(path: paths.ArmPath, inputs: Object) -> list[Failure]:
    """What is wrong with a resource's own name."""
    rule = RULES.get(path.token.partition(":")[2])
    parameter = path.name_parameter
    name = inputs.get(parameter) if parameter else None
    if rule is None or parameter is None or not isinstance(name, str):
        return []
    if not rule.shortest <= len(name) <= rule.longest:
        limits = f"{rule.shortest} to {rule.longest}"
        return [Failure(parameter, f"found {name!r} of {len(name)} characters, allowed: {limits}")]
    if not re.fullmatch(rule.pattern, name, re.ASCII):
        return [Failure(parameter, f"found {name!r}, allowed: {rule.words}")]
    return []
