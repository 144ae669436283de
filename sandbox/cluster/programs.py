"""What a cluster is run from, built once into the user's cache: programs, resource definitions, stages of kwok."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox import toolchain
from sandbox.toolchain.tools import TOOLS

Say = Callable[[str], None]

NAMES: Final = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")
OWN: Final = Path(__file__).parent
# Where the clusters of one cloud are kept, beside its stores.
FOLDER: Final = "clusters"
# What AKS's add-ons install: KEDA, managed Prometheus, the GitOps extension (Flux). Patterns of CRDs, by module.
DEFINITIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "github.com/kedacore/keda/v2": ("config/crd/bases/keda.sh_*.yaml",),
    "github.com/prometheus-operator/prometheus-operator": (
        "example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml",
        "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
    ),
    "github.com/fluxcd/kustomize-controller": ("config/crd/bases/*.yaml",),
    "github.com/fluxcd/source-controller": ("config/crd/bases/*.yaml",),
}
# Managed Prometheus has the same kinds under a group of its own
# (learn.microsoft.com azure/azure-monitor/containers/prometheus-metrics-scrape-crd).
RENAMED: Final = ("monitoring.coreos.com", "azmonitoring.coreos.com")
KWOK: Final = "sigs.k8s.io/kwok"
STAGES: Final = (
    "node/fast/node-initialize.yaml",
    "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
    "pod/fast/pod-ready.yaml",
    "pod/fast/pod-complete.yaml",
    "pod/fast/pod-delete.yaml",
)


def available() -> bool:
    """Whether all of it is built. Builds nothing."""
    return toolchain.available(*NAMES) and _files().is_dir()


def build(say: Say) -> None:
    """Builds what is not there yet; raises ToolchainError when that cannot be done."""
    for name in NAMES:
        toolchain.go_tool(name, say)
    if not _files().is_dir():
        _collect(_files())


def definitions() -> list[dict[str, Any]]:
    """The custom resource definitions: those of AKS's add-ons, and our own of the secrets-store driver."""
    collected: list[dict[str, Any]] = json.loads((_files() / "definitions.json").read_text())
    return [*collected, *(yaml.safe_load(file.read_text()) for file in sorted((OWN / "crds").glob("*.yaml")))]


def stages() -> list[Path]:
    """How nodes and pods come to life without a kubelet, as kwok reads it."""
    return [*sorted((_files() / "stages").iterdir()), *sorted((OWN / "stages").iterdir())]


def fingerprint() -> str:
    """Changes with the custom resource definitions."""
    own = b"".join(file.read_bytes() for file in sorted((OWN / "crds").glob("*.yaml")))
    return hashlib.sha256(_files().name.encode() + own).hexdigest()


def _files() -> Path:
    """The folder of what is no program, named after what it is made from."""
    made_from = [
        (TOOLS / "crds" / "go.mod").read_text(),
        toolchain.pinned_version("kwok"),
        DEFINITIONS,
        RENAMED,
        STAGES,
    ]
    return toolchain.cache() / f"cluster-{hashlib.sha256(repr(made_from).encode()).hexdigest()[:12]}"


def _collect(folder: Path) -> None:
    """Collects the files beside the final place and renames, so that what is in the cache is always whole."""
    unfinished = folder.with_name(f"{folder.name}.{os.getpid()}.part")
    modules = toolchain.module_folders("crds", list(DEFINITIONS))
    kwok = toolchain.module_folders("kwok", [KWOK])[KWOK]
    try:
        (unfinished / "stages").mkdir(parents=True)
        found = [
            yaml.load(file.read_text().replace(*RENAMED), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
            for module, patterns in DEFINITIONS.items()
            for pattern in patterns
            for file in sorted(modules[module].glob(pattern))
        ]
        (unfinished / "definitions.json").write_text(json.dumps(found))
        for stage in STAGES:
            shutil.copyfile(kwok / "kustomize" / "stage" / stage, unfinished / "stages" / Path(stage).name)
        if not folder.is_dir():
            unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
