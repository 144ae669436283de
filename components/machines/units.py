"""systemd units of a machine, as text. Options are those of systemd.unit(5), .service(5), .exec(5), .timer(5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from components.machines.containers import IDENTITY_BRIDGE
from components.machines.model import FileShare
from components.machines.operations import BACKUP, BOOTSTRAP, COPY, RELEASE, RESTORE, RESUME
from components.machines.paths import (
    COMPOSE_FILE,
    DOCKER_CONFIG_DIRECTORY,
    FILES,
    FILES_UNIT,
    HEALTH_CONFIG,
    PROGRAMS,
    SECRETS_CONFIG,
    WORK_DIRECTORY,
)
from components.tenant.pods import GROUP_ID, USER_ID

Entry = tuple[str, str]
"""Option and value; an option may stand several times."""

SECRETS: Final = "odoo-secrets.service"
SECRETS_TIMER: Final = "odoo-secrets.timer"
FIREWALL: Final = "odoo-firewall.service"
CONTAINERS: Final = "odoo.service"
HEALTH: Final = "odoo-health.service"
DRAIN: Final = "odoo-drain.service"
BOOTSTRAP_UNIT: Final = "odoo-bootstrap.service"
RELEASE_UNIT: Final = "odoo-release.service"
BACKUP_UNIT: Final = "odoo-backup.service"
BACKUP_TIMER: Final = "odoo-backup.timer"

RELEASE_SECONDS: Final = 4 * 3600
"""As the Job on a cluster may take (`components.tenant.jobs`)."""
PULL_SECONDS: Final = 900

_SECRETS_MINUTES = 5
_COMPOSE = f"/usr/bin/docker compose --file {COMPOSE_FILE}"
# What they need first is started here, not required: a start that fails is then tried again with the unit itself.
_PREPARE: Sequence[Entry] = (
    ("ExecStartPre", f"/usr/bin/systemctl start {SECRETS} {FIREWALL} {FILES_UNIT}"),
    # A new share belongs to root. With this mode and group a cluster finds nothing to change in it
    # (fsGroupChangePolicy OnRootMismatch).
    ("ExecStartPre", f"+/usr/bin/install --directory --owner={USER_ID} --group={GROUP_ID} --mode=2770 {FILES}"),
)
_HARDENED: Sequence[Entry] = (
    ("NoNewPrivileges", "yes"),
    ("ProtectSystem", "strict"),
    ("ProtectHome", "yes"),
    ("PrivateTmp", "yes"),
    ("PrivateDevices", "yes"),
    ("ProtectClock", "yes"),
    ("ProtectHostname", "yes"),
    ("ProtectControlGroups", "yes"),
    ("ProtectKernelLogs", "yes"),
    ("ProtectKernelModules", "yes"),
    ("ProtectKernelTunables", "yes"),
    ("RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6"),
    ("RestrictNamespaces", "yes"),
    ("RestrictRealtime", "yes"),
    ("RestrictSUIDSGID", "yes"),
    ("LockPersonality", "yes"),
    ("MemoryDenyWriteExecute", "yes"),
    ("SystemCallArchitectures", "native"),
)
_CLIENT: Sequence[Entry] = (
    ("Environment", f"DOCKER_CONFIG={DOCKER_CONFIG_DIRECTORY}"),
    *_HARDENED,
)
_AFTER: Sequence[Entry] = (
    ("Requires", "docker.service"),
    # Also at the machine's end: first the containers, then what they stand on.
    ("After", f"docker.service network-online.target {FIREWALL} {FILES_UNIT}"),
    ("Wants", "network-online.target"),
)


def common_units(share: FileShare) -> dict[str, str]:
    """Units of every machine, by name.

    Args:
        share: the share of the file store.
    """
    return {
        SECRETS: _secrets(),
        SECRETS_TIMER: _timer(
            "Bring secrets again", [("OnActiveSec", "1min"), ("OnUnitInactiveSec", f"{_SECRETS_MINUTES}min")]
        ),
        FIREWALL: _firewall(),
        FILES_UNIT: _files(share),
        HEALTH: _health(),
    }


def containers_unit(stop_seconds: int) -> str:
    """The unit that starts and stops the machine's containers.

    Args:
        stop_seconds: how long all of them may take to end.
    """
    return _unit(
        Unit=[("Description", "Odoo's containers"), *_AFTER, ("StartLimitIntervalSec", "0")],
        Service=[
            ("Type", "oneshot"),
            ("RemainAfterExit", "yes"),
            *_PREPARE,
            ("ExecStart", f"{_COMPOSE} up --detach --quiet-pull --remove-orphans"),
            ("ExecStop", f"{_COMPOSE} stop"),
            ("Restart", "on-failure"),
            ("RestartSec", "30"),
            ("TimeoutStartSec", str(PULL_SECONDS)),
            ("TimeoutStopSec", str(stop_seconds)),
            *_CLIENT,
        ],
        Install=[("WantedBy", "multi-user.target")],
    )


def drain_unit() -> str:
    """The unit that stops the containers when Azure is about to take the machine."""
    return _unit(
        Unit=[
            ("Description", "Empties this machine before Azure takes it"),
            ("After", "network-online.target"),
            ("Wants", "network-online.target"),
            ("StartLimitIntervalSec", "0"),
        ],
        Service=[
            ("ExecStart", f"/usr/bin/python3 -I {PROGRAMS}/drain.py {CONTAINERS}"),
            # Also after an answer that did not come.
            ("Restart", "always"),
            ("RestartSec", "15"),
            *_HARDENED,
            ("CapabilityBoundingSet", ""),
            ("SystemCallFilter", "@system-service"),
        ],
        Install=[("WantedBy", "multi-user.target")],
    )


def operations_units(*, restores: bool, copies: bool, backup_time: str, timezone: str) -> dict[str, str]:
    """Units of the operations machine alone, by name.

    Args:
        restores: whether a backup takes the place of the database first.
        copies: whether another environment's does.
        backup_time: time of day of the daily backup, `HH:MM`.
        timezone: IANA name.
    """
    steps = [*([RESTORE] if restores else []), *(COPY if copies else []), *RELEASE]
    calendar = f"*-*-* {backup_time}:00 {timezone}"
    return {
        BOOTSTRAP_UNIT: _unit(
            Unit=[
                ("Description", "Roles, passwords and database, as they shall be"),
                *_AFTER,
                ("OnSuccess", RELEASE_UNIT),
                ("StartLimitIntervalSec", "0"),
            ],
            Service=[
                ("Type", "oneshot"),
                *_PREPARE,
                ("ExecStart", _run(BOOTSTRAP)),
                ("Restart", "on-failure"),
                ("RestartSec", "60"),
                ("TimeoutStartSec", "1800"),
                *_CLIENT,
            ],
            Install=[("WantedBy", "multi-user.target")],
        ),
        RELEASE_UNIT: _unit(
            Unit=[("Description", "The database is brought to the image"), *_AFTER],
            Service=[
                ("Type", "oneshot"),
                *_PREPARE,
                ("ExecStartPre", f"+/usr/bin/systemd-tmpfiles --create --remove --prefix={WORK_DIRECTORY}"),
                *(("ExecStart", _run(step)) for step in steps),
                # Whatever came of it; and it is not tried again: an update that failed does so once more.
                ("ExecStopPost", _run(RESUME)),
                ("TimeoutStartSec", str(RELEASE_SECONDS)),
                *_CLIENT,
            ],
        ),
        BACKUP_UNIT: _unit(
            Unit=[("Description", "Backup of the database"), *_AFTER, ("After", f"{BOOTSTRAP_UNIT} {RELEASE_UNIT}")],
            Service=[
                ("Type", "oneshot"),
                *_PREPARE,
                ("ExecStart", _run(BACKUP)),
                ("TimeoutStartSec", str(RELEASE_SECONDS)),
                *_CLIENT,
            ],
        ),
        BACKUP_TIMER: _timer("Daily backup of the database", [("OnCalendar", calendar)]),
    }


def _run(service: str) -> str:
    return f"{_COMPOSE} run --rm --no-deps --no-TTY --quiet-pull {service}"


def _secrets() -> str:
    return _unit(
        Unit=[
            ("Description", "Secrets of Key Vault as files in memory"),
            ("After", "network-online.target"),
            ("Wants", "network-online.target"),
        ],
        Service=[
            ("Type", "oneshot"),
            ("ExecStart", f"/usr/bin/python3 -I {PROGRAMS}/secrets.py --config {SECRETS_CONFIG}"),
            ("TimeoutStartSec", "300"),
            *_HARDENED,
            ("ReadWritePaths", "/run/odoo"),
            # To give files to the users of containers.
            ("CapabilityBoundingSet", "CAP_CHOWN CAP_FOWNER CAP_DAC_OVERRIDE"),
            ("SystemCallFilter", "@system-service"),
        ],
    )


def _firewall() -> str:
    """Keeps containers from Azure's own addresses, of which DNS is left, and tokens to those of one network.

    Sources: docs.docker.com/engine/network/firewall-iptables (DOCKER-USER);
    learn.microsoft.com azure/virtual-network/what-is-ip-address-168-63-129-16.
    """
    rules = (
        f"DOCKER-USER --destination 169.254.169.254 ! --in-interface {IDENTITY_BRIDGE} --jump REJECT",
        "DOCKER-USER --destination 168.63.129.16 --protocol tcp ! --destination-port 53 --jump REJECT",
    )
    return _unit(
        Unit=[
            ("Description", "What containers may not reach"),
            ("Requires", "docker.service"),
            ("After", "docker.service"),
        ],
        Service=[
            ("Type", "oneshot"),
            ("RemainAfterExit", "yes"),
            *(("ExecStart", f"/usr/sbin/iptables --wait --insert {rule}") for rule in rules),
            *(("ExecStop", f"/usr/sbin/iptables --wait --delete {rule}") for rule in rules),
        ],
    )


def _files(share: FileShare) -> str:
    """learn.microsoft.com azure/storage/files/encryption-in-transit-for-nfs-shares.

    `noresvport` and `lookupcache` as on a cluster (`components.tenant.storage`).
    """
    options = "vers=4,minorversion=1,sec=sys,noresvport,lookupcache=positive,nosuid,nodev,noexec,_netdev"
    return _unit(
        Unit=[
            ("Description", "File store"),
            ("After", "network-online.target"),
            ("Wants", "network-online.target"),
        ],
        Mount=[
            ("What", f"{share.account_name}.file.core.windows.net:/{share.account_name}/{share.share_name}"),
            ("Where", FILES),
            ("Type", "aznfs"),
            ("Options", options),
            ("TimeoutSec", "120"),
        ],
    )


def _health() -> str:
    return _unit(
        Unit=[("Description", "Health of this machine"), ("After", "network.target"), ("StartLimitIntervalSec", "0")],
        Service=[
            ("ExecStart", f"/usr/bin/python3 -I {PROGRAMS}/health.py --config {HEALTH_CONFIG}"),
            ("DynamicUser", "yes"),
            ("Restart", "always"),
            ("RestartSec", "5"),
            *_HARDENED,
            ("CapabilityBoundingSet", ""),
            ("SystemCallFilter", "@system-service"),
        ],
        Install=[("WantedBy", "multi-user.target")],
    )


def _timer(description: str, times: Iterable[Entry]) -> str:
    return _unit(Unit=[("Description", description)], Timer=list(times), Install=[("WantedBy", "timers.target")])


def _unit(**sections: Sequence[Entry]) -> str:
    return "\n".join(_section(name, entries) for name, entries in sections.items())


def _section(name: str, entries: Sequence[Entry]) -> str:
    return "".join([f"[{name}]\n", *(f"{option}={value}\n" for option, value in entries)])
