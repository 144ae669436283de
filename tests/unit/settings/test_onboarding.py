"""A new tenant: what is asked, what follows from it, and the file that is written or not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from stacks import onboarding
from stacks.onboarding import EXIT_DECLINED, EXIT_REFUSED, main
from stacks.onboarding_files import tenant_file, write_new
from stacks.onboarding_questions import smallest_tier
from stacks.settings import TenantSettings, load_settings_of
from stacks.subsidiaries import read_subsidiaries
from tests.unit.settings.conftest import ROOT
from tests.unit.settings.tenants import PLATFORM, TODAY

STACK = "Pulumi.subsidiaries.yaml"
GIVEN = ("--legal-name", "Acme Suomi Oy", "--country", "FI", "--users", "30")
Answer = Callable[..., None]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the platform and two of its tenants, of slots 1 and 3."""
    shutil.copy(ROOT / STACK, tmp_path)
    folder = tmp_path / "subsidiaries/emea"
    folder.mkdir(parents=True)
    for name in ("acme-es", "acme-fr"):
        shutil.copy(ROOT / f"subsidiaries/emea/{name}.yaml", folder)
    return tmp_path


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Answers in the order in which they will be given; after the last one, nobody is there."""

    def give(*answers: str) -> None:
        left = iter(answers)

        def read(*_: object) -> str:
            found = next(left, None)
            if found is None:
                raise EOFError
            return found

        monkeypatch.setattr("builtins.input", read)

    return give


def _files(project: Path) -> set[str]:
    return {path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()}


def _written(project: Path, name: str = "acme-fi") -> dict[str, object]:
    content: dict[str, object] = yaml.safe_load((project / f"subsidiaries/emea/{name}.yaml").read_text("utf-8"))
    return content


def test_the_options_alone_are_enough_and_the_file_is_right(project: Path) -> None:
    assert main(["acme-fi", *GIVEN, "--yes"], project) == 0
    assert _written(project) == {
        "legal_name": "Acme Suomi Oy",
        "country": "FI",
        "concurrent_users": 30,
        "tier": "standard",
        "slot": 2,
    }
    text = (project / "subsidiaries/emea/acme-fi.yaml").read_text("utf-8")
    assert text.startswith(
        "# yaml-language-server: $schema=../../stacks/subsidiary.schema.json\nlegal_name: Acme Suomi"
    )
    assert "slot: 2 # permanent, never used again\n" in text
    found = read_subsidiaries(project, PLATFORM, TODAY)
    assert (list(found.tenants), found.problems) == (["acme-es", "acme-fi", "acme-fr"], ())


def test_what_is_not_given_is_asked_and_the_tier_proposed(
    project: Path, answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    answer("Acme Suomi Oy", "FI", "60", "", "y")
    assert main(["acme-fi"], project) == 0
    assert (_written(project)["concurrent_users"], _written(project)["tier"]) == (60, "priority")
    shown = capsys.readouterr().out
    assert "tier: How much of the platform it gets. (standard, priority, isolated) [priority]" in shown
    assert "make preview STACK=subsidiaries" in shown


def test_an_isolated_tenant_is_asked_for_its_budget_which_begins_with_this_month(
    project: Path, answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    answer("Acme Suomi Oy", "FI", "200", "", "much", "3500", "y")
    assert main(["acme-fi"], project) == 0
    start = datetime.now(UTC).date().replace(day=1).isoformat()
    assert _written(project)["cost"] == {"monthly_budget": 3500, "budget_start": start}
    shown = capsys.readouterr().out
    assert "cost: What its own nodes and its own server may cost a month" in shown
    assert '"much"' in shown


def test_options_for_an_isolated_tenant_without_its_budget_write_nothing(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    isolated = ["acme-fi", *GIVEN[:-1], "200", "--yes"]
    before = _files(project)
    assert main(isolated, project) == EXIT_REFUSED
    assert "found    nothing, while tier is isolated" in capsys.readouterr().err
    assert _files(project) == before
    assert main([*isolated, "--monthly-budget", "3500"], project) == 0


@pytest.mark.parametrize(
    ("answers", "found", "allowed"),
    [
        (("Acme Suomi Oy", "FIN", "FI", "30", ""), '"FIN"', "two capital letters of ISO 3166-1, such as ES"),
        (("Acme Suomi Oy", "TR", "FI", "30", ""), '"TR", whose books must not be in', "TR allows no region"),
        (("Acme 'Suomi'", "Acme Suomi Oy", "FI", "30", ""), "\"Acme 'Suomi'\"", "letters, digits, spaces and ._@&/-"),
        (("Acme Suomi Oy", "FI", "many", "30", ""), '"many"', "a whole number from 1 to 5000"),
        (("Acme Suomi Oy", "FI", "401", "30", ""), "401, while tier is isolated", "at most 400 in tier isolated"),
        (("Acme Suomi Oy", "FI", "30", "gold", ""), '"gold"', "standard, priority, isolated"),
    ],
)
def test_a_wrong_answer_is_asked_again_in_the_words_of_the_file_s_error(
    project: Path,
    answer: Answer,
    capsys: pytest.CaptureFixture[str],
    answers: tuple[str, ...],
    found: str,
    allowed: str,
) -> None:
    answer(*answers, "y")
    assert main(["acme-fi"], project) == 0
    shown = capsys.readouterr().out
    assert f"    found    {found}" in shown
    assert allowed in shown
    assert _written(project)["concurrent_users"] == 30


def test_a_tier_that_is_too_small_is_asked_again(
    project: Path, answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    answer("standard", "priority", "y")
    assert main(["acme-fi", *GIVEN[:-1], "60"], project) == 0
    assert "at most 40 in tier standard" in capsys.readouterr().out
    assert _written(project)["tier"] == "priority"


def test_what_follows_is_shown_before_anything_is_written(
    project: Path, answer: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    before = _files(project)
    answer("standard", "n")
    assert main(["acme-fi", *GIVEN], project) == EXIT_DECLINED
    assert _files(project) == before
    shown = capsys.readouterr().out
    for words in ("acme-fi.subs.erp.acme.example", "on shared server 1", "role assignments", "What still fits"):
        assert words in shown


class TestRefusal:
    def refused(self, project: Path, *arguments: str) -> None:
        before = _files(project)
        assert main(arguments, project) == EXIT_REFUSED
        assert _files(project) == before

    def test_without_a_person_and_without_answers_names_the_options(
        self, project: Path, answer: Answer, capsys: pytest.CaptureFixture[str]
    ) -> None:
        answer()
        self.refused(project, "acme-fi")
        assert "give --legal-name, --country, --users, --tier and --yes" in capsys.readouterr().err

    def test_says_everything_that_is_wrong_at_once(self, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.refused(project, "acme-fi", "--country", "TR", "--users", "0", "--yes")
        shown = capsys.readouterr().err
        for path in ("legal_name", "country", "concurrent_users"):
            assert f". {path}\n" in shown

    @pytest.mark.parametrize("name", ["acme-es", "kube-fi", "Acme"])
    def test_of_a_name_comes_before_any_question(self, project: Path, answer: Answer, name: str) -> None:
        answer("Acme Suomi Oy", "FI", "30", "", "y")
        self.refused(project, name)

    def test_of_a_name_that_another_extension_hides(self, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (project / "subsidiaries/emea/acme-fi.yml").write_text("legal_name: x", encoding="utf-8")
        self.refused(project, "acme-fi", *GIVEN, "--yes")
        assert "as subsidiaries/emea/acme-fi.yml" in capsys.readouterr().err

    def test_of_a_stack_that_is_no_platform(self, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        shutil.copy(ROOT / "Pulumi.prod.yaml", project)
        self.refused(project, "acme-fi", "--platform", "prod", *GIVEN, "--yes")
        assert "multi-tenant-aks" in capsys.readouterr().err

    def test_of_the_tenant_after_the_last_slot(self, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        text = (project / STACK).read_text("utf-8")
        small = text.replace("{standard: 18, priority: 4, isolated: 2}", "{standard: 2, priority: 1}")
        (project / STACK).write_text(small, encoding="utf-8")
        assert main(["acme-fi", *GIVEN, "--yes"], project) == 0
        self.refused(project, "acme-no", *GIVEN[:2], "--country", "NO", "--users", "5", "--yes")
        assert "3 tenants, and a file for each of the 3 slots" in capsys.readouterr().err

    def test_of_one_more_than_the_platform_has_room_for_names_what_binds(
        self, project: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        text = (project / STACK).read_text("utf-8")
        small = text.replace("{standard: 18, priority: 4, isolated: 2}", "{standard: 6}")
        (project / STACK).write_text(small, encoding="utf-8")
        self.refused(project, "acme-fi", *GIVEN[:-1], "90", "--yes")
        shown = capsys.readouterr().err
        assert "odoo-azure:platform.capacity" in shown
        assert "acme-fi.yaml (slot 2, priority)" in shown


def test_slots_of_removed_tenants_and_of_files_that_are_wrong_are_not_proposed(project: Path) -> None:
    folder = project / "subsidiaries/emea"
    gone = "{state: removed, suspended_on: 2010-01-01, consent: delete Acme Iberia SL}"
    removed = f"legal_name: Acme Iberia SL\ncountry: ES\nconcurrent_users: 1\nslot: 2\nlifecycle: {gone}\n"
    (folder / "acme-old.yaml").write_text(removed, encoding="utf-8")
    (folder / "acme-bad.yaml").write_text("slot: 4\ntier: gold\n", encoding="utf-8")
    assert main(["acme-fi", *GIVEN, "--yes"], project) == 0
    assert _written(project)["slot"] == 5


def test_bad_files_of_others_are_named_and_stop_nobody(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "subsidiaries/emea/acme-bad.yaml").write_text("slot: 4\n", encoding="utf-8")
    assert main(["acme-fi", *GIVEN, "--yes"], project) == 0
    assert "are not counted: subsidiaries/emea/acme-bad.yaml." in capsys.readouterr().out


def test_a_sharded_tenant_gets_its_stack_file_too(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (project / STACK).read_text("utf-8").replace("    domain:", "    placement: sharded\n    domain:")
    (project / STACK).write_text(text, encoding="utf-8")
    assert main(["acme-fi", *GIVEN, "--yes"], project) == 0
    settings = load_settings_of(TenantSettings, project / "Pulumi.acme-fi.yaml")
    assert (settings.tenant.platform, settings.tenant.name) == ("subsidiaries", "acme-fi")
    assert "make preview STACK=acme-fi" in capsys.readouterr().out


def test_the_first_tenant_makes_the_folder(project: Path) -> None:
    shutil.rmtree(project / "subsidiaries")
    assert main(["acme-fi", *GIVEN, "--yes"], project) == 0
    assert _written(project)["slot"] == 1


class TestFile:
    def test_that_comes_up_in_the_meantime_is_kept(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = project / "subsidiaries/emea/acme-fi.yaml"
        preview = onboarding._Onboarding.preview

        def and_somebody_else_writes(self: onboarding._Onboarding, values: dict[str, object]) -> None:
            preview(self, values)
            path.write_text("theirs", encoding="utf-8")

        monkeypatch.setattr(onboarding._Onboarding, "preview", and_somebody_else_writes)
        assert main(["acme-fi", *GIVEN, "--yes"], project) == EXIT_REFUSED
        assert path.read_text("utf-8") == "theirs"
        assert {each.name for each in path.parent.iterdir()} == {"acme-es.yaml", "acme-fi.yaml", "acme-fr.yaml"}

    def test_is_never_seen_half_written(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fails(*_: object, **__: object) -> None:
            raise OSError("disk full")

        monkeypatch.setattr("os.link", fails)
        with pytest.raises(OSError, match="disk full"):
            write_new(tmp_path / "a.yaml", "text")
        assert list(tmp_path.iterdir()) == []

    def test_says_what_it_was_given_whatever_yaml_makes_of_the_text(self) -> None:
        values = {"legal_name": "Yes", "country": "NO", "concurrent_users": 5, "slot": 1, "display_name": "1.10"}
        assert yaml.safe_load(tenant_file(values)) == values


@pytest.mark.parametrize(
    ("users", "tier"),
    [(1, "standard"), (40, "standard"), (41, "priority"), (101, "isolated"), (9000, "isolated")],
)
def test_the_smallest_tier_that_is_large_enough_is_proposed(users: int, tier: str) -> None:
    assert smallest_tier(PLATFORM, users) == tier
