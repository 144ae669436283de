"""Which stacks are deployed, in which order, and where their resources are declared."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.cli import main
from checks.deploying import in_order, places_of, stack_file, stacks_of
from checks.model import Place
from sandbox.failures import BadInputError, ExitCode


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a stack of its own, a platform, and a tenant of that, whose name comes first."""
    folder = tmp_path / "project"
    folder.mkdir()
    files = {
        "Pulumi.yaml": "name: shop\nruntime: python\n",
        "Pulumi.group.yaml": "config:\n  shop:environment:\n    name: group\n    topology: platform\n",
        "Pulumi.alone.yaml": "# a comment\nconfig: {}\n",
        "Pulumi.acme-at.yaml": "config:\n  shop:tenant:\n    platform: group\n",
        "notes.yaml": "",
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def test_the_stacks_are_those_that_have_a_file(project: Path) -> None:
    assert stacks_of(project) == ["acme-at", "alone", "group"]


def test_a_tenant_comes_after_its_platform(project: Path, tmp_path: Path) -> None:
    assert in_order(project, tmp_path, stacks_of(project)) == ["alone", "group", "acme-at"]
    assert in_order(project, tmp_path, ["acme-at"]) == ["group", "acme-at"]
    assert in_order(project, tmp_path, ["alone"]) == ["alone"]


def test_an_unknown_stack_is_bad_input(project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BadInputError, match="There is no stack gone"):
        in_order(project, tmp_path, ["gone"])
    assert main(["--project", str(project), "--stack", "gone"]) == ExitCode.BAD_INPUT
    assert "There is no stack gone" in capsys.readouterr().err


def test_wrong_exceptions_are_bad_input(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wrong.yaml").write_text("- rule: x\n")
    monkeypatch.setenv("POLICY_EXCEPTIONS", str(tmp_path / "wrong.yaml"))
    assert main(["--project", str(project)]) == ExitCode.BAD_INPUT
    assert "[0].stack: Field required" in capsys.readouterr().err


def test_a_stacks_file_is_pointed_to_at_its_topology(project: Path) -> None:
    assert stack_file(project, "group") == Place(file="Pulumi.group.yaml", line=4)
    assert stack_file(project, "alone") == Place(file="Pulumi.alone.yaml", line=1)


def test_places_are_files_of_the_project_alone(tmp_path: Path) -> None:
    project, folder = tmp_path / "project", tmp_path / "home" / "stacks" / "prod" / "work"
    positions = {
        "own": "project:///../../../../project/components/vault.py#61",
        "column": "project:///../../../../project/components/vault.py#61,5",
        "else": "project:///../../../../else/vault.py#7",
        "beside": "project:///../../../../project-two/vault.py#7",
        "odd": "file:///etc/passwd",
        "none": None,
    }
    state = [{"urn": urn, "sourcePosition": position} for urn, position in positions.items()]
    vault = Place(file="components/vault.py", line=61)
    assert dict(places_of([*state, {"urn": "without"}], folder, project)) == {"own": vault, "column": vault}
