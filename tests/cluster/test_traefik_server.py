"""The real Traefik as a server: its TLS and certificates, its own rights only, and what it logs."""

from __future__ import annotations

import http.client
import json
import re
import ssl
import subprocess

import pytest

from tests.cluster.traefik_door import ACME, HOST, OTHER_HOST, STRANGER_HOST, Door, dynamic_files
from tests.cluster.traefik_objects import allowed
from tests.cluster.traefik_process import certificate, eventually

ACCOUNT = "system:serviceaccount:traefik-acme-ingress:traefik"


def _handshake(door: Door, *options: str, host: str = HOST) -> str:
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{door.traefik.https_port}", "-servername", host]
    done = subprocess.run([*command, *options], input="", capture_output=True, text=True, check=False, timeout=20)
    return done.stdout + done.stderr


def test_tls_is_1_2_or_better_with_forward_secrecy(door: Door) -> None:
    # Below security level 1 the client would not offer TLS 1.1 at all.
    assert "alert protocol version" in _handshake(door, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0")
    assert "alert handshake failure" in _handshake(door, "-tls1_2", "-cipher", "AES128-GCM-SHA256")
    assert "alert handshake failure" in _handshake(door, "-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA")
    assert re.search(r"Cipher is ECDHE-RSA-(AES(128|256)-GCM|CHACHA20)", _handshake(door, "-tls1_2"))
    assert "New, TLSv1.3" in _handshake(door, "-tls1_3")


def test_a_name_without_a_certificate_gets_no_connection(door: Door) -> None:
    with pytest.raises(ssl.SSLError), door.traefik.connect("unknown.example"):
        pass
    assert "no peer certificate available" in _handshake(door, host="unknown.example")


def test_http_is_redirected_to_https_and_serves_nothing(door: Door) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", door.traefik.http_port, timeout=10)
    for method, status in (("GET", 301), ("POST", 308)):
        connection.request(method, "/web/login?redirect=%2Fodoo", headers={"Host": HOST})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
        assert answer.getheader("Location") == f"https://{HOST}/web/login?redirect=%2Fodoo"
    connection.close()


def _der(pem: bytes) -> bytes:
    """The certificate of a PEM that has the key first."""
    _, marker, rest = pem.decode().partition("-----BEGIN CERTIFICATE-----")
    return ssl.PEM_cert_to_DER_cert(marker + rest)


def test_a_renewed_certificate_is_served_once_the_token_beside_the_configuration_changes(door: Door) -> None:
    def served() -> bytes | None:
        with door.traefik.connect(HOST) as connection:
            return connection.getpeercert(binary_form=True)

    before = served()
    with door.traefik.connect(HOST) as open_connection:
        renewed = certificate(HOST)
        door.traefik.certificates.write({ACME.certificate: renewed})
        door.traefik.dynamic.write(dynamic_files(door.traefik, ACME, reload="2"))
        eventually(lambda: served() != before)
        assert served() == _der(renewed)
        open_connection.sendall(f"GET /odoo HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        assert open_connection.recv(4096).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("host", [OTHER_HOST, STRANGER_HOST])
def test_a_tenants_traefik_serves_no_other(door: Door, host: str) -> None:
    with pytest.raises(ssl.SSLError), door.traefik.connect(host):
        pass
    with door.traefik.connect(HOST) as connection:
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        assert connection.recv(4096).split(b" ")[1] in (b"404", b"421")


def test_its_pods_are_admitted_and_run_in_three_zones(door: Door) -> None:
    def zones() -> list[str]:
        pods = door.api.items("/api/v1/namespaces/traefik-acme-ingress/pods")
        running = [pod["spec"]["nodeName"] for pod in pods if pod["status"]["phase"] == "Running"]
        nodes = [door.api.request("GET", f"/api/v1/nodes/{name}") for name in running]
        return sorted(node["metadata"]["labels"]["topology.kubernetes.io/zone"] for node in nodes)

    eventually(lambda: zones() == [f"westeurope-{zone}" for zone in (1, 2, 3)])


def test_traefik_reads_its_tenant_and_nothing_else(door: Door) -> None:
    for resource, group in {"secrets": "", "services": "", "ingresses": "networking.k8s.io"}.items():
        assert allowed(door.api, ACCOUNT, "list", group, resource, "traefik-acme")
        assert not allowed(door.api, ACCOUNT, "list", group, resource, "traefik-globex")
        assert not allowed(door.api, ACCOUNT, "list", group, resource)
    assert not allowed(door.api, ACCOUNT, "get", "", "secrets", "traefik-acme-ingress")
    for resource, group in {"nodes": "", "namespaces": "", "ingressclasses": "networking.k8s.io"}.items():
        assert not allowed(door.api, ACCOUNT, "list", group, resource)
    # Whose a namespace is decides what it may hold.
    for verb in ("create", "patch", "update"):
        assert not allowed(door.api, ACCOUNT, verb, "", "namespaces", "traefik-acme-ingress")
    for verb in ("create", "update", "patch", "delete"):
        assert not allowed(door.api, ACCOUNT, verb, "networking.k8s.io", "ingresses", "traefik-acme")


def test_the_log_names_router_and_status_but_no_path_no_query_and_no_header(door: Door) -> None:
    door.ask("/my/invoices/1?access_token=TopSecretToken", headers={"Authorization": "Bearer TopSecretToken"})
    door.ask("/report/pdf/account.report_invoice/1")
    # The log is written in batches.
    for number in range(150):
        door.ask(f"/odoo?{number}")
    eventually(lambda: "traefik-acme-tx-reports" in door.traefik.log())
    lines = [json.loads(line) for line in door.traefik.log().splitlines()]
    access = [line for line in lines if "RouterName" in line]
    assert {"DownstreamStatus", "Duration", "OriginDuration", "ClientHost", "RequestMethod"} <= set(access[-1])
    assert "TopSecretToken" not in door.traefik.log()
    assert not any("RequestPath" in line for line in access)


def test_the_api_and_the_dashboard_are_off(door: Door) -> None:
    for path in ("/api/rawdata", "/dashboard/", "/debug/pprof/"):
        assert "404" in door.traefik.internal(path)


def test_traefik_accepts_the_whole_configuration(door: Door) -> None:
    lines = [json.loads(line) for line in door.first_log.splitlines()]
    assert [line for line in lines if line["level"] in ("error", "fatal")] == []
    # Traefik warns of encoded characters whatever is set; what a provider warns of is ours.
    assert [line for line in lines if line["level"] == "warn" and "providerName" in line] == []
