"""A key in whoever's Key Vault, and the one identity that may use it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import authorization, keyvault, managedidentity

from components.access import Role, grant
from components.base import Component
from components.customer_key import CustomerKey

# 3072 bits are good beyond 2030 (NIST SP 800-57 part 1, table 2), and all Azure services that take customer keys know
# them (learn.microsoft.com azure/key-vault/keys/about-keys).
KEY_BITS = 3072

# A new version every eleven months; the old one stays valid for two more, in which services move on and a failed
# rotation can be put right (learn.microsoft.com azure/key-vault/keys/how-to-configure-key-rotation).
ROTATE_AFTER_CREATION = "P11M"
VERSION_LIFETIME = "P13M"
NOTIFY_BEFORE_EXPIRY = "P30D"

# All that encryption at rest needs: the services' own data keys are wrapped with it.
_WRAPPING = (keyvault.JsonWebKeyOperation.WRAP_KEY, keyvault.JsonWebKeyOperation.UNWRAP_KEY)
_DIRECT = (keyvault.JsonWebKeyOperation.ENCRYPT, keyvault.JsonWebKeyOperation.DECRYPT)


@dataclass(frozen=True, kw_only=True)
class KeyVaultAddress:
    """A vault of keys, as whatever is made in it names it.

    Args:
        vault_id: ARM id.
        vault_name: its Azure name.
        vault_uri: its URI, with a closing slash.
        resource_group_name: its resource group.
    """

    vault_id: pulumi.Input[str]
    vault_name: pulumi.Input[str]
    vault_uri: pulumi.Input[str]
    resource_group_name: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class MadeKey:
    """A key that was made.

    Args:
        customer_key: what a service needs of it.
        use: the grant by which its identity uses it.
    """

    customer_key: CustomerKey
    use: authorization.RoleAssignment


def make_key(
    component: Component,
    name: str,
    vault: KeyVaultAddress,
    purpose: str,
    identity_name: str,
    *,
    direct: bool = False,
) -> MadeKey:
    """Makes a hardware-protected, rotating RSA key, and an identity that may use this key and no other.

    Args:
        component: the component that owns them; the identity goes to its resource group.
        name: prefix of the Pulumi names.
        vault: the vault.
        purpose: what it is for, also its name in the vault: letters, digits and hyphens.
        identity_name: Azure name of the identity.
        direct: the service encrypts with the key itself rather than wrapping keys of its own.
    """
    key = _key(component, f"{name}-key", vault, purpose, _DIRECT if direct else _WRAPPING)
    identity = managedidentity.UserAssignedIdentity(
        f"{name}-identity",
        resource_name_=identity_name,
        resource_group_name=component.placement.resource_group_name,
        location=component.placement.location,
        tags=component.placement.tags,
        opts=component.child(),
    )
    use = grant(
        component,
        f"{name}-use",
        Role.KEY_VAULT_CRYPTO_SERVICE_ENCRYPTION_USER,
        scope=key.id,
        principal_id=identity.principal_id,
        purpose=f"Encrypts the {purpose} at rest with the key of that name, and no other.",
    )
    customer_key = CustomerKey(
        vault_id=vault.vault_id,
        vault_uri=vault.vault_uri,
        key_name=key.name,
        key_uri=key.key_uri,
        versioned_key_uri=key.key_uri_with_version,
        # Through the grant: whoever takes the identity waits until it may use the key.
        identity_id=pulumi.Output.all(identity.id, use.id).apply(lambda ids: str(ids[0])),
        identity_client_id=identity.client_id,
        identity_principal_id=identity.principal_id,
    )
    return MadeKey(customer_key=customer_key, use=use)


def _key(
    component: Component,
    name: str,
    vault: KeyVaultAddress,
    key_name: str,
    operations: tuple[keyvault.JsonWebKeyOperation, ...],
) -> keyvault.Key:
    return keyvault.Key(
        name,
        key_name=key_name,
        vault_name=vault.vault_name,
        resource_group_name=vault.resource_group_name,
        tags=component.placement.tags,
        properties=keyvault.KeyPropertiesArgs(
            kty=keyvault.JsonWebKeyType.RS_A_HSM,
            key_size=KEY_BITS,
            key_ops=list(operations),
            attributes=keyvault.KeyAttributesArgs(enabled=True, exportable=False),
            rotation_policy=_rotation_policy(),
        ),
        opts=component.child(),
    )


def _rotation_policy() -> keyvault.RotationPolicyArgs:
    return keyvault.RotationPolicyArgs(
        attributes=keyvault.KeyRotationPolicyAttributesArgs(expiry_time=VERSION_LIFETIME),
        lifetime_actions=[
            keyvault.LifetimeActionArgs(
                action=keyvault.ActionArgs(type=keyvault.KeyRotationPolicyActionType.ROTATE),
                trigger=keyvault.TriggerArgs(time_after_create=ROTATE_AFTER_CREATION),
            ),
            keyvault.LifetimeActionArgs(
                action=keyvault.ActionArgs(type=keyvault.KeyRotationPolicyActionType.NOTIFY),
                trigger=keyvault.TriggerArgs(time_before_expiry=NOTIFY_BEFORE_EXPIRY),
            ),
        ],
    )
