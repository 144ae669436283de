"""Who may do what: Entra instead of keys and passwords, narrow roles."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceRule, all_of, must, must_if_set, types
from policies.kit.values import IS_FALSE, IS_SET, IS_TRUE, Finding, matches, one_of
from policies.rules.catalog import (
    AKS,
    COSMOS,
    IDENTITY,
    LEARN,
    MACHINES,
    POSTGRES,
    REDIS_DATABASE,
    REGISTRY,
    SQL_SERVER,
    STORAGE_ACCOUNT,
    VAULT,
    machine_profile,
)

_ROLE_ASSIGNMENT = types("authorization:RoleAssignment")
# learn.microsoft.com azure/role-based-access-control/built-in-roles
_ALL_POWERFUL_ROLES = {
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635": "Owner",
    "b24988ac-6180-42a0-ab88-20f7382dd24c": "Contributor",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9": "User Access Administrator",
}
_DELEGATING_ROLE = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"  # Role Based Access Control Administrator
_EXACT_SUBJECT = matches(r"^[^*]+$", "name one subject, without wildcards")
_OWN_ACCOUNT = matches(r"(?<!:default)$", "not be the default service account")


def _no_powerful_role(resource: Resource) -> Iterator[Finding]:
    role = (resource.at("roleDefinitionId").text() or "").casefold().rsplit("/", 1)[-1]
    if resource.at("principalType").may_meet(one_of("User", "Group")):
        return
    if role in _ALL_POWERFUL_ROLES:
        yield Finding(message=f"an application or identity must not be {_ALL_POWERFUL_ROLES[role]}")
    if role == _DELEGATING_ROLE:
        yield from resource.at("condition").must(IS_SET)


def _role_is_narrow(resource: Resource) -> Iterator[Finding]:
    for permission in resource.at("permissions").elements():
        for name in ("actions", "dataActions"):
            for action in permission.at(name).elements():
                text = (action.text() or "").casefold()
                if text == "*" or (text.count("/") <= 1 and text.endswith("/*")):
                    yield Finding(message=f"{action.path} must not be a wildcard over a whole provider")
                if text.endswith("roleassignments/write"):
                    yield Finding(message=f"{action.path} must not let the role hand out roles")


def _federation_is_exact(resource: Resource) -> Iterator[Finding]:
    yield from resource.at("subject").must(_EXACT_SUBJECT)
    yield from resource.at("subject").must_if_set(_OWN_ACCOUNT)
    audiences = list(resource.at("audiences").elements())
    for audience in audiences:
        yield from audience.must(one_of("api://AzureADTokenExchange"))
    if not audiences and not resource.at("audiences").is_unknown():
        yield from resource.at("audiences").must(IS_SET)


def _knows_entra(resource: Resource) -> Iterator[Finding]:
    # A read replica takes its primary's.
    if not resource.at("createMode").may_meet(one_of("Replica")):
        yield from resource.at("authConfig.activeDirectoryAuth").must(one_of("Enabled"))


def _keys_not_passwords(resource: Resource) -> Iterator[Finding]:
    profile = machine_profile(resource).at("osProfile")
    if profile.at("windowsConfiguration").is_set():
        return
    yield from profile.at("linuxConfiguration.disablePasswordAuthentication").must(IS_TRUE)
    yield from profile.at("adminPassword").must_not(IS_SET, "machines are reached with SSH keys or Entra")


RULES = (
    ResourceRule(
        id="rbac-no-owner-to-apps",
        title="Applications and identities get no role that may do everything",
        family=IDENTITY,
        severity=Severity.CRITICAL,
        types=_ROLE_ASSIGNMENT,
        why="Whoever takes over the application then owns whatever the role spans.",
        remedy="Assign the narrowest built-in role; an RBAC administrator needs a condition on what it may assign.",
        url=f"{LEARN}/role-based-access-control/best-practices",
        references=("MCSB PA-1", "MCSB PA-7", "CIS Azure 6.0 5.3.3", "PCI DSS 7.2.5"),
        check=_no_powerful_role,
    ),
    ResourceRule(
        id="rbac-principal-type-set",
        title="Role assignments say what kind of principal they are for",
        family=IDENTITY,
        severity=Severity.MEDIUM,
        types=_ROLE_ASSIGNMENT,
        why="Without it a new identity is not found while it replicates; and people get roles through groups only.",
        remedy="Set principalType to ServicePrincipal or Group.",
        url=f"{LEARN}/role-based-access-control/troubleshooting",
        references=("MCSB PA-4", "PCI DSS 7.2.1"),
        check=must("principalType", one_of("ServicePrincipal", "Group", "ForeignGroup", "Device")),
    ),
    ResourceRule(
        id="role-no-wildcards",
        title="Custom roles name what they allow",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=types("authorization:RoleDefinition"),
        why="A wildcard allows tomorrow what does not exist today.",
        remedy="List the actions; leave roleAssignments/write to the RBAC administrators.",
        url=f"{LEARN}/role-based-access-control/custom-roles",
        references=("MCSB PA-7", "CIS Azure 6.0 5.4"),
        check=_role_is_narrow,
    ),
    ResourceRule(
        id="fed-credential-exact",
        title="Federated credentials trust one subject only",
        family=IDENTITY,
        severity=Severity.CRITICAL,
        types=types("managedidentity:FederatedIdentityCredential"),
        why="The default service account, or a wildcard, hands the identity to every pod of a namespace.",
        remedy="Name the service account in subject, and api://AzureADTokenExchange as the only audience.",
        url=f"{LEARN}/aks/workload-identity-overview",
        references=("MCSB IM-3", "MCSB IM-8"),
        check=_federation_is_exact,
    ),
    ResourceRule(
        id="pg-entra-auth-on",
        title="PostgreSQL knows the people of Entra",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=POSTGRES,
        why="People with database passwords cannot be locked out when they leave.",
        remedy="Set authConfig.activeDirectoryAuth to Enabled.",
        url=f"{LEARN}/postgresql/flexible-server/concepts-azure-ad-authentication",
        references=("MCSB IM-1", "ISO 27001 5.16", "PCI DSS 8.3"),
        check=_knows_entra,
    ),
    ResourceRule(
        id="redis-keys-off",
        title="Managed Redis takes no access keys",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=REDIS_DATABASE,
        why="An access key never expires and names nobody.",
        remedy="Set accessKeysAuthentication to Disabled and add an AccessPolicyAssignment for each identity.",
        url=f"{LEARN}/redis/entra-for-authentication",
        references=("MCSB IM-1", "MCSB IM-8", "PCI DSS 8.6"),
        check=must("accessKeysAuthentication", one_of("Disabled")),
    ),
    ResourceRule(
        id="storage-shared-key-off",
        title="Storage accounts take no account keys",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=STORAGE_ACCOUNT,
        why="An account key opens everything in the account, and every link signed with it does too.",
        remedy="Set allowSharedKeyAccess to false.",
        url=f"{LEARN}/storage/common/shared-key-authorization-prevent",
        references=("MCSB IM-1", "MCSB IM-8", "CIS Azure 6.0 9.3.1.3", "PCI DSS 8.6"),
        check=must("allowSharedKeyAccess", IS_FALSE),
    ),
    ResourceRule(
        id="storage-local-users-off",
        title="Storage accounts have no local users",
        family=IDENTITY,
        severity=Severity.MEDIUM,
        types=STORAGE_ACCOUNT,
        why="Local users of SFTP are outside of Entra.",
        remedy="Set isLocalUserEnabled to false and leave isSftpEnabled off.",
        url=f"{LEARN}/storage/blobs/secure-file-transfer-protocol-support",
        references=("MCSB IM-1",),
        check=all_of(must("isLocalUserEnabled", IS_FALSE), must_if_set("isSftpEnabled", IS_FALSE)),
    ),
    ResourceRule(
        id="vault-rbac-explicit",
        title="Key vaults use roles instead of access policies",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=VAULT,
        why="Access policies reach the whole vault, and a Contributor may write them.",
        remedy="Write properties.enableRbacAuthorization true; the default differs by API version.",
        url=f"{LEARN}/key-vault/general/rbac-guide",
        references=("MCSB PA-7", "CIS Azure 6.0 8.3.6", "PCI DSS 7.2.1"),
        check=must("properties.enableRbacAuthorization", IS_TRUE),
    ),
    ResourceRule(
        id="acr-admin-off",
        title="Container registries have neither an administrator password nor anonymous pulls",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=REGISTRY,
        why="The administrator's password pushes any image and names nobody.",
        remedy="Leave adminUserEnabled and anonymousPullEnabled off.",
        url=f"{LEARN}/container-registry/container-registry-authentication",
        references=("MCSB IM-1", "CIS AKS 1.8 5.1.2"),
        check=all_of(must_if_set("adminUserEnabled", IS_FALSE), must_if_set("anonymousPullEnabled", IS_FALSE)),
    ),
    ResourceRule(
        id="aks-local-accounts-off",
        title="The cluster has no local accounts",
        family=IDENTITY,
        severity=Severity.CRITICAL,
        types=AKS,
        why="The local administrator's certificate cannot be revoked and names nobody.",
        remedy="Set disableLocalAccounts to true.",
        url=f"{LEARN}/aks/manage-local-accounts-managed-azure-ad",
        references=("MCSB IM-1", "CIS AKS 1.8 5.5.1", "PCI DSS 8.2.2"),
        check=must("disableLocalAccounts", IS_TRUE),
    ),
    ResourceRule(
        id="aks-entra-azure-rbac",
        title="Access to the cluster is decided by Entra and Azure roles",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=AKS,
        why="One place where people come and go, with time-bound roles.",
        remedy="Set aadProfile.managed and aadProfile.enableAzureRBAC, and leave enableRBAC on.",
        url=f"{LEARN}/aks/manage-azure-rbac",
        references=("MCSB PA-7", "CIS AKS 1.8 5.5.2", "PCI DSS 7.2.1"),
        check=all_of(
            must("aadProfile.managed", IS_TRUE),
            must("aadProfile.enableAzureRBAC", IS_TRUE),
            must_if_set("enableRBAC", IS_TRUE),
        ),
    ),
    ResourceRule(
        id="aks-run-command-off",
        title="Nobody runs commands in the cluster through the Azure API",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=AKS,
        why="The run command reaches into a private cluster past its network and as cluster administrator.",
        remedy="Set apiServerAccessProfile.disableRunCommand to true.",
        url=f"{LEARN}/aks/access-private-cluster",
        references=("MCSB PA-7",),
        check=must("apiServerAccessProfile.disableRunCommand", IS_TRUE),
    ),
    ResourceRule(
        id="aks-workload-identity",
        title="Pods sign in with workload identities",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=AKS,
        why="Without it pods use secrets, or the identity of the node.",
        remedy="Enable oidcIssuerProfile and securityProfile.workloadIdentity.",
        url=f"{LEARN}/aks/workload-identity-overview",
        references=("MCSB IM-3", "CIS AKS 1.8 5.2.1"),
        check=all_of(
            must("oidcIssuerProfile.enabled", IS_TRUE), must("securityProfile.workloadIdentity.enabled", IS_TRUE)
        ),
    ),
    ResourceRule(
        id="vm-ssh-keys-only",
        title="Linux machines take no passwords",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=MACHINES,
        why="Passwords are guessed.",
        remedy="Set osProfile.linuxConfiguration.disablePasswordAuthentication and leave adminPassword out.",
        url=f"{LEARN}/virtual-machines/linux/create-ssh-keys-detailed",
        references=("MCSB IM-6",),
        check=_keys_not_passwords,
    ),
    ResourceRule(
        id="sql-entra-only",
        title="SQL servers take accounts of Entra only",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=SQL_SERVER,
        why="People with database passwords cannot be locked out when they leave.",
        remedy="Set administrators.azureADOnlyAuthentication to true.",
        url=f"{LEARN}/azure-sql/database/authentication-azure-ad-only-authentication",
        references=("MCSB IM-1", "CIS Azure 3.0 5.1.4"),
        check=must("administrators.azureADOnlyAuthentication", IS_TRUE),
    ),
    ResourceRule(
        id="cosmos-local-auth-off",
        title="Cosmos DB takes no account keys",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=COSMOS,
        why="An account key opens everything and names nobody.",
        remedy="Set disableLocalAuth to true.",
        url=f"{LEARN}/cosmos-db/how-to-connect-role-based-access-control",
        references=("MCSB IM-1", "CIS Azure 3.0 5.4.3"),
        check=must("disableLocalAuth", IS_TRUE),
    ),
)
