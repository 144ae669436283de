"""Writes the files of a new tenant: complete or not at all, and never over another one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

_TENANT_HEADER = "# yaml-language-server: $schema=../../stacks/subsidiary.schema.json\n"
_STACK_FILE = """\
# yaml-language-server: $schema=stacks/environment.schema.json
config:
  odoo-azure:environment:
    topology: tenant

  odoo-azure:tenant:
    platform: {platform}
    name: {name}
"""


def tenant_file(values: Mapping[str, Any]) -> str:
    """Text of a tenant's file.

    Args:
        values: what it says, by key.
    """
    lines = (yaml.safe_dump({key: value}, width=1_000).rstrip("\n") for key, value in values.items())
    noted = (f"{line} # permanent, never used again" if line.startswith("slot:") else line for line in lines)
    return _TENANT_HEADER + "\n".join(noted) + "\n"


def stack_file(platform: str, name: str) -> str:
    """Text of the stack file of a tenant with a stack of its own.

    Args:
        platform: the platform's stack.
        name: the tenant's name.
    """
    return _STACK_FILE.format(platform=platform, name=name)


def write_new(path: Path, text: str) -> None:
    """Writes a file that must not be there yet; nobody ever sees half of it.

    Args:
        path: the file; its folder is made where it is missing.
        text: what it is to hold.

    Raises:
        FileExistsError: where it is there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        os.link(partial, path)  # unlike a rename, it fails where the name is taken
    finally:
        partial.unlink(missing_ok=True)
