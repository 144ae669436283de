"""The container registry that the cluster pulls from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_azure_native import containerregistry

from components.access import Role, grant
from components.base import Component, Placement
from components.customer_key import CustomerKey
from components.private_link import PrivateLink, private_endpoint

PRIVATE_ZONE = "privatelink.azurecr.io"


@dataclass(frozen=True, kw_only=True)
class RegistryReplica:
    """A copy of the registry in another region, under the same name.

    Args:
        location: its region.
        zone_redundant: spread it over the region's zones. False only where the region has none.
    """

    location: str
    zone_redundant: bool = True


@dataclass(frozen=True, kw_only=True)
class ImageRegistryArgs:
    """What the registry is and who uses it.

    Args:
        placement: where it goes.
        registry_name: Azure name, globally unique, 5 to 50 letters and digits.
        key: key that encrypts the images.
        private_link: where its private endpoint goes.
        retention_days: days that an image without a tag is kept, 0 to 365.
        zone_redundant: spread it over the region's zones. False only where the region has none.
        replica: copy in the recovery region; None for none.
        pullers: object ids of the service principals that pull, by what they are.
        pushers: object ids of the service principals that push, by what they are.
    """

    placement: Placement
    registry_name: str
    key: CustomerKey
    private_link: PrivateLink
    retention_days: int
    zone_redundant: bool = True
    replica: RegistryReplica | None = None
    pullers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    pushers: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)


class ImageRegistry(Component):
    """A private Premium registry, encrypted with a customer key, with an optional copy in another region.

    Attributes:
        registry_id: ARM id.
        login_server: host name in image references, e.g. `crerp.azurecr.io`.
    """

    registry_id: pulumi.Output[str]
    login_server: pulumi.Output[str]

    def __init__(self, name: str, args: ImageRegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        registry = self.__registry(name, args)
        copies = [self.__copy(name, registry, args.replica)] if args.replica else []
        private_endpoint(
            self,
            f"{name}-endpoint",
            args.private_link,
            # The endpoint gets an address for the data endpoint of each copy that exists when it is made, so it waits
            # for them (learn.microsoft.com azure/container-registry/container-registry-private-link).
            service_id=pulumi.Output.all(registry.id, *(copy.id for copy in copies)).apply(lambda ids: str(ids[0])),
            service_name=args.registry_name,
            group_id="registry",
            zone_names=(PRIVATE_ZONE,),
        )
        grants = self.__grants(name, registry, args)
        self.lock(f"{name}-lock", registry, "Holds the images that a rollback needs.", depends_on=[*copies, *grants])
        self.registry_id = registry.id
        self.login_server = registry.login_server
        self.finish({"registry_id": self.registry_id, "login_server": self.login_server})

    def __registry(self, name: str, args: ImageRegistryArgs) -> containerregistry.Registry:
        return containerregistry.Registry(
            f"{name}-registry",
            registry_name=args.registry_name,
            resource_group_name=args.placement.resource_group_name,
            location=args.placement.location,
            tags=args.placement.tags,
            sku=containerregistry.SkuArgs(name=containerregistry.SkuName.PREMIUM),
            admin_user_enabled=False,
            anonymous_pull_enabled=False,
            # Layers then come from names of this registry alone, so a firewall need not open all of blob storage.
            data_endpoint_enabled=True,
            public_network_access=containerregistry.PublicNetworkAccess.DISABLED,
            network_rule_set=containerregistry.NetworkRuleSetArgs(
                default_action=containerregistry.DefaultAction.DENY, ip_rules=[]
            ),
            # Defender's vulnerability scan and image imports come this way and no other
            # (learn.microsoft.com azure/container-registry/allow-access-trusted-services).
            network_rule_bypass_options=containerregistry.NetworkRuleBypassOptions.AZURE_SERVICES,
            zone_redundancy=_zone_redundancy(args.zone_redundant),
            identity=containerregistry.IdentityPropertiesArgs(
                type=containerregistry.ResourceIdentityType.USER_ASSIGNED,
                user_assigned_identities=_only(args.key.identity_id),
            ),
            encryption=containerregistry.EncryptionPropertyArgs(
                status=containerregistry.EncryptionStatus.ENABLED,
                key_vault_properties=containerregistry.KeyVaultPropertiesArgs(
                    identity=args.key.identity_client_id, key_identifier=args.key.key_uri
                ),
            ),
            policies=_policies(args.retention_days),
            opts=self.child(),
        )

    def __copy(
        self, name: str, registry: containerregistry.Registry, replica: RegistryReplica
    ) -> containerregistry.Replication:
        return containerregistry.Replication(
            f"{name}-replica",
            replication_name=replica.location,
            registry_name=registry.name,
            resource_group_name=self.placement.resource_group_name,
            location=replica.location,
            tags=self.placement.tags,
            region_endpoint_enabled=True,
            zone_redundancy=_zone_redundancy(replica.zone_redundant),
            opts=self.child(),
        )

    def __grants(
        self, name: str, registry: containerregistry.Registry, args: ImageRegistryArgs
    ) -> Sequence[pulumi.Resource]:
        return [
            grant(
                self,
                f"{name}-{verb}-{who}",
                role,
                scope=registry.id,
                principal_id=principal_id,
                purpose=f"Lets {who} {verb} images.",
            )
            for verb, role, principals in (
                ("pull", Role.ACR_PULL, args.pullers),
                ("push", Role.ACR_PUSH, args.pushers),
            )
            for who, principal_id in principals.items()
        ]


def _zone_redundancy(enabled: bool) -> containerregistry.ZoneRedundancy:
    return containerregistry.ZoneRedundancy.ENABLED if enabled else containerregistry.ZoneRedundancy.DISABLED


def _only(
    identity_id: pulumi.Input[str],
) -> pulumi.Output[Mapping[str, containerregistry.UserIdentityPropertiesArgs]]:
    return pulumi.Output.from_input(identity_id).apply(
        lambda identity: {identity: containerregistry.UserIdentityPropertiesArgs()}
    )


def _policies(retention_days: int) -> containerregistry.PoliciesArgs:
    disabled = containerregistry.PolicyStatus.DISABLED
    return containerregistry.PoliciesArgs(
        # Nothing may be copied to somebody else's registry.
        export_policy=containerregistry.ExportPolicyArgs(status=containerregistry.ExportPolicyStatus.DISABLED),
        retention_policy=containerregistry.RetentionPolicyArgs(
            status=containerregistry.PolicyStatus.ENABLED, days=retention_days
        ),
        # Quarantine hides each new image until a scanner of our own releases it. There is none: admission control
        # refuses what Defender has not passed.
        quarantine_policy=containerregistry.QuarantinePolicyArgs(status=disabled),
        # Soft delete works neither with geo-replication nor with retention
        # (learn.microsoft.com azure/container-registry/container-registry-soft-delete-policy).
        soft_delete_policy=containerregistry.SoftDeletePolicyArgs(status=disabled),
    )
