"""Names and tags of what is a tenant's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from stacks.planning.naming import plan_server_names
from stacks.planning.plan_tenant import TenantNames
from stacks.planning.regions import Region
from stacks.sections import Environment

if TYPE_CHECKING:
    from stacks.subsidiary import Subsidiary


def tenant_names(name: str, slot: int, environment: Environment, location: Region) -> TenantNames:
    """Azure names of a tenant's own resources.

    A share and a container have three characters at least, so that a tenant's name alone, which may have two, is none.
    """
    base = f"{environment.application}-{environment.name}-{name}"
    return TenantNames(
        resource_group=f"rg-{base}-{location.code}",
        odoo_identity=f"id-{base}-odoo",
        operations_identity=f"id-{base}-operations",
        ingress_identity=f"id-{base}-ingress",
        share=f"files-{name}",
        attachments=f"attachments-{name}",
        archive=f"archive-{name}",
        node_pool=node_pool_name(slot),
        server=plan_server_names(environment, location, name),
        customer_key=f"database-{name}",
        budget=f"budget-{base}",
        health_alert=f"health-{base}-{location.code}",
    )


def node_pool_name(slot: int) -> str:
    """Pool of nodes of the isolated tenant in a slot."""
    return f"t{slot:03d}"


def tenant_tags(name: str, tenant: Subsidiary, platform: Mapping[str, str]) -> Mapping[str, str]:
    """The platform's tags with the tenant's payer, owner and company, in the order of their keys."""
    own = {
        "business-unit": tenant.business_unit,
        "cost-center": tenant.cost_center,
        "country": tenant.country,
        "legal-entity": tenant.legal_name,
        "owner": tenant.contacts[0] if tenant.contacts else None,
        "tenant": name,
        "tier": tenant.tier.value,
    }
    return dict(sorted(({**platform, **{key: value for key, value in own.items() if value}}).items()))
