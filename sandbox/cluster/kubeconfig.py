"""Kubeconfigs: how to reach a cluster, and as whom. JSON, which is YAML too."""

from __future__ import annotations

import base64
import binascii
import json
from pathlib import Path
from typing import Any

import yaml

SERVER_KEY = "certificate-authority-data"


def render(pki: Path, client: str, server: str, cluster: str = "sandbox") -> str:
    """A kubeconfig of one of the clients in `certificates.CLIENTS`, with all data in it."""
    user = f"{client}_{cluster}"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": cluster, "cluster": {SERVER_KEY: _encoded(pki / "ca.crt"), "server": server}}],
        "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": user}}],
        "current-context": cluster,
        "users": [
            {
                "name": user,
                "user": {
                    "client-certificate-data": _encoded(pki / f"{client}.crt"),
                    "client-key-data": _encoded(pki / f"{client}.key"),
                },
            }
        ],
    }
    return json.dumps(config)


def _encoded(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()


def current(kubeconfig: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Cluster and user of the current context; raises ValueError when there is none."""
    try:
        config = yaml.safe_load(kubeconfig)
        contexts = {item["name"]: item["context"] for item in config["contexts"]}
        context = contexts[config["current-context"]]
        clusters = {item["name"]: item["cluster"] for item in config["clusters"]}
        users = {item["name"]: item["user"] for item in config["users"]}
        return clusters[context["cluster"]], users[context["user"]]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise ValueError(f"is no kubeconfig with a current context: {error}") from error


def authority(kubeconfig: str) -> bytes:
    """The certificate authority of the current context's cluster, as PEM; raises ValueError when there is none."""
    cluster, _ = current(kubeconfig)
    try:
        return base64.b64decode(cluster[SERVER_KEY], validate=True)
    except (KeyError, binascii.Error) as error:
        raise ValueError(f"its cluster has no {SERVER_KEY}: {error}") from error
