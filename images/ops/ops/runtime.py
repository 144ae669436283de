"""What runs a tenant's pools, as operations see it: Kubernetes, or machines that agree by the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ops import pools
from ops.cluster import Cluster


class Runtime(Protocol):
    """Lets pools stand still and run again."""

    def quiesce(self, names: Sequence[str]) -> list[str]:
        """Stops pools, waits until they have finished, and returns their names.

        Raises:
            OpsError: one did not end in time. All of them run again then.
        """

    def resume(self, names: Sequence[str]) -> list[str]:
        """Lets pools run again, and returns the names of those that stood still."""

    def having_image(self, names: Sequence[str], digest: str) -> list[str]:
        """The pools that may run again once the database fits the image: no rollout will come that wakes them."""


@dataclass(frozen=True, kw_only=True)
class KubernetesRuntime:
    """Pools are Deployments that KEDA scales.

    Args:
        cluster: the API server.
    """

    cluster: Cluster

    def quiesce(self, names: Sequence[str]) -> list[str]:
        """See `Runtime`; pools that are not there are left out."""
        return pools.quiesce(self.cluster, names)

    def resume(self, names: Sequence[str]) -> list[str]:
        """See `Runtime`."""
        return pools.resume(self.cluster, names)

    def having_image(self, names: Sequence[str], digest: str) -> list[str]:
        """See `Runtime`: the others wait for their rollout."""
        return pools.having_image(self.cluster, names, digest)
