"""What the stock CLI says of a run: the file that `PULUMI_DEBUG_COMMANDS=true pulumi ... --event-log FILE` writes."""

from __future__ import annotations

import json
from pathlib import Path

from pulumi.automation import EngineEvent

from sandbox.failures import BadInputError
from sandbox.tally import Tally


def read(file: Path) -> Tally:
    """The run in an event log, of one JSON object a line.

    Raises:
        BadInputError: the file cannot be read, is no event log, or ends before the run did.
    """
    tally = Tally()
    complete = False
    try:
        for line in filter(str.strip, file.read_text(encoding="utf-8").splitlines()):
            event = EngineEvent.from_json(json.loads(line))
            complete |= event.summary_event is not None
            tally.add(event)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInputError(f"{file} is no event log of the engine: {type(error).__name__}.") from None
    if not complete:
        raise BadInputError(f"{file} ends before the run did: the engine failed, and its output says why.")
    return tally
