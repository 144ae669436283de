"""A session store over Redis, with what Odoo 17, 18 and 19 ask of `http.root.session_store`.

The first half of a session id, its identifier, stays when Odoo 19 renews the id of a live session, and is what Odoo
notes down of a device; the second half is the secret. So each identifier is one hash, which maps ids to sessions: all
ids of a device are found without a search, change in one step, and end together. Of ids and sessions nothing can be
read in Redis: `sealing` says how.
"""

from __future__ import annotations

import json
import math
import re
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol

from redis import Redis
from redis.client import Pipeline

from .sealing import KeyFile, SealingKey

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


@dataclass(frozen=True)
class _Place:
    """Where the session of an id stands, if this key has sealed it: a field of a hash."""

    seal: SealingKey
    key: str
    field: str

    def close(self, sid: str, data: dict[str, Any]) -> str:
        return self.seal.seal(f"{self.key}/{self.field}", json.dumps([sid, time.time() + _lifetime(data), data]))

    def open(self, sealed: str | None) -> tuple[str, dict[str, Any]]:
        """The id and the session; both are empty if it has ended, or was not sealed for this place."""
        text = self.seal.open(f"{self.key}/{self.field}", sealed or "")
        sid, until, data = json.loads(text) if text else ("", 0, {})
        return (sid, data) if until > time.time() else ("", {})


