"""The part of the plan that says what things are called in Azure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ResourceGroupNames:
    """One resource group for each life cycle and circle of people."""

    network: str
    security: str
    data: str
    runtime: str
    monitoring: str
    recovery: str


@dataclass(frozen=True, kw_only=True)
class Names:
    """Azure names, after the Cloud Adoption Framework's abbreviations."""

    resource_groups: ResourceGroupNames
    virtual_network: str
    key_vault: str
    recovery_key_vault: str
    secret_vault: str
    certificate_vault: str
    registry: str
    database: str
    database_replica: str
    database_endpoint: str
    database_zone: str
    cache: str
    file_storage: str
    backup_storage: str
    recovery_backup_storage: str
    flow_log_storage: str
    attachment_storage: str
    disk_encryption_set: str
    cluster: str
    app_machines: str
    operations_machines: str
    machine_patches: str
    load_balancer: str
    node_resource_group: str
    odoo_identity: str
    operations_identity: str
    administration_identity: str
    scaler_identity: str
    ingress_identity: str
    metrics_identity: str
    ingress_link_service: str
    log_workspace: str
    monitor_workspace: str
    data_collection_endpoint: str
    private_link_scope: str
    action_group: str
    health_alert: str
    bastion: str
    nat_gateway: str
    firewall: str
    budget: str
