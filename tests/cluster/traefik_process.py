"""A real Traefik on loopback with the rendered configuration, its folders laid out as the kubelet lays them out."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from components.ingress.configuration import StaticConfiguration, static_configuration
from sandbox.toolchain import go_tool

READY_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        """The body, from JSON."""
        return json.loads(self.body)


class MountedFolder:
    """Files that change all at once, as those of ConfigMaps and of the secrets-store driver do: behind `..data`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.__version = 0
        path.mkdir(parents=True)

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Puts these files into place of those that were there."""
        self.__version += 1
        version = self.path / f"..version-{self.__version}"
        version.mkdir()
        for name, content in files.items():
            (version / name).parent.mkdir(exist_ok=True)
            (version / name).write_bytes(content if isinstance(content, bytes) else content.encode())
            link = self.path / Path(name).parts[0]
            if not link.is_symlink():
                link.symlink_to(Path("..data") / link.name)
        (self.path / "..data_tmp").symlink_to(version.name)
        (self.path / "..data_tmp").rename(self.path / "..data")
        for old in self.path.glob("..version-*"):
            if old != version:
                shutil.rmtree(old)


class Traefik:
    """Traefik, started with a static configuration on free ports and a folder of dynamic configuration.

    Args:
        home: folder of its files.
        kubeconfig: how it reaches the API server.
        namespace: the one that it serves.
        render: makes its static configuration.
    """

    def __init__(
        self,
        home: Path,
        kubeconfig: str,
        namespace: str,
        render: Callable[[StaticConfiguration], str] = static_configuration,
    ) -> None:
        self.home = home
        self.dynamic = MountedFolder(home / "dynamic")
        self.certificates = MountedFolder(home / "certificates")
        self.http_port, self.https_port, self.internal_port = _free_ports(3)
        self.access_log = home / "stdout.log"
        (home / "kubeconfig").write_text(kubeconfig)
        (home / "traefik.yaml").write_text(
            render(
                StaticConfiguration(
                    namespace=namespace,
                    dynamic_directory=str(self.dynamic.path),
                    address="127.0.0.1",
                    http_port=self.http_port,
                    https_port=self.https_port,
                    internal_port=self.internal_port,
                    external_name_services=True,
                )
            )
        )
        self.__process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Traefik:
        environment = {**os.environ, "KUBECONFIG": str(self.home / "kubeconfig")}
        with self.access_log.open("wb") as log:
            self.__process = subprocess.Popen(
                [go_tool("traefik", print), f"--configFile={self.home / 'traefik.yaml'}"],
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            eventually(lambda: self.internal("/ping") == "OK")
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.__process is not None
        # SIGTERM would wait for the drain.
        self.__process.kill()
        self.__process.wait()

    def log(self) -> str:
        """All that it has written, the access log included."""
        return self.access_log.read_text()

    def internal(self, path: str) -> str:
        """What its internal entry point says."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.internal_port}{path}", timeout=5) as answer:
                text: str = answer.read().decode()
                return text
        except urllib.error.URLError as error:
            return str(error)

    def connect(self, host: str, *, source: str = "127.0.0.1", context: ssl.SSLContext | None = None) -> ssl.SSLSocket:
        """A TLS connection to the host of that name; certificates are not judged here."""
        context = context or client_context()
        plain = socket.create_connection(("127.0.0.1", self.https_port), timeout=30, source_address=(source, 0))
        try:
            return context.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise

    def ask(
        self,
        host: str,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        source: str = "127.0.0.1",
    ) -> Answer:
        """One request by HTTPS; the path goes as it is written."""
        connection = http.client.HTTPConnection(host)
        connection.sock = self.connect(host, source=source)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            if isinstance(body, bytes):
                connection.putheader("Content-Length", str(len(body)))
            elif body is not None:
                connection.putheader("Transfer-Encoding", "chunked")
            connection.endheaders(body, encode_chunked=body is not None and not isinstance(body, bytes))
            answer = connection.getresponse()
            return Answer(
                status=answer.status,
                headers={name.lower(): value for name, value in answer.getheaders()},
                body=answer.read(),
            )
        finally:
            connection.close()


def client_context() -> ssl.SSLContext:
    """A client that takes any certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def certificate(host: str) -> bytes:
    """A self-signed certificate and its key in one PEM, as Key Vault hands them out."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + made.public_bytes(serialization.Encoding.PEM)


def eventually(holds: Any, seconds: float = READY_SECONDS) -> None:
    """Waits until it holds; AssertionError when it does not in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.1)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
