"""Secrets: there when they are needed, encrypted in the file, and never in a message."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from stacks.settings import ON_CALL_WEBHOOK_KEY, Settings
from stacks.stack_config import load_secrets
from tests.unit.components.harness import resolve
from tests.unit.settings.broken import only_problem

Config = dict[str, Any]


@pytest.fixture
def calls_the_webhook(config: Config) -> Config:
    config["odoo-azure:alerts"]["on_call_webhook"] = True
    return config


def test_a_missing_secret_says_which_command_sets_it(calls_the_webhook: Config) -> None:
    problem = only_problem(calls_the_webhook, ON_CALL_WEBHOOK_KEY)
    assert problem.found == "nothing, while odoo-azure:alerts.on_call_webhook is true"
    assert "pulumi config set --secret odoo-azure:onCallWebhookUrl" in problem.remedy


def test_a_secret_that_nobody_needs_may_be_missing(config: Config) -> None:
    assert not Settings.from_config(config).alerts.on_call_webhook


def test_an_encrypted_secret_is_accepted(calls_the_webhook: Config) -> None:
    calls_the_webhook[ON_CALL_WEBHOOK_KEY] = {"secure": "v1:abc"}
    assert Settings.from_config(calls_the_webhook).alerts.on_call_webhook


def test_a_secret_in_plain_text_is_refused_and_not_shown(calls_the_webhook: Config) -> None:
    calls_the_webhook[ON_CALL_WEBHOOK_KEY] = "hunter2"
    problem = only_problem(calls_the_webhook, ON_CALL_WEBHOOK_KEY)
    assert problem.found == "plain text (not shown)"
    assert "hunter2" not in repr(problem)


def test_a_whole_section_must_not_be_secret(config: Config) -> None:
    config["odoo-azure:alerts"] = {"secure": "v1:abc"}
    assert "reviewers can read" in only_problem(config, "odoo-azure:alerts").allowed


def test_a_value_within_a_section_must_not_be_secret(config: Config) -> None:
    config["odoo-azure:odoo"]["hostname"] = {"secure": "v1:abc"}
    assert only_problem(config, "odoo-azure:odoo.hostname").found == "a secret"


def test_the_secret_reaches_the_program_as_a_secret_output(calls_the_webhook: Config) -> None:
    calls_the_webhook[ON_CALL_WEBHOOK_KEY] = {"secure": "v1:abc"}
    settings = Settings.from_config(calls_the_webhook)

    def value_and_secretness() -> dict[str, pulumi.Input[Any]]:
        pulumi.runtime.set_all_config({ON_CALL_WEBHOOK_KEY: "https://on-call.example"}, [ON_CALL_WEBHOOK_KEY])
        url = load_secrets(settings).on_call_webhook_url
        assert url is not None
        return {"url": url, "secret": pulumi.Output.from_input(url.is_secret())}

    assert resolve(value_and_secretness) == {"url": "https://on-call.example", "secret": True}


def test_no_secret_is_read_where_none_is_needed(config: Config) -> None:
    assert load_secrets(Settings.from_config(config)).on_call_webhook_url is None
