"""Production is deployed from a pipeline, or with a reason that is logged."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from sandbox import program
from stacks import pipeline
from stacks.pipeline import refuse_outside_pipeline
from stacks.scalars import EnvironmentClass


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is logged by a program that deploys stack prod."""
    said: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", said.append)
    monkeypatch.setattr("pulumi.runtime.is_dry_run", lambda: False)
    monkeypatch.setattr("pulumi.get_stack", lambda: "prod")
    return said


def of_class(name: EnvironmentClass) -> Any:
    return SimpleNamespace(environment=SimpleNamespace(environment_class=name))


PRODUCTION = of_class(EnvironmentClass.PRODUCTION)
TENANT: Any = SimpleNamespace(environment=SimpleNamespace(topology="tenant"))


@pytest.mark.parametrize("settings", [PRODUCTION, TENANT], ids=["production", "tenant"])
@pytest.mark.parametrize("variables", [{}, {"CI": "true"}, {"ODOO_AZURE_ALLOW_LOCAL": " "}, {"TF_BUILD": ""}])
def test_production_is_refused_elsewhere(settings: Any, variables: dict[str, str], warnings: list[str]) -> None:
    with pytest.raises(pulumi.RunError, match="Stack prod is production, and only its pipeline deploys it"):
        refuse_outside_pipeline(settings, variables)
    assert warnings == []


@pytest.mark.parametrize("variables", [{"GITHUB_ACTIONS": "true"}, {"TF_BUILD": "True"}])
def test_a_pipeline_deploys_it(variables: dict[str, str], warnings: list[str]) -> None:
    refuse_outside_pipeline(PRODUCTION, variables)
    assert warnings == []


def test_an_emergency_is_logged_with_its_reason(warnings: list[str]) -> None:
    refuse_outside_pipeline(PRODUCTION, {"ODOO_AZURE_ALLOW_LOCAL": "the pipeline is down, OPS-7"})
    assert warnings == ["Deployed outside of the pipeline: the pipeline is down, OPS-7"]


@pytest.mark.parametrize("name", [each for each in EnvironmentClass if each is not EnvironmentClass.PRODUCTION])
def test_other_classes_may_come_from_anywhere(name: EnvironmentClass, warnings: list[str]) -> None:
    refuse_outside_pipeline(of_class(name), {})
    assert warnings == []


def test_a_preview_is_always_free(warnings: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulumi.runtime.is_dry_run", lambda: True)
    refuse_outside_pipeline(PRODUCTION, {})
    assert warnings == []


def test_the_sandbox_gives_its_reason_by_the_same_variable() -> None:
    assert program.ALLOW_LOCAL == pipeline.ALLOW_LOCAL
