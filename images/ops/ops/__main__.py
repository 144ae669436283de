"""`python -m ops COMMAND`: the steps of the Jobs, one a container. Settings come from the environment."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType

import psycopg

from ops.backup import backup
from ops.bootstrap import bootstrap, settle
from ops.cluster import Cluster, own_cluster
from ops.errors import OpsError
from ops.health import verify
from ops.pools import having_image, quiesce, resume
from ops.restore import already_restored, restore
from ops.server import administrator
from ops.settings import Settings, read_settings
from ops.store import open_store
from ops.upgrade import back_up, is_wanted, plan, watch

FAILED = 1
TERMINATION_LOG = Path("/dev/termination-log")
"""Where the kubelet reads why a container failed (kubernetes.io/docs/tasks/debug/debug-application/
determine-reason-pod-failure)."""


def _say(text: str) -> None:
    print(text, flush=True)


def _say_changes(changes: Sequence[str]) -> None:
    for change in changes or ("nothing to change",):
        _say(change)


def _cluster(settings: Settings) -> Cluster:
    return own_cluster(settings.tenant, os.environ)


def _bootstrap(settings: Settings, _: str) -> None:
    _say_changes(bootstrap(settings))


def _settle(settings: Settings, _: str) -> None:
    _say_changes(settle(settings))


def _backup(settings: Settings, _: str) -> None:
    _say(f"backup: {backup(settings, open_store(settings))}")


def _prepare(settings: Settings, _: str) -> None:
    applied = plan(settings)
    if is_wanted(settings):
        _say(f"upgrade from {applied or 'an unknown image'} to {settings.digest}")
        _say(f"backup: {back_up(settings, open_store(settings))}")
    else:
        _say(f"nothing to do: the database fits {settings.digest}")


def _quiesce(settings: Settings, _: str) -> None:
    if is_wanted(settings):
        _say(f"stand still: {', '.join(quiesce(_cluster(settings), settings.background_pools))}")


def _watch(settings: Settings, _: str) -> None:
    if is_wanted(settings):
        watch(settings, _cluster(settings), os.environ["OPS_POD"])
        _say(f"the database fits {settings.digest}")


def _resume(settings: Settings, _: str) -> None:
    _say(f"run again: {', '.join(resume(_cluster(settings), settings.background_pools))}")


def _verify(settings: Settings, _: str) -> None:
    with administrator(settings, settings.database) as server:
        verify(server.connection)
    _say("the database is healthy")


def _restore(settings: Settings, name: str) -> None:
    if when := already_restored(settings, name):
        _say(f"nothing to do: the database comes from {name}, restored at {when}")
        return
    cluster, store = _cluster(settings), open_store(settings)
    quiesce(cluster, settings.background_pools)
    try:
        _say(f"restored {name}; the database before it is {restore(settings, store, name)}")
    except BaseException:
        resume(cluster, settings.background_pools)
        raise
    resume(cluster, having_image(cluster, settings.background_pools, settings.digest))


COMMANDS: Mapping[str, tuple[Callable[[Settings, str], None], str]] = {
    "bootstrap": (_bootstrap, "roles, passwords, database and extensions, as they shall be"),
    "settle": (_settle, "what is left to do when Odoo has been initialised"),
    "prepare": (_prepare, "whether an upgrade is needed; if so, a backup before it"),
    "quiesce": (_quiesce, "background pools stand still, if an upgrade is needed"),
    "watch": (_watch, "wait for the upgrade, and conclude it"),
    "backup": (_backup, "a backup now"),
    "restore": (_restore, "a backup, by NAME, takes the place of the database"),
    "resume": (_resume, "background pools run again"),
    "verify": (_verify, "whether the database is healthy"),
}


def _leave_message(log: Path, text: str) -> None:
    """Shows a failure in the pod's status; outside a pod there is no such file."""
    if log.is_file():
        log.write_text(text, encoding="utf-8")


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise OpsError("stopped before the end")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit code: 1 after a failure that it has explained."""
    described = "\n".join(f"  {name:10} {text}" for name, (_, text) in COMMANDS.items())
    parser = argparse.ArgumentParser(prog="ops", epilog=described, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("name", nargs="?", default="", help="of the backup to restore")
    chosen = parser.parse_args(arguments)
    try:
        COMMANDS[chosen.command][0](read_settings(os.environ), chosen.name)
    except (OpsError, psycopg.Error) as error:
        text = f"ops {chosen.command}: {error}"
        print(text, file=sys.stderr, flush=True)
        _leave_message(TERMINATION_LOG, text)
        return FAILED
    return 0


if __name__ == "__main__":
    # Pods are told to end by this signal; what was begun must be undone.
    signal.signal(signal.SIGTERM, _stop)
    sys.exit(main())
