"""What identities of stacks hold: the table that every role assignment of every stack is held against.

Each stack has identities of its own, and so has each tenant. A row allows one role on one kind of scope; what a stack
declares and no row allows fails a test.
"""

from __future__ import annotations

from dataclasses import dataclass

from components.access import Role


@dataclass(frozen=True, kw_only=True)
class IdentityGrant:
    """A role of an identity.

    Args:
        identity: what it is of.
        role: the role.
        scope: kind of resource that it is held on.
        why: what for.
    """

    identity: str
    role: Role
    scope: str
    why: str


def _of(identity: str, *rows: tuple[Role, str, str]) -> tuple[IdentityGrant, ...]:
    return tuple(IdentityGrant(identity=identity, role=role, scope=scope, why=why) for role, scope, why in rows)


ODOO = "Odoo"
OPERATIONS = "its jobs: upgrade, backup"
ADMINISTRATION = "administration: bootstrap, restore"
INGRESS = "Traefik"
SCALER = "KEDA"
METRICS = "metrics of the databases"
ENCRYPTION = "encryption of a service"
CLUSTER = "control plane of AKS"
KUBELET = "nodes of AKS"
FLOW_LOGS = "flow logs"

_SECRET = "a secret"  # noqa: S105 - a kind of resource
_VAULT = "a vault"
_ACCOUNT = "a storage account"
_CONTAINER = "a container of blobs"
_REGISTRY = "the registry"
_RULE = "a data collection rule"

IDENTITY_GRANTS: tuple[IdentityGrant, ...] = (
    *_of(
        ODOO,
        (Role.KEY_VAULT_SECRETS_USER, _SECRET, "Its own password, its session key."),
        (Role.STORAGE_BLOB_DATA_CONTRIBUTOR, _CONTAINER, "Attachments."),
        (Role.ACR_PULL, _REGISTRY, "Machines pull its image."),
        (Role.MONITORING_METRICS_PUBLISHER, _RULE, "Machines send their metrics."),
    ),
    *_of(
        OPERATIONS,
        (Role.KEY_VAULT_SECRETS_USER, _SECRET, "The password that it works under."),
        (Role.STORAGE_BLOB_DATA_CONTRIBUTOR, _CONTAINER, "Attachments; the archive, which takes no change."),
        (Role.ACR_PULL, _REGISTRY, "Its machine pulls its image."),
        (Role.MONITORING_METRICS_PUBLISHER, _RULE, "Its machine sends its metrics."),
    ),
    *_of(
        ADMINISTRATION,
        (Role.KEY_VAULT_SECRETS_USER, _SECRET, "Passwords of one environment that it sets."),
        (Role.KEY_VAULT_SECRETS_USER, _VAULT, "On a platform: those of all tenants."),
        (Role.STORAGE_BLOB_DATA_READER, _ACCOUNT, "Backups that it restores."),
    ),
    *_of(
        INGRESS,
        (Role.KEY_VAULT_SECRETS_USER, _VAULT, "Certificates of one environment."),
        (Role.KEY_VAULT_SECRETS_USER, _SECRET, "A tenant's certificate."),
    ),
    *_of(
        SCALER,
        (Role.MONITORING_DATA_READER, "the Prometheus workspace", "How many requests are in work."),
        (Role.KEY_VAULT_SECRETS_USER, _SECRET, "Password of the role that counts jobs."),
    ),
    *_of(METRICS, (Role.KEY_VAULT_SECRETS_USER, _SECRET, "Password of the role that measures.")),
    *_of(
        ENCRYPTION,
        (Role.KEY_VAULT_CRYPTO_SERVICE_ENCRYPTION_USER, "a key", "Wraps and unwraps with its own key."),
    ),
    *_of(
        CLUSTER,
        (Role.KEY_VAULT_CRYPTO_SERVICE_ENCRYPTION_USER, "a key", "Encrypts Kubernetes secrets."),
        (Role.KEY_VAULT_CRYPTO_USER, "a key", "Encrypts Kubernetes secrets."),
        (Role.KEY_VAULT_CONTRIBUTOR, _VAULT, "Reaches the private vault of its key."),
        (Role.MANAGED_IDENTITY_OPERATOR, "an identity", "Gives its nodes theirs."),
        (Role.NETWORK_CONTRIBUTOR, "a subnet", "Nodes, load balancers, its API server."),
        (Role.PRIVATE_DNS_ZONE_CONTRIBUTOR, "a private zone", "Name of its API server."),
        (Role.PRIVATE_DNS_ZONE_CONTRIBUTOR, "the virtual network", "Links that zone."),
        (Role.READER, "the disk encryption set", "Encrypts volumes with it."),
    ),
    *_of(KUBELET, (Role.ACR_PULL, _REGISTRY, "Pulls images.")),
    *_of(FLOW_LOGS, (Role.STORAGE_BLOB_DATA_CONTRIBUTOR, _ACCOUNT, "Writes them.")),
)


@dataclass(frozen=True, kw_only=True)
class PeopleGrant:
    """A role of a group, which an environment grants on its own cluster.

    Args:
        group: name of the group in the settings' section `access`.
        role: the role.
        in_production: whether environments of production grant it.
        elsewhere: whether others do.
    """

    group: str
    role: Role
    in_production: bool = True
    elsewhere: bool = True


CLUSTER_GRANTS: tuple[PeopleGrant, ...] = (
    PeopleGrant(group="platform_administrators", role=Role.AKS_RBAC_CLUSTER_ADMIN, in_production=False),
    PeopleGrant(group="platform_administrators", role=Role.AKS_RBAC_READER, elsewhere=False),
    PeopleGrant(group="platform_administrators", role=Role.AKS_CLUSTER_USER),
    *(
        PeopleGrant(group=group, role=role)
        for group in ("erp_functional", "developers", "auditors")
        for role in (Role.AKS_RBAC_READER, Role.AKS_CLUSTER_USER)
    ),
)
"""Roles of people on a cluster, all the time."""
