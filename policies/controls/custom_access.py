"""Policies of our own over roles, identities, keys, encrypted transport and tags.

Each alias is one that a built-in policy, or several public ones, name as well (github.com/Azure/azure-policy).
"""

from __future__ import annotations

from policies.controls.model import CustomPolicy
from policies.controls.shorthand import AUDIT, DENY, all_of, any_of, contains_some, field, kind

_ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
_ROLE = "Microsoft.Authorization/roleDefinitions"
_CREDENTIAL = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials"
_INSIGHTS = "Microsoft.Insights/components"
# Owner, Contributor, User Access Administrator (learn.microsoft.com azure/role-based-access-control/built-in-roles)
_ALL_POWERFUL_ROLES = (
    "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
)
_REQUIRED_TAGS = (
    "application",
    "environment",
    "owner",
    "business-unit",
    "cost-center",
    "data-classification",
    "criticality",
    "managed-by",
)
# Tags with a closed list of values; for the others the pack compares patterns, which Azure Policy cannot.
_TAG_VALUES = {
    "data-classification": ["public", "internal", "confidential", "restricted"],
    "criticality": ["low", "medium", "high", "critical", "mission-critical"],
}


def _speaks_old_tls(arm_type: str) -> CustomPolicy:
    service = arm_type.split("/", maxsplit=1)[0].removeprefix("Microsoft.")
    return CustomPolicy(
        reference={"ServiceBus": "service-bus-tls-version", "EventHub": "event-hub-tls-version"}[service],
        title=f"{service} namespaces speak TLS 1.2 or newer only",
        description="Older versions of TLS are broken. Set minimumTlsVersion to 1.2.",
        rules=("messaging-min-tls",),
        effects=DENY,
        mode="Indexed",
        condition=all_of(kind(arm_type), field(f"{arm_type}/minimumTlsVersion", notIn=["1.2", "1.3"])),
    )


POLICIES: tuple[CustomPolicy, ...] = (
    CustomPolicy(
        reference="role-all-powerful",
        title="Applications and identities get no role that may do everything",
        description="Whoever takes over the application then owns whatever the role spans. Assign the narrowest "
        "built-in role instead of Owner, Contributor or User Access Administrator.",
        rules=("rbac-no-owner-to-apps",),
        effects=DENY,
        mode="All",
        condition=all_of(
            kind(_ASSIGNMENT),
            field(f"{_ASSIGNMENT}/principalType", equals="ServicePrincipal"),
            any_of(*(field(f"{_ASSIGNMENT}/roleDefinitionId", contains=role) for role in _ALL_POWERFUL_ROLES)),
        ),
    ),
    CustomPolicy(
        reference="role-wildcard",
        title="Custom roles name what they allow",
        description="A wildcard allows tomorrow what does not exist today. List the actions.",
        rules=("role-no-wildcards",),
        effects=DENY,
        mode="All",
        condition=all_of(
            kind(_ROLE),
            field(f"{_ROLE}/type", equals="CustomRole"),
            contains_some(f"{_ROLE}/permissions[*].actions[*]", ("*", "Microsoft.Authorization/roleAssignments/write")),
        ),
    ),
    CustomPolicy(
        reference="credential-exact",
        title="Federated credentials trust one subject only",
        description="The default service account, or a wildcard, hands the identity to every pod of a namespace. Name "
        "the service account in subject.",
        rules=("fed-credential-exact",),
        effects=DENY,
        mode="All",
        condition=all_of(
            kind(_CREDENTIAL),
            any_of(
                field(f"{_CREDENTIAL}/subject", exists=False),
                field(f"{_CREDENTIAL}/subject", contains="*"),
                field(f"{_CREDENTIAL}/subject", like="*:default"),
            ),
        ),
    ),
    CustomPolicy(
        reference="insights-local-auth",
        title="Application Insights components take no keys",
        description="Whoever reads the key in a page or a log writes into the telemetry. Set DisableLocalAuth to true.",
        rules=("insights-local-auth-off",),
        effects=DENY,
        mode="Indexed",
        condition=all_of(kind(_INSIGHTS), field(f"{_INSIGHTS}/DisableLocalAuth", notEquals=True)),
    ),
    _speaks_old_tls("Microsoft.ServiceBus/namespaces"),
    _speaks_old_tls("Microsoft.EventHub/namespaces"),
    # The built-in `Require a tag on resources` knows Deny only, and would refuse what Azure makes by itself: network
    # interfaces of private endpoints, machines of clusters, snapshots.
    CustomPolicy(
        reference="tags-required",
        title="Every resource that takes tags has the required ones",
        description="Without owner and cost center nobody pays for a resource, and nobody is asked before it goes.",
        rules=("tags-required",),
        effects=AUDIT,
        mode="Indexed",
        condition=any_of(*(field(f"tags[{tag}]", exists=False) for tag in _REQUIRED_TAGS)),
    ),
    CustomPolicy(
        reference="tags-values",
        title="Tags have values that reports can group by",
        description="A value of one's own makes a group of one's own in every report. Take one of the listed values.",
        rules=("tags-format",),
        effects=AUDIT,
        mode="Indexed",
        condition=any_of(
            *(
                all_of(field(f"tags[{tag}]", exists=True), field(f"tags[{tag}]", notIn=values))
                for tag, values in _TAG_VALUES.items()
            )
        ),
    ),
)
