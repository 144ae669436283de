"""`python -m ops COMMAND`: the steps of the Jobs, one a container. Settings come from the environment."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import FrameType

import psycopg

from ops.backup import backup
from ops.bootstrap import bootstrap
from ops.cluster import own_cluster
from ops.copies import copied_at, is_there, lay_beside, promote
from ops.errors import OpsError
from ops.farewell import farewell
from ops.health import verify
from ops.machines import MachineRuntime
from ops.provision import provision
from ops.restore import already_restored, is_initialised, restore
from ops.runtime import KubernetesRuntime, Runtime
from ops.server import Server, as_administrator, as_tenant
from ops.settings import (
    AdministratorLogin,
    AdministratorSettings,
    TenantSettings,
    administrator_login,
    administrator_settings,
    tenant_settings,
)
from ops.store import open_store
from ops.upgrade import Plan, back_up, conclude, finish, is_wanted, plan, watch

FAILED = 1
RUNTIME, KUBERNETES, MACHINES = "OPS_RUNTIME", "kubernetes", "machines"
"""Environment variable that says what runs the pools, and its values."""
TERMINATION_LOG = Path("/dev/termination-log")
"""Where the kubelet reads why a container failed (kubernetes.io/docs/tasks/debug/debug-application/
determine-reason-pod-failure)."""


def _say(text: str) -> None:
    print(text, flush=True)


def _kubernetes(tenant: str) -> KubernetesRuntime:
    return KubernetesRuntime(cluster=own_cluster(tenant, os.environ))


def _runtime(settings: TenantSettings | AdministratorSettings) -> Runtime:
    """What runs the tenant's pools, as the environment names it."""
    name = os.environ.get(RUNTIME, KUBERNETES)
    if name == KUBERNETES:
        return _kubernetes(settings.tenant)
    if name != MACHINES:
        raise OpsError(f"{RUNTIME} is {name!r}; it may be {KUBERNETES!r} or {MACHINES!r}")

    def connect() -> AbstractContextManager[Server]:
        if isinstance(settings, AdministratorSettings):
            return as_administrator(settings, settings.database)
        return as_tenant(settings)

    return MachineRuntime(connect, settings.owner, f"operations for {settings.digest}")


def _say_changes(changes: Sequence[str]) -> None:
    for change in changes or ["nothing to change"]:
        _say(change)


def _provision(settings: AdministratorLogin, _: str) -> None:
    _say_changes(provision(settings))


def _bootstrap(settings: AdministratorSettings, _: str) -> None:
    _say_changes(bootstrap(settings))


def _restore(settings: AdministratorSettings, name: str) -> None:
    if when := already_restored(settings, name):
        _say(f"nothing to do: the database comes from {name}, restored at {when}")
        return
    _put_in_place(settings, name)


def _adopt(settings: AdministratorSettings, name: str) -> None:
    if is_initialised(settings):
        _say("nothing to do: the database has Odoo in it")
        return
    _put_in_place(settings, name)


def _put_in_place(settings: AdministratorSettings, name: str) -> None:
    store = open_store(settings)
    _swap(settings, f"restored {name}", lambda: restore(settings, store, name))


def _copy(settings: AdministratorSettings, name: str) -> None:
    if when := copied_at(settings, name):
        _say(f"nothing to do: the database is a copy of {name}, made at {when}")
        return
    _say(f"copied {name} into {lay_beside(settings, open_store(settings), name)}")


def _promote(settings: AdministratorSettings, name: str) -> None:
    if when := copied_at(settings, name):
        _say(f"nothing to do: the database is a copy of {name}, made at {when}")
        return
    _swap(settings, f"the copy of {name} is in place", lambda: promote(settings, name))


def _swap(settings: AdministratorSettings, what: str, swap: Callable[[], str]) -> None:
    runtime = _runtime(settings)
    runtime.quiesce(settings.paused_pools)
    try:
        _say(f"{what}; the database before it is {swap()}")
    except BaseException:
        runtime.resume(settings.paused_pools)
        raise
    runtime.resume(runtime.having_image(settings.paused_pools, settings.digest))


def _prepare(settings: TenantSettings, _: str) -> None:
    if _plan(settings).initialised and is_wanted(settings):
        _say(f"backup: {back_up(settings, open_store(settings))}")


def _prepare_copy(settings: TenantSettings, _: str) -> None:
    """What is prepared is a backup itself."""
    if is_there(settings):
        _plan(settings)
    else:
        _say(f"nothing to do: no copy waits to be neutralised as {settings.database}")


