"""What Azure takes of policies, checked before anything is declared.

Numbers: learn.microsoft.com azure/governance/policy/overview#maximum-count-of-azure-policy-objects; names:
learn.microsoft.com azure/azure-resource-manager/management/resource-name-rules#microsoftauthorization.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from components.guardrails.args import AzureGuardrailsArgs, CustomMember, Exemption, Member
from components.guardrails.exemptions import CLUSTERS_SUFFIX

INITIATIVE_NAME_CHARACTERS = 24
NAME_CHARACTERS = 64
DISPLAY_NAME_CHARACTERS = 128
DESCRIPTION_CHARACTERS = 512
MOST_MEMBERS = 1000
MOST_PARAMETERS = 20
MOST_GROUPS = 16
# At the subscription, which may be where all of them are.
MOST_EXEMPTIONS = 1000
CHANGING_EFFECTS = frozenset({"modify", "deployifnotexists", "append"})


def check_limits(
    args: AzureGuardrailsArgs, resource_members: tuple[Member, ...], cluster_members: tuple[Member, ...]
) -> None:
    """Refuses what Azure would refuse later.

    Args:
        args: the arguments.
        resource_members: all policies over resources.
        cluster_members: all policies in clusters.

    Raises:
        ValueError: with every finding.
    """
    members = (*resource_members, *cluster_members)
    findings = [
        *_too_long("name", args.name, INITIATIVE_NAME_CHARACTERS),
        *_too_many("policies", len(resource_members), MOST_MEMBERS),
        *_too_many("policies in clusters", len(cluster_members), MOST_MEMBERS),
        *_too_many("exemptions", len(args.exemptions), MOST_EXEMPTIONS),
        *_twice("policy", (each.reference for each in members)),
        *_twice("exemption", (each.name for each in args.exemptions)),
        *(finding for each in members for finding in _of_member(each)),
        *(finding for each in args.exemptions for finding in _of_exemption(each, resource_members, cluster_members)),
    ]
    if findings:
        raise ValueError("guardrails that Azure does not take: " + "; ".join(findings))


def _of_member(member: Member) -> Iterator[str]:
    what = f"policy {member.reference}"
    yield from _too_long(f"{what}: reference", member.reference, NAME_CHARACTERS)
    yield from _too_many(f"groups of {what}", len(member.groups), MOST_GROUPS)
    effects = {value.lower() for value in member.parameters.values() if isinstance(value, str)}
    if effects & CHANGING_EFFECTS and not member.roles:
        yield f"{what} changes resources, and has no role to do so"
    if isinstance(member, CustomMember):
        yield from _too_long(f"{what}: title", member.title, DISPLAY_NAME_CHARACTERS)
        yield from _too_long(f"{what}: description", member.description, DESCRIPTION_CHARACTERS)
        yield from _too_many(f"parameters of {what}", len(member.definitions), MOST_PARAMETERS)
        undefined = sorted(set(member.parameters) - set(member.definitions))
        if undefined:
            yield f"{what} gives values to parameters that it does not define: {', '.join(undefined)}"


def _of_exemption(
    exemption: Exemption, resource_members: tuple[Member, ...], cluster_members: tuple[Member, ...]
) -> Iterator[str]:
    what = f"exemption {exemption.name}"
    in_clusters = {each.reference for each in cluster_members}
    suffix = CLUSTERS_SUFFIX if in_clusters & set(exemption.references) else ""
    yield from _too_long(f"{what}: name", exemption.name + suffix, NAME_CHARACTERS)
    yield from _too_long(f"{what}: reason", exemption.reason, DESCRIPTION_CHARACTERS)
    unknown = sorted(set(exemption.references) - in_clusters - {each.reference for each in resource_members})
    if unknown:
        yield f"{what} names policies that are not there: {', '.join(unknown)}"
    if not exemption.references:
        yield f"{what} names no policy, and would exempt from all of them"
    if not exemption.scope.startswith("/subscriptions/"):
        yield f"{what}: {exemption.scope} is no subscription, nor anything in one"


def _too_long(what: str, text: str, most: int) -> Iterator[str]:
    if not 1 <= len(text) <= most:
        yield f"{what} has {len(text)} characters, of 1 to {most}"


def _too_many(what: str, number: int, most: int) -> Iterator[str]:
    if number > most:
        yield f"{number} {what}, of at most {most}"


def _twice(what: str, names: Iterable[str]) -> Iterator[str]:
    # Azure compares names without their case.
    for name, times in Counter(name.lower() for name in names).items():
        if times > 1:
            yield f"{what} {name} is there {times} times"
