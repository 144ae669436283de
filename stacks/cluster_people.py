"""Who may do what in a cluster all the time."""

from __future__ import annotations

import pulumi

from components.cluster import ClusterAccess
from stacks.scalars import EnvironmentClass
from stacks.settings import CommonSettings


def cluster_access(settings: CommonSettings, registry_id: pulumi.Input[str]) -> ClusterAccess:
    """In production people read only: what they may activate beside it is granted at the subscription, by the topology
    `governance`.

    Args:
        settings: the settings.
        registry_id: the registry that nodes pull from.
    """
    access = settings.access
    administrators = (access.platform_administrators,)
    readers = (access.developers, access.auditors, access.erp_functional)
    production = settings.environment.environment_class is EnvironmentClass.PRODUCTION
    return ClusterAccess(
        administrators=() if production else administrators,
        readers=(*administrators, *readers) if production else readers,
        registry_id=registry_id,
    )
