"""Where logs and metrics go, how they get there privately, and who is told."""

from components.monitoring.base import AlertReceivers, MonitoringBase, MonitoringBaseArgs, MonitoringNames
from components.monitoring.private_link import MonitoringPrivateLink, MonitoringPrivateLinkArgs

__all__ = [
    "AlertReceivers",
    "MonitoringBase",
    "MonitoringBaseArgs",
    "MonitoringNames",
    "MonitoringPrivateLink",
    "MonitoringPrivateLinkArgs",
]
