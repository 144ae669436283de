"""The query of docs/guides/rightsizing.md on a real PostgreSQL: what it writes is what the command reads."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from pathlib import Path
from typing import LiteralString, cast

import pytest

from stacks.rightsizing.csv_file import read_csv
from stacks.rightsizing.measurement import Metric
from tests.data.servers import DatabaseServer

GUIDE = Path(__file__).parents[2] / "docs/guides/rightsizing.md"
MOVES = """
CREATE TEMPORARY TABLE account_move (
    id serial, state text, move_type text, create_date timestamp DEFAULT (now() AT TIME ZONE 'utc')
);
INSERT INTO account_move (state, move_type) VALUES
    ('posted', 'out_invoice'), ('posted', 'in_invoice'), ('draft', 'out_invoice'), ('posted', 'entry');
INSERT INTO account_move (state, move_type, create_date)
    VALUES ('posted', 'out_invoice', now() AT TIME ZONE 'utc' - interval '30 days');
"""


def test_invoices_are_exported_hour_by_hour_and_quiet_hours_are_zero(server: DatabaseServer, tmp_path: Path) -> None:
    found = re.search(r"```sql\n(.+?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    # One transaction: now() is the same moment throughout.
    with server.superuser() as connection, connection.transaction():
        connection.execute("SET TimeZone = 'America/New_York'")
        connection.execute(MOVES)
        cursor = connection.execute(cast(LiteralString, found[1]))
        with (tmp_path / "measured.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([[column.name for column in cursor.description or ()], *cursor])
    series = read_csv(tmp_path / "measured.csv")[Metric.INVOICES_POSTED]
    assert (series.interval, series.last - series.first) == (timedelta(hours=1), timedelta(days=45))
    values = [value for _, value in series.samples]
    assert (values[-1], sum(values)) == (2, 3)
    assert values[-1 - 30 * 24] == pytest.approx(1)
