"""What Traefik's objects share: where they are, and what they are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi
from pulumi_kubernetes import meta

NAMESPACE: Final = "ingress"
"""Namespace of Traefik in a cluster of one tenant."""
NAME: Final = "traefik"
SELECTOR: Final[Mapping[str, str]] = {"app.kubernetes.io/name": NAME}
DYNAMIC_CONFIGURATION: Final = "traefik-dynamic"
STATIC_CONFIGURATION: Final = "traefik-static"
STATIC_FILE: Final = "traefik.yaml"
METRICS_PORT: Final = "internal"
"""Name of the pods' port of probes and metrics."""


def metadata(
    labels: Mapping[str, str],
    object_name: str,
    namespace: pulumi.Input[str],
    annotations: Mapping[str, pulumi.Input[str]] | None = None,
) -> meta.v1.ObjectMetaArgs:
    """Metadata of an object of Traefik.

    Args:
        labels: the environment's labels.
        object_name: name of the object.
        namespace: its namespace.
        annotations: its annotations.
    """
    return meta.v1.ObjectMetaArgs(
        name=object_name,
        namespace=namespace,
        labels={**labels, **SELECTOR},
        annotations=dict(annotations) if annotations else None,
    )
