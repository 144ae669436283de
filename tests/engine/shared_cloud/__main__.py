"""A platform and its tenants, as small as can be: a tenant is a component, in the platform's stack or its own."""

from __future__ import annotations

import base64
import json
from typing import Any

import pulumi
import pulumi_random as random
from pulumi_azure_native import containerservice, managedidentity, resources, storage
from pulumi_kubernetes import Provider, core

from tests.unit.sandbox import bodies

# Of a cluster that nobody runs: its objects are checked against schemas.
ELSEWHERE = json.dumps(
    {
        "clusters": [{"name": "aks", "cluster": {"server": "https://aks.invalid"}}],
        "contexts": [{"name": "aks", "context": {"cluster": "aks", "user": "user"}}],
        "current-context": "aks",
        "users": [{"name": "user", "user": {"token": "token"}}],
    }
)


class Books(pulumi.ComponentResource):
    """What holds a tenant's data."""

    def __init__(self, name: str, shared: dict[str, Any], depends_on: list[Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__("test:index:Books", name, {}, opts)
        storage.BlobContainer(
            f"{name}-books",
            container_name=f"{name}-books",
            account_name=shared["account"],
            resource_group_name=shared["group"],
            opts=pulumi.ResourceOptions(parent=self, protect=shared["protect"], depends_on=depends_on),
        )
        self.register_outputs({})


class Tenant(pulumi.ComponentResource):
    """All of a tenant."""

    def __init__(self, name: str, shared: dict[str, Any], provider: Provider, depends_on: list[Any]) -> None:
        super().__init__("test:index:Tenant", name)
        child = pulumi.ResourceOptions(parent=self)
        managedidentity.UserAssignedIdentity(
            f"{name}-identity", resource_name_=f"id-{name}", resource_group_name=shared["group"], opts=child
        )
        Books(name, shared, depends_on, child)
        password = random.RandomPassword(f"{name}-password", length=20, opts=child)
        there = pulumi.ResourceOptions(parent=self, provider=provider)
        namespace = core.v1.Namespace(f"{name}-namespace", metadata={"name": name}, opts=there)
        core.v1.Secret(
            f"{name}-secret",
            metadata={"name": "database", "namespace": namespace.metadata["name"]},
            string_data={"password": password.result},
            opts=there,
        )
        self.register_outputs({})


def tenant(settings: dict[str, Any]) -> None:
    """A tenant in a stack of its own."""
    platform = pulumi.StackReference(f"organization/{pulumi.get_project()}/{settings['platform']}")
    shared = {key: platform.require_output(key) for key in ("group", "account")}
    if settings["pool"]:
        containerservice.AgentPool(
            "pool",
            agent_pool_name=settings["pool"],
            resource_name_="aks",
            resource_group_name=shared["group"],
            vm_size="Standard_D4ads_v5",
            count=1,
            mode="User",
        )
    provider = Provider("cluster", kubeconfig=platform.require_output("kubeconfig"))
    Tenant(settings["name"], {**shared, "protect": settings["protect"]}, provider, [])


def platform(settings: dict[str, Any]) -> None:
    """The platform, with the tenants that it declares itself."""
    group = resources.ResourceGroup("group", resource_group_name="rg")
    account = storage.StorageAccount(
        "account",
        account_name="stbooks",
        resource_group_name=group.name,
        kind="StorageV2",
        sku={"name": "Standard_ZRS"},
    )
    kubeconfig = pulumi.Output.secret(cluster(group) if settings["cluster"] else ELSEWHERE)
    provider = Provider("cluster", kubeconfig=kubeconfig, opts=pulumi.ResourceOptions(depends_on=[account]))
    for key, value in {"group": group.name, "account": account.name, "kubeconfig": kubeconfig}.items():
        pulumi.export(key, value)
    for name in settings["tenants"]:
        Tenant(name, {"group": group.name, "account": account.name, "protect": True}, provider, [account])
    if settings["broken"]:
        raise pulumi.RunError("subsidiaries/platform/acme-fr.yaml: tier: no such tier")


def cluster(group: resources.ResourceGroup) -> pulumi.Output[str]:
    """An AKS cluster; its kubeconfig."""
    made = containerservice.ManagedCluster(
        "aks", resource_group_name=group.name, resource_name_="aks", **_snake(bodies.CLUSTER)
    )
    credentials = containerservice.list_managed_cluster_user_credentials_output(
        resource_group_name=group.name, resource_name=made.name
    )
    return credentials.apply(lambda found: base64.b64decode(found.kubeconfigs[0].value).decode())


def _snake(body: dict[str, Any]) -> dict[str, Any]:
    """The top level of a body as arguments of the SDK; below, it takes Azure's own spelling."""
    words = {key: "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key) for key in body}
    return {words[key]: value for key, value in body.items() if key != "resourceName"}


config = pulumi.Config()
own = config.get_object("tenant")
if own:
    tenant(own)
else:
    platform(config.require_object("platform"))
