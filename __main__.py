"""The program of every environment: read the settings, make the plan, build the topology, export what others read."""

from stacks.deploy import deploy
from stacks.stack_config import load_secrets, load_settings

settings = load_settings()
deploy(settings, load_secrets(settings))
