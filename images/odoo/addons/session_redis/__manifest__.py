# Odoo 17, 18 and 19 each put their series before the version. Apache-2.0 is none of the licences that Odoo names.
{  # noqa: B018
    "name": "Sessions in Redis",
    "summary": "HTTP sessions in Azure Managed Redis, sealed, by the pod's workload identity",
    "version": "1.0.0",
    "author": "The odoo-azure project",
    "license": "Other OSI approved licence",
    "category": "Hidden",
    "depends": ["base"],
    "external_dependencies": {"python": ["azure-identity", "cryptography", "redis"]},
    "post_load": "post_load",
}
