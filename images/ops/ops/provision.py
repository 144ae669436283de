"""`ops provision`: what a server that tenants share is before anything but its administrator logs in to it."""

from __future__ import annotations

from typing import Final

from ops.roles import Role, ensure_password, ensure_role
from ops.server import as_administrator
from ops.settings import AdministratorLogin
from ops.tenant_database import close_databases, ensure_connect

DATABASE: Final = "postgres"
"""What every server has; the exporter logs in to it, and to no other."""
METRICS: Final = "metrics"
"""The exporter's login."""
# Two of a pod: one that it keeps, one of a scrape (github.com/prometheus-community/postgres_exporter,
# cmd/postgres_exporter/server.go and collector/instance.go). Two of a pod whose node is gone, until the server sees
# that. One to try the password with.
METRICS_CONNECTIONS: Final = 5

METRICS_ROLE: Final = Role(
    name=METRICS,
    connection_limit=METRICS_CONNECTIONS,
    # Figures of all sessions and databases, and no table (postgresql.org docs/current/predefined-roles.html). Azure's
    # administrator may grant it (learn.microsoft.com azure/postgresql/security/security-access-control).
    member_of="pg_monitor",
    # A scrape that takes longer than Prometheus waits for it is of no use (its default: prometheus.io
    # docs/prometheus/latest/configuration/configuration, scrape_timeout).
    settings={"default_transaction_read_only": "on", "statement_timeout": "10s"},
)


def provision(settings: AdministratorLogin) -> list[str]:
    """Closes the databases to all roles but their own, makes the exporter's role, and returns what it changed.

    Raises:
        OpsError: the role has more rights than figures need, or cannot log in with its new password.
    """
    changes: list[str] = []
    with as_administrator(settings, DATABASE, changes) as server:
        close_databases(server)
        ensure_role(server, METRICS_ROLE)
        ensure_connect(server, METRICS, DATABASE)
        ensure_password(server, settings, METRICS, DATABASE)
    return changes
