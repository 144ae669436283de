"""Managed identities of tenants: who acts as one, and what they may reach."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph, Node
from policies.kit.rule import StackRule, types
from policies.kit.values import Finding
from policies.rules.catalog import IDENTITY, LEARN
from policies.rules.namespaces import NAMESPACE, TENANT_LABELS, Tenants

_ASSIGNMENT = "authorization:RoleAssignment"
_CREDENTIAL = "managedidentity:FederatedIdentityCredential"
_IDENTITY = "managedidentity:UserAssignedIdentity"
_MOST_CREDENTIALS = 20  # learn.microsoft.com azure/aks/workload-identity-overview#limitations
_SUBJECT = "system:serviceaccount:"


def _credentials(graph: Graph) -> Mapping[Hashable, list[Node]]:
    """Federated credentials by their identity."""
    found: dict[Hashable, list[Node]] = defaultdict(list)
    for credential in graph.of(_CREDENTIAL):
        identity = graph.target(credential, "resourceName", _IDENTITY)
        key = identity.urn if identity else credential.at("resourceName").text()
        if key is not None:
            found[key].append(credential)
    return found


def _namespace(credential: Node) -> str:
    """The namespace of the service account that it trusts; empty if it trusts none, or one not yet known."""
    subject = credential.at("subject").text() or ""
    return subject.removeprefix(_SUBJECT).split(":")[0] if subject.startswith(_SUBJECT) else ""


def _credentials_are_few(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    for credentials in _credentials(graph).values():
        for credential in credentials[_MOST_CREDENTIALS:]:
            yield credential.finding(f"its identity must have at most {_MOST_CREDENTIALS} federated credentials")


def _identities_are_of_one_tenant(graph: Graph, config: Mapping[str, Any]) -> Iterator[Finding]:
    tenants = Tenants(graph, config)
    for credentials in _credentials(graph).values():
        theirs = [(tenants.of(_namespace(credential)), credential) for credential in credentials]
        if len({tenant for tenant, _ in theirs if tenant}) > 1:
            for _, credential in (each for each in theirs if each[0]):
                yield credential.finding("its identity must trust service accounts of one tenant only")


def _grants_are_for_one_tenant(graph: Graph, config: Mapping[str, Any]) -> Iterator[Finding]:
    tenants = Tenants(graph, config)
    tenant_of_identity = {
        key: tenant
        for key, credentials in _credentials(graph).items()
        for credential in credentials
        if (tenant := tenants.of(_namespace(credential)))
    }
    grants: dict[str, list[tuple[str, Node]]] = defaultdict(list)
    for assignment in graph.of(_ASSIGNMENT):
        identity = graph.target(assignment, "principalId", _IDENTITY, key="principalId")
        tenant = tenant_of_identity.get(identity.urn) if identity else None
        scope = assignment.at("scope").text() if tenant else None
        if tenant and scope:
            grants[scope.casefold().rstrip("/")].append((tenant, assignment))
    for granted in grants.values():
        if len({tenant for tenant, _ in granted}) > 1:
            for _, assignment in granted:
                yield assignment.finding("its scope must be granted to identities of one tenant only")


RULES = (
    StackRule(
        id="fed-credential-limit",
        title=f"An identity has at most {_MOST_CREDENTIALS} federated credentials",
        family=IDENTITY,
        severity=Severity.MEDIUM,
        types=types(_CREDENTIAL, _IDENTITY),
        why="Azure refuses one more, in the middle of a deployment.",
        remedy="Give each tenant identities of its own.",
        url=f"{LEARN}/aks/workload-identity-overview#limitations",
        references=("MCSB IM-3", "ISO 27001 8.6"),
        check=_credentials_are_few,
    ),
    StackRule(
        id="fed-credential-one-tenant",
        title="An identity is of one tenant only",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=types(NAMESPACE, _CREDENTIAL, _IDENTITY),
        why="Whatever it may read, the service accounts of both tenants may.",
        remedy="Give each tenant identities of its own.",
        url=f"{LEARN}/aks/workload-identity-overview",
        references=("MCSB IM-3", "MCSB PA-7", "ISO 27001 5.16"),
        config_schema=TENANT_LABELS,
        check=_identities_are_of_one_tenant,
    ),
    StackRule(
        id="rbac-one-tenant",
        title="What one tenant's identity may reach, no other tenant's may",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=types(NAMESPACE, _ASSIGNMENT, _CREDENTIAL, _IDENTITY),
        why="A container of backups, or a secret, that two tenants may read is a copy of the books in strange hands.",
        remedy="Grant each tenant's identity its own container, secret or share, and nothing that holds several.",
        url=f"{LEARN}/role-based-access-control/best-practices",
        references=("MCSB PA-7", "MCSB DP-1", "PCI DSS 7.2.1", "SOC 2 CC6.1"),
        config_schema=TENANT_LABELS,
        check=_grants_are_for_one_tenant,
    ),
)
