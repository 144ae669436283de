"""Seals what goes into Redis with keys of the tenant.

Azure Managed Redis lets every identity do everything (its only access policy is `default`), so tenants on one Redis are
kept apart here: names are keyed hashes, and a value opens only under the name that it was sealed for. Somebody else's
identity can delete a session, or put a former value back in its place, and nothing more.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_SHORTEST_KEY: Final = 32
"""Characters; of random letters and digits, 190 bits."""
_NONCE_BYTES: Final = 12
"""NIST SP 800-38D, 8.2.2. Random ones are good for 2^32 values under one key (8.3)."""

_logger = logging.getLogger(__name__)


class SealingKey:
    """A key: hashes names, seals and opens values. Two secrets follow from it, one for each use.

    Args:
        text: a secret with at least 128 bits of chance in it.
    """

    def __init__(self, text: str) -> None:
        self.__names = _derived(text.encode(), b"session_redis: names")
        self.__values = AESGCM(_derived(text.encode(), b"session_redis: values"))

    def name(self, text: str) -> str:
        """What stands for a text that nobody else may see: 64 hexadecimal digits."""
        return _derived(self.__names, text.encode()).hex()

    def seal(self, place: str, text: str) -> str:
        """Encrypts a text so that it opens at this place only."""
        nonce = os.urandom(_NONCE_BYTES)
        return base64.b64encode(nonce + self.__values.encrypt(nonce, text.encode(), place.encode())).decode()

    def open(self, place: str, sealed: str) -> str | None:
        """What was sealed for this place; None if it was sealed for another, with another key, or by nobody."""
        try:
            raw = base64.b64decode(sealed, validate=True)
            return self.__values.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], place.encode()).decode()
        except (InvalidTag, ValueError):
            return None


class KeyFile:
    """The keys in a file, one a line: the first seals, all of them open. It is read again when it has changed.

    A key must be in every pod's file before it is the first one anywhere: the others could not open what it seals.

    Args:
        path: the file.

    Raises:
        ValueError: there is no such file, or no key in it.
    """

    def __init__(self, path: Path) -> None:
        self.__path = path
        self.__version = self.__look()
        if self.__version is None:
            raise ValueError(f"there is no file {path} with session keys")
        self.__seals = self.__read()

    def seals(self) -> tuple[SealingKey, ...]:
        """The keys of the moment. If the file gets lost or is damaged, those that were in it before."""
        version = self.__look()
        if version != self.__version:
            self.__version = version
            try:
                self.__seals = self.__read()
            except (OSError, ValueError):
                _logger.exception("session keys go on as they were")
        return self.__seals

    def __look(self) -> tuple[int, int, int] | None:
        # The driver that mounts secrets changes a link: the file behind it is another.
        try:
            found = self.__path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def __read(self) -> tuple[SealingKey, ...]:
        lines = self.__path.read_text(encoding="utf-8").split()
        if not lines or min(map(len, lines)) < _SHORTEST_KEY:
            raise ValueError(f"{self.__path} must have session keys, one a line, of {_SHORTEST_KEY} characters or more")
        return tuple(SealingKey(line) for line in lines)


def _derived(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, hashlib.sha256).digest()
