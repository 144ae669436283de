"""Built-in policies over vaults: keys, secrets, backups.

GUIDs, versions, effects, parameters: github.com/Azure/azure-policy, built-in-policies/policyDefinitions (2026-04-29).
"""

from __future__ import annotations

from policies.controls.model import AzurePolicy
from policies.controls.shorthand import AUDIT, EXISTS, built_in

VAULTS: tuple[AzurePolicy, ...] = (
    built_in(
        "vault-public-access",
        "405c5871-3e91-4644-8a63-58e19d68ff5b",
        1,
        "Azure Key Vault should disable public network access",
        "vault-public-access-off",
    ),
    built_in(
        "vault-firewall",
        "55615ac9-af46-4a59-874e-391cc3dfb490",
        3,
        "Azure Key Vault should have firewall enabled or public network access disabled",
        "vault-public-access-off",
    ),
    # A vault is there before its endpoint: Deny would refuse every new one.
    built_in(
        "vault-private-link",
        "a6abeaec-4d90-4a02-805f-6b26c4d3fbe9",
        1,
        "Azure Key Vaults should use private link",
        "data-services-have-private-endpoints",
        effects=AUDIT,
        effect_parameter="audit_effect",
    ),
    built_in(
        "vault-rbac",
        "12d4fa5e-1f9f-4c21-97a9-b99b3c6611b5",
        1,
        "Azure Key Vault should use RBAC permission model",
        "vault-rbac-explicit",
        "vault-no-access-policies",
    ),
    built_in(
        "vault-soft-delete",
        "1e66c121-a66a-4b1f-9b83-0fd99bf0fc2d",
        3,
        "Key vaults should have soft delete enabled",
        "vault-soft-delete-90",
    ),
    built_in(
        "vault-purge-protection",
        "0b60c0b2-2dc2-4e1c-b5c9-abbed971de53",
        2,
        "Key vaults should have deletion protection enabled",
        "vault-purge-protection",
        "encryption-keys-in-use-rotate",
    ),
    # A key that rotates gets its end with the first rotation: Deny would refuse every new one.
    built_in(
        "key-expiry",
        "152b15f7-8e1f-4c1f-ab71-8c010ba5dbc0",
        1,
        "Key Vault keys should have an expiration date",
        "key-expiry",
        effects=AUDIT,
    ),
    built_in(
        "key-rotation",
        "d8cf8476-a2ec-4916-896e-992351803c44",
        1,
        "Keys should have a rotation policy ensuring that their rotation is scheduled within the specified number of "
        "days after creation.",
        "key-rotation",
        "encryption-keys-in-use-rotate",
        effects=AUDIT,
        maximumDaysToRotate=365,
    ),
    built_in(
        "key-size",
        "82067dbb-e53b-4e06-b631-546d197452d9",
        1,
        "Keys using RSA cryptography should have a specified minimum key size",
        "key-strength",
        minimumRSAKeySize=3072,
    ),
    built_in(
        "key-hardware",
        "587c79fe-dd04-4a5e-9d0b-f89598c7261b",
        1,
        "Keys should be backed by a hardware security module (HSM)",
        "key-in-hardware",
        effects=AUDIT,
    ),
    # Azure itself writes secrets without an end: the private keys of certificates, for one.
    built_in(
        "secret-expiry",
        "98728c90-32c7-4049-8429-847dc0f4fe37",
        1,
        "Key Vault secrets should have an expiration date",
        "secret-expiry",
        effects=AUDIT,
    ),
    built_in(
        "vault-logs",
        "cf820ca0-f99e-4f3e-84fb-66e913812d21",
        5,
        "Resource logs in Key Vault should be enabled",
        "data-services-are-logged",
        effects=EXISTS,
    ),
)

BACKUPS: tuple[AzurePolicy, ...] = (
    built_in(
        "recovery-vault-public-access",
        "9ebbbba3-4d65-4da9-bb67-b22cfaaff090",
        1,
        "[Preview]: Azure Recovery Services vaults should disable public network access",
        "recovery-vault-public-access-off",
        preview=True,
    ),
    built_in(
        "recovery-vault-cmk",
        "2e94d99a-8a36-4563-bc77-810d8893b671",
        1,
        "[Preview]: Azure Recovery Services vaults should use customer-managed keys for encrypting backup data",
        "recovery-vault-cmk",
        effects=AUDIT,
        preview=True,
    ),
    built_in(
        "backup-vault-cmk",
        "d6588149-9f06-462c-a076-56aece45b5ba",
        1,
        "[Preview]: Azure Backup Vaults should use customer-managed keys for encrypting backup data. Also an option to "
        "enforce Infra Encryption.",
        "backup-vault-cmk",
        effects=AUDIT,
        preview=True,
    ),
    built_in(
        "backup-vault-soft-delete",
        "9798d31d-6028-4dee-8643-46102185c016",
        1,
        "[Preview]: Soft delete should be enabled for Backup Vaults",
        "vault-backups-soft-delete",
        effects=AUDIT,
        preview=True,
    ),
    built_in(
        "recovery-vault-soft-delete",
        "31b8092a-36b8-434b-9af7-5ec844364148",
        1,
        "[Preview]: Soft delete must be enabled for Recovery Services Vaults.",
        "vault-backups-soft-delete",
        effects=AUDIT,
        preview=True,
    ),
    built_in(
        "backup-vault-immutable",
        "2514263b-bc0d-4b06-ac3e-f262c0979018",
        1,
        "[Preview]: Immutability must be enabled for backup vaults",
        "vault-backups-immutable",
        effects=AUDIT,
        preview=True,
    ),
    built_in(
        "recovery-vault-immutable",
        "d6f6f560-14b7-49a4-9fc8-d2c3a9807868",
        1,
        "[Preview]: Immutability must be enabled for Recovery Services vaults",
        "vault-backups-immutable",
        effects=AUDIT,
        preview=True,
    ),
)

POLICIES = (*VAULTS, *BACKUPS)
