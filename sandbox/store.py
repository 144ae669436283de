"""The sandbox's durable store: what exists in its Azure and in its clusters, whatever a stack believes.

One SQLite file a provider (write-ahead log, so a kill at any moment loses no committed resource). Every read goes to
the file, so a change made from outside is seen at once: that is how drift is made.

    python -m sandbox.store --home DIR list
    python -m sandbox.store --home DIR show ID
    python -m sandbox.store --home DIR set ID properties.path '"JSON"'
    python -m sandbox.store --home DIR delete ID
    python -m sandbox.store --home DIR purge ID      frees the name of a soft-deleted resource
"""

import argparse
import json
import sqlite3
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

Object = dict[str, Any]

DATABASES: Final = ("azure.sqlite", "kubernetes.sqlite")
BUSY_TIMEOUT_SECONDS: Final = 30.0
# Provider-made GUIDs are derived from a resource's nonce, so that they live and die with the resource.
GUID_NAMESPACE: Final = uuid.UUID("3b0f4c9e-6a53-4f0e-9d0c-51b2c6a8f7d4")

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS resources (
    key TEXT PRIMARY KEY, id TEXT NOT NULL, type TEXT NOT NULL, inputs TEXT NOT NULL, outputs TEXT NOT NULL,
    nonce TEXT NOT NULL, answered INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX IF NOT EXISTS resources_by_type_and_key ON resources (type, key);
CREATE TABLE IF NOT EXISTS graveyard (
    key TEXT PRIMARY KEY, id TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL, inputs TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""


@dataclass
class Entry:
    """One resource: its id, the provider's type token, what was asked for and what it answers."""

    id: str
    type: str
    inputs: Object
    outputs: Object = field(default_factory=dict)
    nonce: str = field(default_factory=lambda: uuid.uuid4().hex)

    def guid(self, purpose: str) -> str:
        """A GUID of this resource that stays as long as the resource does."""
        return str(uuid.uuid5(GUID_NAMESPACE, f"{self.nonce}/{purpose}"))


class Store:
    """The resources of one provider, by id (ids compare without regard to case, as in ARM)."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._database = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.executescript(SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and alone: rules that look at other resources hold until the write they allow."""
        with self._lock:
            if self._depth == 0:
                self._database.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._database.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._database.execute("COMMIT")

    def get(self, identifier: str) -> Entry | None:
        row = self._one("SELECT id, type, inputs, outputs, nonce FROM resources WHERE key = ?", identifier.lower())
        return _entry(row) if row else None

    def exists(self, identifier: str) -> bool:
        return self._one("SELECT 1 FROM resources WHERE key = ?", identifier.lower()) is not None

    def of_type(self, *types: str) -> list[Entry]:
        marks = ", ".join("?" for _ in types)
        query = f"SELECT id, type, inputs, outputs, nonce FROM resources WHERE type IN ({marks}) ORDER BY rowid"  # noqa: S608
        return [_entry(row) for row in self._all(query, *types)]

    def below(self, identifier: str) -> list[Entry]:
        """Everything whose id starts with this one's: children, extensions, the contents of a group."""
        prefix = identifier.lower().rstrip("/") + "/"
        query = "SELECT id, type, inputs, outputs, nonce FROM resources WHERE key >= ? AND key < ? ORDER BY key"
        return [_entry(row) for row in self._all(query, prefix, prefix[:-1] + "0")]

    def count_below(self, identifier: str, type_: str) -> int:
        """How many resources of a type there are below an id."""
        prefix = identifier.lower().rstrip("/") + "/"
        query = "SELECT count(*) FROM resources WHERE type = ? AND key >= ? AND key < ?"
        return int(self._all(query, type_, prefix, prefix[:-1] + "0")[0][0])

    def mentioning(self, text: str, type_: str = "") -> list[Entry]:
        """Resources, of one type or any, whose inputs contain a (lower-case) text, such as another resource's id."""
        query = "SELECT id, type, inputs, outputs, nonce FROM resources WHERE instr(lower(inputs), ?) > 0"
        query += " AND type = ?" if type_ else ""
        return [_entry(row) for row in self._all(query, text, *filter(None, [type_]))]

    def answers(self, text: str, type_: str = "") -> bool:
        """Whether some resource, of one type or any, answers a (lower-case) text, such as its identity's object id."""
        query = "SELECT 1 FROM resources WHERE instr(lower(outputs), ?) > 0"
        query += " AND type = ?" if type_ else ""
        return self._one(query, text, *filter(None, [type_])) is not None

    def is_empty(self) -> bool:
        """Whether nothing exists."""
        return self._one("SELECT 1 FROM resources") is None

    def all(self) -> list[Entry]:
        return [_entry(row) for row in self._all("SELECT id, type, inputs, outputs, nonce FROM resources ORDER BY key")]

    def put(self, entry: Entry, *, answered: bool = True) -> None:
        """Write a resource. With `answered=False` nobody knows of it yet: it can be made again until `confirm`."""
        with self.transaction():
            self._database.execute(
                "INSERT OR REPLACE INTO resources (key, id, type, inputs, outputs, nonce, answered)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    entry.id.lower(),
                    entry.id,
                    entry.type,
                    json.dumps(entry.inputs),
                    json.dumps(entry.outputs),
                    entry.nonce,
                    int(answered),
                ),
            )

    def confirm(self, identifier: str) -> None:
        """Somebody knows of this resource: its creation was answered, or it was read."""
        if not self.is_known(identifier):
            with self.transaction():
                self._database.execute("UPDATE resources SET answered = 1 WHERE key = ?", (identifier.lower(),))

    def is_known(self, identifier: str) -> bool:
        """Whether the resource exists and its creation was answered: a kill may come between the two."""
        row = self._one("SELECT answered FROM resources WHERE key = ?", identifier.lower())
        return row is not None and bool(row[0])

    def delete(self, identifier: str) -> bool:
        with self.transaction():
            return self._database.execute("DELETE FROM resources WHERE key = ?", (identifier.lower(),)).rowcount > 0

    def bury(self, entry: Entry, name: str) -> None:
        """Keep a deleted resource's name reserved, as soft delete does."""
        with self.transaction():
            self._database.execute(
                "INSERT OR REPLACE INTO graveyard (key, id, type, name, inputs) VALUES (?, ?, ?, ?, ?)",
                (entry.id.lower(), entry.id, entry.type, name.lower(), json.dumps(entry.inputs)),
            )

    def buried(self, type_: str, name: str) -> str | None:
        """The id of a soft-deleted resource of that type and name."""
        row = self._one("SELECT id FROM graveyard WHERE type = ? AND name = ?", type_, name.lower())
        return str(row[0]) if row else None

    def unearth(self, identifier: str) -> None:
        """Purge or recover: the name is free again."""
        with self.transaction():
            self._database.execute("DELETE FROM graveyard WHERE key = ?", (identifier.lower(),))

    def count_up(self, name: str, limit: int) -> bool:
        """Count one more of `name` unless `limit` is reached; whether it was counted. Durable."""
        with self.transaction():
            row = self._one("SELECT value FROM counters WHERE name = ?", name)
            value = row[0] if row else 0
            if value >= limit:
                return False
            self._database.execute("INSERT OR REPLACE INTO counters (name, value) VALUES (?, ?)", (name, value + 1))
            return True

    def set_property(self, identifier: str, path: str, value: object) -> None:
        """Change one property behind everybody's back, in what was asked for and in what is answered."""
        with self.transaction():
            entry = self.get(identifier)
            if entry is None:
                raise KeyError(identifier)
            _assign(entry.inputs, path, value)
            _assign(entry.outputs, path, value)
            self.put(entry)

    def _one(self, query: str, *args: object) -> tuple[Any, ...] | None:
        with self._lock:
            row: tuple[Any, ...] | None = self._database.execute(query, args).fetchone()
        return row

    def _all(self, query: str, *args: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(query, args).fetchall()


def _entry(row: tuple[Any, ...]) -> Entry:
    return Entry(row[0], row[1], json.loads(row[2]), json.loads(row[3]), row[4])


def _assign(tree: Object, path: str, value: object) -> None:
    steps = path.replace("[", ".").replace("]", "").split(".")
    node: Any = tree
    for step in steps[:-1]:
        node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
    if isinstance(node, list):
        node[int(steps[-1])] = value
    else:
        node[steps[-1]] = value


def open_all(home: Path) -> list[Store]:
    """The stores of a sandbox's home that exist."""
    return [Store(home / name) for name in DATABASES if (home / name).exists()]


def main(arguments: list[str] | None = None) -> int:
    """The command line; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.store", description="Look into the sandbox, or make drift."
    )
    parser.add_argument("--home", type=Path, required=True, help="the sandbox's folder")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="type and id of every resource")
    for name in ("show", "set", "delete", "purge"):
        command = commands.add_parser(name)
        command.add_argument("id")
        if name == "set":
            command.add_argument("path", help="property path, e.g. tags.owner or subnets[0].addressPrefix")
            command.add_argument("value", help="JSON")
    options = parser.parse_args(arguments)
    stores = open_all(options.home)
    if options.command == "list":
        for store in stores:
            for entry in store.all():
                print(f"{entry.type}\t{entry.id}")
        return 0
    if options.command == "purge":
        for store in stores:
            store.unearth(options.id)
        return 0
    for store in stores:
        found = store.get(options.id)
        if found is not None:
            _command(store, found, options)
            return 0
    print(f"no resource {options.id} in {options.home}", file=sys.stderr)
    return 1


def _command(store: Store, entry: Entry, options: argparse.Namespace) -> None:
    if options.command == "show":
        shown = {"id": entry.id, "type": entry.type, "inputs": entry.inputs, "outputs": entry.outputs}
        print(json.dumps(shown, indent=2))
    elif options.command == "set":
        store.set_property(options.id, options.path, json.loads(options.value))
    else:
        store.delete(options.id)


if __name__ == "__main__":
    sys.exit(main())
