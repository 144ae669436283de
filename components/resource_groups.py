"""The resource groups of an environment, and the placements that components go to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_azure_native import resources

from components.base import Component, Placement


@dataclass(frozen=True, kw_only=True)
class ResourceGroupPlace:
    """A resource group.

    Args:
        group_name: Azure name, 1 to 90 characters.
        location: region of the group and of what goes into it.
    """

    group_name: str
    location: str


@dataclass(frozen=True, kw_only=True)
class ResourceGroupsArgs:
    """Arguments of `ResourceGroups`.

    Args:
        subscription_id: the subscription that they are in.
        groups: the groups by purpose, e.g. `network`: one for each life cycle and circle of people.
        tags: tags of the groups and of everything in them.
        data_protected: protect what holds data, the groups included: deleting a group deletes all in it.
    """

    subscription_id: pulumi.Input[str]
    groups: Mapping[str, ResourceGroupPlace]
    tags: Mapping[str, str]
    data_protected: bool = True


class ResourceGroups(Component):
    """Resource groups, each with the placement for components that go into it.

    Attributes:
        placements: the placement of each group, by purpose. They name no log workspace yet.
    """

    placements: Mapping[str, Placement]

    def __init__(self, name: str, args: ResourceGroupsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        self._args = args
        super().__init__(name, self._placement(next(iter(args.groups.values()))), opts)
        self.placements = {
            purpose: self._placement(place, self._group(f"{name}-{purpose}", place).name)
            for purpose, place in args.groups.items()
        }
        self.finish({"names": [place.group_name for place in args.groups.values()]})

    def _group(self, name: str, place: ResourceGroupPlace) -> resources.ResourceGroup:
        return resources.ResourceGroup(
            name,
            resource_group_name=place.group_name,
            location=place.location,
            tags=self._args.tags,
            opts=self.child(),
        )

    def _placement(self, place: ResourceGroupPlace, group_name: pulumi.Input[str] | None = None) -> Placement:
        return Placement(
            subscription_id=self._args.subscription_id,
            resource_group_name=place.group_name if group_name is None else group_name,
            location=place.location,
            tags=self._args.tags,
            data_protected=self._args.data_protected,
        )
