"""The settings and secrets of the stack that the engine runs a program for."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi.runtime import config as engine_config

from stacks.settings import ON_CALL_WEBHOOK_KEY, PROJECT, AnySettings, CommonSettings, GovernanceSettings, read_settings


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """What is secret in the settings.

    Args:
        on_call_webhook_url: URL of the on-call service; None where alerts do not call it.
    """

    on_call_webhook_url: pulumi.Output[str] | None


def load_settings() -> AnySettings:
    """Settings of the stack that the engine runs this program for.

    Raises:
        SettingsError: with everything that is wrong.
    """
    # pulumi.Config answers for keys one knows; finding the misspelt ones takes the whole map. Both of Pulumi's hosts
    # (the CLI's, and the Automation API's for inline programs) fill it before the program starts.
    values = {
        key: {"secure": "decrypted by the engine"} if engine_config.is_config_secret(key) else value
        for key, value in engine_config.CONFIG.get().items()
    }
    return read_settings(values, file=f"Pulumi.{pulumi.get_stack()}.yaml")


def load_secrets(settings: AnySettings) -> Secrets:
    """Secrets that go with the settings, as Outputs that stay secret.

    Args:
        settings: the stack's settings, from `load_settings`: it has checked that the secrets are there.
    """
    name = ON_CALL_WEBHOOK_KEY.partition(":")[2]
    called = isinstance(settings, CommonSettings | GovernanceSettings) and settings.alerts.on_call_webhook
    url = pulumi.Config(PROJECT).require_secret(name) if called else None
    return Secrets(on_call_webhook_url=url)
