"""What an operator is told."""

from __future__ import annotations


class OpsError(Exception):
    """Something that only an operator can mend; the message says what and how."""
