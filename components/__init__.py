"""Components: the parts that an Odoo environment on Azure is made of.

The modules are the public surface; this package imports none of them, so that a program pays for what it uses. Each
component stands beside its arguments (`from components.key_vault import ...` knows no other part of Azure than vaults):

- `resource_groups`, `workload_identity`: where things go, and whom pods act as.
- `network`: `spoke`, `private_dns`, `bastion`, `flow_log_store`, `flow_logs`.
- `monitoring`: workspaces, who is told, and how logs get there privately.
- `encryption_keys`, `secret_store`, `certificate_vault`, `disk_encryption`: keys, secrets, certificates.
- `database`, `session_cache`, `file_store`, `attachment_store`, `image_registry`, `backup_store`, `backup_replication`:
  what holds data.
- `cluster`, `cluster_guards`: AKS, and what its API server refuses.
- `odoo`: Odoo's pools, options and configuration files, as plain data.
- `tenant`: one company's Odoo on a cluster; `ingress`: the way to it, Traefik.
- `platform_operations`: where jobs have the database administrator's password, and no tenant has;
  `server_preparation`: the first of these jobs, for each server that tenants share.
- `subsidiary`: a tenant of a platform, all of it: what it keeps in shared stores, its Odoo, the way to it.
- `machines`: Odoo on virtual machines; `image_pull`: who pulls images, beside a cluster's nodes.
- `cost_budget`: what it may cost.
- `audit_trail`: who did what in a subscription.
- `guardrails`: what Azure itself refuses or reports in a subscription, whoever asks it.
- `access_model`: who may do what in a subscription: people, by activation in production, and pipelines.

What they share: `base`, `lifecycle`, `diagnostics`, `access`, `private_link`, `customer_key`, `key_vault`,
`storage_account`; what stores make for themselves and tenants in stores of others: `blob_container`, `nfs_share`,
`vault_key`, `vault_secret`, with `rotation` of secrets by generation.
"""
