"""A trivial stand-in for the providers: answers with the outputs of a recorded run, and checks nothing."""

from __future__ import annotations

import json
import sys
from concurrent import futures
from importlib.metadata import version
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

PACKAGES = ("azure-native", "kubernetes", "random")
WORKERS = 16


class Replay(provider_pb2_grpc.ResourceProviderServicer):
    """Answers as a provider whose every resource is in `recorded`, by type and name."""

    def __init__(self, package: str, recorded: dict[str, dict[str, Any]]) -> None:
        self.version = version(f"pulumi-{package}")
        self.recorded = recorded

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's names
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=False, accept_outputs=False)

    def Attach(self, request: Any, context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version=self.version)

    def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.ConfigureResponse(acceptSecrets=False, supportsPreview=True)

    def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        if request.preview:
            # An identity goes in as a list and comes out as a map: unknown, like every output that is no input.
            request.properties.fields.pop("identity", None)
            return provider_pb2.CreateResponse(id="", properties=request.properties)
        resource = self.recorded.get(
            f"{request.type}::{_first_copy(request.name)}", {"id": request.name, "outputs": {}}
        )
        outputs = json_format.ParseDict(resource["outputs"], struct_pb2.Struct())
        return provider_pb2.CreateResponse(id=resource["id"], properties=outputs)

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        outputs = self.recorded.get(f"invoke::{request.tok}", {"outputs": {}})["outputs"]
        return provider_pb2.InvokeResponse(**{"return": json_format.ParseDict(outputs, struct_pb2.Struct())})

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()


def _first_copy(name: str) -> str:
    """Name in the recording: copies of the topology are called `odoo2-`, `odoo3-` ..."""
    head, _, rest = name.partition("-")
    return f"{head.rstrip('0123456789')}-{rest}"


def main(recording: str) -> None:
    """Serves until standard input closes, after a line with the value of PULUMI_DEBUG_PROVIDERS."""
    recorded = json.loads(Path(recording).read_text(encoding="utf-8"))
    attached, servers = [], []
    for package in PACKAGES:
        server = grpc.server(
            futures.ThreadPoolExecutor(WORKERS), options=[("grpc.max_receive_message_length", 100 * 1024 * 1024)]
        )
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(Replay(package, recorded), server)
        attached.append(f"{package}:{server.add_insecure_port('127.0.0.1:0')}")
        server.start()
        servers.append(server)
    print(",".join(attached), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
