"""Serve the three stand-in providers on loopback, in one process:

    python -m sandbox.serve --home DIR [--port N] [--latency FACTOR] [--schemas-only] [--stop-on-stdin-eof]

An AKS cluster gets a real API server where its programs are built, unless told otherwise.

One line on stdout, the value for `PULUMI_DEBUG_PROVIDERS`, once they answer; then it serves until SIGTERM or SIGINT.
Exit code 3: a port is taken.
"""

import argparse
import signal
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from sandbox.azure.provider import AzureNative
from sandbox.cluster import programs
from sandbox.cluster.clusters import Clusters
from sandbox.kubernetes.provider import Kubernetes
from sandbox.provider.contract import Provider
from sandbox.provider.faults import Faults
from sandbox.provider.servicer import Servicer
from sandbox.random.provider import Random
from sandbox.store import Store

HOST: Final = "127.0.0.1"
EXIT_PORT_TAKEN: Final = 3
# Room for operations that only wait (latency, hanging faults); idle threads are never started.
WORKERS: Final = 256
STOP_GRACE_SECONDS: Final = 0.5
# The engine sends whole states; the default of 4 MB is too small for big ones.
MAX_MESSAGE_BYTES: Final = 400 * 1024 * 1024
OPTIONS: Final = [
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.so_reuseport", 0),
]


def providers(home: Path, latency: float, clusters: Clusters) -> list[Provider]:
    """The three stand-ins over the stores in a folder, which is made if need be."""
    azure, kubernetes = Store(home / "azure.sqlite"), Store(home / "kubernetes.sqlite")
    declared = home / "faults.json"
    return [
        AzureNative(azure, Faults(declared, "azure-native", azure), latency, clusters),
        Kubernetes(kubernetes, Faults(declared, "kubernetes", kubernetes), clusters.current),
        Random(Faults(declared, "random", azure)),
    ]


def start(provider: Provider, port: int, stopping: threading.Event) -> tuple[grpc.Server, int]:
    """Serve one provider; the server and its port (0 asks for a free one). Raises `OSError` if the port is taken."""
    if port:
        # gRPC's own message does not say why it could not bind.
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((HOST, port))
    server = grpc.server(ThreadPoolExecutor(WORKERS), options=OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(provider, stopping), server)
    try:
        bound = server.add_insecure_port(f"{HOST}:{port}")
    except RuntimeError as error:
        raise OSError(str(error)) from error
    server.start()
    return server, bound


def main(arguments: list[str] | None = None) -> int:
    """The command line; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.serve", description="Azure, Kubernetes and random, here.")
    parser.add_argument("--home", type=Path, required=True, help="folder of the durable stores")
    parser.add_argument("--port", type=int, default=0, help="first of three ports (default: free ones)")
    parser.add_argument("--latency", type=float, default=0.0, help="1 takes as long as Azure does (default: 0)")
    parser.add_argument("--schemas-only", action="store_true", help="start no API server for clusters")
    parser.add_argument("--stop-on-stdin-eof", action="store_true", help="stop when the parent has gone")
    options = parser.parse_args(arguments)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    clusters = Clusters(options.home / programs.FOLDER, enabled=not options.schemas_only and programs.available())
    servers, addresses = [], []
    for offset, provider in enumerate(providers(options.home, options.latency, clusters)):
        port = options.port + offset if options.port else 0
        try:
            server, bound = start(provider, port, stopping)
        except OSError:
            print(f"port {port} is taken: choose another one with --port, or leave --port out", file=sys.stderr)
            return EXIT_PORT_TAKEN
        servers.append(server)
        addresses.append(f"{provider.package}:{bound}")
    print(",".join(addresses), flush=True)
    if options.stop_on_stdin_eof:
        threading.Thread(target=_watch_stdin, args=(stopping,), daemon=True).start()
    stopping.wait()
    for stopped in [server.stop(STOP_GRACE_SECONDS) for server in servers]:
        stopped.wait()
    clusters.stop()
    return 0


def _watch_stdin(stopping: threading.Event) -> None:
    sys.stdin.read()
    stopping.set()


if __name__ == "__main__":
    sys.exit(main())
