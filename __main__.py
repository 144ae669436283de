"""The program of every environment: read the settings, make the plan, build the topology, export what others read."""

import os
from pathlib import Path

import pulumi

from stacks.deploy import deploy
from stacks.errors import SettingsError
from stacks.pipeline import refuse_outside_pipeline
from stacks.stack_config import load_secrets, load_settings

try:
    settings = load_settings()
    refuse_outside_pipeline(settings, os.environ)
    deploy(settings, load_secrets(settings), Path(__file__).resolve().parent)
except SettingsError as error:
    # The one exception that Pulumi shows by its text, without a traceback.
    raise pulumi.RunError(str(error)) from None
