"""The Go programs, by name: where each is pinned and built from, and where its binary is kept."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sandbox.toolchain.go import ToolchainError

TOOLS = Path(__file__).resolve().parents[2] / "tools"


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A program and what it is built from.

    Args:
        folder: its folder in `tools/`, with the go.mod that pins it.
        module: its module, whose version is the program's.
        package: its main package, below the module.
        minutes: about how long the build takes on two cores, for people who wait.
        variables: variables of Go that the linker sets, as release builds do; `{version}` is the version.
    """

    folder: str
    module: str
    package: str
    minutes: str
    variables: Mapping[str, str] = field(default_factory=dict)


def _kubernetes(program: str, minutes: str) -> Tool:
    # Without these the server calls itself `v0.0.0-master+$Format:%H$`, which clients cannot read
    # (k8s.io/component-base/version/base.go).
    stamp = "k8s.io/component-base/version.git"
    return Tool(
        folder="kubernetes",
        module="k8s.io/kubernetes",
        package=f"cmd/{program}",
        minutes=minutes,
        variables={f"{stamp}Version": "{version}", f"{stamp}Major": "{major}", f"{stamp}Minor": "{minor}"},
    )


PROGRAMS: Final[Mapping[str, Tool]] = {
    "pulumi": Tool(
        folder="pulumi",
        module="github.com/pulumi/pulumi/pkg/v3",
        package="cmd/pulumi",
        minutes="3 to 5",
        variables={"github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": "{version}"},
    ),
    "etcd": Tool(folder="etcd", module="go.etcd.io/etcd/server/v3", package="", minutes="1"),
    "kube-apiserver": _kubernetes("kube-apiserver", "4 to 6"),
    "kube-controller-manager": _kubernetes("kube-controller-manager", "1 to 2"),
    "kube-scheduler": _kubernetes("kube-scheduler", "1"),
    "kwok": Tool(folder="kwok", module="sigs.k8s.io/kwok", package="cmd/kwok", minutes="1 to 2"),
    "traefik": Tool(
        folder="traefik",
        module="github.com/traefik/traefik/v3",
        package="cmd/traefik",
        minutes="6",
        variables={"github.com/traefik/traefik/v3/pkg/version.Version": "{version}"},
    ),
    "k6": Tool(folder="k6", module="go.k6.io/k6", package="", minutes="1 to 2"),
    "kubeconform": Tool(
        folder="kubeconform", module="github.com/yannh/kubeconform", package="cmd/kubeconform", minutes="1"
    ),
    "netpolicy": Tool(
        folder="netpol", module="github.com/np-guard/netpol-analyzer", package="cmd/netpolicy", minutes="1"
    ),
    "actionlint": Tool(
        folder="actionlint",
        module="github.com/rhysd/actionlint",
        package="cmd/actionlint",
        minutes="1",
        variables={"github.com/rhysd/actionlint.version": "{version}"},
    ),
    "docker-compose": Tool(
        folder="compose",
        module="github.com/docker/compose/v2",
        package="cmd",
        minutes="1 to 2",
        variables={"github.com/docker/compose/v2/internal.Version": "{version}"},
    ),
}


def cache() -> Path:
    """The cache of the XDG base directory specification; a relative XDG_CACHE_HOME counts as unset there."""
    configured = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (configured if configured.is_absolute() else Path.home() / ".cache") / "odoo-azure"


def pinned_version(name: str, tools: Path = TOOLS) -> str:
    """The version that the program's go.mod pins, as Go writes it (v3.259.0)."""
    tool = PROGRAMS[name]
    file = tools / tool.folder / "go.mod"
    found = re.search(rf"^\s*(?:require )?{re.escape(tool.module)} (v\S+)", file.read_text(), re.MULTILINE)
    if not found:
        raise ToolchainError(f"{file} does not pin {tool.module}; restore it with `git checkout tools`.")
    return found[1]


def binary(name: str, tools: Path = TOOLS) -> Path:
    """Where the program of the pinned version is, or will be once it is built."""
    return cache() / f"{name}-{pinned_version(name, tools)}" / name


def available(*names: str) -> bool:
    """Whether all these programs are built. Builds nothing."""
    return all(binary(name).exists() for name in names)
