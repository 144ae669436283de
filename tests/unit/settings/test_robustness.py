"""Whatever stands in the configuration, it gives settings or a readable error, and nothing else."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stacks.errors import SettingsError
from stacks.settings import load_settings_file, read_settings
from stacks.stack_file import read_stack_file
from stacks.subsidiary import Subsidiary
from stacks.subsidiary_file import check_subsidiary
from tests.unit.settings.conftest import ROOT
from tests.unit.settings.tenants import PLATFORM, SPAIN, TODAY

PROD = read_stack_file(ROOT / "Pulumi.prod.yaml").config
SECTIONS = sorted(key for key in PROD if key.startswith("odoo-azure:"))
KEYS = [(section, key) for section in SECTIONS for key in sorted(PROD[section])]
PLATFORM_CONFIG = read_stack_file(ROOT / "Pulumi.subsidiaries.yaml").config
OFFERS = sorted(PLATFORM_CONFIG["odoo-azure:platform"])

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.binary(max_size=4)
junk = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.integers() | st.none(), inner, max_size=4)
    ),
    max_leaves=8,
)


# What is tested is that no input does harm, not how busy the machine is; tmp_path is overwritten by every example.
UNHURRIED = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


def _readable_or_right(values: dict[str, Any]) -> None:
    try:
        read_settings(values)
        return
    except SettingsError as error:
        number, lines = len(error.problems), str(error).splitlines()
    assert number > 0
    assert len(lines) == 2 + 4 * number
    assert max(map(len, lines)) < 3_000


@given(st.dictionaries(st.text() | st.sampled_from([*PROD, "odoo-azure:", "odoo-azure:x"]), junk, max_size=6))
@UNHURRIED
def test_any_configuration(values: dict[str, Any]) -> None:
    _readable_or_right(values)


@given(st.sampled_from(KEYS), junk | st.text(alphabet="0123456789./:-azAZ [\"'", max_size=20))
@UNHURRIED
def test_any_value_of_any_setting(place: tuple[str, str], value: object) -> None:
    config = copy.deepcopy(PROD)
    section, key = place
    config[section][key] = value
    _readable_or_right(config)


@given(st.sampled_from(OFFERS), junk | st.dictionaries(st.text(), junk, max_size=3))
@UNHURRIED
def test_any_value_of_anything_that_a_platform_offers(key: str, value: object) -> None:
    config = copy.deepcopy(PLATFORM_CONFIG)
    config["odoo-azure:platform"][key] = value
    _readable_or_right(config)


@given(st.sampled_from(sorted(Subsidiary.model_fields)), junk, st.text(max_size=30))
@UNHURRIED
def test_any_value_in_any_tenant_s_file(key: str, value: object, name: str) -> None:
    _, problems = check_subsidiary(name, {**SPAIN, key: value}, PLATFORM, TODAY)
    assert all(problem.found and problem.allowed and problem.remedy for problem in problems)
    assert max(map(len, str(SettingsError(problems, "x")).splitlines())) < 3_000


@given(st.sampled_from(SECTIONS), st.dictionaries(st.text(), junk, min_size=1, max_size=3))
@UNHURRIED
def test_any_keys_in_any_section(section: str, extra: dict[str, Any]) -> None:
    config = copy.deepcopy(PROD)
    config[section] |= extra
    _readable_or_right(config)


@given(st.text() | st.recursive(scalars, st.lists).map(lambda value: json.dumps(value, default=str)))
@UNHURRIED
def test_any_text_the_engine_may_hand_over(text: str) -> None:
    _readable_or_right(PROD | {"odoo-azure:network": text})


@given(data=st.binary(max_size=200) | st.text(alphabet="a:{}[]&*!|>-?#'\" \n%@", max_size=40).map(str.encode))
@UNHURRIED
def test_any_file(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "Pulumi.junk.yaml"
    path.write_bytes(data)
    with pytest.raises(SettingsError):
        load_settings_file(path)
