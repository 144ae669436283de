"""Identities and what they trust.

learn.microsoft.com entra/workload-id/workload-identity-federation-considerations
"""

from typing import Final

from sandbox.azure import paths
from sandbox.azure.rulebook import Change, keeps_busy, stateful
from sandbox.provider.errors import ProviderError
from sandbox.provider.values import Object

FEDERATED_CREDENTIAL: Final = "azure-native:managedidentity:FederatedIdentityCredential"
BUSY: Final = "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity"
MOST_CREDENTIALS: Final = 20
# Long enough that two requests the engine starts together do meet.
BUSY_SECONDS: Final = 0.03


@keeps_busy("managedidentity:FederatedIdentityCredential", code=BUSY)
def identity_of_a_credential(_: Object, identifier: str) -> tuple[str, float]:
    """An identity takes one credential at a time; the provider does not queue them (pulumi-azure-native issue 4343)."""
    return paths.parent_of(identifier) or "", BUSY_SECONDS


@stateful("managedidentity:FederatedIdentityCredential")
def credentials_of_one_identity(change: Change) -> None:
    """At most 20, each of another issuer or subject."""
    identity = paths.parent_of(change.id) or ""
    others = [
        entry
        for entry in change.world.store.below(identity)
        if entry.type == FEDERATED_CREDENTIAL and entry.id.lower() != change.id.lower()
    ]
    if len(others) >= MOST_CREDENTIALS:
        message = f"'{identity}' has {len(others)} federated credentials already, and can have {MOST_CREDENTIALS}"
        raise ProviderError("FederatedIdentityCredentialLimitExceeded", message)
    trusted = _trusted(change.new)
    if trusted in map(_trusted, (other.inputs for other in others)):
        message = f"issuer and subject combination already exists for this managed identity: {trusted[1]}"
        raise ProviderError("Conflict", message)


def _trusted(inputs: Object) -> tuple[str, str]:
    return str(inputs.get("issuer")), str(inputs.get("subject"))
