"""Odoo's pools as containers of a machine: the same processes, limits and probes as on a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from components.machines.containers import IDENTITY, INSIDE, Container, Limits, commanded, service
from components.machines.model import Images
from components.machines.paths import FILES, ODOO_SECRETS, PROGRAMS, pool_config, scratch
from components.odoo.configuration import HTTP_PORT
from components.odoo.pool import Pool
from components.odoo.process import CONFIG_PATH, SERVICE_PATH, PodProcess, Probe, process
from components.odoo.settings import OdooSettings
from components.tenant.pods import BACKGROUND, GROUP_ID, USER_ID, WAITED_FOR

ODOO_USER: Final = f"{USER_ID}:{GROUP_ID}"
HOME: Final = "/home/odoo"
DATA: Final = "/var/lib/odoo"
GATE: Final = "/etc/odoo/gate.py"
"""Where containers find the gate, which lets Odoo start when it may."""
STOP_MARGIN_SECONDS: Final = 15
"""What the gate gets beyond the time that it gives Odoo."""

# A worker, its threads and what renders its reports; and the master with its own.
_PROCESSES_PER_WORKER, _PROCESSES = 32, 64
_SHARES_PER_CPU = 1024
_HOME_OPTIONS = f"mode=0700,uid={USER_ID},gid={GROUP_ID},size=256m"


def pool_services(settings: OdooSettings, images: Images) -> dict[str, dict[str, Any]]:
    """The services of all pools, named after them.

    Args:
        settings: Odoo's, as they are on this machine.
        images: the images.
    """
    return {pool.value: _pool_service(pool, settings, images) for pool in settings.pools}


def limits(pool: Pool, settings: OdooSettings) -> Limits:
    """What a pool's container may take.

    Pools that people wait for may take all that is planned for Odoo, as long as others leave it idle; background pools
    what is planned for them, but a whole processor.

    Args:
        pool: the pool.
        settings: Odoo's.
    """
    size = settings.pools[pool]
    own = size.cpu_millicores / 1000
    everything = sum(each.cpu_millicores for each in settings.pools.values()) / 1000
    return Limits(
        memory_mib=size.memory_mib,
        cpus=max(1.0, everything if pool in WAITED_FOR else own),
        cpu_shares=int(own * _SHARES_PER_CPU),
        processes=_PROCESSES + _PROCESSES_PER_WORKER * size.workers,
    )


def odoo_container(name: str, pool: Pool, settings: OdooSettings, images: Images) -> Container:
    """A pool's container.

    Args:
        name: its name.
        pool: the pool.
        settings: Odoo's.
        images: the images.
    """
    return Container(
        name=name,
        image=images.odoo,
        user=ODOO_USER,
        limits=limits(pool, settings),
        networks=(IDENTITY, INSIDE),
        mounts={
            pool_config(pool.value): CONFIG_PATH,
            # The whole folder, so that a changed secret reaches the container.
            ODOO_SECRETS: SERVICE_PATH.rpartition("/")[0],
            f"{PROGRAMS}/gate.py": GATE,
        },
        # Uploads, imports and the pages of reports pass through /tmp.
        writable={scratch(name): "/tmp", FILES: DATA},  # noqa: S108 the container's own
        tmpfs={HOME: _HOME_OPTIONS},
        environment={"HOME": HOME, **process(pool, settings).environment},
    )


def _pool_service(pool: Pool, settings: OdooSettings, images: Images) -> dict[str, Any]:
    started = process(pool, settings)
    grace = started.termination_grace_seconds - started.prestop_seconds
    flags = [
        *(["--lead"] if pool is Pool.CRON else []),
        *(["--pausable"] if pool in BACKGROUND else []),
    ]
    return service(
        odoo_container(pool.value, pool, settings, images),
        entrypoint=commanded("python3", GATE),
        command=commanded(
            *("--pool", pool.value, "--digest", images.odoo_digest),
            *("--port", str(settings.direct_port), "--grace", str(grace)),
            *(*flags, "--", "odoo", *started.arguments),
        ),
        # After a start of Docker alone there are no secrets yet: then it is systemd that starts containers.
        restart="on-failure",
        stop_grace_period=f"{grace + STOP_MARGIN_SECONDS}s",
        **_health(started),
        # For the machine's own look at its health; nobody else reaches it.
        **({"ports": [f"127.0.0.1:{HTTP_PORT}:{HTTP_PORT}"]} if pool is Pool.WEB else {}),
    )


def _health(started: PodProcess) -> Mapping[str, Any]:
    """The readiness probe as Docker's health check. A pool without a port has none: its process may rightly be away."""
    probe = started.readiness
    if probe.command:
        return {}
    [port] = started.ports.values()
    return {
        "healthcheck": {
            "test": commanded("CMD", "python3", "-c", _look(probe, port)),
            "interval": f"{probe.period_seconds}s",
            "timeout": f"{probe.timeout_seconds}s",
            "retries": probe.failure_threshold,
            "start_period": f"{started.startup.patience_seconds}s",
        }
    }


def _look(probe: Probe, port: int) -> str:
    if probe.path:
        url = f"http://127.0.0.1:{port}{probe.path}"
        return f"import urllib.request; urllib.request.urlopen('{url}', timeout={probe.timeout_seconds})"
    return f"import socket; socket.create_connection(('127.0.0.1', {port}), {probe.timeout_seconds}).close()"