class RedisSessionStore:
    """Sessions of one tenant.

    Every transaction is about one key, so it does not matter how Redis spreads keys behind its endpoint. A command that
    fails raises redis.RedisError, to which Odoo answers 500; the next one connects anew.

    Args:
        client: with `decode_responses`.
        prefix: the tenant, in front of every key.
        session_class: odoo.http.Session.
        key_file: the tenant's keys. What an older one has sealed is sealed with the first when it is next written.

    Raises:
        ValueError: the prefix holds something beside letters, digits, `_`, `.` and `-`.
    """

    def __init__(
        self,
        client: Redis,
        prefix: str,
        session_class: Callable[[dict[str, Any], str, bool], Session],
        key_file: KeyFile,
    ) -> None:
        if not _PREFIX.fullmatch(prefix):
            raise ValueError(f"{prefix!r} cannot be the prefix of keys")
        self.session_class = session_class
        # redis-py's types leave open whether an answer is decoded.
        self.__client: Any = client
        self.__prefix = f"{prefix}:session:"
        self.__key_file = key_file

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
        data = self.__find(sid) if self.is_valid_key(sid) else {}
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
        self.__clear_elsewhere(session.sid)

    def save_if_modified(self, session: Session) -> None:
        """Keeps a session if something in it has changed."""
        if session.is_dirty:
            self.save(session)

    def delete(self, session: Session) -> None:
        """Ends a session, and with it the ids it had before."""
        self.delete_from_identifiers([_identifier(session.sid)])

    def rotate(self, session: Session, env: Any, soft: bool = False) -> None:
        """Gives a session a new id and keeps it.

        Args:
            session: the session.
            env: Odoo's environment, in which the user's new token is computed; None will do for an anonymous session.
            soft: the identifier stays, and the id before goes on for two minutes, for requests that are on their way.
                Of several at once, one makes the new id, and the others take it over.
        """
        former, before, fresh = session.sid, dict(session), self.generate_key()
        session.sid = _identifier(former) + _secret(fresh) if soft else fresh
        if session.uid and env:
            session["session_token"] = env["res.users"].browse(session.uid)._compute_session_token(session.sid)
        session["create_time"] = time.time()
        session.should_rotate = False
        if soft:
            session["gc_previous_sessions"] = True
            self.__succeed(former, before, session)
        else:
            self.delete_from_identifiers([_identifier(former)])
            self.save(session)

    def delete_old_sessions(self, session: Session) -> None:
        """Takes away the ids that a session had before, once nobody can be using them any more."""
        if "gc_previous_sessions" in session and session["create_time"] + GRACE_SECONDS < time.time():
            del session["gc_previous_sessions"]
            first, *others = self.__keys(_identifier(session.sid))
            with self.__client.pipeline() as pipe:
                pipe.unlink(first)
                self.__write(pipe, session)
                pipe.execute()
            self.__unlink(others)

    def get_missing_session_identifiers(self, identifiers: Iterable[str]) -> set[str]:
        """Those of the identifiers that no session has."""
        wanted = [(identifier, key) for identifier in identifiers for key in self.__keys(identifier)]
        with self.__client.pipeline(transaction=False) as pipe:
            for _, key in wanted:
                pipe.exists(key)
            found = {identifier for (identifier, _), exists in zip(wanted, pipe.execute(), strict=True) if exists}
        return {identifier for identifier, _ in wanted} - found

    def delete_from_identifiers(self, identifiers: Iterable[str]) -> None:
        """Ends the sessions of the identifiers. Part of one is none: it is no pattern."""
        self.__unlink([key for identifier in identifiers for key in self.__keys(identifier)])

    def list(self) -> list[str]:
        """Ids of all sessions of the tenant."""
        found = []
        for key in self.__scan():
            for field, sealed in self.__client.hgetall(key).items():
                for seal in self.__key_file.seals():
                    sid, _ = _Place(seal, key, field).open(sealed)
                    found += [sid] if sid else []
        return found

    def vacuum(self, max_lifetime: int = LIFETIME_SECONDS) -> None:
        """What Odoo asks for daily: Redis ends sessions by itself, but sooner if the system parameter says so.

        Args:
            max_lifetime: seconds without a change; system parameter `sessions.max_inactivity_seconds`.
        """
        if max_lifetime < LIFETIME_SECONDS:
            with self.__client.pipeline(transaction=False) as pipe:
                for key in self.__scan():
                    pipe.expire(key, max_lifetime, lt=True)
                pipe.execute()

    def __find(self, sid: str) -> dict[str, Any]:
        # From the last key to the first: so moves a session that another request is writing, and is not missed.
        places = self.__places(sid)[::-1]
        with self.__client.pipeline(transaction=False) as pipe:
            for place in places:
                pipe.hget(place.key, place.field)
            found = [place.open(sealed)[1] for place, sealed in zip(places, pipe.execute(), strict=True)]
        return next(filter(None, reversed(found)), {})

    def __succeed(self, former: str, before: dict[str, Any], session: Session) -> None:
        """Writes a session beside the one before, unless another request has: then takes over that one's id."""
        place = self.__places(former)[0]

        def swap(pipe: Any) -> str:
            successor = place.open(pipe.hget(place.key, place.field))[1].get("next_sid")
            pipe.multi()
            if not successor:
                ending = {**before, "next_sid": session.sid, "deletion_time": time.time() + GRACE_SECONDS}
                pipe.hset(place.key, place.field, place.close(former, ending))
                self.__write(pipe, session)
            return successor or session.sid

        session.sid = self.__client.transaction(swap, place.key, value_from_callable=True)
        self.__clear_elsewhere(former)

    def __write(self, pipe: Pipeline, session: Session) -> None:
        place = self.__places(session.sid)[0]
        data = dict(session)
        pipe.hset(place.key, place.field, place.close(session.sid, data))
        pipe.expire(place.key, _lifetime(data))

    def __clear_elsewhere(self, sid: str) -> None:
        """Takes away what other keys than the first have sealed for this id. Other ids of the device stay."""
        others = self.__places(sid)[1:]
        if others:
            with self.__client.pipeline(transaction=False) as pipe:
                for place in others:
                    pipe.hdel(place.key, place.field)
                pipe.execute()

    def __unlink(self, keys: Iterable[str]) -> None:
        with self.__client.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.unlink(key)
            pipe.execute()

    def __places(self, sid: str) -> tuple[_Place, ...]:
        """Where the session of an id may stand; what is written goes to the first."""
        return tuple(
            _Place(seal, self.__prefix + seal.name(_identifier(sid)), seal.name(sid))
            for seal in self.__key_file.seals()
        )

    def __keys(self, identifier: str) -> tuple[str, ...]:
        return tuple(self.__prefix + seal.name(identifier) for seal in self.__key_file.seals())

    def __scan(self) -> Iterator[str]:
        # In steps (SCAN): KEYS would hold up everybody else's requests.
        yield from self.__client.scan_iter(match=f"{self.__prefix}*", count=_PAGE)


def _lifetime(data: dict[str, Any]) -> int:
    return LIFETIME_SECONDS if data.get("uid") else ANONYMOUS_SECONDS


def _identifier(sid: str) -> str:
    return sid[:_IDENTIFIER_LENGTH]


def _secret(sid: str) -> str:
    return sid[_IDENTIFIER_LENGTH:]
