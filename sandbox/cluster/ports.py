"""The ports of one cluster: chosen once and remembered, so that its address stays as long as it lives."""

from __future__ import annotations

import json
import random
import socket
import time
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"
USES: Final = ("etcd", "etcd-peer", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")
# Below the ports that Linux gives to outgoing connections (32768 and up), so that none of these takes one of ours while
# the cluster is stopped.
CANDIDATES: Final = range(20000, 32768)
WAIT_SECONDS: Final = 3.0


def assign(file: Path) -> dict[str, int]:
    """The remembered ports; where one is taken by somebody else, new ones."""
    known = remembered(file)
    until = time.monotonic() + WAIT_SECONDS
    # Servers of a run that was killed may be about to end.
    while known and not _all_free(known):
        if time.monotonic() > until:
            known = {}
        time.sleep(0.1)
    if not known:
        known = _choose()
        file.write_text(json.dumps(known))
    return known


def remembered(file: Path) -> dict[str, int]:
    """The ports of the last `assign`; none where there was none."""
    try:
        ports: dict[str, int] = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    return ports if set(ports) == set(USES) else {}


def _choose() -> dict[str, int]:
    while True:
        drawn = dict(zip(USES, random.SystemRandom().sample(CANDIDATES, len(USES)), strict=True))
        if _all_free(drawn):
            return drawn


def _all_free(ports: dict[str, int]) -> bool:
    return all(_is_free(port) for port in ports.values())


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