def _plan(settings: TenantSettings) -> Plan:
    found = plan(settings)
    if is_wanted(settings):
        _say(f"from {found.applied or 'an unknown image'} to {settings.digest}: {found}")
    else:
        _say(f"nothing to do: the database fits {settings.digest}")
    return found


def _conclude_copy(settings: TenantSettings, _: str) -> None:
    if is_wanted(settings):
        conclude(settings)
        _say(f"the copy fits {settings.digest}, and is neutralised")


def _quiesce(settings: TenantSettings, _: str) -> None:
    if is_wanted(settings):
        _say(f"stand still: {', '.join(_runtime(settings).quiesce(settings.paused_pools))}")


def _watch(settings: TenantSettings, _: str) -> None:
    if is_wanted(settings):
        watch(settings, _kubernetes(settings.tenant), os.environ["OPS_POD"])
        _say(f"the database fits {settings.digest}")


def _conclude(settings: TenantSettings, _: str) -> None:
    if is_wanted(settings):
        finish(settings, _runtime(settings))
        _say(f"the database fits {settings.digest}")


def _backup(settings: TenantSettings, _: str) -> None:
    _say(f"backup: {backup(settings, open_store(settings))}")


def _farewell(settings: TenantSettings, _: str) -> None:
    name = farewell(settings, _runtime(settings), open_store(settings))
    _say(f"nothing runs any more; the last backup: {name}")


def _resume(settings: TenantSettings, _: str) -> None:
    _say(f"run again: {', '.join(_runtime(settings).resume(settings.paused_pools))}")


def _verify(settings: TenantSettings, _: str) -> None:
    with as_tenant(settings) as server:
        verify(server.connection)
    _say("the database is healthy")


SERVER_COMMANDS: Mapping[str, tuple[Callable[[AdministratorLogin, str], None], str]] = {
    "provision": (_provision, "a server that tenants share: closed, with a role that reads its figures"),
}
"""What needs the database administrator's password, and no tenant."""
ADMINISTRATOR_COMMANDS: Mapping[str, tuple[Callable[[AdministratorSettings, str], None], str]] = {
    "bootstrap": (_bootstrap, "roles, passwords, database and extensions, as they shall be"),
    "restore": (_restore, "a backup, by NAME, takes the place of the database"),
    "adopt": (_adopt, "the same, if Odoo is not in the database yet"),
    "copy": (_copy, "a backup of another environment, by NAME, comes beside the database"),
    "promote": (_promote, "the copy of it, once neutralised, takes the place of the database"),
}
"""What needs the database administrator's password, for a tenant."""
TENANT_COMMANDS: Mapping[str, tuple[Callable[[TenantSettings, str], None], str]] = {
    "prepare": (_prepare, "what the database needs to fit the image; a backup before it"),
    "prepare-copy": (_prepare_copy, "the same for a copy, which the settings name as the database"),
    "quiesce": (_quiesce, "pools stand still, if there is something to do"),
    "watch": (_watch, "wait for Odoo to do it, and conclude it"),
    "conclude": (_conclude, "conclude what Odoo has done; on machines, where containers follow one another"),
    "conclude-copy": (_conclude_copy, "whether Odoo has neutralised the copy"),
    "backup": (_backup, "a backup now"),
    "farewell": (_farewell, "all pools stand still for good, then a last backup"),
    "resume": (_resume, "pools run again"),
    "verify": (_verify, "whether the database is healthy"),
}
"""What the tenant does itself, by the login of its Odoo."""
DESCRIPTIONS: Mapping[str, str] = {
    name: text
    for commands in (SERVER_COMMANDS, ADMINISTRATOR_COMMANDS, TENANT_COMMANDS)
    for name, (_, text) in commands.items()
}


def _leave_message(log: Path, text: str) -> None:
    """Shows a failure in the pod's status; outside a pod there is no such file."""
    if log.is_file():
        log.write_text(text, encoding="utf-8")


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise OpsError("stopped before the end")


def _run(command: str, name: str) -> None:
    if command in SERVER_COMMANDS:
        SERVER_COMMANDS[command][0](administrator_login(os.environ), name)
    elif command in ADMINISTRATOR_COMMANDS:
        ADMINISTRATOR_COMMANDS[command][0](administrator_settings(os.environ), name)
    else:
        TENANT_COMMANDS[command][0](tenant_settings(os.environ), name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns its exit code: 1 after a failure that it has explained."""
    described = "\n".join(f"  {name:13} {text}" for name, text in DESCRIPTIONS.items())
    parser = argparse.ArgumentParser(prog="ops", epilog=described, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=DESCRIPTIONS)
    parser.add_argument("name", nargs="?", default="", help="of the backup to restore")
    chosen = parser.parse_args(arguments)
    try:
        _run(chosen.command, chosen.name)
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
