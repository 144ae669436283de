"""The hardened Key Vault that keys and secrets are kept in."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import keyvault

from components.base import Component
from components.private_link import PrivateLink, private_endpoint

SOFT_DELETE_DAYS = 90
"""The longest there is; cannot be raised later (learn.microsoft.com azure/key-vault/general/soft-delete-overview)."""

PRIVATE_ZONE = "privatelink.vaultcore.azure.net"


def hardened_vault(
    component: Component, name: str, *, vault_name: str, tenant_id: pulumi.Input[str], link: PrivateLink
) -> keyvault.Vault:
    """Makes a vault that only private endpoints and Azure's trusted services reach, and that nobody can purge.

    Args:
        component: the component that owns it.
        name: its Pulumi name; its private endpoint is `<name>-endpoint`.
        vault_name: its Azure name, globally unique, 3 to 24 characters.
        tenant_id: Entra tenant that its users are in.
        link: where its private endpoint goes.
    """
    vault = keyvault.Vault(
        name,
        vault_name=vault_name,
        resource_group_name=component.placement.resource_group_name,
        location=component.placement.location,
        tags=component.placement.tags,
        properties=keyvault.VaultPropertiesArgs(
            # Premium keeps keys in FIPS 140-3 level 3 modules (learn.microsoft.com azure/key-vault/keys/about-keys).
            sku=keyvault.SkuArgs(family=keyvault.SkuFamily.A, name=keyvault.SkuName.PREMIUM),
            tenant_id=tenant_id,
            # Said outright: left out, the API version decides between roles and access policies
            # (learn.microsoft.com azure/key-vault/general/access-control-default).
            enable_rbac_authorization=True,
            enable_soft_delete=True,
            soft_delete_retention_in_days=SOFT_DELETE_DAYS,
            enable_purge_protection=True,
            enabled_for_deployment=False,
            enabled_for_disk_encryption=False,
            enabled_for_template_deployment=False,
            public_network_access="Disabled",
            # Storage, PostgreSQL, Redis, the registry and disks use customer keys as trusted services, from Azure's
            # own network: without the bypass they could not unwrap theirs
            # (learn.microsoft.com azure/key-vault/general/overview-vnet-service-endpoints).
            network_acls=keyvault.NetworkRuleSetArgs(
                default_action=keyvault.NetworkRuleAction.DENY,
                bypass=keyvault.NetworkRuleBypassOptions.AZURE_SERVICES,
            ),
        ),
        opts=component.child(),
    )
    private_endpoint(
        component,
        f"{name}-endpoint",
        link,
        service_id=vault.id,
        service_name=vault_name,
        group_id="vault",
        zone_names=(PRIVATE_ZONE,),
    )
    return vault
