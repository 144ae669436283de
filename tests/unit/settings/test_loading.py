"""The two ways in, the engine's configuration and the file, lead to the same settings and the same errors."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pulumi
import pytest

from stacks.errors import SettingsError
from stacks.settings import ON_CALL_WEBHOOK_KEY, Settings, load_settings_file, load_settings_of
from stacks.stack_config import load_settings
from tests.unit.settings.conftest import ROOT

Config = dict[str, Any]
PROD = (ROOT / "Pulumi.prod.yaml").read_text(encoding="utf-8")


def _engine_has(config: Config, secrets: list[str] | None = None) -> None:
    """Hands over configuration as both of Pulumi's hosts do: texts as they are, everything else as JSON."""
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    pulumi.runtime.set_all_config(texts, secrets or [])


@pytest.fixture(autouse=True)
def _stack_prod(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi, "get_stack", lambda: "prod")


@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_the_settings_of_a_stack_are_right_and_complete(stack: str) -> None:
    settings = load_settings_of(Settings, ROOT / f"Pulumi.{stack}.yaml")
    assert settings.environment.name == stack
    again = json.loads(settings.model_dump_json(by_alias=True))
    assert Settings.from_config(again) == settings


def test_the_engine_and_the_file_give_the_same_settings(config: Config) -> None:
    _engine_has(config)
    assert load_settings() == load_settings_file(ROOT / "Pulumi.prod.yaml")


def test_the_engine_s_configuration_is_searched_for_unknown_sections(config: Config) -> None:
    _engine_has(config | {"odoo-azure:worklod": {}})
    with pytest.raises(SettingsError, match=r"Pulumi\.prod\.yaml cannot be used:\n 1\. odoo-azure:worklod"):
        load_settings()


def test_the_engine_s_secrets_are_known_as_secrets_and_never_shown(config: Config) -> None:
    config["odoo-azure:alerts"]["on_call_webhook"] = True
    _engine_has(config | {ON_CALL_WEBHOOK_KEY: "hunter2"}, [ON_CALL_WEBHOOK_KEY])
    settings = load_settings()
    assert isinstance(settings, Settings)
    assert settings.alerts.on_call_webhook
    _engine_has(config | {"odoo-azure:junk": "hunter2", "odoo-azure:cost": "hunter2"}, ["odoo-azure:cost"])
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert len(caught.value.problems) == 3
    assert "hunter2" not in str(caught.value)


class TestFile:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "Pulumi.test.yaml"

    def fails(self, path: Path, text: str) -> SettingsError:
        path.write_text(text, encoding="utf-8")
        with pytest.raises(SettingsError) as caught:
            load_settings_file(path)
        assert str(caught.value).startswith("Pulumi.test.yaml cannot be used:")
        return caught.value

    def test_errors_name_the_line(self, path: Path) -> None:
        error = self.fails(path, PROD.replace("concurrent_users: 450", "concurrent_users: many"))
        line = next(number for number, text in enumerate(PROD.splitlines(), 1) if "concurrent_users" in text)
        assert [problem.line for problem in error.problems] == [line]
        assert f"odoo-azure:workload.concurrent_users (line {line})" in str(error)

    def test_a_missing_key_is_placed_at_its_section_and_errors_come_in_the_order_of_the_file(self, path: Path) -> None:
        broken = PROD.replace("    suffix: k7m2qx", "    sufix: k7m2qx").replace("10.200.0.0/22", "10.200.0.0/222")
        error = self.fails(path, broken)
        lines = [problem.line for problem in error.problems]
        assert [problem.path.rpartition(".")[2] for problem in error.problems] == [
            "suffix",
            "sufix",
            "address_space[0]",
        ]
        assert PROD.splitlines()[(lines[0] or 0) - 1] == "  odoo-azure:environment:"
        assert lines == sorted(lines, key=lambda line: line or 0)

    def test_a_missing_file_names_those_that_are_there(self, path: Path) -> None:
        path.with_name("Pulumi.prod.yaml").write_text(PROD, encoding="utf-8")
        with pytest.raises(SettingsError, match=r"there are Pulumi\.prod\.yaml"):
            load_settings_file(path)

    def test_a_file_that_is_no_text_is_refused(self, path: Path) -> None:
        path.write_bytes(b"\xff\xfe\x00")
        with pytest.raises(SettingsError, match=r"no utf-8 text"):
            load_settings_file(path)

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("", "nothing, or no mapping"),
            ("[]", "nothing, or no mapping"),
            ("config: 1", "nothing, or no mapping"),
            ("a: [", "expected the node content, but found '<stream end>'"),
            ("config: !!python/object:os.system {}", "could not determine a constructor"),
            ("[" * 600, "text that cannot be read"),
        ],
    )
    def test_what_is_no_stack_file_is_refused(self, path: Path, text: str, found: str) -> None:
        assert self.fails(path, text).problems[0].found.startswith(found)

    def test_a_key_given_twice_is_refused(self, path: Path) -> None:
        (problem,) = self.fails(path, PROD.replace("    rto_minutes: 60", "    rpo_minutes: 60")).problems
        assert (problem.path, problem.remedy) == ("odoo-azure:recovery.rpo_minutes", "Keep one of the two.")
        assert problem.line == 1 + PROD.splitlines().index("    rto_minutes: 60")

    def test_a_date_without_quotes_is_refused_as_the_cli_would_hand_it_over(self, path: Path) -> None:
        (problem,) = self.fails(path, PROD.replace('plan_from: "2026-12-01"', "plan_from: 2026-12-01")).problems
        assert problem.found == '"2026-12-01 00:00:00 +0000 UTC"'
        assert problem.remedy.startswith('Put it in quotes: "2026-12-01".')

    def test_yes_is_no_truth_because_it_is_none_for_the_cli(self, path: Path) -> None:
        (problem,) = self.fails(path, PROD.replace("bastion: true", "bastion: yes")).problems
        assert problem.remedy == "Write true or false, without quotes."

    def test_a_repeated_anchor_and_the_engine_s_own_keys_are_read(self, path: Path) -> None:
        text = PROD.replace("location: westeurope", "location: &here westeurope").replace("[westeurope,", "[*here,")
        path.write_text(text + "encryptionsalt: v1:abc\n", encoding="utf-8")
        settings = load_settings_of(Settings, path)
        assert settings.governance.allowed_regions == ["westeurope", "northeurope"]
        assert settings.cost.budget_start == date(2026, 12, 1)
