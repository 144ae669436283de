"""The server as the engine meets it: a process, ports, gRPC, kills."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from sandbox.provider.values import from_struct, to_struct
from sandbox.serve import EXIT_PORT_TAKEN
from sandbox.store import Store
from tests.unit.sandbox import bodies
from tests.unit.sandbox.harness import Object

pytestmark = pytest.mark.programs

SECONDS = 30
GROUP_TYPE = "azure-native:resources:ResourceGroup"
GROUP: Object = {"resourceGroupName": "rg", "location": "westeurope"}


def start(home: Path, *options: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "sandbox.serve", "--home", str(home), *options]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@contextmanager
def serving(home: Path, *options: str) -> Iterator[tuple["subprocess.Popen[str]", dict[str, int]]]:
    process = start(home, *options)
    try:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        yield process, {name: int(port) for name, port in (part.split(":") for part in line.split(","))}
    finally:
        process.kill()
        process.communicate()


class Client:
    """What the engine sends to azure-native."""

    def __init__(self, port: int) -> None:
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self.stub: Any = provider_pb2_grpc.ResourceProviderStub(self.channel)
        self.stub.Configure(provider_pb2.ConfigureRequest(variables={"azure-native:config:location": "westeurope"}))

    def create(self, type_: str, inputs: Object, *, preview: bool = False) -> Any:
        return self.stub.Create(self.creation(type_, inputs, preview=preview), timeout=SECONDS)

    def creation(self, type_: str, inputs: Object, *, preview: bool = False) -> provider_pb2.CreateRequest:
        urn = f"urn:pulumi:s::p::{type_}::x"
        return provider_pb2.CreateRequest(urn=urn, properties=to_struct(inputs), preview=preview)


def ids(home: Path) -> list[str]:
    return [entry.id for entry in Store(home / "azure.sqlite").all()]


def test_it_serves_three_providers_and_stops_at_once(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, ports):
        assert list(ports) == ["azure-native", "kubernetes", "random"]
        for port in ports.values():
            stub: Any = provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel(f"127.0.0.1:{port}"))
            assert stub.GetPluginInfo(empty_pb2.Empty(), timeout=SECONDS).version.count(".") == 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0


def test_it_stops_when_its_parent_has_gone(tmp_path: Path) -> None:
    with serving(tmp_path, "--stop-on-stdin-eof") as (process, _):
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
        assert process.wait(SECONDS) == 0


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start(tmp_path, "--port", str(port))
        _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == EXIT_PORT_TAKEN
    assert f"port {port} is taken" in errors


def test_a_preview_makes_nothing_and_a_kill_loses_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, ports):
        client = Client(ports["azure-native"])
        client.create(GROUP_TYPE, GROUP, preview=True)
        assert ids(tmp_path) == []
        made = client.create(GROUP_TYPE, GROUP).id
        process.kill()
        process.wait(SECONDS)
    with serving(tmp_path):
        assert ids(tmp_path) == [made]


def test_a_half_made_resource_comes_with_the_engines_detail(tmp_path: Path) -> None:
    fault = {"type": GROUP_TYPE, "operation": "create", "mode": "halfway", "message": "quota exceeded"}
    (tmp_path / "faults.json").write_text(json.dumps([fault]))
    with serving(tmp_path) as (_, ports):
        client = Client(ports["azure-native"])
        with pytest.raises(grpc.RpcError) as raised:
            client.create(GROUP_TYPE, GROUP)
        trailers = dict(raised.value.trailing_metadata())
        status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
        detail = provider_pb2.ErrorResourceInitFailed()
        assert status.details[0].Unpack(detail)
        assert detail.reasons == ["quota exceeded"]
        assert ids(tmp_path) == [detail.id]
        assert from_struct(detail.inputs) == GROUP


@pytest.mark.parametrize(("mode", "code"), [("refuse", "InjectedFault"), ("hang", "cancelled")])
def test_a_refused_or_cancelled_create_makes_nothing(tmp_path: Path, mode: str, code: str) -> None:
    fault = {"type": GROUP_TYPE, "operation": "create", "mode": mode}
    (tmp_path / "faults.json").write_text(json.dumps([fault]))
    with serving(tmp_path) as (_, ports):
        client = Client(ports["azure-native"])
        pending = client.stub.Create.future(client.creation(GROUP_TYPE, GROUP), timeout=SECONDS)
        if mode == "hang":
            with pytest.raises(grpc.FutureTimeoutError):
                pending.result(timeout=0.3)
            client.stub.Cancel(empty_pb2.Empty())
        with pytest.raises(grpc.RpcError, match=code):
            pending.result(timeout=SECONDS)
        assert ids(tmp_path) == []
        assert client.create(GROUP_TYPE, GROUP).id


def test_findings_and_differences_reach_the_engine(tmp_path: Path) -> None:
    type_ = "azure-native:storage:StorageAccount"
    urn = f"urn:pulumi:s::p::{type_}::x"
    good = bodies.ACCOUNT | {"resourceGroupName": "rg", "location": "westeurope"}
    with serving(tmp_path) as (_, ports):
        stub = Client(ports["azure-native"]).stub
        checked = stub.Check(provider_pb2.CheckRequest(urn=urn, news=to_struct(good | {"kindd": "x"})), timeout=SECONDS)
        assert [failure.property for failure in checked.failures] == ["kindd"]
        assert "did you mean 'kind'" in checked.failures[0].reason
        new = good | {"isHnsEnabled": True, "tags": {"a": "b"}}
        request = provider_pb2.DiffRequest(urn=urn, old_inputs=to_struct(good), news=to_struct(new))
        diff = stub.Diff(request, timeout=SECONDS)
        assert diff.changes == provider_pb2.DiffResponse.DIFF_SOME
        assert list(diff.replaces) == ["isHnsEnabled"]
        assert diff.deleteBeforeReplace
        kinds = provider_pb2.PropertyDiff
        assert {path: entry.kind for path, entry in diff.detailedDiff.items()} == {
            "isHnsEnabled": kinds.ADD_REPLACE,
            "tags": kinds.ADD,
        }


def test_provider_resources_keep_their_own_configuration(tmp_path: Path) -> None:
    type_ = "azure-native:storage:StorageAccount"
    nameless = {"resourceGroupName": "rg", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    request = provider_pb2.CheckRequest(urn=f"urn:pulumi:s::p::{type_}::x", news=to_struct(nameless))
    with serving(tmp_path) as (_, ports):
        # Each provider resource of the engine has a connection of its own.
        places = {}
        for place in ("westeurope", "northeurope"):
            options = [("grpc.use_local_subchannel_pool", 1)]
            channel = grpc.insecure_channel(f"127.0.0.1:{ports['azure-native']}", options=options)
            stub: Any = provider_pb2_grpc.ResourceProviderStub(channel)
            stub.Configure(provider_pb2.ConfigureRequest(variables={"azure-native:config:location": place}))
            places[place] = stub
        for place, stub in places.items():
            assert from_struct(stub.Check(request, timeout=SECONDS).inputs)["location"] == place
