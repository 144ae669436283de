"""How a tenant's secrets change by generation."""

from __future__ import annotations

import pytest

from components.rotation import role_passwords, session_keys

READER = {"operations": "33333333-3333-4333-8333-333333333333"}
SCALER = {"scaler": "44444444-4444-4444-8444-444444444444"}


def renewed(generation: int) -> dict[str, str | None]:
    """What each password is renewed with."""
    passwords = role_passwords("acme-database", generation, readers=READER, monitor_readers=SCALER)
    return {name.removeprefix("acme-database-"): spec.renewed_with for name, spec in passwords.items()}


@pytest.mark.parametrize("generation", range(1, 7))
def test_a_new_generation_leaves_the_password_in_use_as_it_is(generation: int) -> None:
    in_use, other = ("blue", "green") if generation % 2 else ("green", "blue")
    before, after = renewed(generation), renewed(generation + 1)
    assert after[in_use] == before[in_use]
    assert after[other] != before[other]
    assert after["monitor"] != before["monitor"]


def test_the_scaler_reads_the_monitors_password_only() -> None:
    passwords = role_passwords("acme-database", 1, readers=READER, monitor_readers=SCALER)
    assert {name: dict(spec.readers) for name, spec in passwords.items()} == {
        "acme-database-blue": READER,
        "acme-database-green": READER,
        "acme-database-monitor": {**READER, **SCALER},
    }


def keys(generation: int) -> list[tuple[str, str]]:
    """The lines of session keys: which key, and what it is renewed with."""
    return list(session_keys(generation, READER).lines.items())


@pytest.mark.parametrize("generation", range(1, 9))
def test_a_session_key_is_in_every_file_before_it_seals_and_after_it_has(generation: int) -> None:
    sealing, *others = keys(generation)
    assert sealing in keys(generation - 1)[1:]
    assert sealing in keys(generation + 1)[1:]
    assert sealing not in keys(generation + 2)
    assert len(dict([sealing, *others])) == 3
