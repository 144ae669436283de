"""The three stacks that are mutated: each is declared and judged once in a process."""

from __future__ import annotations

from functools import cache

from stacks.deploy import deploy
from stacks.settings import PlatformSettings, load_settings_of
from stacks.stack_config import Secrets
from tests.policies.whole_judge import Deployed, JudgedStack
from tests.stacks.topologies import ROOT, resources
from tests.unit.components.harness import Declared, declare_stack

STACKS = ("prod", "midmarket", "subsidiaries")
_PLATFORM = "subsidiaries"


@cache
def judged(stack: str) -> JudgedStack:
    """A stack with what the pack says of it."""
    declared = _platform() if stack == _PLATFORM else resources(stack)
    # In an order of their own: components declare theirs as their outputs come.
    return JudgedStack(sorted(map(_deployed, declared), key=lambda each: each.urn))


def _platform() -> list[Declared]:
    """The platform with all its tenants."""
    settings = load_settings_of(PlatformSettings, ROOT / f"Pulumi.{_PLATFORM}.yaml")
    program = lambda: deploy(settings, Secrets(on_call_webhook_url=None), ROOT)  # noqa: E731
    return declare_stack(program, stack=_PLATFORM).resources


def _deployed(declared: Declared) -> Deployed:
    chain = declared.urn.split("::")[2].split("$")
    return Deployed(
        urn=declared.urn,
        type=declared.type,
        name=declared.name,
        within=chain[-2] if len(chain) > 1 else "",
        inputs=declared.inputs,
        outputs=declared.outputs,
        uses=declared.uses,
        protected=declared.protect,
    )
