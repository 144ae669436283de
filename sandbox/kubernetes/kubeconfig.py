"""What a kubeconfig says of the cluster of its current context."""

import functools
import hashlib
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
DEFAULT: Final = "default"
# Of one run at most a few: every call about an object brings its provider's.
KEPT: Final = 16


@functools.lru_cache(KEPT)
def cluster(kubeconfig: str) -> Mapping[str, Any]:
    """The cluster's section of a kubeconfig in YAML or JSON. Raises `ValueError` when there is none."""
    try:
        config = yaml.safe_load(kubeconfig)
    except yaml.YAMLError as error:
        raise ValueError(f"is neither YAML nor JSON: {error}") from error
    if not isinstance(config, dict):
        raise ValueError("holds no kubeconfig (paths to files are not read here)")
    contexts = {item["name"]: item["context"] for item in config.get("contexts") or []}
    clusters = {item["name"]: item["cluster"] for item in config.get("clusters") or []}
    context = contexts.get(config.get("current-context"))
    if context is None or context.get("cluster") not in clusters:
        raise ValueError("its current-context names no cluster of it")
    found: Mapping[str, Any] = clusters[context["cluster"]]
    return found


def key(kubeconfig: str) -> str:
    """A short key of the cluster; an empty kubeconfig stands for one of its own."""
    server = str(cluster(kubeconfig).get("server")) if kubeconfig else DEFAULT
    return "cluster-" + hashlib.sha256(server.encode()).hexdigest()[:12]


def identity(kubeconfig: str) -> str:
    """What tells clusters apart: the authority, for an address may change; without one the address."""
    found = cluster(kubeconfig)
    return str(found.get("certificate-authority-data") or found.get("server"))


def is_here(kubeconfig: str) -> bool:
    """Whether the cluster runs, or ran, on this machine, with an authority of its own; no other is ever asked."""
    found = cluster(kubeconfig)
    host = urlsplit(str(found.get("server"))).hostname
    return host in LOOPBACK and bool(found.get("certificate-authority-data"))
