"""A provider that takes whatever it is given, and answers with it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from benchmarks.replay import PACKAGES, Replay

WORKERS = 8


class Accepting(Replay):
    """Answers as a provider that knows every type and refuses nothing."""

    def __init__(self, package: str) -> None:
        super().__init__(package, {})

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        return provider_pb2.CreateResponse(id=request.name, properties=request.properties)


@contextmanager
def accepting_providers() -> Iterator[str]:
    """Serves them; the value of PULUMI_DEBUG_PROVIDERS."""
    attached, servers = [], []
    for package in PACKAGES:
        server = grpc.server(futures.ThreadPoolExecutor(WORKERS))
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(Accepting(package), server)
        attached.append(f"{package}:{server.add_insecure_port('127.0.0.1:0')}")
        server.start()
        servers.append(server)
    try:
        yield ",".join(attached)
    finally:
        for server in servers:
            server.stop(None)
