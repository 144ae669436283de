"""Components: the parts that an Odoo environment on Azure is made of.

The modules are the public surface; this package imports none of them, so that a program pays for what it uses. Each
component stands beside its arguments (`from components.key_vault import ...` knows no other part of Azure than vaults):

- `resource_groups`, `workload_identity`: where things go, and whom pods act as.
- `network`: `spoke`, `private_dns`, `bastion`, `flow_log_store`, `flow_logs`.
- `monitoring`: workspaces, who is told, and how logs get there privately.
- `encryption_keys`, `secret_store`, `disk_encryption`: keys and secrets.
- `database`, `session_cache`, `file_store`, `image_registry`, `backup_store`, `backup_replication`: what holds data.
- `cluster`, `cluster_baseline`: AKS, and what is in it before Odoo is.
- `cost_budget`: what it may cost.

What they share: `base`, `lifecycle`, `diagnostics`, `access`, `private_link`, `customer_key`, `key_vault`,
`storage_account`.
"""
