"""What all containers of a machine have in common, as data of the Compose specification.

Fields are those of docs.docker.com/reference/compose-file/services. No container runs as root, writes to its own files,
gets capabilities or new privileges, or sees Docker's socket.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

INSIDE: Final = "inside"
"""Network without a way out: Traefik, Odoo's pools and the metrics agent talk on it."""
OUTSIDE: Final = "outside"
"""Network with a way out, but not to the metadata service."""
IDENTITY: Final = "identity"
"""Network with a way out, also to the metadata service: its containers get tokens of the machine's identities."""
IDENTITY_BRIDGE: Final = "odoo-identity"
"""Network interface of that network on the host, by which the firewall knows it: 15 characters at most."""

_NETWORKS: Final[Mapping[str, Mapping[str, Any]]] = {
    INSIDE: {"internal": True},
    OUTSIDE: {},
    IDENTITY: {"driver_opts": {"com.docker.network.bridge.name": IDENTITY_BRIDGE}},
}


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a container may take of its machine.

    Args:
        memory_mib: memory, in MiB; there is no swap.
        cpus: processors, at most.
        cpu_shares: its share of busy processors; 1024 for each whole one that it is planned with.
        processes: processes and threads.
    """

    memory_mib: int
    cpus: float
    cpu_shares: int
    processes: int


@dataclass(frozen=True, kw_only=True)
class Container:
    """What differs from container to container.

    Args:
        name: its name, also on the networks.
        image: its image, by digest.
        user: user and group, by number.
        limits: what it may take.
        networks: networks that it is on.
        mounts: path in the container by path on the host, to read.
        writable: the same, to write.
        tmpfs: options of file systems in memory, by path.
        environment: environment variables; none is a secret.
    """

    name: str
    image: str
    user: str
    limits: Limits
    networks: Sequence[str]
    mounts: Mapping[str, str] = field(hash=False, default_factory=dict)
    writable: Mapping[str, str] = field(hash=False, default_factory=dict)
    tmpfs: Mapping[str, str] = field(hash=False, default_factory=dict)
    environment: Mapping[str, str] = field(hash=False, default_factory=dict)


def service(container: Container, **fields: Any) -> dict[str, Any]:
    """The service of a container.

    Args:
        container: the container.
        fields: what else the Compose specification has for it.
    """
    limits = container.limits
    return {
        "image": container.image,
        "user": container.user,
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "mem_limit": f"{limits.memory_mib}m",
        "memswap_limit": f"{limits.memory_mib}m",
        "cpus": limits.cpus,
        "cpu_shares": limits.cpu_shares,
        "pids_limit": limits.processes,
        "networks": list(container.networks),
        "environment": {name: escaped(value) for name, value in container.environment.items()},
        "volumes": [
            *(f"{source}:{target}:ro" for source, target in container.mounts.items()),
            *(f"{source}:{target}" for source, target in container.writable.items()),
        ],
        **({"tmpfs": [f"{path}:{options}" for path, options in container.tmpfs.items()]} if container.tmpfs else {}),
        "logging": {"driver": "journald", "options": {"tag": f"odoo/{container.name}"}},
        **fields,
    }


def commanded(*words: str) -> list[str]:
    """A command, as Compose reads it."""
    return [escaped(word) for word in words]


def escaped(text: str) -> str:
    """A text in which Compose replaces nothing (docs.docker.com/reference/compose-file/interpolation)."""
    return text.replace("$", "$$")


def compose_file(services: Mapping[str, Mapping[str, Any]]) -> str:
    """The text of compose.yaml.

    Args:
        services: the services by name.
    """
    used = {network for each in services.values() for network in each["networks"]}
    text: str = yaml.safe_dump(
        {
            "name": "odoo",
            "services": dict(services),
            "networks": {name: dict(network) for name, network in _NETWORKS.items() if name in used},
        },
        sort_keys=True,
        width=120,
    )
    return text
