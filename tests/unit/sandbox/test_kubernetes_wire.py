"""What the engine's messages carry to the Kubernetes stand-in, and what comes back."""

import json
import threading
from pathlib import Path

import pytest
from pulumi.runtime.proto import provider_pb2

from sandbox.kubernetes.provider import Kubernetes
from sandbox.provider.contract import Request
from sandbox.provider.faults import Faults
from sandbox.provider.servicer import Servicer
from sandbox.provider.values import to_struct
from sandbox.store import Store
from tests.unit.sandbox.harness import Object

NAMESPACE: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "odoo"}}
URN = "urn:pulumi:s::p::kubernetes:core/v1:Namespace::ns"


class Call:
    """The context of one call on a connection."""

    def peer(self) -> str:
        return "engine"

    def is_active(self) -> bool:
        return True

    def add_callback(self, callback: object) -> None:
        """Nobody calls back here."""


class Listening(Kubernetes):
    """Notes what creations are told."""

    heard: Request

    def create(self, request: Request, inputs: Object, fault: str | None) -> tuple[str, Object]:
        self.heard = request
        return super().create(request, inputs, fault)


@pytest.fixture
def provider(tmp_path: Path) -> Listening:
    store = Store(tmp_path / "kubernetes.sqlite")
    return Listening(store, Faults(tmp_path / "faults.json", "kubernetes", store))


def test_a_resources_own_time_and_the_end_of_the_engine_reach_who_waits(provider: Listening) -> None:
    servicer, call = Servicer(provider, threading.Event()), Call()
    servicer.Create(provider_pb2.CreateRequest(urn=URN, properties=to_struct(NAMESPACE), timeout=90), call)
    assert provider.heard.timeout == 90
    assert not provider.heard.stopped()
    servicer.Cancel(None, call)
    assert provider.heard.stopped()


def test_a_provider_that_leads_to_another_cluster_is_replaced(provider: Listening) -> None:
    def config(server: str) -> Object:
        parts = {"clusters": [{"name": "c", "cluster": {"server": server}}], "current-context": "x"}
        return {"kubeconfig": json.dumps(parts | {"contexts": [{"name": "x", "context": {"cluster": "c"}}]})}

    one, two = config("https://one"), config("https://two")
    servicer = Servicer(provider, threading.Event())
    for news, replaces in ((two, ["kubeconfig"]), (one | {"namespace": "n"}, [])):
        request = provider_pb2.DiffRequest(old_inputs=to_struct(one), news=to_struct(news))
        answer = servicer.DiffConfig(request, Call())
        assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
        assert list(answer.replaces) == replaces
