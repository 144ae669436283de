"""A session store over Redis, with what Odoo 17, 18 and 19 ask of `http.root.session_store`.

The first half of a session id, its identifier, stays when Odoo 19 renews the id of a live session, and is what Odoo
notes down of a device; the second half is the secret. So each identifier is one hash, which maps secrets to sessions as
JSON: all ids of a device are found without a search, change in one step, and end together.
"""

from __future__ import annotations

import json
import math
import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Protocol

from redis import Redis
from redis.client import Pipeline

LIFETIME_SECONDS: Final = 7 * 24 * 3600
"""Of a user's session, since it was last written; SESSION_LIFETIME in odoo/http.py."""
ANONYMOUS_SECONDS: Final = 3 * 3600
"""Of a session without a user: mostly of robots, and of people on the login page."""
GRACE_SECONDS: Final = 120
"""For how long an id that was renewed goes on; SESSION_DELETION_TIMER in odoo/http.py."""

_ID: Final = re.compile(r"[A-Za-z0-9_-]{84}")
_IDENTIFIER_LENGTH: Final = 42
_PREFIX: Final = re.compile(r"[A-Za-z0-9_.-]+")
_PAGE: Final = 1000


class Session(Protocol):
    """What is used here of odoo.http.Session: a mapping of what JSON can say, and some attributes."""

    sid: str
    is_dirty: bool
    should_rotate: bool

    @property
    def uid(self) -> int | None:
        """The user; None is anonymous."""

    def keys(self) -> Iterable[str]:
        """Names of what is in it."""

    def __getitem__(self, name: str, /) -> Any: ...
    def __setitem__(self, name: str, value: Any, /) -> None: ...
    def __delitem__(self, name: str, /) -> None: ...
    def __contains__(self, name: object, /) -> bool: ...


