"""The tables of Odoo that operations look at, with a few rows, as Odoo's login role makes them."""

from __future__ import annotations

from typing import Any

import psycopg

_TABLES = """
CREATE TABLE ir_module_module (id serial PRIMARY KEY, name text, state text, latest_version text);
CREATE TABLE ir_cron (id serial PRIMARY KEY, cron_name text, active boolean, nextcall timestamp, lastcall timestamp);
CREATE TABLE queue_job (
    id serial PRIMARY KEY, uuid text, channel text, state text, eta timestamp, date_created timestamp,
    date_enqueued timestamp, date_started timestamp, date_done timestamp, retry int, max_retries int, kwargs jsonb
);
CREATE TABLE res_company (id serial PRIMARY KEY, name text);
CREATE TABLE res_partner (id serial PRIMARY KEY, name text);
CREATE INDEX res_partner_name ON res_partner (public.unaccent(name));
CREATE TABLE account_move (id serial PRIMARY KEY, name text, state text, amount_total_signed numeric);
CREATE TABLE account_move_line (
    id serial PRIMARY KEY, move_id int REFERENCES account_move, debit numeric, credit numeric
);
INSERT INTO ir_module_module (name, state, latest_version)
    VALUES ('base', 'installed', '18.0.1.3'), ('account', 'installed', '18.0.1.3');
INSERT INTO ir_cron (cron_name, active, nextcall) VALUES ('Vacuum', true, now());
INSERT INTO queue_job (uuid, channel, state, date_created, kwargs)
    VALUES ('a', 'root', 'pending', now(), '{"iban": "NL00"}'), ('b', 'root', 'done', now(), '{}');
INSERT INTO res_company (name) VALUES ('Acme');
INSERT INTO res_partner (name) SELECT 'Partnér ' || n FROM generate_series(1, 500) n;
"""
_INVOICE = """
WITH move AS (INSERT INTO account_move (name, state, amount_total_signed) VALUES (%(name)s, 'posted', 121) RETURNING id)
INSERT INTO account_move_line (move_id, debit, credit)
    SELECT id, items.debit, items.credit FROM move, (VALUES (121.00, 0), (0, 100.00), (0, 21.00)) items (debit, credit)
"""


def fill(connection: psycopg.Connection[tuple[Any, ...]], invoices: int = 200) -> None:
    """Makes the tables, and posts invoices."""
    connection.execute(_TABLES.encode())
    for number in range(invoices):
        post(connection, f"INV/{number:05}")


def post(connection: psycopg.Connection[tuple[Any, ...]], name: str) -> None:
    """Posts one invoice."""
    connection.execute(_INVOICE.encode(), {"name": name})
