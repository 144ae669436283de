"""Empties a machine before Azure takes it: `drain.py UNIT`.

Azure announces what it is about to do with a machine some minutes ahead (learn.microsoft.com
azure/virtual-machines/linux/scheduled-events, and azure/virtual-machine-scale-sets/
virtual-machine-scale-sets-terminate-notification). The unit is stopped, which takes as long as its last requests; then
Azure is told that it need not wait any longer. It does not wait longer than it said either.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

IMDS = "http://169.254.169.254/metadata"
EVENTS = "scheduledevents?api-version=2020-07-01"
NAME = "instance/compute/name?api-version=2021-02-01&format=text"
ENDING = ("Preempt", "Reboot", "Redeploy", "Terminate")
"""Types of events that end what runs here; `Freeze` halts it for seconds only."""
POLL_SECONDS = 5.0
# The first question of a machine may take two minutes: that is when Azure switches the service on for it.
TIMEOUT_SECONDS = 130.0
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(path: str, body: Mapping[str, Any] | None = None, imds: str = IMDS) -> str:
    """What the metadata service answers.

    Args:
        path: path and query.
        body: what it is told; None to ask only.
        imds: its base URL.

    Raises:
        OSError: it does not answer, or refuses.
    """
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{imds}/{path}", data, {"Metadata": "true"})  # noqa: S310 a fixed address
    with _OPENER.open(request, timeout=TIMEOUT_SECONDS) as answer:
        text: str = answer.read().decode()
    return text


def endings(document: Mapping[str, Any], machine: str) -> list[str]:
    """Ids of the announced events that end what runs on a machine."""
    return [
        event["EventId"]
        for event in document["Events"]
        if event["EventType"] in ENDING and event["EventStatus"] == "Scheduled" and machine in event["Resources"]
    ]


def look(machine: str, stop: Callable[[], None], imds: str = IMDS) -> bool:
    """Stops the unit and lets Azure go on, if an end is announced; whether one was."""
    announced = endings(json.loads(ask(EVENTS, imds=imds)), machine)
    if announced:
        print(f"Azure takes this machine: {', '.join(announced)}", flush=True)
        stop()
        ask(EVENTS, {"StartRequests": [{"EventId": event} for event in announced]}, imds)
    return bool(announced)


def main() -> None:
    """Looks every few seconds, for good."""
    unit = sys.argv[1]

    def stop() -> None:
        subprocess.run(["/usr/bin/systemctl", "stop", unit], check=True)

    machine = ask(NAME)
    while True:
        look(machine, stop)
        time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    main()
