"""Certificates of the ingress: a vault of their own, which the company's public key infrastructure fills."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import authorization, keyvault

from components.access import Role, grant
from components.base import Component, Placement
from components.key_vault import hardened_vault
from components.private_link import PrivateLink

# A certificate's private key is read as a secret (learn.microsoft.com azure/key-vault/certificates/about-certificates
# #composition-of-a-certificate).
CERTIFICATE_READER = Role.KEY_VAULT_SECRETS_USER


@dataclass(frozen=True, kw_only=True)
class CertificateVaultArgs:
    """Arguments of `CertificateVault`.

    Args:
        placement: where it goes.
        vault_name: Azure name, globally unique, 3 to 24 characters.
        tenant_id: Entra tenant of its users.
        private_link: where its private endpoint goes.
        reader_principal_id: object id of the ingress's identity; None where each tenant's ingress has one of its own,
            which reads its own certificate only (`grant_certificate`).
    """

    placement: Placement
    vault_name: str
    tenant_id: pulumi.Input[str]
    private_link: PrivateLink
    reader_principal_id: pulumi.Input[str] | None = None


class CertificateVault(Component):
    """A Key Vault that holds nothing but certificates, so that one ingress may read all of it and nothing else.

    Certificates are issued and renewed in it (by an issuer that Key Vault knows, or imported), never declared here: a
    renewal must not need a deployment.

    Attributes:
        vault_id: ARM id.
        vault_name: its Azure name.
        vault_uri: where it answers, `https://<vault_name>.vault.azure.net/`.
    """

    vault_id: pulumi.Output[str]
    vault_name: pulumi.Output[str]
    vault_uri: pulumi.Output[str]

    def __init__(self, name: str, args: CertificateVaultArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        vault = hardened_vault(
            self, f"{name}-vault", vault_name=args.vault_name, tenant_id=args.tenant_id, link=args.private_link
        )
        readers = [] if args.reader_principal_id is None else [self.__reader(name, vault, args.reader_principal_id)]
        self.lock(f"{name}-lock", vault, "Holds the certificates that users reach Odoo with.", depends_on=readers)
        self.vault_id = vault.id
        self.vault_name = vault.name
        self.vault_uri = vault.properties.apply(lambda properties: properties.vault_uri or "")
        self.finish({"vault_id": self.vault_id, "vault_name": self.vault_name})

    def __reader(self, name: str, vault: keyvault.Vault, principal_id: pulumi.Input[str]) -> pulumi.Resource:
        return grant(
            self,
            f"{name}-ingress",
            CERTIFICATE_READER,
            scope=vault.id,
            principal_id=principal_id,
            purpose="Lets the ingress read its certificates; the vault holds nothing else.",
        )


def grant_certificate(
    component: Component,
    name: str,
    vault_id: pulumi.Input[str],
    certificate: str,
    principal_id: pulumi.Input[str],
) -> authorization.RoleAssignment:
    """Lets an ingress read one certificate, and no other of the vault.

    Args:
        component: the component that owns the grant.
        name: its Pulumi name.
        vault_id: ARM id of the vault.
        certificate: name of the certificate.
        principal_id: object id of the ingress's identity.
    """
    return grant(
        component,
        name,
        CERTIFICATE_READER,
        scope=pulumi.Output.concat(vault_id, "/secrets/", certificate),
        principal_id=principal_id,
        purpose=f"Lets the ingress read the certificate {certificate}, and no other.",
    )
