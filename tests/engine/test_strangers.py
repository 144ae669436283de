"""Programs of others, on the real engine with the pack: what it says of them before the deployment, and after."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from checks.cli import write
from checks.judging import Deployment, judge, judge_all
from checks.levels import PACK, without_stops
from checks.model import Place
from policies.kit.exceptions import Exceptions
from policies.kit.runner import NOT_EVALUATED
from sandbox.result import Result
from sandbox.runner import Run
from sandbox.tally import STACK_TYPE, Violation
from tests.policies import strangers
from tests.policies.strangers.shared import SECRET

FINDINGS = Path(strangers.__file__).with_name("findings.yaml")
"""What is wrong with each resource, as rules that it breaks: read and found right, line by line."""
PROGRAM = "from tests.policies.strangers import declare\n\ndeclare()\n"


@dataclass(frozen=True)
class Runs:
    """What the engine said at the preview, and of the deployment."""

    preview: Result
    up: Result

    @property
    def said(self) -> list[Violation]:
        return [each for run in (self.preview, self.up) for each in (*run.violations, *run.undecided)]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """All programs in one stack, with every rule advisory: the engine stops at the first mandatory violation."""
    folder = tmp_path_factory.mktemp("strangers")
    (folder / "Pulumi.yaml").write_text("name: strangers\nruntime: python\n", encoding="utf-8")
    (folder / "Pulumi.dev.yaml").write_text("config:\n  azure-native:location: westeurope\n", encoding="utf-8")
    (folder / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    levels = folder / "levels.json"
    levels.write_text(json.dumps(without_stops("production")), encoding="utf-8")
    run = Run(
        stack="dev",
        project=folder,
        home=folder / "home",
        policy_packs=[PACK],
        policy_configs=[levels],
        cluster=False,
        checkpoints=False,
    )
    done = Runs(run.preview(), run.up(skip_preview=True))
    assert done.preview.ok, done.preview.diagnostics
    assert done.up.ok, done.up.diagnostics
    return done


def test_each_resource_is_told_what_is_wrong_with_it_and_nothing_else(runs: Runs, tmp_path: Path) -> None:
    found = _by_resource(runs.up.violations)
    noted = tmp_path / "findings.yaml"
    noted.write_text(yaml.safe_dump(found, width=1000, default_flow_style=None), encoding="utf-8")
    assert found == yaml.safe_load(FINDINGS.read_text(encoding="utf-8")), (
        f"read {noted}; if it is right, it takes the place of {FINDINGS}"
    )


def test_what_the_deployment_finds_no_preview_had_passed(runs: Runs) -> None:
    preview = {(each.policy, each.urn) for each in (*runs.preview.violations, *runs.preview.undecided)}
    # Of a rule about stacks the engine says for the whole stack that it is not yet decided.
    of_stack = {each.policy for each in runs.preview.undecided if f"::{STACK_TYPE}::" in each.urn}
    passed = {
        (each.policy, each.name)
        for each in runs.up.violations
        if (each.policy, each.urn) not in preview and each.policy not in of_stack
    }
    assert passed == set()


def test_what_is_not_yet_known_is_named_at_the_preview_and_decided_after_it(runs: Runs) -> None:
    unknown = {
        (each.policy, each.name): each.message.partition("not yet known: ")[2] for each in runs.preview.undecided
    }
    assert unknown["pg-firewall-closed", "vault-firewall"] == "startIpAddress, endIpAddress"
    assert unknown["rbac-no-owner-to-apps", "synapse-own"] == "roleDefinitionId"
    assert "siteConfig.appSettings[AzureWebJobsStorage]" in unknown["app-settings-no-secrets", "functions-app"]
    assert all(unknown.values())
    assert runs.up.undecided == ()


def test_no_rule_breaks(runs: Runs) -> None:
    assert [each for each in runs.said if NOT_EVALUATED in each.message] == []


def test_no_message_and_no_report_shows_a_secret(runs: Runs, tmp_path: Path) -> None:
    assert [each.policy for each in runs.said if SECRET in each.message] == []
    for at, result in enumerate((runs.preview, runs.up)):
        place = Place(file="Pulumi.dev.yaml", line=1)
        deployment = Deployment(stack="dev", environment="production", file=place, result=result, places={})
        checked = judge(deployment, Exceptions())
        write(judge_all([checked], Exceptions(), ["dev"], place), tmp_path / str(at))
    reports = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(reports) > 1
    assert [path.name for path in reports if SECRET in path.read_text(encoding="utf-8")] == []


def test_every_program_is_found_wanting(runs: Runs) -> None:
    found = _by_resource(runs.up.violations)
    groups = {step.name for step in runs.up.operations if step.type.endswith(":ResourceGroup")}
    assert len(groups) == len(strangers.PROGRAMS)
    for group in groups:
        program = group.removesuffix("group")
        own = {rule for name, rules in found.items() if name.startswith(program.rstrip("-")) for rule in rules}
        assert own - {"tags-required", "budget-exists"}, group


def _by_resource(violations: tuple[Violation, ...]) -> Mapping[str, list[str]]:
    """The rules that each resource breaks."""
    found: dict[str, set[str]] = {}
    for each in violations:
        found.setdefault(each.name, set()).add(each.policy)
    return {name: sorted(rules) for name, rules in sorted(found.items())}
