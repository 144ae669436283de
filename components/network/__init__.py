"""The network of an environment.

- `spoke`: the virtual network with its subnets, security groups, way out (`egress`) and peering (`hub`).
- `private_dns`: the names by which it knows the platform services.
- `bastion`: the administrative path.
- `flow_log_store`, `flow_logs`: who talked to whom.

The rules follow from `flows`, by `security_rules` and `firewall_rules`; the subnets are in `subnets`.
"""
