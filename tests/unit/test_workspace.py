"""The copies of a project's files, and the environment of the engine: nothing of theirs is written to or leaks in."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import yaml

from sandbox import workspace
from sandbox.failures import BadInputError
from sandbox.workspace import Layout

STACK_FILE = """\
# a comment
secretsprovider: azurekeyvault://vault/keys/pulumi
encryptedkey: abc
encryptionsalt: theirs
config:
  shop:environment: {name: prod, class: production}
  shop:size: 3
  shop:webhook:
    secure: v1:theirs
"""


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    project = tmp_path / "project"
    project.mkdir()
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (project / "Pulumi.prod.yaml").write_text(STACK_FILE)
    return Layout(home=tmp_path / "home", project=project, stack="prod")


def copied(layout: Layout) -> dict[str, object]:
    content = yaml.safe_load((layout.work / "Pulumi.prod.yaml").read_text())
    assert isinstance(content, dict)
    return content


def test_reads_the_project_and_the_class_of_the_environment(layout: Layout) -> None:
    assert workspace.read_settings(layout) == workspace.Settings(project_name="shop", environment_class="production")


def test_a_tenant_lives_in_its_platforms_cloud_under_its_class(layout: Layout) -> None:
    tenant = layout.project / "Pulumi.acme-es.yaml"
    tenant.write_text("config: {shop:tenant: {platform: prod, name: acme-es}}\n")
    found = workspace.layout_of(layout.home, layout.project, "acme-es")
    own = workspace.layout_of(layout.home, layout.project, "prod")
    assert (found.platform, own.platform) == ("prod", "")
    assert (found.cloud, found.cloud_lock) == (own.cloud, own.cloud_lock)
    assert (found.lock, found.work) == (layout.home / "stacks/acme-es/lock", layout.home / "stacks/acme-es/work")
    assert workspace.read_settings(found).environment_class == "production"


@pytest.mark.parametrize(("platform", "problem"), [("missing", "does not exist"), ("acme-es", "a tenant itself")])
def test_a_platform_that_is_none_is_named(layout: Layout, platform: str, problem: str) -> None:
    (layout.project / "Pulumi.acme-es.yaml").write_text("config: {shop:tenant: {platform: prod}}\n")
    (layout.project / "Pulumi.acme-it.yaml").write_text(f"config: {{shop:tenant: {{platform: {platform}}}}}\n")
    with pytest.raises(BadInputError, match=f"Stack acme-it is a tenant of {platform}.*{problem}"):
        workspace.layout_of(layout.home, layout.project, "acme-it")


@pytest.mark.parametrize("config", ["", "config: {}\n", "config: {shop:environment: production}\n", "config: 3\n"])
def test_a_stack_without_a_class_has_none(layout: Layout, config: str) -> None:
    layout.stack_file.write_text(f"encryptionsalt: x\n{config}")
    assert workspace.read_settings(layout).environment_class == ""


def test_an_unknown_stack_lists_those_there_are(layout: Layout) -> None:
    (layout.project / "Pulumi.staging.yaml").write_text("config: {}\n")
    with pytest.raises(BadInputError, match=r"no stack test: .*Pulumi\.test\.yaml.* Stacks here: prod, staging\."):
        workspace.read_settings(Layout(home=layout.home, project=layout.project, stack="test"))


def test_a_folder_that_is_no_project_is_named(layout: Layout, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="--project"):
        workspace.read_settings(Layout(home=layout.home, project=tmp_path, stack="prod"))


@pytest.mark.parametrize("text", ["config: [\n", "- a\n- list\n", ""])
def test_a_stack_file_that_is_no_mapping_is_bad_input(layout: Layout, text: str) -> None:
    layout.stack_file.write_text(text)
    with pytest.raises(BadInputError, match=r"Pulumi\.prod\.yaml"):
        workspace.read_settings(layout)


def test_the_copy_has_the_settings_but_no_foreign_secrets(layout: Layout) -> None:
    assert workspace.copy_files(layout) == ["shop:webhook"]
    assert copied(layout) == {"config": {"shop:environment": {"name": "prod", "class": "production"}, "shop:size": 3}}
    assert layout.stack_file.read_text() == STACK_FILE


def test_what_the_engine_wrote_into_its_copy_stays_and_settings_follow(layout: Layout) -> None:
    workspace.copy_files(layout)
    written = copied(layout)
    config = written["config"]
    assert isinstance(config, dict)
    config["shop:webhook"] = {"secure": "v1:ours"}
    (layout.work / "Pulumi.prod.yaml").write_text(yaml.safe_dump({**written, "encryptionsalt": "ours"}))
    layout.stack_file.write_text(STACK_FILE.replace("size: 3", "size: 4"))
    assert workspace.copy_files(layout) == []
    again = copied(layout)
    assert again["encryptionsalt"] == "ours"
    assert again["config"] == {
        "shop:environment": {"name": "prod", "class": "production"},
        "shop:size": 4,
        "shop:webhook": {"secure": "v1:ours"},
    }


def test_each_pack_gets_the_config_of_the_class_or_an_empty_one(layout: Layout, tmp_path: Path) -> None:
    layout.folder.mkdir(parents=True)
    with_config, without = tmp_path / "with", tmp_path / "without"
    for pack in (with_config, without):
        pack.mkdir()
    (with_config / "enforcement.production.json").write_text('{"all": "mandatory"}')
    options = workspace.policy_options([with_config, without], "production", layout)
    assert options["policy_packs"] == [str(with_config), str(without)]
    assert [Path(config).read_text() for config in options["policy_pack_configs"]] == ['{"all": "mandatory"}', "{}"]


def test_the_engine_stays_on_this_machine(layout: Layout) -> None:
    variables = workspace.engine_environment(layout, "random:1")
    assert variables["PULUMI_BACKEND_URL"] == f"file://{layout.home}/state?metadata=skip"
    assert variables["PULUMI_HOME"].startswith(str(layout.home))
    assert variables["PULUMI_DEBUG_PROVIDERS"] == "random:1"
    assert variables["PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"] == "true"
    first = Path(variables["PATH"].split(":")[0])
    assert (first / "pulumi-analyzer-policy-python").stat().st_mode & 0o111


def test_the_state_is_written_at_every_step_unless_asked_otherwise(layout: Layout) -> None:
    assert "PULUMI_SKIP_CHECKPOINTS" not in workspace.engine_environment(layout, "random:1")
    once = dataclasses.replace(layout, checkpoints=False)
    assert workspace.engine_environment(once, "random:1")["PULUMI_SKIP_CHECKPOINTS"] == "true"
