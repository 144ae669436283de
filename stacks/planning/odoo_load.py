"""Odoo's processes: how many the business needs on a normal day and at the close of a month."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from stacks.sections import Workload

# odoo.com documentation: administration/on_premise/deploy, "1 worker ~= 6 concurrent users"
USERS_PER_WORKER = 6

# Our own estimates of a finance department, where Odoo's documentation is silent.
INTEGRATIONS_PER_WORKER = 4
INVOICE_JOB_SECONDS = 10
CLOSE_SHARE_OF_INVOICES = 0.4
CLOSE_HOURS = 40
USERS_PER_REPORTING_PROCESS = 100
ENTITIES_PER_CRON_PROCESS = 10
USERS_PER_WEBSOCKET_PROCESS = 500
SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, kw_only=True)
class OdooLoad:
    """Processes by kind; users are those working at the same moment.

    Args:
        peak_users: users at the close.
        normal_web_workers: HTTP workers on a normal day.
        peak_web_workers: HTTP workers at the close.
        normal_queue_processes: job workers (postings, integrations) on a normal day; 0 without queue jobs.
        queue_processes: job workers at the close.
        normal_reporting_processes: job workers for reports on a normal day.
        reporting_processes: job workers for reports at the close.
        cron_processes: processes of scheduled actions.
        websocket_processes: processes of live notifications.
    """

    peak_users: int
    normal_web_workers: int
    peak_web_workers: int
    normal_queue_processes: int
    queue_processes: int
    normal_reporting_processes: int
    reporting_processes: int
    cron_processes: int
    websocket_processes: int

    @property
    def background_processes(self) -> int:
        """All processes but the HTTP workers, at the close."""
        return self.queue_processes + self.reporting_processes + self.cron_processes + self.websocket_processes


def odoo_load(workload: Workload, *, queue_jobs: bool) -> OdooLoad:
    """Processes that a workload needs. More of anything never makes fewer processes.

    Args:
        workload: what the business does.
        queue_jobs: whether jobs run in a queue; scheduled actions post in the background otherwise.
    """
    peak_users = ceil(workload.concurrent_users * workload.peak_factor)
    calling = ceil(workload.integrations / INTEGRATIONS_PER_WORKER)
    postings_per_hour = workload.invoices_per_month * CLOSE_SHARE_OF_INVOICES / CLOSE_HOURS
    posting = max(1, ceil(postings_per_hour * INVOICE_JOB_SECONDS / SECONDS_PER_HOUR))
    queue = posting + calling if queue_jobs else 0
    return OdooLoad(
        peak_users=peak_users,
        normal_web_workers=ceil(workload.concurrent_users / USERS_PER_WORKER) + calling,
        peak_web_workers=ceil(peak_users / USERS_PER_WORKER) + calling,
        normal_queue_processes=ceil(queue / workload.peak_factor),
        queue_processes=queue,
        normal_reporting_processes=ceil(workload.concurrent_users / USERS_PER_REPORTING_PROCESS),
        reporting_processes=ceil(peak_users / USERS_PER_REPORTING_PROCESS),
        cron_processes=1 + ceil(workload.legal_entities / ENTITIES_PER_CRON_PROCESS) + (0 if queue_jobs else posting),
        websocket_processes=ceil(peak_users / USERS_PER_WEBSOCKET_PROCESS),
    )
