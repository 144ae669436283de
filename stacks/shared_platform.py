"""What a platform hands to its tenants: in its own program as it is, to tenants' own stacks by its outputs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, TypeVar

import pulumi

from components.customer_key import CustomerKey
from components.network.subnets import SubnetKind, subnet_name
from components.subsidiary.shared import (
    SharedCluster,
    SharedNetwork,
    SharedPlatform,
    SharedServer,
    SharedStores,
    SharedVaults,
)
from stacks.data_services import DATABASE_ADMINISTRATOR
from stacks.planning.plan_tenant import PlatformPlan
from stacks.settings import PlatformSettings
from stacks.vaults import administrator_secret

Part = TypeVar("Part")
KUBECONFIG = "kubeconfig"


class Rank(StrEnum):
    """Who goes first when nodes are full."""

    FIRST = "first"
    WEB = "web"
    JOBS = "jobs"


@dataclass(frozen=True, kw_only=True)
class PlatformHandle:
    """What a tenant's program needs of its platform.

    Args:
        shared: what tenants share.
        recovery_key: key of the geo-redundant backups of tenants' own servers.
        kubeconfig: how to reach the cluster's API (secret).
        log_workspace_id: where resource logs go.
        priority_classes: names of the priority classes of pods.
        settings_digest: of the settings that the platform was deployed with.
    """

    shared: SharedPlatform
    recovery_key: CustomerKey
    kubeconfig: pulumi.Input[str]
    log_workspace_id: pulumi.Input[str]
    priority_classes: Mapping[Rank, pulumi.Input[str]]
    settings_digest: pulumi.Input[str]


def settings_digest(settings: PlatformSettings) -> str:
    """A short text that changes whenever the settings do, and not with the order they are written in.

    The engine hands mappings over in the order of their keys, a file in its own.
    """
    text = json.dumps(settings.model_dump(mode="json", by_alias=True), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def as_outputs(handle: PlatformHandle) -> Mapping[str, Any]:
    """The handle as nested mappings, for `pulumi.export`, without the kubeconfig: it would make a secret of all."""
    return {field.name: _plain(getattr(handle, field.name)) for field in fields(handle) if field.name != KUBECONFIG}


def _plain(value: Any) -> Any:
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    return value


def from_outputs(
    exported: pulumi.Output[Any], kubeconfig: pulumi.Output[str], plan: PlatformPlan, domain: str
) -> PlatformHandle:
    """The handle that a platform's stack has exported.

    Args:
        exported: what `as_outputs` gave.
        kubeconfig: the kubeconfig, a secret.
        plan: the platform's plan: it knows which ranges, servers and priority classes there are.
        domain: the domain of the tenants' host names.
    """
    shared = exported["shared"]
    subnets = plan.network.subnets
    return PlatformHandle(
        shared=SharedPlatform(
            servers={
                index: _lifted(
                    SharedServer,
                    shared["servers"][str(index)],
                    administrator_login=DATABASE_ADMINISTRATOR,
                    administrator_secret=administrator_secret(index),
                )
                for index in range(len(plan.servers))
            },
            stores=_lifted(SharedStores, shared["stores"]),
            vaults=_lifted(SharedVaults, shared["vaults"]),
            network=_lifted(
                SharedNetwork,
                shared["network"],
                database_range=subnets["database"],
                private_endpoints_range=subnets["private-endpoints"],
                api_server_range=subnets["api-server"],
                ingress_subnet_name=subnet_name(SubnetKind.INGRESS),
                domain_zone_name=domain,
            ),
            cluster=_lifted(
                SharedCluster,
                shared["cluster"],
                kubernetes_version=plan.cluster.kubernetes_version,
                priority_classes={},
            ),
            action_group_id=shared["action_group_id"],
        ),
        recovery_key=_lifted(CustomerKey, exported["recovery_key"]),
        kubeconfig=kubeconfig,
        log_workspace_id=exported["log_workspace_id"],
        priority_classes={rank: exported["priority_classes"][rank.value] for rank in Rank},
        settings_digest=exported["settings_digest"],
    )


def _lifted(part: type[Part], exported: pulumi.Output[Any], **known: Any) -> Part:
    """A part of the handle: what must be plain is known from the plan, the rest is an output."""
    names = [field.name for field in fields(part)]  # type: ignore[arg-type]
    return part(**{name: known[name] if name in known else exported[name] for name in names})
