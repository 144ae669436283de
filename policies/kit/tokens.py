"""Type tokens: one name for every spelling of a resource type."""

from __future__ import annotations

import re
from functools import cache

# Modules that azure-native 3 renamed. A stack that was made with major 2 still declares the old tokens.
_RENAMED = {
    "azure-native:cache:AccessPolicyAssignment": "azure-native:redisenterprise:AccessPolicyAssignment",
    "azure-native:cache:Database": "azure-native:redisenterprise:Database",
    "azure-native:cache:Redis": "azure-native:redis:Redis",
    "azure-native:cache:RedisEnterprise": "azure-native:redisenterprise:RedisEnterprise",
    "azure-native:documentdb:DatabaseAccount": "azure-native:cosmosdb:DatabaseAccount",
    "azure-native:devices:IotHubResource": "azure-native:iothub:IotHubResource",
    "azure-native:insights:ActionGroup": "azure-native:monitor:ActionGroup",
    "azure-native:insights:ActivityLogAlert": "azure-native:monitor:ActivityLogAlert",
    "azure-native:insights:AutoscaleSetting": "azure-native:monitor:AutoscaleSetting",
    "azure-native:insights:Component": "azure-native:applicationinsights:Component",
    "azure-native:insights:DataCollectionEndpoint": "azure-native:monitor:DataCollectionEndpoint",
    "azure-native:insights:DataCollectionRule": "azure-native:monitor:DataCollectionRule",
    "azure-native:insights:DataCollectionRuleAssociation": "azure-native:monitor:DataCollectionRuleAssociation",
    "azure-native:insights:DiagnosticSetting": "azure-native:monitor:DiagnosticSetting",
    "azure-native:insights:MetricAlert": "azure-native:monitor:MetricAlert",
    "azure-native:insights:PrivateLinkScope": "azure-native:monitor:PrivateLinkScope",
    "azure-native:insights:ScheduledQueryRule": "azure-native:monitor:ScheduledQueryRule",
    "azure-native:network:FrontDoor": "azure-native:frontdoor:FrontDoor",
    "azure-native:network:InterfaceEndpoint": "azure-native:network:PrivateEndpoint",
    "azure-native:network:Policy": "azure-native:frontdoor:Policy",
    "azure-native:network:PrivateZone": "azure-native:privatedns:PrivateZone",
    "azure-native:network:VirtualNetworkLink": "azure-native:privatedns:VirtualNetworkLink",
}
# azure-native:storage/v20240101preview:StorageAccount, and the spelling with an underscore of explicit SDK versions
_AZURE_VERSION = re.compile(r"^(azure-native)(?:_[^:]+)?:([a-z0-9]+)(?:/v\d[^:]*)?:(\w+)$")
# kubernetes:apps/v1:Deployment, kubernetes:networking.k8s.io/v1beta1:Ingress
_KUBERNETES_VERSION = re.compile(r"^(kubernetes):([^:/]+)/v\d[^:]*:(\w+)$")


@cache
def canonical(token: str) -> str:
    """Type token without its API version and under its present module.

    `azure-native:cache/v20230401:Redis` is `azure-native:redis:Redis`; `kubernetes:apps/v1:Deployment` is
    `kubernetes:apps:Deployment`. Kubernetes `...Patch` kinds stay what they are: they hold a part of an object,
    in which an absent field says nothing.
    """
    match = _AZURE_VERSION.match(token) or _KUBERNETES_VERSION.match(token)
    if match is None:
        return token
    plain = ":".join(match.groups())
    return _RENAMED.get(plain, plain)
