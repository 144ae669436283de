"""Writes docs/reference/controls.md: `python -m policies.controls.page`; with a rule's id, shows what proves it."""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from string import ascii_lowercase

from policies.controls.catalog import BY_RULE, POLICIES
from policies.controls.evidence import TEMPLATES, Evidence, Proof, evidence_of
from policies.controls.model import AzurePolicy, BuiltInPolicy
from policies.controls.reasons import HELD_IN_CLUSTERS, why_not
from policies.controls.select import effect_of
from policies.kit.rule import Rule, StackRule
from policies.pack import RULES

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "controls.md"
_DEFINITION = "https://portal.azure.com/#view/Microsoft_Azure_Policy/PolicyDetailBlade/definitionId/"
_PATH = "%2Fproviders%2FMicrosoft.Authorization%2FpolicyDefinitions%2F"
_DENY = "deny"
_SHARED = 3
# "ISO 27001 8.24", "FinOps Framework 2024: Budgeting": the framework, then the requirement
_REFERENCE = re.compile(r"^(.*?)(?::\s+(?=\D)|\s+(?=\S+$))(.+)$")


def page() -> str:
    """The page."""
    notes = _notes()
    parts = [_introduction(), *_listed(notes), *_families(notes), *_frameworks()]
    return "\n".join(parts) + "\n"


def _notes() -> Mapping[str, str]:
    """A letter for each reason that several controls share."""
    reasons = Counter(_reason(rule) for rule in RULES if rule.id not in BY_RULE)
    shared = [reason for reason, controls in reasons.most_common() if controls >= _SHARED]
    return dict(zip(shared, ascii_lowercase, strict=False))


def _reason(rule: Rule) -> str:
    return why_not(rule, whole_stack=isinstance(rule, StackRule))


def _listed(notes: Mapping[str, str]) -> Iterator[str]:
    yield "\n## Why some have no Azure Policy\n"
    yield from (f"- ({letter}) {reason}" for reason, letter in notes.items())


def _introduction() -> str:
    refused = sum(any(_refuses(policy) for policy in BY_RULE.get(rule.id, ())) for rule in RULES)
    held = sum(rule.id in BY_RULE for rule in RULES)
    ours = sum(not isinstance(policy, BuiltInPolicy) for policy in POLICIES)
    in_clusters = sum(policy.in_clusters for policy in POLICIES)
    return f"""\
# Controls

<!-- Made by `python -m policies.controls.page` from policies/controls and the rules themselves. -->

Each control is a rule of the [policy pack](policies.md), and wherever Azure can hold the same, one or more Azure
Policies, which the [governance stack](../decisions/0022-governance-is-a-stack.md) assigns to the subscription.

| | |
|---|---|
| controls | {len(RULES)} |
| Azure refuses a violation, where it enforces | {refused} |
| Azure reports a violation | {held - refused} |
| held by the pack, and in clusters by what the column says | {len(RULES) - held} |
| Azure Policies: Azure's own, ours | {len(POLICIES) - ours}, {ours} |
| of these, evaluated in clusters by AKS's policy add-on | {in_clusters} |

Azure Policy: **Deny** refuses what violates the control, whoever asks; Audit and AuditIfNotExists report it. Where the
stack's `guardrails.enforcement` is `audit`, Deny reports as well, and the fixed ones (*deny*) are not assigned.

## Evidence

The check of the deployed commit is evidence for every control: its reports are kept by the pipeline (`results.sarif`
has every rule and every finding). Beside it, the column *evidence* says which query proves the control, and what it is
about. `python -m policies.controls.page <rule>` shows it in full.
{"".join(_templates())}"""


def _templates() -> Iterator[str]:
    where = {
        Proof.STATES: "Azure Resource Graph. No row: nothing is at fault.",
        Proof.RESOURCES: "Azure Resource Graph. A control whose violation one condition tells has it in its query: "
        "no row, nothing is at fault.",
        Proof.ROLES: "Azure Resource Graph.",
        Proof.OBJECTS: "the environment's Log Analytics workspace. Every change of such objects, by whom, and what the "
        "API server refused.",
        Proof.CHANGES: "the governance stack's Log Analytics workspace. Every change of such resources, by whom.",
    }
    for proof, template in TEMPLATES.items():
        yield f"\n**{proof.value.capitalize()}**: {where[proof]}\n\n```kusto\n{template}\n```\n"


def _families(notes: Mapping[str, str]) -> Iterator[str]:
    for family, rules in groupby(sorted(RULES, key=lambda rule: (rule.family, rule.id)), key=lambda rule: rule.family):
        yield f"\n## {family.replace('-', ' ').capitalize()}\n"
        yield "| control | severity | what holds | Azure Policy | evidence | references |\n|---|---|---|---|---|---|"
        yield from (_row(rule, notes) for rule in rules)


def _row(rule: Rule, notes: Mapping[str, str]) -> str:
    cells = (
        f"[`{rule.id}`](policies.md)",
        rule.severity.value,
        rule.title,
        _azure(rule, notes),
        _shown(evidence_of(rule)),
        ", ".join(rule.references),
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _azure(rule: Rule, notes: Mapping[str, str]) -> str:
    policies = BY_RULE.get(rule.id, ())
    said = [_linked(policy) for policy in policies]
    if not policies:
        reason = _reason(rule)
        said.append(f"none ({notes[reason]})" if reason in notes else f"none: {reason}")
    if rule.id in HELD_IN_CLUSTERS:
        said.append(f"in clusters: {HELD_IN_CLUSTERS[rule.id]}")
    return "<br>".join(said)


def _linked(policy: AzurePolicy) -> str:
    name = f"`{policy.reference}`"
    if isinstance(policy, BuiltInPolicy):
        name = f"[{name}]({_DEFINITION}{_PATH}{policy.guid})"
    effect = effect_of(policy, enforce=True)
    return f"{name} {f'**{effect}**' if effect == 'Deny' else effect}"


def _shown(evidence: Evidence) -> str:
    names = evidence.names if evidence.proof is not Proof.STATES else ()
    return evidence.proof.value + (f": {', '.join(names)}" if names else "")


def _frameworks() -> Iterator[str]:
    by_framework: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for rule in RULES:
        for reference in rule.references:
            match = _REFERENCE.match(reference)
            framework, requirement = match.groups() if match else (reference, "")
            by_framework[framework][requirement].append(rule.id)
    yield "\n## By framework\n\nWhich controls contribute to a requirement; none of them meets one alone."
    for framework in sorted(by_framework):
        yield f"\n### {framework}\n\n| requirement | controls |\n|---|---|"
        yield from _requirements(by_framework[framework])


def _requirements(controls: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for requirement in sorted(controls, key=_natural):
        yield f"| {requirement} | {', '.join(f'`{rule}`' for rule in sorted(controls[requirement]))} |"


def _natural(requirement: str) -> list[tuple[int, str]]:
    """Sorts `8.9` before `8.24`."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.findall(r"\d+|\D+", requirement)]


def _refuses(policy: AzurePolicy) -> bool:
    return (effect_of(policy, enforce=True) or "").casefold() == _DENY


def query_of(rule_id: str) -> str:
    """What proves a rule.

    Raises:
        KeyError: there is no such rule.
    """
    evidence = evidence_of({rule.id: rule for rule in RULES}[rule_id])
    return evidence.query or "The check's report of the deployed commit, alone: nothing in Azure shows it."


if __name__ == "__main__":
    if sys.argv[1:]:
        print(*(query_of(rule) for rule in sys.argv[1:]), sep="\n\n")
    else:
        PAGE.write_text(page(), encoding="utf-8")
