"""Where a stack of the sandbox lives on disk, and the Pulumi workspace made of it.

Everything is below one folder, `.sandbox/` in the checkout unless said otherwise:

    state/                 the engine's file backend
    pulumi/                PULUMI_HOME
    stacks/<stack>/work/   copies of Pulumi.yaml and Pulumi.<stack>.yaml, where the engine may write
    stacks/<stack>/cloud/  what exists in this stack's Azure and clusters (sandbox.store); that of a tenant is in its
                           platform's
    stacks/<stack>/lock, cloud-lock, engine.log
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pulumi.automation import ConfigValue, LocalWorkspaceOptions, Stack, create_or_select_stack

from sandbox.engine import Engine
from sandbox.failures import BadInputError

# The state of a sandbox holds made-up passwords of resources that do not exist; the engine insists on a passphrase, and
# a fixed one lets every run and every `pulumi` command of the reader open it. Real stacks name their own secrets
# provider.
PASSPHRASE = "sandbox"  # noqa: S105
# Stands in for what only the stack's own secrets provider can decrypt; a URL, since that is what such settings are.
PLACEHOLDER_SECRET = "https://placeholder.sandbox.invalid/"  # noqa: S105
ANALYZER_FOLDER = Path(__file__).resolve().parent / "bin"
SALT = "encryptionsalt"
# A stack file in use with Azure names its own secrets provider, which the sandbox's own takes the place of.
SECRETS_PROVIDER_KEYS = (SALT, "encryptedkey", "secretsprovider")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The paths of one stack's sandbox, and how its state is written: at every step, or only at the end.

    `platform` is the stack whose cloud this one lives in, where that is not its own.
    """

    home: Path
    project: Path
    stack: str
    platform: str = ""
    checkpoints: bool = True

    @property
    def folder(self) -> Path:
        return self.home / "stacks" / self.stack

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def cloud(self) -> Path:
        return self._owner / "cloud"

    @property
    def cloud_lock(self) -> Path:
        return self._owner / "cloud-lock"

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    @property
    def log(self) -> Path:
        return self.folder / "engine.log"

    @property
    def stack_file(self) -> Path:
        return self.project / f"Pulumi.{self.stack}.yaml"

    @property
    def backend_locks(self) -> Path:
        """Where the file backend keeps the locks of running updates."""
        return self.home / "state" / ".pulumi" / "locks"

    @property
    def _owner(self) -> Path:
        return self.home / "stacks" / (self.platform or self.stack)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the runner itself has to know of a project and a stack."""

    project_name: str
    environment_class: str


def layout_of(home: Path, project: Path, stack: str, *, checkpoints: bool = True) -> Layout:
    """Where a stack lives: in the cloud of the platform that its file names at `<project>:tenant`, or in its own.

    Raises BadInputError when the platform has no file, or is itself a tenant.
    """
    layout = Layout(home=home.resolve(), project=project.resolve(), stack=stack, checkpoints=checkpoints)
    if _has_tenants(layout):
        # Thousands of resources: to write all of them after each one takes ten times as long as to make them.
        layout = dataclasses.replace(layout, checkpoints=False)
    platform = _platform_of(layout)
    if not platform:
        return layout
    above = dataclasses.replace(layout, stack=platform)
    if not above.stack_file.is_file():
        raise BadInputError(f"Stack {stack} is a tenant of {platform}, which does not exist: no {above.stack_file}.")
    if _platform_of(above):
        raise BadInputError(f"Stack {stack} is a tenant of {platform}, which is a tenant itself and no platform.")
    return dataclasses.replace(layout, platform=platform)


def _has_tenants(layout: Layout) -> bool:
    return (
        layout.stack_file.is_file() and (layout.project / "Pulumi.yaml").is_file() and bool(_config(layout, "platform"))
    )


def _platform_of(layout: Layout) -> str:
    """The platform that a stack's file names; none where there is no file, of which `read_settings` speaks."""
    if not layout.stack_file.is_file() or not (layout.project / "Pulumi.yaml").is_file():
        return ""
    return _text(_config(layout, "tenant"), "platform")


def read_settings(layout: Layout) -> Settings:
    """Reads the project and the stack file as far as the runner needs them; raises BadInputError on what is amiss.

    The class of a tenant is that of its platform.
    """
    project_file = layout.project / "Pulumi.yaml"
    if not project_file.is_file():
        raise BadInputError(f"There is no {project_file}: --project has to name the folder of a Pulumi project.")
    if not layout.stack_file.is_file():
        there = sorted(path.name.split(".")[1] for path in layout.project.glob("Pulumi.*.yaml"))
        raise BadInputError(
            f"There is no stack {layout.stack}: {layout.stack_file} does not exist. "
            f"Stacks here: {', '.join(there) or 'none'}."
        )
    owner = dataclasses.replace(layout, stack=layout.platform or layout.stack)
    return Settings(project_name=_project_name(layout), environment_class=_text(_config(owner, "environment"), "class"))


