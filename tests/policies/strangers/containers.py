"""Clusters and containers."""

from __future__ import annotations

import base64

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_azure_native import app, containerinstance, containerregistry, containerservice, operationalinsights
from pulumi_kubernetes import apps, core

from tests.policies.strangers.shared import group, password

_KEY = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7 operator"


def cluster() -> None:
    """A cluster with a service principal, and a deployment in it with a public address (azure-py-aks)."""
    inside = group("cluster")
    managed = containerservice.ManagedCluster(
        "cluster-managed",
        resource_group_name=inside.name,
        dns_prefix=inside.name,
        enable_rbac=True,
        kubernetes_version="1.34",
        agent_pool_profiles=[
            {
                "count": 3,
                "max_pods": 110,
                "mode": "System",
                "name": "agentpool",
                "node_labels": {},
                "os_disk_size_gb": 30,
                "os_type": "Linux",
                "type": "VirtualMachineScaleSets",
                "vm_size": "Standard_D2s_v5",
            }
        ],
        linux_profile={"admin_username": "operator", "ssh": {"public_keys": [{"key_data": _KEY}]}},
        node_resource_group="MC_cluster_westeurope",
        service_principal_profile={"client_id": "77777777-7777-4777-8777-777777777777", "secret": password()},
    )
    found = containerservice.list_managed_cluster_user_credentials_output(
        resource_group_name=inside.name, resource_name=managed.name
    )
    kubeconfig = found.kubeconfigs[0].value.apply(lambda encoded: base64.b64decode(encoded).decode())
    inner = pulumi.ResourceOptions(provider=kubernetes.Provider("cluster-provider", kubeconfig=kubeconfig))
    labels = {"app": "nginx"}
    apps.v1.Deployment(
        "cluster-deployment",
        spec={
            "selector": {"match_labels": labels},
            "replicas": 2,
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "nginx", "image": "nginx", "ports": [{"container_port": 80}]}]},
            },
        },
        opts=inner,
    )
    core.v1.Service(
        "cluster-service",
        spec={"type": "LoadBalancer", "selector": labels, "ports": [{"port": 80, "target_port": 80}]},
        opts=inner,
    )


def container_app() -> None:
    """An app from a registry of one's own (azure-ts-containerapps)."""
    inside = group("capp")
    workspace = operationalinsights.Workspace(
        "capp-logs", resource_group_name=inside.name, sku={"name": "PerGB2018"}, retention_in_days=30
    )
    keys = operationalinsights.get_shared_keys_output(resource_group_name=inside.name, workspace_name=workspace.name)
    environment = app.ManagedEnvironment(
        "capp-environment",
        resource_group_name=inside.name,
        app_logs_configuration={
            "destination": "log-analytics",
            "log_analytics_configuration": {
                "customer_id": workspace.customer_id,
                "shared_key": keys.primary_shared_key,
            },
        },
    )
    registry = containerregistry.Registry(
        "cappregistry", resource_group_name=inside.name, sku={"name": "Basic"}, admin_user_enabled=True
    )
    app.ContainerApp(
        "capp-app",
        resource_group_name=inside.name,
        managed_environment_id=environment.id,
        configuration={
            "ingress": {"external": True, "target_port": 80},
            "registries": [{"server": registry.login_server, "username": "admin", "password_secret_ref": "pwd"}],
            "secrets": [{"name": "pwd", "value": password()}],
        },
        template={
            "containers": [{"name": "myapp", "image": pulumi.Output.concat(registry.login_server, "/node-app:v1.0.0")}]
        },
    )


def container_group() -> None:
    """One container on the Internet (azure-py-aci)."""
    inside = group("instance")
    containerinstance.ContainerGroup(
        "instance-containers",
        resource_group_name=inside.name,
        os_type="Linux",
        restart_policy="Always",
        containers=[
            {
                "name": "hello",
                "image": "mcr.microsoft.com/azuredocs/aci-helloworld",
                "ports": [{"port": 80}],
                "resources": {"requests": {"cpu": 1.0, "memory_in_gb": 1.5}},
                "environment_variables": [{"name": "API_TOKEN", "value": password()}],
            }
        ],
        ip_address={"type": "Public", "ports": [{"port": 80, "protocol": "Tcp"}]},
    )
