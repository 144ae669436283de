"""Every rule on the real engine: its bad samples are violations, its good ones are not; a few large stacks hold all."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation

from policies.pack import RULES
from sandbox.runner import CHECKOUT
from sandbox.toolchain import find_cli
from sandbox.workspace import ANALYZER_FOLDER
from tests.engine.accepting import accepting_providers
from tests.engine.samples import Sample, declare, of_resources, of_stacks, packed

MOST_STACKS = 8
BY_ORDER = {"fed-credential-limit"}
"""Rules that blame the last of several, in the order that the engine happened to be told of them."""
Findings = Mapping[tuple[str, str], str]
"""Message by rule and resource."""


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Sequence[Sample]], Findings]]:
    """Previews the samples in one stack, and gives what the pack says. All values are given, so a preview knows all."""
    home = tmp_path_factory.mktemp("rules")
    (home / "Pulumi.yaml").write_text("name: rules\nruntime: python\n", encoding="utf-8")
    (home / "state").mkdir()
    (home / "levels.json").write_text('{"all": "advisory"}', encoding="utf-8")
    path = os.pathsep.join([str(ANALYZER_FOLDER), str(find_cli(print).path.parent), os.environ["PATH"]])
    with pytest.MonkeyPatch.context() as patch, accepting_providers() as providers:
        patch.setenv("PATH", path)
        yield lambda samples: _previewed(home, providers, samples)


def _previewed(home: Path, providers: str, samples: Sequence[Sample]) -> Findings:
    found: dict[tuple[str, str], str] = defaultdict(str)

    def note(event: Any) -> None:
        if event.policy_event:
            resource = event.policy_event.resource_urn.rsplit("::", 1)[-1]
            found[event.policy_event.policy_name, resource] += event.policy_event.message

    stack = automation.create_or_select_stack(
        stack_name="rules",
        project_name="rules",
        program=lambda: declare(samples),
        opts=automation.LocalWorkspaceOptions(work_dir=str(home), env_vars=_variables(home, providers)),
    )
    stack.preview(
        on_event=note, policy_packs=[str(CHECKOUT / "policies")], policy_pack_configs=[str(home / "levels.json")]
    )
    return found


def _variables(home: Path, providers: str) -> dict[str, str]:
    return {
        "PULUMI_BACKEND_URL": f"file://{home / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "rules",
        "PULUMI_DEBUG_PROVIDERS": providers,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "SANDBOX_PYTHON": sys.executable,
    }


def _misjudged(found: Findings, samples: Sequence[Sample]) -> list[str]:
    """Samples of which the engine reports something else than they are made for."""
    wrong = []
    for sample in samples:
        blamed = {each.name for each in sample.resources if (sample.rule, each.name) in found}
        right = len(blamed) == len(sample.blamed) if sample.rule in BY_ORDER else blamed == sample.blamed
        wrong += [] if right else [f"{sample.rule}: {sample.resources[0].name}"]
    return wrong


@pytest.mark.parametrize("good", [True, False], ids=["good", "bad"])
def test_every_rule_about_a_resource_judges_its_samples(
    findings: Callable[[Sequence[Sample]], Findings], good: bool
) -> None:
    samples = of_resources(good=good)
    assert _misjudged(findings(samples), samples) == []


@pytest.mark.parametrize("good", [True, False], ids=["good", "bad"])
def test_every_rule_about_a_stack_judges_its_samples(
    findings: Callable[[Sequence[Sample]], Findings], good: bool
) -> None:
    packs = packed(of_stacks(good=good))
    assert len(packs) <= MOST_STACKS
    for pack in packs:
        assert _misjudged(findings(pack), pack) == []


def test_no_rule_is_without_a_sample_that_fails() -> None:
    tried = {sample.rule for sample in (*of_resources(good=False), *of_stacks(good=False)) if sample.blamed}
    assert tried == {rule.id for rule in RULES}
