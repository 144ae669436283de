"""Policies of our own over databases, storage, vaults and logs.

Each alias is one that a built-in policy, or several public ones, name as well (github.com/Azure/azure-policy).
"""

from __future__ import annotations

from policies.controls.model import CustomPolicy
from policies.controls.shorthand import AUDIT, DENY, all_of, any_of, field, kind, negate

_POSTGRES = "Microsoft.DBforPostgreSQL/flexibleServers"
_SQL_FIREWALL = "Microsoft.Sql/servers/firewallRules"
_ACCOUNT = "Microsoft.Storage/storageAccounts"
_BLOBS = f"{_ACCOUNT}/blobServices"
_SMB = f"{_ACCOUNT}/fileServices/protocolSettings.smb"
_SAS_PERIOD = f"{_ACCOUNT}/sasPolicy.sasExpirationPeriod"
_VAULT = "Microsoft.KeyVault/vaults"
_WORKSPACE = "Microsoft.OperationalInsights/workspaces"

POLICIES: tuple[CustomPolicy, ...] = (
    CustomPolicy(
        reference="postgres-entra-sign-in",
        title="PostgreSQL knows the people of Entra",
        description="People with database passwords cannot be locked out when they leave. Set "
        "authConfig.activeDirectoryAuth to Enabled.",
        rules=("pg-entra-auth-on",),
        effects=DENY,
        mode="Indexed",
        # A read replica takes its primary's.
        condition=all_of(
            kind(_POSTGRES),
            field(f"{_POSTGRES}/createMode", notEquals="Replica"),
            field(f"{_POSTGRES}/authConfig.activeDirectoryAuth", notEquals="Enabled"),
        ),
    ),
    CustomPolicy(
        reference="sql-firewall-open",
        title="Firewall rules of SQL open neither to all of Azure nor to the Internet",
        description="The rule that the portal offers, 0.0.0.0, admits every customer of Azure. Remove the rule and use "
        "a private endpoint.",
        rules=("pg-firewall-closed",),
        effects=DENY,
        mode="All",
        condition=all_of(
            kind(_SQL_FIREWALL),
            any_of(
                field(f"{_SQL_FIREWALL}/startIpAddress", equals="0.0.0.0"),  # noqa: S104 an address, nothing is bound
                field(f"{_SQL_FIREWALL}/endIpAddress", equals="255.255.255.255"),
            ),
        ),
    ),
    CustomPolicy(
        reference="storage-container-public",
        title="Blob containers are private",
        description="A public container shows its content to anybody with the address. Set publicAccess to None.",
        rules=("storage-container-private",),
        effects=DENY,
        mode="All",
        condition=all_of(
            kind(f"{_BLOBS}/containers"),
            field(f"{_BLOBS}/containers/publicAccess", exists=True),
            field(f"{_BLOBS}/containers/publicAccess", notEquals="None"),
        ),
    ),
    CustomPolicy(
        reference="storage-links-expire",
        title="Links that are signed with account keys end within a week",
        description="A link works for whoever has it, and nobody can take back a single one. Turn account keys off, "
        "or set sasPolicy.sasExpirationPeriod to at most 7.00:00:00.",
        rules=("storage-sas-expires",),
        effects=DENY,
        mode="Indexed",
        condition=all_of(
            kind(_ACCOUNT),
            field(f"{_ACCOUNT}/allowSharedKeyAccess", notEquals=False),
            # days.hours:minutes:seconds (learn.microsoft.com azure/storage/common/sas-expiration-policy)
            negate(
                any_of(
                    *(field(_SAS_PERIOD, like=f"{days}.*") for days in range(7)),
                    *(field(_SAS_PERIOD, like=f"0{days}.*") for days in range(7)),
                    field(_SAS_PERIOD, equals="7.00:00:00"),
                )
            ),
        ),
    ),
    CustomPolicy(
        reference="storage-blob-recovery",
        title="Deleted blobs and containers can be brought back",
        description="A wrong command, or malware, deletes attachments and backups alike. Enable deleteRetentionPolicy "
        "and containerDeleteRetentionPolicy.",
        rules=("blob-soft-delete",),
        effects=DENY,
        mode="All",
        condition=all_of(
            kind(_BLOBS),
            any_of(
                field(f"{_BLOBS}/deleteRetentionPolicy.enabled", notEquals=True),
                field(f"{_BLOBS}/containerDeleteRetentionPolicy.enabled", notEquals=True),
            ),
        ),
    ),
    CustomPolicy(
        reference="storage-smb-hardened",
        title="SMB shares allow version 3.1.1, AES-256-GCM and Kerberos alone",
        description="The defaults allow older dialects, weaker ciphers and NTLM. Set versions, channelEncryption and "
        "authenticationMethods in protocolSettings.smb.",
        rules=("file-smb-hardened",),
        # Azure makes the service with its defaults wherever there is an account.
        effects=AUDIT,
        mode="All",
        condition=all_of(
            kind(f"{_ACCOUNT}/fileServices"),
            any_of(
                field(f"{_SMB}.versions", notIn=["SMB3.1.1", "SMB3.1.1;"]),
                field(f"{_SMB}.channelEncryption", notIn=["AES-256-GCM", "AES-256-GCM;"]),
                field(f"{_SMB}.authenticationMethods", notIn=["Kerberos", "Kerberos;"]),
            ),
        ),
    ),
    CustomPolicy(
        reference="vault-retention",
        title="Key vaults keep what was deleted for 90 days",
        description="What was deleted can be brought back only as long as the vault keeps it. Set "
        "softDeleteRetentionInDays to 90, on a new vault: it cannot be changed later.",
        rules=("vault-soft-delete-90",),
        effects=DENY,
        mode="Indexed",
        condition=all_of(
            kind(_VAULT),
            field(f"{_VAULT}/createMode", notEquals="recover"),
            field(f"{_VAULT}/softDeleteRetentionInDays", exists=True),
            field(f"{_VAULT}/softDeleteRetentionInDays", less=90),
        ),
    ),
    CustomPolicy(
        reference="vault-side-doors",
        title="Machines, disks and templates get nothing from a vault past its roles",
        description="Whoever may deploy then reads every secret. Leave enabledForDeployment, enabledForDiskEncryption "
        "and enabledForTemplateDeployment at false.",
        rules=("vault-no-side-doors",),
        effects=DENY,
        mode="Indexed",
        condition=all_of(
            kind(_VAULT),
            any_of(
                field(f"{_VAULT}/enabledForDeployment", equals=True),
                field(f"{_VAULT}/enabledForDiskEncryption", equals=True),
                field(f"{_VAULT}/enabledForTemplateDeployment", equals=True),
            ),
        ),
    ),
    CustomPolicy(
        reference="workspace-retention",
        title="Log Analytics keeps logs for 90 days",
        description="Attacks are found months later. Set retentionInDays to 90 or more.",
        rules=("workspace-kept",),
        effects=DENY,
        mode="Indexed",
        condition=all_of(kind(_WORKSPACE), field(f"{_WORKSPACE}/retentionInDays", less=90)),
    ),
)
