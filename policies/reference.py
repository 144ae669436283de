"""Writes docs/reference/policies.md: `python -m policies.reference`."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

from pulumi_policy import EnforcementLevel

from policies.kit.enforcement import ALL, LEVEL, load
from policies.kit.rule import Rule, StackRule
from policies.pack import RULES

_FOLDER = Path(__file__).parent
PAGE = _FOLDER.parent / "docs" / "reference" / "policies.md"
ENVIRONMENTS = ("production", "staging", "development")
_INTRODUCTION = f"""\
# Policies

<!-- Made by `python -m policies.reference` from the rules themselves. -->

The CrossGuard pack `policies/` has {len(RULES)} rules. They read resources, never this project's own code, so the pack
works on any stack of azure-native and kubernetes resources:

    pulumi preview --policy-pack policies --policy-pack-config policies/enforcement.production.json

- A rule is *mandatory* (the deployment stops) when it is critical or high, else *advisory*, unless the environment's
  file `policies/enforcement.<environment>.json` says otherwise. The columns give the level in production, staging and
  development: **M** mandatory, a advisory, r remediate (put right by the pack, and said), - disabled.
- A property that is absent is a violation wherever the service's own default is not the safe one.
- A value that is not known before the deployment is neither: the preview says `not yet known: <path>` as an advisory,
  and the rule decides during `pulumi up`, or before it on a state with `pulumi policy analyze`.
- A rule that breaks is a violation. Messages never show the value that was found.
- Rules marked *stack* look at how the resources of the whole stack belong together.
"""


def levels_of(environment: str) -> Mapping[str, EnforcementLevel]:
    """Enforcement level of every rule in an environment: the rule's own, under what the environment's file says."""
    said = load(_FOLDER / f"enforcement.{environment}.json", RULES)
    return {rule.id: _level(said.get(rule.id)) or _level(said.get(ALL)) or rule.level for rule in RULES}


def _level(said: str | Mapping[str, str] | None) -> EnforcementLevel | None:
    level = said.get(LEVEL) if isinstance(said, Mapping) else said
    return EnforcementLevel(level) if level else None


def page() -> str:
    """The reference page."""
    letters = {
        EnforcementLevel.MANDATORY: "**M**",
        EnforcementLevel.REMEDIATE: "r",
        EnforcementLevel.ADVISORY: "a",
        EnforcementLevel.DISABLED: "-",
    }
    levels = [levels_of(environment) for environment in ENVIRONMENTS]
    parts = [_INTRODUCTION]
    for family, rules in groupby(sorted(RULES, key=lambda rule: (rule.family, rule.id)), key=lambda rule: rule.family):
        heading = family.replace("-", " ").capitalize()
        parts.append(
            f"\n## {heading}\n\n| rule | severity | levels | what holds, and why | to put it right | references |"
        )
        parts.append("|---|---|---|---|---|---|")
        parts += [_row(rule, " ".join(letters[level[rule.id]] for level in levels)) for rule in rules]
    return "\n".join(parts) + "\n"


def _row(rule: Rule, levels: str) -> str:
    kind = " *stack*" if isinstance(rule, StackRule) else ""
    cells = (
        f"[`{rule.id}`]({rule.url}){kind}",
        rule.severity.value,
        levels,
        f"{rule.title}. {rule.why}",
        rule.remedy,
        ", ".join(rule.references),
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
