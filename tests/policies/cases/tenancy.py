"""Tenants of one cluster, in one stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import yaml

from tests.policies.cases import StackCase, of
from tests.policies.harness import Declared

TENANT, INGRESS, NAME = "odoo-azure/tenant", "odoo-azure/ingress", "kubernetes.io/metadata.name"
NETWORKING, RBAC = "kubernetes:networking.k8s.io/v1:", "kubernetes:rbac.authorization.k8s.io/v1:"
POLICY, VOLUME = f"{NETWORKING}NetworkPolicy", "kubernetes:core/v1:PersistentVolume"
PROVIDER_CLASS = "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass"


def _namespace(name: str, **labels: str) -> Declared:
    properties = {"metadata": {"name": name, "labels": labels}}
    return Declared(type="kubernetes:core/v1:Namespace", name=f"ns-{name}", properties=properties)


NAMESPACES = [
    _namespace("es", **{TENANT: "es"}),
    _namespace("es-ingress", **{INGRESS: "es"}),
    _namespace("it", **{TENANT: "it"}),
    _namespace("it-ingress", **{INGRESS: "it"}),
    _namespace("platform-operations"),
]


def _in(namespace: str | None, type_token: str, name: str, **properties: Any) -> Declared:
    metadata = {"name": name} if namespace is None else {"name": name, "namespace": namespace}
    return Declared(type=type_token, name=name, properties={"metadata": metadata, **properties})


def stack(*things: Declared) -> Sequence[Declared]:
    """Namespaces of two tenants and of the platform, and what else there is."""
    return [*NAMESPACES, *things]


def _callers(*selectors: Mapping[str, Any]) -> Mapping[str, Any]:
    peers = [{"namespaceSelector": each, "podSelector": {"matchLabels": {"app": "a"}}} for each in selectors]
    return {"spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": peers}]}}


def _policy(namespace: str, *selectors: Mapping[str, Any]) -> Declared:
    return _in(namespace, POLICY, "policy", **_callers(*selectors))


def _named(name: str) -> Mapping[str, Any]:
    return {"matchLabels": {NAME: name}}


def _expressed(key: str, operator: str, *values: str) -> Mapping[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


def _binding(namespace: str | None, *subjects: str, kind: str = "RoleBinding") -> Declared:
    accounts = [{"kind": "ServiceAccount", "name": "a", "namespace": subject} for subject in subjects]
    return _in(namespace, f"{RBAC}{kind}", "binding", subjects=accounts, roleRef={"kind": "Role", "name": "r"})


def _ingress(namespace: str, name: str, host: str) -> Declared:
    return _in(namespace, f"{NETWORKING}Ingress", name, spec={"rules": [{"host": host}]})


def _volume(name: str, **source: Any) -> Declared:
    return _in(None, VOLUME, name, spec=source)


def _files(account: str, share: str) -> Mapping[str, Any]:
    return {"volumeHandle": f"{account}_{share}", "volumeAttributes": {"server": account, "shareName": share}}


def _secrets(namespace: str, name: str, vault: str, *objects: str) -> Declared:
    entries = [yaml.safe_dump({"objectName": each, "objectType": "secret"}) for each in objects]
    parameters = {"keyvaultName": vault, "objects": yaml.safe_dump({"array": entries})}
    return _in(namespace, PROVIDER_CLASS, name, spec={"provider": "azure", "parameters": parameters})


def _limits(namespace: str) -> Declared:
    declared = _in(namespace, "kubernetes:core/v1:LimitRange", f"limits-{namespace}", spec={"limits": []})
    return replace(declared, uses={"metadata": [f"ns-{namespace}"]})


CASES = [
    of(
        "netpol-peers-named",
        POLICY,
        [
            _callers(_named("es"), _expressed(TENANT, "Exists")),
            {"spec": {"egress": [{"to": [{"podSelector": {}}, {"ipBlock": {"cidr": "10.0.0.0/8"}}]}]}},
            {"spec": {"podSelector": {}}},
        ],
        [
            _callers({}),
            _callers({"matchLabels": {}}),
            {"spec": {"egress": [{"to": [{"namespaceSelector": {}}]}]}},
        ],
    ),
    of(
        "pv-claim-named",
        VOLUME,
        [{"spec": {"claimRef": {"namespace": "es", "name": "files"}}}],
        [{"spec": {"csi": {}}}, {"spec": {"claimRef": {"name": "files"}}}],
    ),
]
STACK_CASES = [
    StackCase(
        "netpol-own-tenant",
        good=[
            stack(_policy("es", _named("es-ingress"), _named("kube-system"), _named("platform-operations"))),
            stack(_policy("es", {"matchLabels": {TENANT: "es"}}, _expressed(NAME, "In", "es", "es-ingress"))),
            stack(_policy("platform-operations", _named("es"), _named("it"), _expressed(TENANT, "Exists"))),
            stack(_in("es", POLICY, "policy", spec={"ingress": [{"from": [{"podSelector": {}}]}]})),
        ],
        bad=[
            (stack(_policy("es", _named("it"))), {"policy"}),
            (stack(_policy("es", _named("es"), _named("it-ingress"))), {"policy"}),
            (stack(_policy("es-ingress", {"matchLabels": {TENANT: "it"}})), {"policy"}),
            (stack(_policy("es", _expressed(NAME, "In", "es", "it"))), {"policy"}),
            (stack(_policy("es", _expressed(NAME, "NotIn", "es"))), {"policy"}),
            (stack(_policy("es", _expressed(TENANT, "Exists"))), {"policy"}),
            (stack(_policy("es", {"matchLabels": {"owner": "platform"}})), {"policy"}),
            # The other tenant is in a stack of its own.
            ([NAMESPACES[0], _policy("es", {"matchLabels": {TENANT: "it"}})], {"policy"}),
        ],
    ),
    StackCase(
        "binding-own-tenant",
        good=[
            stack(_binding("es", "es", "es-ingress", "platform-operations", "kube-system")),
            stack(_binding(None, "kube-system", kind="ClusterRoleBinding")),
            stack(_in("es", f"{RBAC}RoleBinding", "group", subjects=[{"kind": "Group", "name": "g"}])),
        ],
        bad=[
            (stack(_binding("es", "es", "it")), {"binding"}),
            (stack(_binding("platform-operations", "es")), {"binding"}),
            (stack(_binding("kube-system", "es-ingress")), {"binding"}),
            (stack(_binding(None, "es", kind="ClusterRoleBinding")), {"binding"}),
        ],
    ),
    StackCase(
        "ingress-host-once",
        good=[
            stack(_ingress("es", "web", "es.acme.example"), _ingress("es", "bus", "es.acme.example")),
            stack(_ingress("es", "web", "es.acme.example"), _ingress("it", "bus", "it.acme.example")),
        ],
        bad=[
            (
                stack(
                    _ingress("es", "web", "es.acme.example"),
                    _ingress("it", "stolen", "ES.acme.example"),
                    _ingress("it", "own", "it.acme.example"),
                ),
                {"web", "stolen"},
            )
        ],
    ),
    StackCase(
        "ns-limit-range",
        good=[stack(_limits("es"), _limits("it")), [NAMESPACES[-1]]],
        bad=[(stack(_limits("es")), {"ns-it"}), (NAMESPACES[:1], {"ns-es"})],
    ),
    StackCase(
        "pv-share-once",
        good=[
            [_volume("es", csi=_files("a", "es")), _volume("it", csi=_files("a", "it"))],
            [_volume("es", nfs={"server": "a", "path": "/es"}), _volume("it", nfs={"server": "a", "path": "/it"})],
            [_volume("es", csi={"volumeHandle": "disk-1"}), _volume("it", csi={"volumeHandle": "disk-2"})],
            [_volume("es", local={"path": "/a"}), _volume("it", local={"path": "/a"})],
        ],
        bad=[
            (
                [
                    _volume("es", csi=_files("a", "es")),
                    _volume("it", csi={**_files("a", "ES"), "volumeHandle": "other"}),
                    _volume("pt", csi=_files("a", "pt")),
                ],
                {"es", "it"},
            ),
            ([_volume("es", csi={"volumeHandle": "disk"}), _volume("it", csi={"volumeHandle": "disk"})], {"es", "it"}),
            (
                [_volume("es", nfs={"server": "a", "path": "/"}), _volume("it", nfs={"server": "a", "path": "/"})],
                {"es", "it"},
            ),
        ],
    ),
    StackCase(
        "vault-object-once",
        good=[
            [
                _secrets("es", "odoo", "vault", "es-service"),
                _secrets("es", "operations", "vault", "es-service", "es-backup"),
                _secrets("it", "other", "vault", "it-service"),
                _secrets("pt", "elsewhere", "vault-2", "es-service"),
                _secrets("platform-operations", "administration-es", "vault", "administrator", "es-blue"),
                _secrets("platform-operations", "administration-it", "vault", "administrator", "it-blue"),
            ],
            [
                _in(
                    namespace,
                    PROVIDER_CLASS,
                    namespace,
                    spec={"parameters": {"keyvaultName": "vault", "objects": text}},
                )
                for text in ("array: [", "array: 1", "- objectName: a", 'array: ["a: [", "b"]', "array: [{}]")
                for namespace in ("es", "it")
            ],
            [_in("es", PROVIDER_CLASS, "none", spec={})],
            [
                _namespace("platform-metrics"),
                *stack(
                    _secrets("platform-operations", "provision", "vault", "administrator", "metrics"),
                    _secrets("platform-metrics", "exporter", "vault", "metrics"),
                ),
            ],
        ],
        bad=[
            (
                [
                    _secrets("es", "odoo", "vault", "es-service"),
                    _secrets("it", "stolen", "Vault", "it-service", "ES-service"),
                    _secrets("pt", "own", "vault", "pt-service"),
                ],
                {"odoo", "stolen"},
            ),
            (
                [
                    *NAMESPACES,
                    _secrets("platform-operations", "administration", "vault", "administrator"),
                    _secrets("es", "stolen", "vault", "administrator"),
                ],
                {"administration", "stolen"},
            ),
        ],
    ),
]
