"""How a tenant's secrets change by generation, so that nothing that runs ever holds one that does not work."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pulumi

from components.vault_secret import SecretSpec

_KEYS = 3
"""Session keys at a time: the one that seals, the next one, the former one."""


def role_passwords(
    prefix: str,
    generation: int,
    *,
    readers: Mapping[str, pulumi.Input[str]],
    monitor_readers: Mapping[str, pulumi.Input[str]],
    login_readers: Mapping[str, pulumi.Input[str]] = MappingProxyType({}),
) -> dict[str, SecretSpec]:
    """Passwords of a database's roles: a new generation renews that of the login role whose turn it is, not the other.

    Args:
        prefix: of the secrets' names: `<prefix>-blue`, `<prefix>-green`, `<prefix>-monitor`.
        generation: how often the password has been changed; odd: blue is in use, even: green.
        readers: object ids of those that read all of them, by what they are.
        monitor_readers: of those that read the monitor's only.
        login_readers: of those that read the login roles' only.
    """
    login_readers = {**readers, **login_readers}
    blue, green = (generation, generation - 1) if generation % 2 else (generation - 1, generation)
    return {
        f"{prefix}-blue": SecretSpec(readers=login_readers, renewed_with=f"generation {blue}"),
        f"{prefix}-green": SecretSpec(readers=login_readers, renewed_with=f"generation {green}"),
        # The bootstrap of the same generation sets it, so it may not change at another moment.
        f"{prefix}-monitor": SecretSpec(
            readers={**readers, **monitor_readers}, renewed_with=f"generation {generation}"
        ),
    }


def session_keys(generation: int, readers: Mapping[str, pulumi.Input[str]]) -> SecretSpec:
    """Keys that seal sessions, one a line: the first seals, all of them open.

    Pods read their files at different moments, so the key of a generation is in the file a generation before, as the
    second line, and stays for one more, as the third.

    Args:
        generation: how often the key has been changed.
        readers: object ids of those that read them, by what they are.
    """
    return SecretSpec(
        content_type="session keys",
        lines={f"{each % _KEYS}": f"generation {each}" for each in (generation, generation + 1, generation - 1)},
        readers=readers,
    )
