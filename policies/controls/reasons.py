"""Why some rules of the pack have no Azure Policy, and what else holds them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol


class Control(Protocol):
    """What is read of a rule of the pack."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def family(self) -> str:
        """The group it is documented under."""
        ...


def types_of(control: Control) -> Collection[str]:
    """Canonical type tokens that a rule looks at; none for one that looks at all of them."""
    tokens: Collection[str] = getattr(control, "types", frozenset())
    return tokens


_NO_ALIAS = "Azure Policy has no built-in for it, and no public policy confirms an alias of the property."
_NO_PATTERN = "Azure Policy compares values; it has no regular expressions, and cannot look into a text."
_DECISION = "What is right depends on what the resource is for; Azure Policy compares properties."
_BESIDE = "Azure Policy sees one resource and what belongs to it, not what it refers to."
_IN_USE = "Azure Policy would judge each machine of a cluster, too, which AKS declares by itself."
_OWN_ROLES = "The governance stack itself gives roles at the subscription, which Azure Policy cannot tell from others."
_COST = (
    "What is too large, or too much, depends on the environment and on what else there is; Azure Policy's lists of "
    "sizes hold for a whole subscription."
)
_STACK = "Looks at the whole stack: Azure Policy sees one resource and what belongs to it."
_KUBERNETES = "An object of Kubernetes that AKS's policy add-on has no policy for."
_ODOO = "A setting of Odoo in a ConfigMap: Azure Policy reads no files."

# The pack's own rule in a namespace that enforces the standard `restricted`.
_POD_SECURITY = "the namespace's Pod Security Standard"
HELD_IN_CLUSTERS: Mapping[str, str] = {
    "pod-image-digest": "admission policy `images`",
    "pod-image-registry": "admission policy `images`",
    "pod-not-privileged": "admission policy `privileges`",
    "pod-no-escalation": "admission policy `privileges`",
    "pod-no-host-namespaces": "admission policy `privileges`",
    "pod-no-hostpath": "admission policy `privileges`",
    "svc-internal-only": "admission policy `services`",
    "svc-no-external-name": "admission policy `services`",
    "ingress-host-exact": "admission policy `hosts`",
    "ingress-host-once": "admission policy `hosts`",
    "ingress-no-catch-all": "admission policy `hosts`",
    "pod-non-root": _POD_SECURITY,
    "pod-caps-drop-all": _POD_SECURITY,
    "pod-seccomp": _POD_SECURITY,
}
"""What refuses a violation in the clusters of this platform, by rule (components/admission_rules.py)."""

