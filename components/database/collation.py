"""How databases sort."""

from __future__ import annotations

# The collation that Odoo creates databases with: plain byte order, which no operating-system upgrade changes under an
# index (odoo/service/db.py; postgresql.org docs/current/collation.html).
CHARSET = "UTF8"
COLLATION = "C"
