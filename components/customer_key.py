"""What a service needs to encrypt with a customer-managed key."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, kw_only=True)
class CustomerKey:
    """One key, and the one identity that may use it.

    `identity_id` resolves only once that identity has been granted the use of the key: a service that takes it waits
    for the grant without knowing of it.

    Args:
        vault_id: ARM id of the vault.
        vault_uri: its URI, with a closing slash.
        key_name: name of the key in it.
        key_uri: URI of the key without a version: the service follows rotations by itself.
        versioned_key_uri: URI with the version, for the few services that take no other.
        identity_id: ARM id of the user-assigned identity.
        identity_client_id: its client id.
        identity_principal_id: its object id in Entra.
    """

    vault_id: pulumi.Input[str]
    vault_uri: pulumi.Input[str]
    key_name: pulumi.Input[str]
    key_uri: pulumi.Input[str]
    versioned_key_uri: pulumi.Input[str]
    identity_id: pulumi.Input[str]
    identity_client_id: pulumi.Input[str]
    identity_principal_id: pulumi.Input[str]