_FAMILIES: Mapping[str, str] = {"cost": _COST, "odoo": _ODOO}
_RULES: Mapping[str, str] = {
    "pg-backup-days": _NO_ALIAS,
    "pg-cmk-geo-key": _NO_ALIAS,
    "pg-cmk-versionless": _NO_PATTERN,
    "storage-cmk-versionless": _NO_ALIAS,
    "disk-set-rotates": _NO_ALIAS,
    "redis-encrypted-protocol": _NO_ALIAS,
    "redis-min-tls": _NO_ALIAS,
    "redis-keys-off": _NO_ALIAS,
    "cosmos-min-tls": _NO_ALIAS,
    "mysql-cmk": "Azure's built-in (5f6e84e2-8ab9-44ee-b092-9e5453d343e3) names a type that does not exist.",
    "mysql-tls-required": _NO_ALIAS,
    "mysql-backup-days": _NO_ALIAS,
    "sql-backup-days": _NO_ALIAS,
    "sql-outbound-restricted": _NO_ALIAS,
    "cognitive-outbound-restricted": _NO_ALIAS,
    "cosmos-continuous-backup": _NO_ALIAS,
    "snapshot-cmk": _NO_ALIAS,
    "appconfig-purge-protection": _NO_ALIAS,
    "eventgrid-min-tls": _NO_ALIAS,
    "iothub-min-tls": _NO_ALIAS,
    "apim-old-protocols-off": _NO_ALIAS,
    "relay-public-access-off": _NO_ALIAS,
    "collection-endpoint-public-access-off": _NO_ALIAS,
    "bastion-hardened": _NO_ALIAS,
    "aks-egress-controlled": _NO_ALIAS,
    "vmss-no-public-ip": _NO_ALIAS,
    "frontdoor-https-only": _NO_ALIAS,
    "appgw-certificate-in-vault": _NO_ALIAS,
    "logic-callers-limited": _NO_ALIAS,
    "storage-local-users-off": _NO_ALIAS,
    "storage-local-user-no-password": _NO_ALIAS,
    "storage-cors-named": _NO_ALIAS,
    "storage-website-refused": "A setting of the data plane: Azure Resource Manager does not see it.",
    "file-soft-delete": _NO_ALIAS,
    "vault-restores-stay": _NO_ALIAS,
    "blob-ages-slowly": _NO_ALIAS,
    "aks-flows-observed": _NO_ALIAS,
    "bastion-carries-nothing": _NO_ALIAS,
    "storage-identity-first": _NO_ALIAS,
    "acr-untagged-leave": _NO_ALIAS,
    "pe-leads-somewhere": "An option of the deployment: Azure refuses an endpoint that leads nowhere.",
    "pe-zones-named": _BESIDE,
    "lock-holds": _DECISION,
    "redis-replicated": _NO_ALIAS,
    "storage-immutable-stays": _NO_ALIAS,
    "pool-trusted-launch": _NO_ALIAS,
    "aks-kms-private": _NO_ALIAS,
    "aks-secrets-renewed": _NO_ALIAS,
    "aks-nodes-untouched": _NO_ALIAS,
    "aks-monitored": _NO_ALIAS,
    "dns-private-zone-closed": _NO_ALIAS,
    "nsg-denies-the-rest": _DECISION,
    "nsg-callers-named": _DECISION,
    "nsg-ways-out-named": _DECISION,
    "firewall-flows-named": _DECISION,
    "network-resolver-set": _DECISION,
    "diagnostics-sent": _DECISION,
    "alerts-reach-somebody": _DECISION,
    "alerts-on": _DECISION,
    "rbac-scope-narrow": _OWN_ROLES,
    "key-lifetime": "A key gets its end with its first rotation: Key Vault's policy would report every new one.",
    "key-not-exportable": "Key Vault's data plane has no policy about it.",
    "subnet-pe-policies-on": "No alias tells the subnets apart that are delegated, where the setting does not matter.",
    "nsg-rules-described": "A description is for who reads the rules; refusing one without it would stop Azure's own.",
    "firewall-rules-named": _DECISION,
    "pe-approved-inside": _BESIDE,
    "tags-fit-azure": "Azure itself refuses what its limits do not allow.",
    "tags-no-secrets": _NO_PATTERN,
    "app-settings-no-secrets": _NO_PATTERN,
    "container-env-no-secrets": _NO_PATTERN,
    "container-app-secrets-in-vault": _NO_ALIAS,
    "container-image-pinned": _NO_PATTERN,
    "vm-no-secrets-in-customdata": "Azure shows nobody what a machine was started with, its own policies included.",
    "rbac-principal-type-set": "An option of the deployment: Azure finds it out by itself where it is left out.",
    "vm-patch-mode": _IN_USE,
    "vm-boot-diagnostics-managed": _IN_USE,
    "vm-identity-user-assigned": _IN_USE,
    "vm-image-approved": _IN_USE,
    "vm-extension-allowed": _IN_USE,
    "vmss-health-watched": _IN_USE,
    "vmss-repairs": _IN_USE,
    "vmss-rolls": _IN_USE,
    "vmss-notice-before-delete": _IN_USE,
    "autoscale-bounds": _DECISION,
    "geo-copies-stay": "Azure Policy does not know which region is another one's pair.",
    "data-has-lock": "Azure Policy cannot ask for a lock; the guardrails refuse to delete such resources instead.",
    "azure-templates-refused": "Pulumi itself deploys by Azure Resource Manager: to it, a template is no special way.",
}


def why_not(control: Control, *, whole_stack: bool) -> str:
    """Why no Azure Policy holds a rule; empty where nothing says so.

    Args:
        control: the rule.
        whole_stack: it judges how resources belong together.
    """
    if control.id in _RULES:
        return _RULES[control.id]
    if control.family in _FAMILIES:
        return _FAMILIES[control.family]
    tokens = types_of(control)
    if tokens and all(token.startswith("kubernetes:") for token in tokens):
        return _KUBERNETES
    return _STACK if whole_stack else ""
