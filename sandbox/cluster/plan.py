"""The command line of each program of a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox import toolchain
from sandbox.cluster import kubeconfig, programs
from sandbox.cluster.ports import HOST

SERVICE_RANGE: Final = "10.96.0.0/16"
# What AKS runs (learn.microsoft.com azure/aks/faq#what-kubernetes-admission-controllers-does-aks-support), as far as it
# can say no here.
ADMISSION: Final = (
    "NamespaceLifecycle,LimitRanger,ServiceAccount,DefaultTolerationSeconds,Priority,ResourceQuota,PodSecurity,"
    "ValidatingAdmissionPolicy,MutatingAdmissionWebhook,ValidatingAdmissionWebhook,NodeRestriction"
)
# AKS rotates what it signs; here the issuer has only to be the same on both sides.
ISSUER: Final = "https://kubernetes.default.svc"


@dataclass(frozen=True)
class Plan:
    """Where one cluster keeps its things, and its ports."""

    home: Path
    ports: Mapping[str, int]

    @property
    def pki(self) -> Path:
        return self.home / "pki"

    @property
    def server(self) -> str:
        """Address of the API server."""
        return f"https://{HOST}:{self.ports['kube-apiserver']}"

    def waves(self) -> list[list[dict[str, Any]]]:
        """What `supervisor.py` reads: the store and the API first, then those that use it."""
        ports = self.ports
        return [
            [
                # The API server waits for etcd by itself.
                self._program("etcd", self._etcd(), ""),
                self._program("kube-apiserver", self._apiserver(), f"{self.server}/readyz"),
            ],
            [
                self._program(name, arguments, f"{scheme}://{HOST}:{ports[name]}/healthz")
                for name, arguments, scheme in (
                    ("kube-controller-manager", self._controller_manager(), "https"),
                    ("kube-scheduler", self._component("kube-scheduler"), "https"),
                    ("kwok", self._kwok(), "http"),
                )
            ],
        ]

    def _program(self, name: str, arguments: list[str], ready: str) -> dict[str, Any]:
        log = str(self.home / f"{name}.log")
        return {"name": name, "command": [str(toolchain.binary(name)), *arguments], "log": log, "ready": ready}

    def _etcd(self) -> list[str]:
        client, peer = (f"http://{HOST}:{self.ports[use]}" for use in ("etcd", "etcd-peer"))
        return [
            f"--data-dir={self.home / 'etcd'}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            # A kill loses nothing without it, only a power cut does.
            "--unsafe-no-fsync",
        ]

    def _apiserver(self) -> list[str]:
        return [
            f"--etcd-servers=http://{HOST}:{self.ports['etcd']}",
            f"--bind-address={HOST}",
            f"--advertise-address={HOST}",
            f"--secure-port={self.ports['kube-apiserver']}",
            f"--service-cluster-ip-range={SERVICE_RANGE}",
            f"--tls-cert-file={self.pki / 'server.crt'}",
            f"--tls-private-key-file={self.pki / 'server.key'}",
            f"--client-ca-file={self.pki / 'ca.crt'}",
            f"--service-account-key-file={self.pki / 'accounts.key'}",
            f"--service-account-signing-key-file={self.pki / 'accounts.key'}",
            f"--service-account-issuer={ISSUER}",
            "--authorization-mode=Node,RBAC",
            "--endpoint-reconciler-type=none",
            "--allow-privileged=true",
            f"--enable-admission-plugins={ADMISSION}",
        ]

    def _controller_manager(self) -> list[str]:
        return [
            *self._component("kube-controller-manager"),
            "--use-service-account-credentials=true",
            f"--service-account-private-key-file={self.pki / 'accounts.key'}",
            f"--root-ca-file={self.pki / 'ca.crt'}",
            f"--cluster-signing-cert-file={self.pki / 'ca.crt'}",
            f"--cluster-signing-key-file={self.pki / 'ca.key'}",
            "--allocate-node-cidrs=false",
            # By default it asks so little at once that its start alone takes five seconds.
            "--kube-api-qps=500",
            "--kube-api-burst=1000",
        ]

    def _component(self, name: str) -> list[str]:
        file = self._kubeconfig(name)
        return [
            f"--kubeconfig={file}",
            f"--authentication-kubeconfig={file}",
            f"--authorization-kubeconfig={file}",
            f"--bind-address={HOST}",
            f"--secure-port={self.ports[name]}",
            "--leader-elect=false",
        ]

    def _kwok(self) -> list[str]:
        return [
            f"--kubeconfig={self._kubeconfig('kwok')}",
            "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
            f"--node-ip={HOST}",
            f"--server-address={HOST}:{self.ports['kwok']}",
            "--node-lease-duration-seconds=40",
            *(f"--config={stage}" for stage in programs.stages()),
        ]

    def _kubeconfig(self, client: str) -> Path:
        file = self.home / f"{client}.kubeconfig"
        file.touch(mode=0o600)
        file.write_text(kubeconfig.render(self.pki, client, self.server))
        return file
