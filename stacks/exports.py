"""What an environment shows to people and to other stacks: one typed model, exported whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import pulumi

from stacks.planning.plan import Plan


@dataclass(frozen=True, kw_only=True)
class Exports:
    """Outputs of a stack.

    Args:
        url: where users open Odoo.
        ingress_address: address that the host name must resolve to.
        cluster_id: ARM id of the AKS cluster.
        cluster_name: its name.
        cluster_resource_group: its resource group.
        oidc_issuer_url: issuer of its service accounts' tokens, for federated credentials.
        registry_login_server: host name of the image registry.
        database_host: name of PostgreSQL's writer; it follows a switch-over to the replica.
        database_reader_host: name of its reader; the writer's own where there is no replica.
        cache_host: name of the session cache.
        secret_vault_uri: vault of the application's secrets.
        certificate_vault_name: vault that the ingress's certificate belongs into.
        network_id: ARM id of the virtual network.
        egress_addresses: public addresses that banks and tax authorities see; empty behind a hub's firewall.
        log_workspace_id: ARM id of the Log Analytics workspace.
        plan: sizes, addresses and names in use.
        reasons: why each size is what it is.
        warnings: what to look at soon.
    """

    url: pulumi.Output[str]
    ingress_address: pulumi.Output[str]
    cluster_id: pulumi.Output[str]
    cluster_name: pulumi.Output[str]
    cluster_resource_group: str
    oidc_issuer_url: pulumi.Output[str]
    registry_login_server: pulumi.Output[str]
    database_host: pulumi.Output[str]
    database_reader_host: pulumi.Output[str]
    cache_host: pulumi.Output[str]
    secret_vault_uri: pulumi.Output[str]
    certificate_vault_name: pulumi.Output[str]
    network_id: pulumi.Output[str]
    egress_addresses: pulumi.Output[list[str]]
    log_workspace_id: pulumi.Output[str]
    plan: Mapping[str, Any]
    reasons: Mapping[str, str]
    warnings: tuple[str, ...]


def export(exports: Exports) -> None:
    """Exports every field under its own name."""
    for field in fields(exports):
        value = getattr(exports, field.name)
        pulumi.export(field.name, list(value) if isinstance(value, tuple) else value)


def exported_plan(plan: Plan) -> Mapping[str, Any]:
    """The plan as plain data, without what is exported beside it."""
    return {key: value for key, value in asdict(plan).items() if key not in {"reasons", "warnings"}}
