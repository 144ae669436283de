"""The library's program, declaring its topology as often as `COPIES` says (set by `benchmarks.measure`)."""

from __future__ import annotations

from stacks.deploy import deploy
from stacks.stack_config import load_secrets, load_settings

settings = load_settings()
secrets = load_secrets(settings)
for copy in range(1, globals()["COPIES"] + 1):
    deploy(settings, secrets, name="odoo" if copy == 1 else f"odoo{copy}")
