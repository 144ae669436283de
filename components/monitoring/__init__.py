"""Where logs and metrics go, how they get there privately, and who is told."""

from components.monitoring.base import MonitoringBase, MonitoringBaseArgs, MonitoringNames
from components.monitoring.database_metrics import DatabaseMetrics, DatabaseMetricsArgs
from components.monitoring.health_alert import HealthAlert, HealthAlertArgs
from components.monitoring.metered_servers import DatabaseExporter, MeteredServer, MetricsSecrets
from components.monitoring.noisy_neighbours import NoiseLimits
from components.monitoring.people import AlertReceivers
from components.monitoring.private_link import MonitoringPrivateLink, MonitoringPrivateLinkArgs
from components.monitoring.tenant_rules import TenantShareRules, TenantShareRulesArgs

__all__ = [
    "AlertReceivers",
    "DatabaseExporter",
    "DatabaseMetrics",
    "DatabaseMetricsArgs",
    "HealthAlert",
    "HealthAlertArgs",
    "MeteredServer",
    "MetricsSecrets",
    "MonitoringBase",
    "MonitoringBaseArgs",
    "MonitoringNames",
    "MonitoringPrivateLink",
    "MonitoringPrivateLinkArgs",
    "NoiseLimits",
    "TenantShareRules",
    "TenantShareRulesArgs",
]
