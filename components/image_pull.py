"""ImagePull: who may pull images from the environment's registry, beside the nodes of a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.access import Role, grant
from components.base import Component, Placement


@dataclass(frozen=True, kw_only=True)
class ImagePullArgs:
    """Arguments of `ImagePull`.

    Args:
        placement: of the registry.
        registry_id: ARM id of the registry.
        pullers: service principals that may pull: object ids by what they are.
    """

    placement: Placement
    registry_id: pulumi.Input[str]
    pullers: Mapping[str, pulumi.Input[str]]


class ImagePull(Component):
    """The right to pull, and no other, for each of the pullers.

    Attributes:
        registry_id: ARM id of the registry, known once all of them may pull.
    """

    registry_id: pulumi.Output[str]

    def __init__(self, name: str, args: ImagePullArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        grants = [
            grant(
                self,
                f"{name}-{puller}",
                Role.ACR_PULL,
                scope=args.registry_id,
                principal_id=principal_id,
                purpose=f"Lets {puller} pull images.",
            )
            for puller, principal_id in args.pullers.items()
        ]
        self.registry_id = pulumi.Output.all(args.registry_id, *[each.id for each in grants]).apply(
            lambda ids: str(ids[0])
        )
        self.finish({"registry_id": self.registry_id})
