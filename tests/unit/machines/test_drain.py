"""A machine that Azure takes: its containers end first, then Azure goes on. A server plays the metadata service."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError

import pytest

from components.machines.host.drain import EVENTS, NAME, ask, look

pytestmark = pytest.mark.programs

MACHINE = "vmss-odoo_1"


class Imds:
    """The metadata service: answers only who sends its header, as the real one does."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.told: list[Any] = []
        imds = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                document = {"DocumentIncarnation": 1, "Events": imds.events}
                self.__answer(MACHINE if "compute/name" in self.path else json.dumps(document))

            def do_POST(self) -> None:
                imds.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.__answer("")

            def __answer(self, text: str) -> None:
                self.send_response(200 if self.headers.get("Metadata") == "true" else 400)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/metadata"


def event(kind: str = "Terminate", status: str = "Scheduled", machine: str = MACHINE) -> dict[str, Any]:
    """An event as the documentation shows it."""
    return {
        "EventId": f"{kind}-1",
        "EventType": kind,
        "ResourceType": "VirtualMachine",
        "Resources": [machine],
        "EventStatus": status,
        "NotBefore": "Mon, 11 Apr 2026 22:26:58 GMT",
    }


@pytest.fixture
def imds() -> Iterator[Imds]:
    made = Imds()
    threading.Thread(target=made.server.serve_forever, daemon=True).start()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.mark.parametrize("kind", ["Terminate", "Reboot", "Redeploy", "Preempt"])
def test_the_containers_end_before_azure_goes_on(imds: Imds, kind: str) -> None:
    imds.events = [event(kind)]
    seen: list[int] = []
    assert look(MACHINE, lambda: seen.append(len(imds.told)), imds.url)
    assert seen == [0]
    assert imds.told == [{"StartRequests": [{"EventId": f"{kind}-1"}]}]


@pytest.mark.parametrize("harmless", [event("Freeze"), event(status="Started"), event(machine="vmss-odoo_2")])
def test_what_does_not_end_this_machine_is_left_alone(imds: Imds, harmless: dict[str, Any]) -> None:
    imds.events = [harmless]
    assert not look(MACHINE, lambda: pytest.fail("the containers were stopped"), imds.url)
    assert imds.told == []


def test_azure_is_not_told_to_go_on_if_the_containers_did_not_end(imds: Imds) -> None:
    imds.events = [event()]

    def stop() -> None:
        raise RuntimeError("they run")

    with pytest.raises(RuntimeError, match="they run"):
        look(MACHINE, stop, imds.url)
    assert imds.told == []


def test_the_machine_knows_its_name(imds: Imds) -> None:
    assert ask(NAME, imds=imds.url) == MACHINE


def test_an_answer_that_is_a_refusal_ends_the_program_which_systemd_starts_again(imds: Imds) -> None:
    imds.server.RequestHandlerClass.do_GET = lambda self: self.send_error(500)  # type: ignore[attr-defined]
    with pytest.raises(HTTPError):
        ask(EVENTS, imds=imds.url)
