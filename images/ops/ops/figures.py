"""Figures that tell whether two databases hold the same books."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg import sql

SUMMED: Mapping[str, tuple[str, ...]] = {
    "account_move": ("amount_total_signed",),
    "account_move_line": ("debit", "credit"),
    "account_payment": (),
    "ir_attachment": (),
    "ir_module_module": (),
    "res_company": (),
    "res_partner": (),
    "res_users": (),
}
"""Tables whose rows are counted, with the columns that are summed up."""


def figures(connection: psycopg.Connection[tuple[Any, ...]]) -> dict[str, str]:
    """Rows of the tables that are there, and the sums of their columns, e.g. `account_move_line.debit`."""
    found: dict[str, str] = {}
    for table, columns in SUMMED.items():
        row = connection.execute("SELECT to_regclass(%s)", (f"public.{table}",)).fetchone()
        if row is None or row[0] is None:
            continue
        sums = [sql.SQL("coalesce(sum({}), 0)::text").format(sql.Identifier(column)) for column in columns]
        query = sql.SQL("SELECT {} FROM public.{}").format(
            sql.SQL(", ").join([sql.SQL("count(*)::text"), *sums]), sql.Identifier(table)
        )
        values = connection.execute(query).fetchone() or ()
        keys = (table, *(f"{table}.{column}" for column in columns))
        found.update(zip(keys, values, strict=True))
    return found
