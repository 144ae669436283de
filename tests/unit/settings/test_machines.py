"""The section that says what virtual machines are made from."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from stacks.machine_sections import Machines
from stacks.settings import Settings, read_settings
from stacks.stack_file import read_stack_file
from tests.unit.settings.broken import only_problem
from tests.unit.settings.conftest import ROOT

Config = dict[str, Any]
ENVIRONMENT, MACHINES = "odoo-azure:environment", "odoo-azure:machines"


@pytest.fixture
def machine_config() -> Config:
    """Configuration of the environment on machines, as the file has it."""
    return read_stack_file(ROOT / "Pulumi.midmarket.yaml").config


def _key(kind: str, *fields: bytes) -> str:
    """A public key of these fields, each after its length."""
    blob = b"".join(len(field).to_bytes(4) + field for field in (kind.encode(), *fields))
    return f"{kind} {b64encode(blob).decode()} someone@acme.example"


def _rsa(bits: int) -> str:
    modulus = (1 << (bits - 1)) | 1
    return _key("ssh-rsa", b"\x01\x00\x01", b"\x00" + modulus.to_bytes((bits + 7) // 8))


def test_the_environment_on_machines_as_shipped_says_what_they_are_made_from(machine_config: Config) -> None:
    settings = Settings.from_config(machine_config)
    assert settings.machines
    assert settings.machines.packages_snapshot == "20261101T000000Z"


@pytest.mark.parametrize("topology", ["dedicated-vm", "auto"])
def test_topologies_that_may_be_machines_need_the_section(machine_config: Config, topology: str) -> None:
    machine_config[ENVIRONMENT]["topology"] = topology
    del machine_config[MACHINES]
    problem = only_problem(machine_config, MACHINES)
    assert problem.found == f"nothing, while {ENVIRONMENT}.topology is {topology}"
    assert problem.allowed == f"a mapping with {', '.join(Machines.model_fields)}"


def test_a_cluster_may_keep_the_section_for_the_way_back(config: Config, machine_config: Config) -> None:
    config[MACHINES] = machine_config[MACHINES]
    settings = read_settings(config)
    assert isinstance(settings, Settings)
    assert settings.machines


@pytest.mark.parametrize("bits", [3072, 4096])
def test_rsa_keys_that_are_long_enough_are_taken(machine_config: Config, bits: int) -> None:
    machine_config[MACHINES]["ssh_public_key"] = _rsa(bits)
    assert Settings.from_config(machine_config).machines


_WHOLE = _key("ssh-ed25519", bytes(32))


@pytest.mark.parametrize(
    ("key", "remedy"),
    [
        (_rsa(2048), "Take Ed25519, or RSA of 3072 bits at least: `ssh-keygen -t ed25519`."),
        (_key("ssh-dss", b"1"), "Take a key that begins with ssh-ed25519 or ssh-rsa: Azure takes no other."),
        ("", "Take a key that begins with ssh-ed25519 or ssh-rsa: Azure takes no other."),
        ("ssh-ed25519", "Copy the whole line of the .pub file: this is no ssh-ed25519 key."),
        ("ssh-ed25519 !!", "Copy the whole line of the .pub file: this is no base64."),
        ("ssh-ed25519 schlüssel", "Copy the whole line of the .pub file: this is no base64."),
        (_WHOLE[:40], "Copy the whole line of the .pub file: this one is cut off."),
        (_WHOLE.replace("ssh-ed25519", "ssh-rsa"), "Copy the whole line of the .pub file: this is no ssh-rsa key."),
        (_key("ssh-ed25519", bytes(31)), "Copy the whole line of the .pub file: this is no ssh-ed25519 key."),
        (_key("ssh-ed25519", bytes(32), b""), "Copy the whole line of the .pub file: this is no ssh-ed25519 key."),
    ],
)
def test_a_key_that_azure_or_we_do_not_take_is_explained(machine_config: Config, key: str, remedy: str) -> None:
    machine_config[MACHINES]["ssh_public_key"] = key
    assert only_problem(machine_config, f"{MACHINES}.ssh_public_key").remedy == remedy


def test_a_private_key_is_refused_and_never_shown(machine_config: Config) -> None:
    machine_config[MACHINES]["ssh_public_key"] = "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n"
    problem = only_problem(machine_config, f"{MACHINES}.ssh_public_key")
    assert problem.found == "a private key (not shown)"
    assert "replace this pair of keys" in problem.remedy


@pytest.mark.parametrize(
    ("moment", "remedy"),
    [
        ("20261301T000000Z", "Take a moment of the calendar, such as 20261101T000000Z."),
        ("20240424T235959Z", "Take a later one: Ubuntu 24.04 came out on 2024-04-25."),
    ],
)
def test_a_moment_that_ubuntu_s_archive_cannot_have_is_refused(
    machine_config: Config, moment: str, remedy: str
) -> None:
    machine_config[MACHINES]["packages_snapshot"] = moment
    assert only_problem(machine_config, f"{MACHINES}.packages_snapshot").remedy == remedy


@pytest.mark.parametrize("moment", ["2026-11-01", "latest", "", "20261101T000000Z "])
def test_a_moment_in_another_form_is_told_the_form(machine_config: Config, moment: str) -> None:
    machine_config[MACHINES]["packages_snapshot"] = moment + "x"
    problem = only_problem(machine_config, f"{MACHINES}.packages_snapshot")
    assert problem.allowed == "a moment of Ubuntu's archive in UTC, such as 20261101T000000Z"
