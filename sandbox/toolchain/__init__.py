"""Programs the sandbox runs: the `pulumi` CLI, and servers built once from Go modules of pinned versions."""

from sandbox.toolchain.build import go_tool, module_folders
from sandbox.toolchain.go import ToolchainError
from sandbox.toolchain.pulumi_cli import Cli, find_cli
from sandbox.toolchain.tools import available, binary, cache, pinned_version

__all__ = [
    "Cli",
    "ToolchainError",
    "available",
    "binary",
    "cache",
    "find_cli",
    "go_tool",
    "module_folders",
    "pinned_version",
]
