"""Odoo's processes: how many the business needs on a normal day and at the close of a month."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from stacks.sections import Workload

# odoo.com documentation: administration/on_premise/deploy, "1 worker ~= 6 concurrent users"
USERS_PER_WORKER = 6

# Our own estimates of a finance department, where Odoo's documentation is silent.
USERS_PER_HEAVILY_CUSTOMISED_WORKER = 5  # modules that add a fifth to what a request takes
INTEGRATIONS_PER_WORKER = 4
INVOICE_JOB_SECONDS = 10
JOURNAL_LINE_SECONDS = 0.05  # twenty lines a second, as imports and allocations write them
CLOSE_SHARE_OF_INVOICES = 0.4
CLOSE_HOURS = 40
USERS_PER_REPORTING_PROCESS = 100
REPORT_SECONDS = 60  # a ledger of a quarter, or a hundred documents
BUSY_HOUR_SHARE_OF_REPORTS = 0.2  # a fifth of a day's reports are asked for in its busiest hour
ENTITIES_PER_CRON_PROCESS = 10
SCHEDULED_JOBS_PER_CRON_PROCESS = 20  # every quarter of an hour, half a minute each
USERS_PER_WEBSOCKET_PROCESS = 500
SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, kw_only=True)
class OdooLoad:
    """Processes by kind; users are those working at the same moment.

    Args:
        peak_users: users on the busiest day: the close of the financial year.
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
    peak_factor = workload.peak_factor * workload.year_end_factor
    peak_users = ceil(workload.concurrent_users * peak_factor)
    users_per_worker = _users_per_worker(workload)
    calling = ceil(workload.integrations / INTEGRATIONS_PER_WORKER)
    posting = _posting(workload)
    queue = posting + calling if queue_jobs else 0
    scheduled = ceil(workload.legal_entities / ENTITIES_PER_CRON_PROCESS) + ceil(
        workload.scheduled_jobs / SCHEDULED_JOBS_PER_CRON_PROCESS
    )
    return OdooLoad(
        peak_users=peak_users,
        normal_web_workers=ceil(workload.concurrent_users / users_per_worker) + calling,
        peak_web_workers=ceil(peak_users / users_per_worker) + calling,
        normal_queue_processes=ceil(queue / workload.peak_factor),
        queue_processes=queue,
        normal_reporting_processes=_reporting(workload.concurrent_users, workload.reports_per_day),
        reporting_processes=_reporting(peak_users, workload.reports_per_day * peak_factor),
        cron_processes=1 + scheduled + (0 if queue_jobs else posting),
        websocket_processes=ceil(peak_users / USERS_PER_WEBSOCKET_PROCESS),
    )


def _users_per_worker(workload: Workload) -> int:
    return USERS_PER_HEAVILY_CUSTOMISED_WORKER if workload.customisation == "heavy" else USERS_PER_WORKER


def _posting(workload: Workload) -> int:
    """Processes that post what comes at the close."""
    invoices = workload.invoices_per_month * CLOSE_SHARE_OF_INVOICES / CLOSE_HOURS * INVOICE_JOB_SECONDS
    lines = workload.journal_lines_per_month * CLOSE_SHARE_OF_INVOICES / CLOSE_HOURS * JOURNAL_LINE_SECONDS
    return max(1, ceil((invoices + lines) / SECONDS_PER_HOUR))


def _reporting(users: int, reports_per_day: float) -> int:
    """Processes that make reports: for what so many people ask for, or for so many reports."""
    busy_hour = reports_per_day * BUSY_HOUR_SHARE_OF_REPORTS
    return max(ceil(users / USERS_PER_REPORTING_PROCESS), ceil(busy_hour * REPORT_SECONDS / SECONDS_PER_HOUR))
