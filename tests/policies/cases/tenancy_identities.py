"""Identities of tenants, in one stack."""

from __future__ import annotations

from tests.policies.cases import Case, StackCase
from tests.policies.cases.tenancy import stack
from tests.policies.harness import UNKNOWN, Declared


def _identity(name: str) -> Declared:
    return Declared(
        type="managedidentity:UserAssignedIdentity", name=name, properties={"principalId": f"object-of-{name}"}
    )


def _credential(identity: str, namespace: str, name: str = "", *, computed: bool = True) -> Declared:
    return Declared(
        type="managedidentity:FederatedIdentityCredential",
        name=name or f"trust-{identity}-{namespace}",
        properties={
            "resourceName": UNKNOWN if computed else identity,
            "subject": f"system:serviceaccount:{namespace}:odoo",
        },
        uses={"resourceName": [identity]} if computed else {},
    )


def _grant(name: str, identity: str, scope: str, *, computed: bool = True) -> Declared:
    return Declared(
        type="authorization:RoleAssignment",
        name=name,
        properties={"principalId": UNKNOWN if computed else f"object-of-{identity}", "scope": scope},
        uses={"principalId": [identity]} if computed else {},
    )


ACCOUNT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a"
TRUSTED = [
    *(_identity(name) for name in ("id-es", "id-it", "id-platform")),
    _credential("id-es", "es", computed=False),
    _credential("id-it", "it", computed=False),
    _credential("id-platform", "platform-operations", computed=False),
]
CASES: list[Case] = []
STACK_CASES = [
    StackCase(
        "fed-credential-limit",
        good=[
            [_identity("id-full"), *(_credential("id-full", f"ns-{number}") for number in range(20))],
            [_credential(f"id-{number // 20}", f"ns-{number}", computed=False) for number in range(40)],
        ],
        bad=[
            (
                [_identity("id-full"), *(_credential("id-full", f"ns-{number}") for number in range(21))],
                {"trust-id-full-ns-20"},
            ),
            (
                [_credential("elsewhere", f"ns-{number}", computed=False) for number in range(22)],
                {"trust-elsewhere-ns-20", "trust-elsewhere-ns-21"},
            ),
        ],
    ),
    StackCase(
        "fed-credential-one-tenant",
        good=[
            stack(
                _identity("id"),
                _credential("id", "es"),
                _credential("id", "es-ingress"),
                _credential("id", "platform-operations"),
                _credential("id-it", "it", computed=False),
            )
        ],
        bad=[
            (
                stack(
                    _identity("id"),
                    _credential("id", "es"),
                    _credential("id", "it-ingress", computed=False),
                    _credential("id", "platform-operations"),
                ),
                {"trust-id-es", "trust-id-it-ingress"},
            )
        ],
    ),
    StackCase(
        "rbac-one-tenant",
        good=[
            stack(
                *TRUSTED,
                _grant("es", "id-es", f"{ACCOUNT}/containers/es", computed=False),
                _grant("es-again", "id-es", f"{ACCOUNT}/containers/es", computed=False),
                _grant("platform", "id-platform", f"{ACCOUNT}/containers/es", computed=False),
                _grant("it", "id-it", f"{ACCOUNT}/containers/it", computed=False),
                _grant("strange", "id-of-somebody", ACCOUNT, computed=False),
            )
        ],
        bad=[
            (
                stack(
                    *TRUSTED,
                    _grant("es", "id-es", f"{ACCOUNT}/containers/es"),
                    _grant("it", "id-it", f"{ACCOUNT}/Containers/es/", computed=False),
                    _grant("own", "id-it", f"{ACCOUNT}/containers/it"),
                ),
                {"es", "it"},
            )
        ],
    ),
]
