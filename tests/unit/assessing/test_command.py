"""`make assess`: an answer for people and for programs, of a profile, a stack, or what is asked."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from stacks.assessing import EXIT_REFUSED, EXIT_UNMET, main
from stacks.assessing_questions import QUESTIONS
from stacks.assessing_render import bar, show
from stacks.planning.assessment.assess import assess
from stacks.planning.assessment.model import Month
from stacks.profile import load_profile, profile_of
from stacks.settings import Settings, load_settings_of
from tests.unit.assessing.golden import GOLDEN, SCENARIOS
from tests.unit.settings.conftest import ROOT

Capture = pytest.CaptureFixture[str]
ANSWERS = {
    "name": "Acme Iberia",
    "workload.concurrent_users": "150",
    "workload.invoices_per_month": "8000",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the example profiles and two stacks."""
    shutil.copytree(ROOT / "profiles", tmp_path / "profiles")
    for stack in ("prod", "subsidiaries"):
        shutil.copy(ROOT / f"Pulumi.{stack}.yaml", tmp_path)
    return tmp_path


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Answers in the order of the questions: what is not named is what is proposed; after the last, nobody is there."""

    def give(*answers: str) -> None:
        left = iter(answers)

        def read() -> str:
            found = next(left, None)
            if found is None:
                raise EOFError
            return found

        monkeypatch.setattr("builtins.input", read)

    return give


def _answers(**changes: str) -> list[str]:
    given = {**ANSWERS, **{path.replace("__", "."): answer for path, answer in changes.items()}}
    return [given.get(question.key, "") for question in QUESTIONS]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_scenarios_are_assessed_as_before(scenario: str, capsys: Capture) -> None:
    assert main(["--profile", scenario, "--json"]) == 0
    assert capsys.readouterr().out == (GOLDEN / f"{scenario}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(("scenario", "topology"), SCENARIOS.items())
def test_each_scenario_has_its_topology(scenario: str, topology: str) -> None:
    assert json.loads((GOLDEN / f"{scenario}.json").read_text(encoding="utf-8"))["topology"] == topology


def test_people_see_the_answer_its_reasons_its_limits_and_the_year(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert main(["--profile", "profiles/midmarket.yaml"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Mid-market company should run on dedicated-vm: ")
    for words in (
        "For and against",
        "for dedicated-vm",
        "against multi-tenant-aks",
        "Where the answer changes, all else as it is",
        "workload.isolated_subsidiaries",
        "year-end",
        "HTTP workers over the year",
        " Dec ",
        "database.sku_name",
    ):
        assert words in shown, words
    assert "\x1b" not in shown


def test_a_terminal_gets_colours() -> None:
    terminal = Console(file=io.StringIO(), force_terminal=True, width=120, color_system="standard")
    show(assess(load_profile(ROOT / "profiles/midmarket.yaml")), "Acme", terminal)
    assert isinstance(terminal.file, io.StringIO)
    assert "\x1b[1mdedicated-vm" in terminal.file.getvalue()


@pytest.mark.parametrize(
    ("levels", "drawn"),
    [
        ((24, 48, 96), "#" * 12 + "=" * 12 + "." * 24),
        ((72, 48, 96), "#" * 24 + "+" * 12 + "." * 12),
        ((96, 24, 48), "#" * 12 + "+" * 12 + "!" * 24),
        ((96, 96, 96), "#" * 48),
        ((0, 0, 96), "." * 48),
        ((0, 0, 0), ""),
    ],
)
def test_a_bar_is_as_long_as_its_share_of_the_most(levels: tuple[int, int, int], drawn: str) -> None:
    load, standing, room = levels
    month = Month(month=1, load_processes=load, standing_processes=standing, capacity_processes=room)
    assert bar(month, max(levels)) == drawn


def test_the_example_environment_has_the_example_profile_s_workload() -> None:
    settings = load_settings_of(Settings, ROOT / "Pulumi.midmarket.yaml")
    assert profile_of(settings).workload == load_profile(ROOT / "profiles/midmarket.yaml").workload


def test_a_stack_is_assessed_by_its_own_settings(project: Path, capsys: Capture) -> None:
    assert main(["--stack", "prod", "--json"], project) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["name"], report["topology"]) == ("prod", "dedicated-aks")


def test_a_stack_of_another_topology_than_the_recommended_is_warned_of(project: Path, capsys: Capture) -> None:
    path = project / "Pulumi.prod.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("concurrent_users: 450", "concurrent_users: 40"), encoding="utf-8")
    path.write_text(_small(path), encoding="utf-8")
    assert main(["--stack", "prod"], project) == 0
    shown = capsys.readouterr().out
    assert "Warning: environment.topology is dedicated-aks, but dedicated-vm is recommended." in shown


def _small(path: Path) -> str:
    """The file of an environment that needs no cluster."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["config"]["odoo-azure:workload"] |= {"legal_entities": 2, "integrations": 2, "invoices_per_month": 2000}
    content["config"]["odoo-azure:calendar"]["batches"] = []
    return yaml.safe_dump(content)


