"""The clusters of one cloud: started when first asked for, left with the process that asked."""

from __future__ import annotations

import fcntl
import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sandbox.cluster import kubeconfig as kubeconfigs
from sandbox.cluster.nodes import NodePool, sync_nodes

if TYPE_CHECKING:
    from sandbox.cluster.cluster import Cluster

NAME: Final = "name"
NODES: Final = "nodes"


class Clusters:
    """The clusters below a folder, each under a key of its own.

    Methods may be called from several threads at once. Those that start a cluster raise SandboxError when it does not
    come up.

    Args:
        home: folder of their folders; made when the first one starts.
        enabled: whether there are any; else every answer is None.
    """

    def __init__(self, home: Path, *, enabled: bool = True) -> None:
        self._home = home
        self._enabled = enabled
        self._known: dict[str, Cluster] = {}
        self._keys: dict[str, str] = {}
        self._lock = threading.RLock()

    def kubeconfig(self, key: str, name: str, pools: Callable[[], Sequence[NodePool]]) -> str | None:
        """Kubeconfig of the administrator of the cluster `key`, started, with its pools' nodes; None: disabled.

        The pools are asked for when no other process is about to bring nodes in line with them.
        """
        if not self._enabled:
            return None
        with self._lock:
            folder = self._home / key
            folder.mkdir(parents=True, exist_ok=True)
            (folder / NAME).write_text(name)
            started = self._start(key)
            with (folder / NODES).open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                sync_nodes(started.kubeconfig, pools())
            return started.kubeconfig

    def has(self, key: str) -> bool:
        """Whether the cluster `key` was started at some time, so that its nodes are looked at."""
        return self._enabled and (self._home / key).is_dir()

    def current(self, kubeconfig: str) -> str | None:
        """The kubeconfig, as it is now, of the cluster that a kubeconfig is of; the cluster is started if need be.

        None when it is of no cluster here. A kubeconfig is recognized by its certificate authority: the address may
        have changed since.
        """
        if not self._enabled:
            return None
        with self._lock:
            key = self._keys.get(kubeconfig) or self._find(kubeconfig)
            if key is None:
                return None
            self._keys[kubeconfig] = key
            return self._start(key).kubeconfig

    def remove(self, key: str) -> None:
        """Stops the cluster `key`, if it runs, and forgets what it held."""
        with self._lock:
            if key in self._known:
                self._known.pop(key).stop()
            self._keys = {kubeconfig: known for kubeconfig, known in self._keys.items() if known != key}
            shutil.rmtree(self._home / key, ignore_errors=True)

    def stop(self) -> None:
        """Leaves all that were asked for here; those that nobody else uses stop."""
        with self._lock:
            for cluster in self._known.values():
                cluster.stop()

    def _find(self, kubeconfig: str) -> str | None:
        try:
            authority = kubeconfigs.authority(kubeconfig)
        except ValueError:
            return None
        certificates = self._home.glob("*/pki/ca.crt")
        return next((file.parents[1].name for file in certificates if file.read_bytes() == authority), None)

    def _start(self, key: str) -> Cluster:
        from sandbox.cluster.cluster import Cluster  # noqa: PLC0415 - a run without clusters does not pay for it

        if key not in self._known:
            self._known[key] = Cluster(self._home / key, (self._home / key / NAME).read_text())
        self._known[key].start()
        return self._known[key]
