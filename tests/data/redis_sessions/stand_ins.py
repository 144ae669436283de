"""What stands in for Odoo in the tests of its sessions, and the names that a session has in Redis."""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping
from types import SimpleNamespace
from typing import Any, Final

from session_redis.sealing import SealingKey
from session_redis.store import RedisSessionStore

OID: Final = "0b2d9c3e-5b5e-4d5e-9d0e-6f0a6f1c9a11"
KEY: Final = "the-key-that-sessions-are-sealed-with"
"""What is in a tenant's key file unless a test says otherwise."""


class OdooSession(MutableMapping[str, Any]):
    """Stands in for odoo.http.Session, whose values too go through JSON."""

    def __init__(self, data: dict[str, Any], sid: str, new: bool = False) -> None:
        self.__data: dict[str, Any] = {}
        self.update(data)
        self.sid, self.is_new, self.is_dirty, self.should_rotate = sid, new, False, False

    @property
    def uid(self) -> int | None:
        user: int | None = self.get("uid")
        return user

    def __getitem__(self, name: str) -> Any:
        return self.__data[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.__data[name] = json.loads(json.dumps(value))
        self.is_dirty = True

    def __delitem__(self, name: str) -> None:
        del self.__data[name]
        self.is_dirty = True

    def __iter__(self) -> Iterator[str]:
        return iter(self.__data)

    def __len__(self) -> int:
        return len(self.__data)


class OdooEnvironment:
    """Stands in for Odoo's environment: a user's token depends on the session id."""

    def __getitem__(self, model: str) -> OdooEnvironment:
        assert model == "res.users"
        return self

    def browse(self, uid: int) -> SimpleNamespace:
        return SimpleNamespace(_compute_session_token=lambda sid: f"{uid}:{sid}")


def saved(sessions: RedisSessionStore, **data: Any) -> OdooSession:
    """A session that is kept."""
    session = OdooSession(data, sessions.generate_key())
    sessions.save(session)
    return session


def place(sid: str, key: str = KEY, tenant: str = "acme") -> tuple[str, str]:
    """Key and field of a session in Redis."""
    names = SealingKey(key)
    return f"{tenant}:session:{names.name(sid[:42])}", names.name(sid)
