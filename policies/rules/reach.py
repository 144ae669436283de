"""How far a grant, a vault and a key reach: in the subscription, past roles, and in time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph, Node
from policies.kit.rule import ResourceRule, StackRule, all_of, must, must_if_set, types
from policies.kit.values import IS_FALSE, IS_TRUE, Finding, Test, matches, one_of
from policies.rules.catalog import ENCRYPTION, IDENTITY, KEY, LEARN, RESILIENCE, STORAGE_ACCOUNT, SUPPLY_CHAIN

_WIDE = matches(
    r"(?i)^/(subscriptions/[^/]+|providers/microsoft\.management/managementgroups/[^/]+)?/?$",
    "be a whole subscription or management group",
)
_PERIOD = re.compile(r"^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?$")
_MONTHS_IN_YEAR, _DAYS_IN_YEAR, _YEARS = 12, 366, 2


def _within_years(period: Any) -> bool:
    match = _PERIOD.match(period) if isinstance(period, str) else None
    if match is None:
        return False
    years, months, days = (int(part or 0) for part in match.groups())
    return 0 < years + months / _MONTHS_IN_YEAR + days / _DAYS_IN_YEAR <= _YEARS


def _programs_stay_narrow(graph: Graph, config: Mapping[str, Any]) -> Iterator[Finding]:
    pipelines = _pipelines(graph, config["issuers"])
    for assignment in graph.of("authorization:RoleAssignment"):
        if not assignment.at("principalType").meets(one_of("ServicePrincipal")):
            continue
        if not assignment.at("scope").meets(_WIDE) or assignment.references.get("principalId", frozenset()) & pipelines:
            continue
        yield assignment.finding(
            "scope must not be a whole subscription or management group: name a resource group, or a resource"
        )


def _pipelines(graph: Graph, issuers: Sequence[str]) -> frozenset[str]:
    """URNs of the identities that only the tokens of a pipeline act as."""
    trusted = Test("be a pipeline's", lambda issuer: str(issuer).casefold().startswith(tuple(issuers)))
    credentials = list(graph.of("managedidentity:FederatedIdentityCredential"))
    trusting = [credential for credential in credentials if credential.at("issuer").may_meet(trusted)]
    of_others = _owners(credential for credential in credentials if credential not in trusting)
    return _owners(trusting) - of_others


def _owners(credentials: Iterable[Node]) -> frozenset[str]:
    return frozenset(urn for each in credentials for urn in each.references.get("resourceName", ()))


RULES = (
    StackRule(
        id="rbac-scope-narrow",
        title="Programs have roles in resource groups and resources, and in nothing wider, but pipelines",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=types(
            "authorization:RoleAssignment",
            "managedidentity:FederatedIdentityCredential",
            "managedidentity:UserAssignedIdentity",
        ),
        config_schema={
            "issuers": {
                "type": "array",
                "items": {"type": "string"},
                "default": ["https://token.actions.githubusercontent.com", "https://vstoken.dev.azure.com/"],
            }
        },
        why="A role in a whole subscription is one in everything that will ever be in it. Pipelines make the groups.",
        remedy="Assign the role to each resource group, or resource, that the program works with.",
        url=f"{LEARN}/role-based-access-control/scope-overview",
        references=("MCSB PA-7", "ISO 27001 8.2", "PCI DSS 7.2.2"),
        check=_programs_stay_narrow,
    ),
    ResourceRule(
        id="key-lifetime",
        title="A key's version is good for two years at most",
        family=ENCRYPTION,
        severity=Severity.MEDIUM,
        types=KEY,
        why="A version that nobody noticed is still in use must stop by itself.",
        remedy="Set properties.rotationPolicy.attributes.expiryTime to P2Y or less.",
        url=f"{LEARN}/key-vault/keys/how-to-configure-key-rotation",
        references=("MCSB DP-6", "PCI DSS 3.7.4"),
        check=must_if_set(
            "properties.rotationPolicy.attributes.expiryTime",
            Test("be an ISO 8601 period of at most two years", _within_years),
        ),
    ),
    ResourceRule(
        id="key-in-hardware",
        title="Keys are made and kept in hardware",
        family=ENCRYPTION,
        severity=Severity.LOW,
        types=KEY,
        why="A key of software is in the memory of a host; one of hardware never leaves it in clear.",
        remedy="Set properties.kty to RSA-HSM or EC-HSM, in a vault of the premium SKU.",
        url=f"{LEARN}/key-vault/keys/about-keys",
        references=("MCSB DP-6", "MCSB DP-8"),
        check=lambda resource: resource.at("properties.kty").must(one_of("RSA-HSM", "EC-HSM", "oct-HSM")),
    ),
    ResourceRule(
        id="vault-no-side-doors",
        title="Machines, disks and templates get nothing from a vault past its roles",
        family=IDENTITY,
        severity=Severity.MEDIUM,
        types=types("keyvault:Vault"),
        why="Whoever may deploy a template reads every secret that the switch opens.",
        remedy="Leave enabledForDeployment, enabledForDiskEncryption and enabledForTemplateDeployment at false.",
        url=f"{LEARN}/key-vault/general/rbac-guide",
        references=("MCSB PA-7", "MCSB DP-8"),
        check=all_of(
            must_if_set("properties.enabledForDeployment", IS_FALSE),
            must_if_set("properties.enabledForDiskEncryption", IS_FALSE),
            must_if_set("properties.enabledForTemplateDeployment", IS_FALSE),
        ),
    ),
    ResourceRule(
        id="lock-holds",
        title="Locks lock",
        family=RESILIENCE,
        severity=Severity.MEDIUM,
        types=types(
            "authorization:ManagementLockByScope",
            "authorization:ManagementLockAtResourceLevel",
            "authorization:ManagementLockAtResourceGroupLevel",
            "authorization:ManagementLockAtSubscriptionLevel",
        ),
        why="A lock of the level NotSpecified is shown in the portal, and holds nothing.",
        remedy="Set level to CanNotDelete or ReadOnly.",
        url=f"{LEARN}/azure-resource-manager/management/lock-resources",
        references=("MCSB AM-4", "ISO 27001 8.32"),
        check=must("level", one_of("CanNotDelete", "ReadOnly")),
    ),
    ResourceRule(
        id="storage-identity-first",
        title="The portal opens storage with the caller's identity, and not with the account's key",
        family=IDENTITY,
        severity=Severity.LOW,
        types=STORAGE_ACCOUNT,
        why="What is read with the key is read by nobody in particular.",
        remedy="Set defaultToOAuthAuthentication to true.",
        url=f"{LEARN}/storage/blobs/authorize-data-operations-portal",
        references=("MCSB IM-1",),
        check=must("defaultToOAuthAuthentication", IS_TRUE),
    ),
    ResourceRule(
        id="acr-untagged-leave",
        title="Images without a name leave the registry",
        family=SUPPLY_CHAIN,
        severity=Severity.LOW,
        types=types("containerregistry:Registry"),
        why="What was replaced because of a hole can still be pulled by its digest.",
        remedy="Set policies.retentionPolicy.status to enabled.",
        url=f"{LEARN}/container-registry/container-registry-retention-policy",
        references=("MCSB PV-6",),
        check=must("policies.retentionPolicy.status", one_of("enabled")),
    ),
    ResourceRule(
        id="disk-set-double",
        title="Disks are encrypted twice, with the platform's key and with your own",
        family=ENCRYPTION,
        severity=Severity.LOW,
        types=types("compute:DiskEncryptionSet"),
        why="A key or a cipher that fails is then one of two.",
        remedy="Set encryptionType to EncryptionAtRestWithPlatformAndCustomerKeys.",
        url=f"{LEARN}/virtual-machines/disk-encryption",
        references=("MCSB DP-5",),
        check=must(
            "encryptionType",
            one_of("EncryptionAtRestWithPlatformAndCustomerKeys", "ConfidentialVmEncryptedWithCustomerKey"),
        ),
    ),
)