class RedisSessionStore:
    """Sessions of one tenant.

    Every command is about one key, so it does not matter how Redis spreads keys behind its endpoint. A command that
    fails raises redis.RedisError, to which Odoo answers 500; the next one connects anew.

    Args:
        client: with `decode_responses`.
        prefix: the tenant, in front of every key.
        session_class: odoo.http.Session.

    Raises:
        ValueError: the prefix holds something beside letters, digits, `_`, `.` and `-`.
    """

    def __init__(
        self, client: Redis, prefix: str, session_class: Callable[[dict[str, Any], str, bool], Session]
    ) -> None:
        if not _PREFIX.fullmatch(prefix):
            raise ValueError(f"{prefix!r} cannot be the prefix of keys")
        self.session_class = session_class
        # redis-py's types leave open whether an answer is decoded.
        self.__client: Any = client
        self.__prefix = f"{prefix}:session:"

    def generate_key(self, salt: object = None) -> str:
        """A new id: 84 characters, 504 bits. Nobody gives a salt."""
        return secrets.token_urlsafe(63)

    def is_valid_key(self, key: str) -> bool:
        """Whether it has the form of an id."""
        return _ID.fullmatch(key) is not None

    def new(self) -> Session:
        """An empty session, not yet kept."""
        return self.session_class({}, self.generate_key(), True)

    def get(self, sid: str) -> Session:
        """The session of an id, or a new one, with an id of its own, if there is none."""
        if not self.is_valid_key(sid):
            return self.new()
        data = _parse(self.__client.hget(self.__key(sid), _secret(sid)))
        if not data or data.get("deletion_time", math.inf) <= time.time():
            return self.new()
        return self.session_class(data, sid, False)

    def save(self, session: Session) -> None:
        """Keeps a session, from now on for its lifetime.

        Raises:
            ValueError: its id is none.
        """
        if not self.is_valid_key(session.sid):
            raise ValueError("this is not the id of a session")
        with self.__client.pipeline() as pipe:
            self.__write(pipe, session)
            pipe.execute()

    def save_if_modified(self, session: Session) -> None:
        """Keeps a session if something in it has changed."""
        if session.is_dirty:
            self.save(session)

    def delete(self, session: Session) -> None:
        """Ends a session, and with it the ids it had before."""
        self.__client.unlink(self.__key(session.sid))

    def rotate(self, session: Session, env: Any, soft: bool = False) -> None:
        """Gives a session a new id and keeps it.

        Args:
            session: the session.
            env: Odoo's environment, in which the user's new token is computed; None will do for an anonymous session.
            soft: the identifier stays, and the id before goes on for two minutes, for requests that are on their way.
                Of several at once, one makes the new id, and the others take it over.
        """
        former, before, fresh = session.sid, dict(session), self.generate_key()
        session.sid = former[:_IDENTIFIER_LENGTH] + _secret(fresh) if soft else fresh
        if session.uid and env:
            session["session_token"] = env["res.users"].browse(session.uid)._compute_session_token(session.sid)
        session["create_time"] = time.time()
        session.should_rotate = False
        if soft:
            session["gc_previous_sessions"] = True
            self.__succeed(former, before, session)
        else:
            self.__client.unlink(self.__key(former))
            self.save(session)

    def delete_old_sessions(self, session: Session) -> None:
        """Takes away the ids that a session had before, once nobody can be using them any more."""
        if "gc_previous_sessions" in session and session["create_time"] + GRACE_SECONDS < time.time():
            del session["gc_previous_sessions"]
            with self.__client.pipeline() as pipe:
                pipe.unlink(self.__key(session.sid))
                self.__write(pipe, session)
                pipe.execute()

    def get_missing_session_identifiers(self, identifiers: Iterable[str]) -> set[str]:
        """Those of the identifiers that no session has."""
        wanted = list(identifiers)
        with self.__client.pipeline(transaction=False) as pipe:
            for identifier in wanted:
                pipe.exists(self.__prefix + identifier)
            return {identifier for identifier, found in zip(wanted, pipe.execute(), strict=True) if not found}

    def delete_from_identifiers(self, identifiers: Iterable[str]) -> None:
        """Ends the sessions of the identifiers. Part of one is none: it is no pattern."""
        with self.__client.pipeline(transaction=False) as pipe:
            for identifier in identifiers:
                pipe.unlink(self.__prefix + identifier)
            pipe.execute()

    def list(self) -> list[str]:
        """Ids of all sessions of the tenant."""
        return [
            key.removeprefix(self.__prefix) + secret for key in self.__keys() for secret in self.__client.hkeys(key)
        ]

    def vacuum(self, max_lifetime: int = LIFETIME_SECONDS) -> None:
        """What Odoo asks for daily: Redis ends sessions by itself, but sooner if the system parameter says so.

        Args:
            max_lifetime: seconds without a change; system parameter `sessions.max_inactivity_seconds`.
        """
        if max_lifetime < LIFETIME_SECONDS:
            with self.__client.pipeline(transaction=False) as pipe:
                for key in self.__keys():
                    pipe.expire(key, max_lifetime, lt=True)
                pipe.execute()

    def __succeed(self, former: str, before: dict[str, Any], session: Session) -> None:
        """Writes a session beside the one before, unless another request has: then takes over that one's id."""
        key = self.__key(former)

        def swap(pipe: Any) -> str:
            successor = _parse(pipe.hget(key, _secret(former))).get("next_sid")
            pipe.multi()
            if not successor:
                ending = {**before, "next_sid": session.sid, "deletion_time": time.time() + GRACE_SECONDS}
                pipe.hset(key, _secret(former), json.dumps(ending))
                self.__write(pipe, session)
            return successor or session.sid

        session.sid = self.__client.transaction(swap, key, value_from_callable=True)

    def __write(self, pipe: Pipeline, session: Session) -> None:
        key = self.__key(session.sid)
        pipe.hset(key, _secret(session.sid), json.dumps(dict(session)))
        pipe.expire(key, LIFETIME_SECONDS if session.uid else ANONYMOUS_SECONDS)

    def __key(self, sid: str) -> str:
        return self.__prefix + sid[:_IDENTIFIER_LENGTH]

    def __keys(self) -> Iterator[str]:
        # In steps (SCAN): KEYS would hold up everybody else's requests.
        yield from self.__client.scan_iter(match=f"{self.__prefix}*", count=_PAGE)


def _secret(sid: str) -> str:
    return sid[_IDENTIFIER_LENGTH:]


def _parse(text: str | None) -> dict[str, Any]:
    """A session as it is in Redis; empty if there is none, or nothing that could be one."""
    try:
        data = json.loads(text or "{}")
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}
