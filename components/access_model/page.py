"""Writes docs/reference/access.md: `python -m components.access_model.page`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from components.access_model.activation import ELIGIBLE_FOR
from components.access_model.args import Activation
from components.access_model.delegation import handed_out
from components.access_model.deployer import DEPLOYER
from components.access_model.duties import BREAK_GLASS_HOURS, DUTIES, PIPELINE_DUTIES, Duty, Group, Hold
from components.access_model.identities import CLUSTER_GRANTS, IDENTITY_GRANTS
from components.access_model.roles import (
    AUDITOR,
    CLUSTER_ADMINISTRATOR,
    CLUSTER_READER,
    CLUSTER_USER,
    DEVELOPER,
    FUNCTIONAL_OPERATOR,
    PLATFORM_OPERATOR,
    READER,
    AnyRole,
    CustomRole,
)

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "access.md"
_CUSTOM = (PLATFORM_OPERATOR, FUNCTIONAL_OPERATOR, DEVELOPER, AUDITOR, DEPLOYER)
_BUILT_IN = {role.role: role for role in (READER, CLUSTER_ADMINISTRATOR, CLUSTER_READER, CLUSTER_USER)}
_DEFAULT = Activation()

_INTRODUCTION = """\
# Who may do what

<!-- Made by `python -m components.access_model.page` from the tables that the stacks are made of. -->

A test holds every role assignment of every stack against these tables; what is in none of them fails it.

- Roles of people and pipelines are given once a subscription, by the stack of topology `governance`. Environments give
  people nothing but a look into their own cluster.
- **In production no group holds a role that writes.** Its members activate one for hours, by Entra's Privileged
  Identity Management (licence: Entra ID P2).
- No role of people reaches the books. To log in to PostgreSQL takes membership of the group `database_administrators`,
  which is itself activated (PIM for Groups, in Entra), and the runner behind the bastion: no security group lets
  PostgreSQL answer users, the hub or the bastion. Who activates the cluster's administration can open a shell in a pod,
  and gets by that as far as the pod: that is why it needs an approval.
"""

_ACTIVATION = f"""\
To activate a role takes multi-factor authentication, a reason, a ticket, and the approval of the group `approvers`.
Hours and approval are settings (`activation`); the table shows what holds unless they are given. Break-glass waits for
nobody: no approval, no ticket, {BREAK_GLASS_HOURS} hour, and an alert at once on its activation, on a sign-in of its
accounts, and on every grant of Owner. Eligibility ends after a year ({ELIGIBLE_FOR}); setting the day of the next
review of the groups makes it anew. What is assigned by hand in PIM, past the program, ends after a day.
"""


def page() -> str:
    """The page."""
    parts = [_INTRODUCTION, "## People\n", _people(), _ACTIVATION]
    parts += ["On clusters, by the environments themselves, all the time:\n", _on_clusters()]
    parts += ["## Pipelines\n", _PIPELINES, _pipelines(), _delegated()]
    parts += ["## Identities\n", _IDENTITIES, _identities(), "## Custom roles\n", _ROLES]
    parts += [_role(role) for role in _CUSTOM]
    return "\n".join(parts)


_PIPELINES = """\
Each has an identity without a password, which trusts the exact subjects of its tokens that the settings name, and no
others. The one that deploys trusts only environments of the code host that need an approval. What deploys the stack of
topology `governance` itself is the security team's, and made by hand.
"""
_IDENTITIES = """\
Each is of one stack, or of one tenant, and trusts one service account or machine. *a secret*: of its own only.
"""
_ROLES = """\
Their names begin with the prefix of the stack. No role but Deployer touches who administers PostgreSQL, or its
password; none opens its firewall, hands out roles, changes policies, or lists keys.
"""


def _people() -> str:
    rows = [
        (
            f"`{duty.group}`",
            _name(duty.role),
            duty.production.value,
            _terms(duty),
            duty.elsewhere.value,
            duty.why,
        )
        for duty in DUTIES
    ]
    return _table(("group", "role", "in production", "to activate", "elsewhere", "what for"), rows)


def _terms(duty: Duty) -> str:
    if duty.production is not Hold.ELIGIBLE:
        return ""
    terms = duty.activation(_DEFAULT)
    return f"{terms.hours} h, {'approval' if terms.approval else 'no approval'}"


def _on_clusters() -> str:
    rows = [
        (
            f"`{grant.group}`",
            _BUILT_IN[grant.role].title,
            "standing" if grant.in_production else "-",
            "standing" if grant.elsewhere else "-",
        )
        for grant in CLUSTER_GRANTS
    ]
    return _table(("group", "role", "in production", "elsewhere"), rows)


def _pipelines() -> str:
    rows = [
        ("deploys" if duty.deploys else "previews", _name(duty.role), duty.why)
        for duty in sorted(PIPELINE_DUTIES, key=lambda duty: duty.deploys)
    ]
    return _table(("pipeline", "role", "what for"), rows)


def _delegated() -> str:
    kinds = {"ServicePrincipal": "to identities", "Group": "to groups"}
    listed = [
        f"- {kinds[kind]}: {', '.join(_words(role.name) for role in roles)}"
        for kind, roles in handed_out(production=True).items()
    ]
    elsewhere = _words(
        (set(handed_out(production=False)["Group"]) - set(handed_out(production=True)["Group"])).pop().name
    )
    return "\n".join(
        [
            "A condition on the last one names what it may give, and take away, in production:\n",
            *listed,
            f"\nElsewhere groups may also be given {elsewhere}.\n",
        ]
    )


def _identities() -> str:
    rows = [(grant.identity, _words(grant.role.name), grant.scope, grant.why) for grant in IDENTITY_GRANTS]
    return _table(("identity of", "role", "on", "what for"), rows)


def _role(role: CustomRole) -> str:
    rows = [*_actions(role.actions), *((f"*not:* {why}", what) for why, what in _actions(role.not_actions))]
    holders = [f"`{group}`" for group in Group if any(duty.role is role and duty.group is group for duty in DUTIES)]
    holders += ["pipelines that deploy"] if any(duty.role is role for duty in PIPELINE_DUTIES) else []
    return f"### {role.title}\n\n{role.purpose} Held by {', '.join(holders)}.\n\n{_table(('allows', 'actions'), rows)}"


def _actions(actions: Mapping[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(why, "<br>".join(f"`{action}`" for action in each)) for why, each in actions.items()]


def _name(role: AnyRole) -> str:
    return f"[{role.title}](#{role.title.lower().replace(' ', '-')})" if isinstance(role, CustomRole) else role.title


def _words(name: str) -> str:
    shorts = {"Acr": "ACR", "Aks": "AKS", "Rbac": "RBAC", "Dns": "DNS"}
    return " ".join(shorts.get(word, word) for word in name.replace("_", " ").title().split())


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