def test_a_platform_has_no_workload_to_assess(project: Path, capsys: Capture) -> None:
    assert main(["--stack", "subsidiaries"], project) == EXIT_REFUSED
    assert 'found    "multi-tenant-aks"' in capsys.readouterr().err


def test_everything_wrong_with_a_profile_is_said_at_once(project: Path, capsys: Capture) -> None:
    path = project / "profiles/midmarket.yaml"
    text = path.read_text(encoding="utf-8")
    wrong = text.replace("concurrent_users: 150", "concurrent_users: 0").replace("rpo_minutes: 15", "rpo_minutes: -1")
    path.write_text(wrong.replace("legal_entities", "legal_entites"), encoding="utf-8")
    assert main(["--profile", "midmarket"], project) == EXIT_REFUSED
    complaint = capsys.readouterr().err
    for words in (
        "workload.concurrent_users (line 6)",
        "workload.legal_entites (line 10)",
        "Did you mean legal_entities?",
        "recovery.rpo_minutes",
        "3 problems in midmarket.yaml",
    ):
        assert words in complaint, words


def test_a_missing_profile_is_refused(project: Path, capsys: Capture) -> None:
    assert main(["--profile", "none"], project) == EXIT_REFUSED
    assert "none.yaml cannot be used" in capsys.readouterr().err


def test_what_cannot_be_had_has_an_exit_code_of_its_own(project: Path, capsys: Capture) -> None:
    path = project / "profiles/midmarket.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("rpo_minutes: 15", "rpo_minutes: 1"), encoding="utf-8")
    assert main(["--profile", "midmarket"], project) == EXIT_UNMET
    assert "Cannot be met: recovery.rpo_minutes is 1; 5 or more" in capsys.readouterr().out
    assert main(["--profile", "midmarket", "--json"], project) == EXIT_UNMET
    assert json.loads(capsys.readouterr().out)["unmet"][0]["path"] == "recovery.rpo_minutes"


def test_without_a_profile_it_asks_writes_one_and_assesses_it(
    project: Path, answer: Callable[..., None], capsys: Capture
) -> None:
    answer(*_answers())
    assert main(["--json"], project) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["topology"] == "dedicated-vm"
    assert "recovery.region: Region that recovery happens in" in shown.err
    assert "[northeurope]" in shown.err
    assert "Wrote profiles/acme-iberia.yaml." in shown.err
    written = load_profile(project / "profiles/acme-iberia.yaml")
    assert (written.name, written.workload.concurrent_users, written.workload.peak_factor) == ("Acme Iberia", 150, 1.5)
    assert written.recovery.region == "northeurope"
    assert main(["--profile", "acme-iberia", "--json"], project) == 0
    assert capsys.readouterr().out == shown.out


@pytest.mark.parametrize(
    ("key", "wrong", "complaint"),
    [
        ("workload.concurrent_users", "many", "a whole number from 1 to 5000"),
        ("workload.concurrent_users", "0", "a whole number from 1 to 5000"),
        ("workload.peak_factor", "0.5", "a number from 1 to 5"),
        ("location", "westeuropa", "Did you mean westeurope?"),
        ("recovery.rpo_minutes", "-5", "a whole number from 1 to 1440"),
        ("calendar.timezone", "Mars/Olympus", "calendar.timezone"),
    ],
)
def test_a_wrong_answer_is_asked_again(
    key: str, wrong: str, complaint: str, project: Path, answer: Callable[..., None], capsys: Capture
) -> None:
    answers = _answers()
    answers.insert([question.key for question in QUESTIONS].index(key), wrong)
    answer(*answers)
    assert main([], project) == 0
    assert complaint in capsys.readouterr().err


def test_answers_that_contradict_one_another_write_nothing(
    project: Path, answer: Callable[..., None], capsys: Capture
) -> None:
    answer(*_answers(recovery__region="westeurope"))
    assert main([], project) == EXIT_REFUSED
    assert "acme-iberia.yaml cannot be used" in capsys.readouterr().err
    assert not (project / "profiles/acme-iberia.yaml").exists()


def test_a_profile_is_never_written_over(project: Path, answer: Callable[..., None], capsys: Capture) -> None:
    before = (project / "profiles/midmarket.yaml").read_text(encoding="utf-8")
    answer(*_answers(name="Midmarket"))
    assert main([], project) == EXIT_REFUSED
    assert "is there already: it is kept" in capsys.readouterr().err
    assert (project / "profiles/midmarket.yaml").read_text(encoding="utf-8") == before


def test_with_nobody_to_answer_it_says_what_to_give(
    project: Path, answer: Callable[..., None], capsys: Capture
) -> None:
    answer()
    assert main([], project) == EXIT_REFUSED
    assert "Nobody is there to answer: name a profile, such as profiles/midmarket.yaml" in capsys.readouterr().err


def test_every_question_is_of_a_key_that_profiles_have() -> None:
    for question in QUESTIONS:
        assert question.text.startswith(f"{question.key}: ")
        assert len(question.text) > len(question.key) + 10
    unusual = replace(QUESTIONS[0], key="workload.peak_factor")
    assert [unusual.answered(text) for text in ("2", "1.5", "much", "1e3")] == [2, 1.5, "much", "1e3"]
