"""Azure Managed Redis, for Odoo's sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_azure_native import redisenterprise

from components.base import Component, Placement
from components.customer_key import CustomerKey
from components.private_link import PrivateLink, private_endpoint

PRIVATE_ZONE = "privatelink.redis.azure.net"

# Fixed by the service: one database of this name, on this port (learn.microsoft.com azure/redis/overview).
DATABASE_NAME = "default"
PORT = 10000
# The only access policy there is: all commands (learn.microsoft.com azure/redis/entra-for-authentication).
ACCESS_POLICY = "default"


@dataclass(frozen=True, kw_only=True)
class SessionCacheArgs:
    """How large the cache is and who uses it.

    Args:
        placement: where it goes.
        cache_name: Azure name, 1 to 60 characters, unique in the region.
        sku_name: e.g. `Balanced_B3`; the number is about its size in GB, of which 80 % can be used.
        key: key that encrypts its disks; in the cache's region.
        private_link: where its private endpoint goes.
        high_availability: keep a replica of each shard, in another zone where there are zones. Can be turned on later
            but never off.
        users: object ids of the service principals that log in, by what they are: letters and digits. Tenants of a
            platform let in their own.
    """

    placement: Placement
    cache_name: str
    sku_name: str
    key: CustomerKey
    private_link: PrivateLink
    high_availability: bool = True
    users: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CacheAddress:
    """A cache, as whatever is made in it names it.

    Args:
        cache_name: its Azure name.
        resource_group_name: its resource group.
    """

    cache_name: pulumi.Input[str]
    resource_group_name: pulumi.Input[str]


class SessionCache(Component):
    """A private Redis with Entra logins only, encrypted in transit and with a customer key at rest.

    The service takes no version-less key address, so a rotation reaches it with the first `pulumi up --refresh` after
    it: within the two months that the old version stays valid (learn.microsoft.com azure/redis/how-to-encryption).

    Attributes:
        cache_id: ARM id.
        cache_name: its Azure name. It resolves once its database is there.
        host_name: where clients connect, with TLS, on `port`.
        port: 10000.
    """

    cache_id: pulumi.Output[str]
    cache_name: pulumi.Output[str]
    host_name: pulumi.Output[str]
    port: int

    def __init__(self, name: str, args: SessionCacheArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        cluster = self.__cluster(name, args)
        database = self.__database(name, cluster)
        address = CacheAddress(cache_name=cluster.name, resource_group_name=args.placement.resource_group_name)
        previous: pulumi.Resource = database
        for who, object_id in args.users.items():
            # One after another: the cache takes one change at a time.
            previous = cache_user(self, f"{name}-{who}", address, who, object_id, [previous])
        private_endpoint(
            self,
            f"{name}-endpoint",
            args.private_link,
            service_id=pulumi.Output.all(cluster.id, database.id).apply(lambda ids: str(ids[0])),
            service_name=args.cache_name,
            group_id="redisEnterprise",
            zone_names=(PRIVATE_ZONE,),
        )
        self.cache_id = cluster.id
        self.cache_name = pulumi.Output.all(cluster.name, database.id).apply(lambda known: str(known[0]))
        self.host_name = cluster.host_name
        self.port = PORT
        self.finish({"cache_id": self.cache_id, "host_name": self.host_name, "port": self.port})

    def __cluster(self, name: str, args: SessionCacheArgs) -> redisenterprise.RedisEnterprise:
        enabled, disabled = redisenterprise.HighAvailability.ENABLED, redisenterprise.HighAvailability.DISABLED
        return redisenterprise.RedisEnterprise(
            f"{name}-cluster",
            cluster_name=args.cache_name,
            resource_group_name=args.placement.resource_group_name,
            location=args.placement.location,
            tags=args.placement.tags,
            sku=redisenterprise.SkuArgs(name=args.sku_name),
            high_availability=enabled if args.high_availability else disabled,
            minimum_tls_version=redisenterprise.TlsVersion.TLS_VERSION_1_2,
            public_network_access=redisenterprise.PublicNetworkAccess.DISABLED,
            identity=redisenterprise.ManagedServiceIdentityArgs(
                type=redisenterprise.ManagedServiceIdentityType.USER_ASSIGNED,
                user_assigned_identities=[args.key.identity_id],
            ),
            encryption=redisenterprise.ClusterPropertiesEncryptionArgs(
                customer_managed_key_encryption=redisenterprise.ClusterPropertiesCustomerManagedKeyEncryptionArgs(
                    key_encryption_key_url=args.key.versioned_key_uri,
                    key_encryption_key_identity=redisenterprise.ClusterPropertiesKeyEncryptionKeyIdentityArgs(
                        identity_type=redisenterprise.CmkIdentityType.USER_ASSIGNED_IDENTITY,
                        user_assigned_identity_resource_id=args.key.identity_id,
                    ),
                )
            ),
            opts=self.child(),
        )

    def __database(self, name: str, cluster: redisenterprise.RedisEnterprise) -> redisenterprise.Database:
        return redisenterprise.Database(
            f"{name}-database",
            database_name=DATABASE_NAME,
            cluster_name=cluster.name,
            resource_group_name=self.placement.resource_group_name,
            port=PORT,
            client_protocol=redisenterprise.Protocol.ENCRYPTED,
            access_keys_authentication=redisenterprise.AccessKeysAuthentication.DISABLED,
            # One address and plain commands: Odoo's session stores use a client that knows no Redis cluster. Fixed at
            # creation (learn.microsoft.com azure/redis/architecture).
            clustering_policy=redisenterprise.ClusteringPolicy.ENTERPRISE_CLUSTER,
            # Sessions carry a time to live, so the ones used least recently make room.
            eviction_policy=redisenterprise.EvictionPolicy.VOLATILE_LRU,
            # A lost session is a new login. The replica covers the loss of a node; no session is written to disk.
            persistence=redisenterprise.PersistenceArgs(aof_enabled=False, rdb_enabled=False),
            defer_upgrade=redisenterprise.DeferUpgradeSetting.NOT_DEFERRED,
            opts=self.child(),
        )


def cache_user(
    component: Component,
    name: str,
    cache: CacheAddress,
    user_name: str,
    object_id: pulumi.Input[str],
    depends_on: Sequence[pulumi.Resource] = (),
) -> redisenterprise.AccessPolicyAssignment:
    """Lets a service principal log in to a cache. Whoever may log in may do everything there.

    Args:
        component: the component that owns the assignment.
        name: its Pulumi name.
        cache: the cache.
        user_name: its Azure name, unique in the cache: 1 to 60 letters and digits.
        object_id: object id of the service principal.
        depends_on: the cache's database, where it is made here too.
    """
    return redisenterprise.AccessPolicyAssignment(
        name,
        access_policy_assignment_name=user_name,
        access_policy_name=ACCESS_POLICY,
        cluster_name=cache.cache_name,
        database_name=DATABASE_NAME,
        resource_group_name=cache.resource_group_name,
        user=redisenterprise.AccessPolicyAssignmentPropertiesUserArgs(object_id=object_id),
        opts=component.child(depends_on=depends_on),
    )
