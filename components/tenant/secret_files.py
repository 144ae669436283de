"""Secrets of a Key Vault as files of a pod: what the secrets-store driver is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pulumi

SECRETS_STORE_VERSION: Final = "secrets-store.csi.x-k8s.io/v1"
"""API version of a SecretProviderClass."""


def secret_files(
    *,
    client_id: pulumi.Input[str],
    vault_name: pulumi.Input[str],
    azure_tenant_id: pulumi.Input[str],
    files: Mapping[str, str],
) -> dict[str, Any]:
    """Spec of a SecretProviderClass.

    Source: azure.github.io/secrets-store-csi-driver-provider-azure/docs/getting-started/usage.

    Args:
        client_id: client id of the identity that reads them, by the service account of the pod.
        vault_name: the vault.
        azure_tenant_id: Entra tenant of the identity.
        files: name of the secret in the vault, by name of the file.
    """
    return {
        "provider": "azure",
        "parameters": {
            "usePodIdentity": "false",
            "clientID": client_id,
            "keyvaultName": vault_name,
            "tenantId": azure_tenant_id,
            "objects": _objects(files),
        },
    }


def _objects(files: Mapping[str, str]) -> str:
    """The driver wants a YAML list of strings, each a YAML text of its own."""
    entries = (
        f"  - |\n    objectName: {secret_name}\n    objectType: secret\n    objectAlias: {file_name}\n"
        for file_name, secret_name in sorted(files.items())
    )
    return "array:\n" + "".join(entries)
