"""Who may say whose a namespace is: all other guards go by it."""

from __future__ import annotations

from collections.abc import Sequence

from components.admission_rules import HOSTS_ANNOTATION, INGRESS_LABEL, TENANT_LABEL, Check, Guard

_NAMES = f"{TENANT_LABEL}, {INGRESS_LABEL} or {HOSTS_ANNOTATION}"
_NOTHING = '["", "", ""]'


def namespaces_guard(managed_namespaces: Sequence[str]) -> Guard:
    """A namespace's tenant, way in and host names are set by people and pipelines, never by what runs in the cluster.

    Args:
        managed_namespaces: namespaces whose service accounts may set them all the same, e.g. of the GitOps extension.
    """
    managed = ", ".join(f'"system:serviceaccounts:{namespace}"' for namespace in managed_namespaces)
    return Guard(
        name="namespaces",
        resources={"": ("namespaces",)},
        variables={
            "now": _claims("object"),
            "before": f"oldObject == null ? {_NOTHING} : {_claims('oldObject')}",
            "groups": "request.userInfo.?groups.orValue([])",
            # Groups of every service account, and of those of a namespace
            # (kubernetes.io/docs/reference/access-authn-authz/authentication/#service-account-tokens).
            "workload": '"system:serviceaccounts" in variables.groups && '
            f"!variables.groups.exists(group, group in [{managed}])",
        },
        checks=(
            Check(
                expression="!variables.workload || variables.now == variables.before",
                message=f'request.userInfo.username + " may not set {_NAMES}: no service account may"',
            ),
            Check(
                expression='[0, 1].all(i, variables.before[i] == "" || variables.before[i] == variables.now[i])',
                message=f'"{TENANT_LABEL} and {INGRESS_LABEL} stay as they are once they are set"',
            ),
            Check(
                expression='variables.now[0] == "" || variables.now[1] == ""',
                message=f'"{TENANT_LABEL} and {INGRESS_LABEL} exclude each other: a tenant has no load balancer"',
            ),
        ),
    )


def _claims(subject: str) -> str:
    """CEL of the list of tenant, way in and host names; "" for each that is not set."""
    labels, annotations = f"{subject}.metadata.?labels", f"{subject}.metadata.?annotations"
    return (
        f'[{labels}[?"{TENANT_LABEL}"].orValue(""), {labels}[?"{INGRESS_LABEL}"].orValue(""), '
        f'{annotations}[?"{HOSTS_ANNOTATION}"].orValue("")]'
    )