def _project_name(layout: Layout) -> str:
    return str(_mapping(layout.project / "Pulumi.yaml").get("name", ""))


def _config(layout: Layout, section: str) -> object:
    """A section of the stack's file, whatever it holds."""
    config = _mapping(layout.stack_file).get("config")
    return config.get(f"{_project_name(layout)}:{section}") if isinstance(config, dict) else None


def _text(section: object, key: str) -> str:
    return str(section.get(key, "")) if isinstance(section, dict) else ""


def _mapping(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise BadInputError(f"{path} is not valid YAML: {error}") from None
    if not isinstance(content, dict):
        raise BadInputError(f"{path} has to be a mapping of keys to values; it holds {content!r}.")
    return content


def copy_files(layout: Layout) -> list[str]:
    """Brings the engine's copies up to date; keeps the salt and the secrets it wrote into its own copy.

    Returns the keys whose secret it cannot have: encrypted in the project's file for a secrets provider of its own.
    """
    layout.work.mkdir(parents=True, exist_ok=True)
    copy = layout.work / layout.stack_file.name
    before = _mapping(copy) if copy.is_file() else {}
    settings = {key: value for key, value in _mapping(layout.stack_file).items() if key not in SECRETS_PROVIDER_KEYS}
    config = dict(settings.get("config") or {})
    encrypted = [key for key, value in config.items() if _is_encrypted(value)]
    known = {key: value for key, value in (before.get("config") or {}).items() if _is_encrypted(value)}
    for key in encrypted:
        config.pop(key)
    settings["config"] = {**config, **{key: known[key] for key in encrypted if key in known}}
    if SALT in before:
        settings[SALT] = before[SALT]
    _write(copy, yaml.safe_dump(settings, sort_keys=False))
    _write(layout.work / "Pulumi.yaml", (layout.project / "Pulumi.yaml").read_text())
    return [key for key in encrypted if key not in known]


def _is_encrypted(value: object) -> bool:
    return isinstance(value, dict) and set(value) == {"secure"}


def _write(path: Path, text: str) -> None:
    """A killed run must not leave half a file."""
    part = path.with_name(path.name + ".part")
    part.write_text(text)
    part.replace(path)


def policy_options(packs: Sequence[Path], environment_class: str, layout: Layout) -> dict[str, list[str]]:
    """The Automation API's options for policy packs: each with its enforcement.<class>.json, where it has one."""
    # The engine wants as many configs as packs, or none at all.
    nothing = layout.folder / "no-policy-config.json"
    _write(nothing, json.dumps({}))
    configs = [pack / f"enforcement.{environment_class}.json" for pack in packs]
    return {
        "policy_packs": [str(pack) for pack in packs],
        "policy_pack_configs": [str(path if path.is_file() else nothing) for path in configs],
    }


def engine_environment(layout: Layout, providers: str) -> dict[str, str]:
    """The engine's variables: our backend, our secrets, our providers, and no look at the Internet."""
    state = layout.home / "state"
    state.mkdir(parents=True, exist_ok=True)
    # At every step the file backend writes the whole state: half the time of an update.
    once = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}
    return {
        **({} if layout.checkpoints else once),
        # The backups are copies of what is written beside them.
        "PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS": "true",
        # Without the metadata files beside each file: these are not written atomically, and an engine that is killed
        # while it writes one leaves a stack that cannot be opened (gocloud.dev/blob/fileblob).
        "PULUMI_BACKEND_URL": f"file://{state}?metadata=skip",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_DEBUG_PROVIDERS": providers,
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_HOME": str(layout.home / "pulumi"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PATH": os.pathsep.join([str(ANALYZER_FOLDER), os.environ.get("PATH", os.defpath)]),
        "SANDBOX_PYTHON": sys.executable,
    }


def open_stack(
    layout: Layout, settings: Settings, engine: Engine, program: Callable[[], Any], providers: str = ""
) -> Stack:
    """Selects the stack in the sandbox's backend, making it when it is new."""
    unknown_secrets = copy_files(layout)
    options = LocalWorkspaceOptions(
        work_dir=str(layout.work), env_vars=engine_environment(layout, providers), pulumi_command=engine
    )
    stack = create_or_select_stack(
        stack_name=layout.stack, project_name=settings.project_name, program=program, opts=options
    )
    for key in unknown_secrets:
        stack.set_config(key, ConfigValue(value=PLACEHOLDER_SECRET, secret=True))
    return stack
