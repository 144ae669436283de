"""The random stand-in keeps to what is asked for, and replaces on any change."""

import string
from pathlib import Path

import pytest

from sandbox.provider.contract import Naming, Request
from sandbox.provider.errors import ProviderError
from sandbox.provider.faults import Faults
from sandbox.provider.values import UNKNOWN
from sandbox.random.provider import Random
from sandbox.store import Store
from tests.unit.sandbox.harness import Object

PASSWORD = "random:index/randomPassword:RandomPassword"


@pytest.fixture
def provider(tmp_path: Path) -> Random:
    return Random(Faults(tmp_path / "faults.json", "random", Store(tmp_path / "azure.sqlite")))


def request(token: str) -> Request:
    return Request(token, "name", {})


def make(provider: Random, token: str, **inputs: object) -> tuple[str, Object]:
    checked, failures = provider.check(request(token), dict(inputs), {}, Naming())
    assert failures == []
    return provider.create(request(token), checked, None)


def test_a_password_has_the_length_and_the_kinds_asked_for(provider: Random) -> None:
    for _ in range(20):
        identifier, outputs = make(
            provider, PASSWORD, length=12, minUpper=3, minNumeric=3, minSpecial=2, overrideSpecial="_", lower=False
        )
        result = outputs["result"]
        assert len(result) == 12
        assert sum(letter in string.ascii_uppercase for letter in result) >= 3
        assert sum(letter in string.digits for letter in result) >= 3
        assert result.count("_") >= 2
        assert set(result) <= set(string.ascii_uppercase + string.digits + "_")
        assert result not in identifier


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({}, "length"),
        ({"length": 3, "minUpper": 4}, "length"),
        ({"length": "8"}, "length"),
        ({"length": 8, "size": 1}, "size"),
        ({"length": 8, "upper": False, "lower": False, "numeric": False, "special": False}, ""),
    ],
)
def test_what_cannot_be_made_is_refused(provider: Random, inputs: Object, path: str) -> None:
    _, failures = provider.check(request(PASSWORD), inputs, {}, Naming())
    assert [failure.path for failure in failures] == [path]


def test_the_other_kinds_have_the_real_providers_outputs(provider: Random) -> None:
    identifier, outputs = make(provider, "random:index/randomId:RandomId", byteLength=4, prefix="erp-")
    assert outputs["hex"].startswith("erp-")
    assert len(outputs["hex"]) == len("erp-") + 8
    assert outputs["b64Url"] == f"erp-{identifier}"
    identifier, outputs = make(provider, "random:index/randomString:RandomString", length=6, special=False, upper=False)
    assert outputs["result"] == identifier
    assert identifier.islower() or identifier.isdigit()
    identifier, outputs = make(provider, "random:index/randomUuid:RandomUuid", keepers={"a": "b"})
    assert outputs == {"keepers": {"a": "b"}, "result": identifier}
    assert make(provider, "random:index/randomPet:RandomPet", prefix="erp")[0].count("-") == 2
    assert 3 <= make(provider, "random:index/randomInteger:RandomInteger", min=3, max=5)[1]["result"] <= 5


def test_every_change_is_a_replacement_and_nothing_else_is(provider: Random) -> None:
    assert provider.diff(request(PASSWORD), {"length": 8}, {"length": 8}).changes == []
    verdict = provider.diff(request(PASSWORD), {"length": 8}, {"length": 8, "keepers": {"a": "1"}})
    assert verdict.replaces == {"keepers"}


def test_a_preview_does_not_know_the_result_and_a_refresh_keeps_it(provider: Random) -> None:
    assert provider.preview(request(PASSWORD), {"length": 8}, {})["result"] is UNKNOWN
    assert provider.read(request(PASSWORD), "none", {"length": 8}, {"result": "x"}) == ({"result": "x"}, {"length": 8})
    with pytest.raises(ProviderError, match="nothing to import"):
        provider.read(request(PASSWORD), "none", {}, {})
