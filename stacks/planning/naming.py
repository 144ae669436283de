"""Azure names: abbreviations of the Cloud Adoption Framework, checked against the rules of each type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType

from stacks.planning.ledger import Ledger
from stacks.planning.plan_names import Names, ResourceGroupNames
from stacks.planning.plan_tenant import ServerNames
from stacks.planning.regions import Region
from stacks.sections import Environment

# learn.microsoft.com azure/azure-resource-manager/management/resource-name-rules, and the schemas of the APIs.
_NETWORK = r"[A-Za-z0-9](?:[\w.-]{0,78}\w)?"
_VIRTUAL_NETWORK = r"[A-Za-z0-9][\w.-]{0,62}\w"
_VAULT = r"(?!.*--)[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]"
_POSTGRES = r"[a-z0-9](?:[a-z0-9-]{1,61})[a-z0-9]"
_STORAGE = r"[a-z0-9]{3,24}"
_PRIVATE_ZONE = r"(?:[a-z0-9-]{1,63}\.){1,30}postgres\.database\.azure\.com"
_WORKSPACE = r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]"
_IDENTITY = r"[A-Za-z0-9][\w-]{2,127}"
_SCALE_SET = r"[A-Za-z0-9](?:[\w-]{0,62}[A-Za-z0-9])?"
_PATCHES = r"[A-Za-z0-9][A-Za-z0-9-]{0,62}"  # Azure publishes no rule: letters, digits and hyphens do
_INSIGHTS = r"[A-Za-z0-9][A-Za-z0-9-]{0,258}[A-Za-z0-9]"

_VAULT_LENGTH = 24
"""The shortest limit of all: vaults' and storage accounts'."""

RULES: Mapping[str, str] = MappingProxyType(
    {
        "virtual_network": _VIRTUAL_NETWORK,
        "key_vault": _VAULT,
        "recovery_key_vault": _VAULT,
        "secret_vault": _VAULT,
        "certificate_vault": _VAULT,
        "registry": r"[A-Za-z0-9]{5,50}",
        "database": _POSTGRES,
        "database_replica": _POSTGRES,
        "database_endpoint": r"[A-Za-z0-9][A-Za-z0-9-]{1,61}[A-Za-z0-9]",
        "database_zone": _PRIVATE_ZONE,
        "cache": r"(?=.{1,60}$)[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*",
        "file_storage": _STORAGE,
        "backup_storage": _STORAGE,
        "recovery_backup_storage": _STORAGE,
        "flow_log_storage": _STORAGE,
        "attachment_storage": _STORAGE,
        "disk_encryption_set": r"[A-Za-z0-9_-]{1,80}",
        "cluster": r"[A-Za-z0-9][\w-]{0,61}[A-Za-z0-9]",
        "app_machines": _SCALE_SET,
        "operations_machines": _SCALE_SET,
        "machine_patches": _PATCHES,
        "load_balancer": _NETWORK,
        "node_resource_group": r"[-\w.()]{0,79}[-\w()]",
        "odoo_identity": _IDENTITY,
        "operations_identity": _IDENTITY,
        "administration_identity": _IDENTITY,
        "scaler_identity": _IDENTITY,
        "ingress_identity": _IDENTITY,
        "metrics_identity": _IDENTITY,
        "ingress_link_service": _NETWORK,
        "log_workspace": _WORKSPACE,
        "monitor_workspace": _WORKSPACE,
        "data_collection_endpoint": r"[A-Za-z0-9][A-Za-z0-9-]{1,42}[A-Za-z0-9]",
        "private_link_scope": _INSIGHTS,
        "action_group": _INSIGHTS,
        "health_alert": _INSIGHTS,
        "bastion": _NETWORK,
        "nat_gateway": _NETWORK,
        "firewall": _NETWORK,
        "budget": r"[A-Za-z0-9_-]{1,63}",
    }
)
"""What Azure takes as a name, by field of `Names`; resource groups have one rule, `RESOURCE_GROUP_RULE`."""

RESOURCE_GROUP_RULE = r"[-\w.()]{0,89}[-\w()]"
"""What Azure takes as the name of a resource group."""


def _resource_groups(base: str, here: str, there: str) -> ResourceGroupNames:
    return ResourceGroupNames(
        network=f"rg-{base}-network-{here}",
        security=f"rg-{base}-security-{here}",
        data=f"rg-{base}-data-{here}",
        runtime=f"rg-{base}-runtime-{here}",
        monitoring=f"rg-{base}-monitoring-{here}",
        recovery=f"rg-{base}-recovery-{there}",
    )


def plan_names(environment: Environment, location: Region, recovery: Region, ledger: Ledger) -> Names:
    """All names of an environment.

    Names that are unique in the whole of Azure end in the settings' suffix; the others carry the region's code. Vaults
    and storage accounts have 24 characters only and do without the code.
    """
    application, name, suffix = environment.application, environment.name, environment.suffix
    base, compact = f"{application}-{name}", f"{application}{name}"
    regional = f"{base}-{location.code}"
    names = Names(
        resource_groups=_resource_groups(base, location.code, recovery.code),
        virtual_network=f"vnet-{regional}",
        key_vault=f"kv-{base}-k-{suffix}",
        recovery_key_vault=f"kv-{base}-r-{suffix}",
        secret_vault=f"kv-{base}-s-{suffix}",
        certificate_vault=f"kv-{base}-c-{suffix}",
        registry=f"cr{compact}{location.code}{suffix}",
        database=f"psql-{regional}-{suffix}",
        database_replica=f"psql-{regional}-ro-{suffix}",
        database_endpoint=f"psql-{regional}-ep-{suffix}",
        # The zone of an injected server ends so and may not be the server's own name:
        # learn.microsoft.com azure/postgresql/flexible-server/concepts-networking-private
        database_zone=f"{base}-{suffix}.private.postgres.database.azure.com",
        cache=f"amr-{regional}-{suffix}",
        file_storage=f"st{compact}fs{suffix}",
        backup_storage=f"st{compact}bk{suffix}",
        recovery_backup_storage=f"st{compact}rb{suffix}",
        flow_log_storage=f"st{compact}fl{suffix}",
        attachment_storage=f"st{compact}at{suffix}",
        disk_encryption_set=f"des-{regional}",
        cluster=f"aks-{regional}",
        app_machines=f"vmss-{regional}-app",
        operations_machines=f"vmss-{regional}-operations",
        machine_patches=f"mc-{regional}",
        load_balancer=f"lbi-{regional}",
        node_resource_group=f"rg-{base}-nodes-{location.code}",
        odoo_identity=f"id-{regional}-odoo",
        operations_identity=f"id-{regional}-operations",
        administration_identity=f"id-{regional}-administration",
        scaler_identity=f"id-{regional}-scaler",
        ingress_identity=f"id-{regional}-ingress",
        metrics_identity=f"id-{regional}-metrics",
        ingress_link_service=f"pls-{regional}-ingress",
        log_workspace=f"log-{regional}",
        monitor_workspace=f"amw-{regional}",
        data_collection_endpoint=f"dce-{regional}",
        private_link_scope=f"ampls-{regional}",
        action_group=f"ag-{regional}",
        health_alert=f"health-{regional}",
        bastion=f"bas-{regional}",
        nat_gateway=f"ng-{regional}",
        firewall=f"afw-{regional}",
        budget=f"budget-{regional}",
    )
    _check(names, environment, ledger)
    ledger.note(
        "names",
        f"{len(fields(Names)) - 1 + len(fields(ResourceGroupNames))} names of {regional}",
        f"Abbreviation of the type, {base}, region ({location.code}), and {suffix} where it must be unique in Azure.",
        "learn.microsoft.com azure/cloud-adoption-framework/ready/azure-best-practices/resource-abbreviations",
    )
    return names


def _check(names: Names, environment: Environment, ledger: Ledger) -> None:
    broken = [
        (field.name, getattr(names, field.name))
        for field in fields(names)
        if field.name in RULES and not re.fullmatch(RULES[field.name], getattr(names, field.name))
    ]
    if not broken:
        return
    excess = max(len(value) - _VAULT_LENGTH for _, value in broken)
    listed = ", ".join(f"{field} = {value} ({len(value)} characters)" for field, value in broken)
    ledger.refuse(
        "environment.name",
        f"{environment.name}, with environment.application {environment.application}, makes {listed}",
        "names that Azure takes: a key vault's has 3 to 24 characters",
        f"shorten environment.name or environment.application by {max(excess, 1)} characters in all",
    )


def plan_server_names(environment: Environment, location: Region, part: str) -> ServerNames:
    """Names of one PostgreSQL server of several.

    Args:
        environment: the environment.
        location: its region.
        part: what tells it from the others: a number, or a tenant.
    """
    before, after = f"psql-{environment.application}-{environment.name}", f"{location.code}-"
    base = f"{before}-{after}{part}" if part.isdigit() else f"{before}-{part}-{location.code}"
    return ServerNames(
        server=f"{base}-{environment.suffix}",
        replica=f"{base}-ro-{environment.suffix}",
        endpoint=f"{base}-ep-{environment.suffix}",
    )
