"""What every component shares: where its resources go, how their life cycle is chosen, and who reads their logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_azure_native import authorization

from components.diagnostics import diagnosable, log_to
from components.lifecycle import apply_lifecycle

PACKAGE = "odoo-azure"
"""First part of the components' type tokens, as a component package of that name would make them."""


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where a component's resources go, and the rules of that place.

    Args:
        subscription_id: subscription that role definitions are named in (ARM returns them in the subscription's form).
        resource_group_name: resource group of the resources.
        location: Azure region, in ARM's spelling (`westeurope`).
        tags: tags of every taggable resource.
        log_workspace_id: Log Analytics workspace that resource logs go to; None only for the component that makes it.
        data_protected: protect and lock resources that hold data. Only an environment that is about to be dismantled
            sets it to False.
        locked: lock them in ARM. False where tenants keep their own in a shared resource: its lock would reach all that
            is in it, and no tenant could ever leave (learn.microsoft.com azure/azure-resource-manager/management/
            lock-resources#lock-inheritance). Each tenant then locks its own.
    """

    subscription_id: pulumi.Input[str]
    resource_group_name: pulumi.Input[str]
    location: str
    tags: Mapping[str, str]
    log_workspace_id: pulumi.Input[str] | None = None
    data_protected: bool = True
    locked: bool = True


class Component(pulumi.ComponentResource):
    """Base of all components.

    A subclass creates its resources with `self.child()` as their options and ends its constructor with `self.finish()`.
    Two things then cannot be forgotten: the life cycle of each resource follows from its type (`components.lifecycle`),
    and each resource that has logs sends them to the workspace of the placement (`components.diagnostics`).
    """

    def __init__(self, name: str, placement: Placement, opts: pulumi.ResourceOptions | None) -> None:
        self.placement = placement
        self.__children: list[tuple[str, str, pulumi.CustomResource]] = []
        options = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(transformations=[self.__observe]))
        super().__init__(f"{PACKAGE}:index:{type(self).__name__}", name, {}, options)

    def __observe(self, args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        """Sees each resource below this component before it is declared (transformations reach all descendants)."""
        if args.opts.parent is not self or not isinstance(args.resource, pulumi.CustomResource):
            return None
        if diagnosable(args.type_):
            self.__children.append((args.name, args.type_, args.resource))
        return pulumi.ResourceTransformationResult(
            args.props, apply_lifecycle(args.type_, args.opts, data_protected=self.placement.data_protected)
        )

    def child(
        self,
        *,
        depends_on: Sequence[pulumi.Resource] | None = None,
        provider: pulumi.ProviderResource | None = None,
    ) -> pulumi.ResourceOptions:
        """Options of a resource of this component; the caller's own options stay with the component itself."""
        return pulumi.ResourceOptions(
            parent=self, depends_on=list(depends_on) if depends_on else None, provider=provider
        )

    def lock(
        self, name: str, resource: pulumi.CustomResource, reason: str, depends_on: Sequence[pulumi.Resource] = ()
    ) -> None:
        """Locks a data-bearing resource in ARM, so that nobody deletes it in the portal either.

        The lock goes first when the environment is dismantled, so whatever hangs on the resource is named in
        `depends_on`: ARM refuses to delete children of a locked resource.
        """
        if self.placement.data_protected and self.placement.locked:
            authorization.ManagementLockByScope(
                name,
                scope=resource.id,
                lock_name="do-not-delete",
                level=authorization.LockLevel.CAN_NOT_DELETE,
                notes=reason,
                opts=self.child(depends_on=[resource, *depends_on]),
            )

    def finish(self, outputs: Mapping[str, Any], log_workspace_id: pulumi.Input[str] | None = None) -> None:
        """Sends the logs of every child that has some to the workspace, and registers the component's outputs.

        Args:
            outputs: what the component shows in the state, by name.
            log_workspace_id: the workspace, for the one component that makes it; else the placement's.
        """
        workspace_id = self.placement.log_workspace_id if log_workspace_id is None else log_workspace_id
        if self.__children and workspace_id is None:
            raise ValueError(f"{type(self).__name__} has resources with logs but no log_workspace_id to send them to")
        for name, type_token, resource in self.__children:
            log_to(workspace_id, name, type_token, resource, self.child())
        self.register_outputs(dict(outputs))
