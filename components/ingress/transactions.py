"""The business transactions of Odoo that can be told apart by their path, so that each gets a router of its own.

Traefik measures latency and errors by router. Odoo's web client names model and method in the path of a call; the
server reads them from the body, so the path is good for service levels, not for an audit. A call that fails answers 200
all the same, so only attempts and latency can be counted here. A name that a module changes costs its measurement,
nothing else: the call then counts as `web`. Bank reconciliation of Odoo Enterprise has no paths that are public.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from components.odoo.pool import Pool

VERSIONS: Final = ("17.0", "18.0", "19.0")


class Match(StrEnum):
    """How a path is compared."""

    EXACT = "exact"
    PREFIX = "prefix"
    """By whole segments: `/json/2` is not `/json/22`."""


class Limit(StrEnum):
    """What keeps a kind of request from taking all workers."""

    NONE = "none"
    LOGIN = "login"
    """Few a minute from one address: passwords are not to be guessed."""
    RPC = "rpc"
    """So many a minute from one address: integrations share the workers with people."""
    REPORTS = "reports"
    """So many at once for a tenant: each holds a worker, and its memory, for long."""


@dataclass(frozen=True, kw_only=True)
class Transaction:
    """A business transaction and the paths that it shows by.

    Args:
        name: kebab-case; the Ingress is `tx-<name>`.
        paths: its paths.
        match: how they are compared.
        limit: what holds it back.
        pool: the pool that serves it; `web` where a tenant has no such pool.
        versions: series of Odoo that have it.
    """

    name: str
    paths: tuple[str, ...]
    match: Match = Match.EXACT
    limit: Limit = Limit.NONE
    pool: Pool = Pool.WEB
    versions: tuple[str, ...] = VERSIONS

    @property
    def pattern(self) -> str:
        """One regular expression of all its paths, so that it is one router with one count.

        Odoo takes a slash at the end for nothing. What is limited is so wherever it stands in the path: Odoo's websites
        take a language off its beginning. Kubernetes wants a slash first; an optional one before the beginning is none.
        """
        begin = "/?^" if self.limit is Limit.NONE else ""
        end = "/?$" if self.match is Match.EXACT else "(?:/|$)"
        return f"{begin}/(?:{'|'.join(re.escape(path.removeprefix('/')) for path in self.paths)}){end}"


def _buttons(*methods: str) -> tuple[str, ...]:
    """Buttons of forms and lists: odoo/addons/web/controllers/dataset.py, `call_button`."""
    return tuple(f"/web/dataset/call_button/{method}" for method in methods)


def _calls(*methods: str) -> tuple[str, ...]:
    """Any other method: odoo/addons/web/controllers/dataset.py, `call_kw`."""
    return tuple(f"/web/dataset/call_kw/{method}" for method in methods)


_POST = ("account.move/action_post", "validate.account.move/validate_move")
_PAY = ("account.payment.register/action_create_payments", "account.payment/action_post")

TRANSACTIONS: Final = (
    Transaction(
        name="login",
        paths=("/web/login", "/web/login/totp", "/web/session/authenticate", "/web/reset_password"),
        limit=Limit.LOGIN,
    ),
    Transaction(name="posting", paths=_buttons(*_POST)),
    Transaction(
        name="reversal",
        paths=_buttons(
            "account.move/button_draft",
            "account.move/button_cancel",
            "account.move.reversal/reverse_moves",
            "account.move.reversal/refund_moves",
        ),
    ),
    Transaction(name="payment", paths=_buttons(*_PAY), versions=("17.0",)),
    Transaction(
        name="payment",
        paths=_buttons(*_PAY, "account.payment/action_validate"),
        versions=("18.0", "19.0"),
    ),
    Transaction(
        name="reconciliation",
        paths=(
            *_calls("account.move/js_assign_outstanding_line", "account.move/js_remove_outstanding_partial"),
            # OCA account_reconcile_oca
            *_buttons(
                "account.bank.statement.line/reconcile_bank_line",
                "account.bank.statement.line/unreconcile_bank_line",
                "account.account.reconcile/reconcile",
            ),
        ),
    ),
    Transaction(name="sending", paths=_buttons("account.move.send/action_send_and_print"), versions=("17.0",)),
    Transaction(
        name="sending",
        paths=_buttons("account.move.send.wizard/action_send_and_print"),
        versions=("18.0", "19.0"),
    ),
    Transaction(
        name="payment-order",
        paths=_buttons(
            # OCA account_payment_order
            "account.payment.order/draft2open",
            "account.payment.order/open2generated",
            "account.payment.order/generated2uploaded",
            # Odoo Enterprise
            "account.batch.payment/validate_batch_button",
        ),
    ),
    # OCA account_statement_import_file
    Transaction(name="statement-import", paths=_buttons("account.statement.import/import_file_button")),
    # odoo/addons/web/controllers/report.py. Bar codes stay out: a report that is rendered asks for them.
    Transaction(
        name="reports",
        paths=("/report/pdf", "/report/html", "/report/text", "/report/download"),
        match=Match.PREFIX,
        limit=Limit.REPORTS,
        pool=Pool.REPORTING,
    ),
    Transaction(
        name="exports",
        paths=("/web/export/xlsx", "/web/export/csv"),
        limit=Limit.REPORTS,
        pool=Pool.REPORTING,
    ),
    Transaction(name="xmlrpc", paths=("/xmlrpc",), match=Match.PREFIX, limit=Limit.RPC),
    Transaction(name="jsonrpc", paths=("/jsonrpc",), limit=Limit.RPC),
    # odoo/addons/web/controllers/json.py
    Transaction(name="json-read", paths=("/json/1",), match=Match.PREFIX, limit=Limit.RPC, versions=("18.0", "19.0")),
    # odoo/addons/rpc/controllers/json2.py: the one path that is authoritative
    Transaction(name="json2", paths=("/json/2",), match=Match.PREFIX, limit=Limit.RPC, versions=("19.0",)),
)


def transactions(version: str) -> tuple[Transaction, ...]:
    """The transactions of a series of Odoo, e.g. `18.0`.

    Raises:
        ValueError: the series is not known.
    """
    if version not in VERSIONS:
        raise ValueError(f"Odoo {version} is not known; known are {', '.join(VERSIONS)}")
    return tuple(each for each in TRANSACTIONS if version in each.versions)
