"""Policy definitions and initiatives (learn.microsoft.com azure/governance/policy/concepts)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.azure import policies
from sandbox.azure.policies import PARAMETER, PREVIEW, SET, Policy
from sandbox.azure.rulebook import Change, deletion, stateful, static
from sandbox.azure.rules.scope import refuse
from sandbox.azure.world import World
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.values import Object, dig, has_unknown, known_items, strings

KINDS: Final = ("authorization:PolicyDefinition", "authorization:PolicySetDefinition")
TYPES: Final = (*KINDS, "authorization:PolicyAssignment", "authorization:PolicyExemption")
# learn.microsoft.com azure/azure-resource-manager/management/resource-name-rules#microsoftauthorization
DISPLAY_NAME_CHARACTERS: Final = 128
DESCRIPTION_CHARACTERS: Final = 512
# learn.microsoft.com azure/governance/policy/overview#maximum-count-of-azure-policy-objects
PARAMETERS_OF_A_POLICY: Final = 20
PARAMETERS_OF_AN_INITIATIVE: Final = 400
MEMBERS: Final = 1000
# learn.microsoft.com azure/governance/policy/concepts/definition-structure-basics#mode
MODES: Final = frozenset(
    {"All", "Indexed", "Microsoft.Kubernetes.Data", "Microsoft.KeyVault.Data", "Microsoft.Network.Data"}
)
# learn.microsoft.com azure/governance/policy/concepts/effect-basics; Azure does not mind their case in a rule.
EFFECTS: Final = frozenset(
    {"addtonetworkgroup", "append", "audit", "auditifnotexists", "deny", "denyaction", "deployifnotexists", "disabled",
     "manual", "modify", "mutate"}
)  # fmt: skip


@static(*TYPES)
def texts(inputs: Object) -> Iterator[Failure]:
    """Lengths of what people read."""
    for key, most in (("displayName", DISPLAY_NAME_CHARACTERS), ("description", DESCRIPTION_CHARACTERS)):
        value = inputs.get(key)
        if isinstance(value, str) and len(value) > most:
            yield Failure(key, f"found {len(value)} characters, allowed: at most {most}")


@static(*KINDS)
def only_custom_ones_are_made(inputs: Object) -> Iterator[Failure]:
    """What is built in is Azure's."""
    kind = inputs.get("policyType", "Custom")
    if isinstance(kind, str) and kind not in ("Custom", "NotSpecified"):
        yield refuse("policyType", kind, "Custom")


@static("authorization:PolicyDefinition")
def definition(inputs: Object) -> Iterator[Failure]:
    """A rule with an effect that exists, and parameters that it uses."""
    mode = inputs.get("mode", "Indexed")
    if isinstance(mode, str) and mode not in MODES:
        yield refuse("mode", mode, ", ".join(sorted(MODES)))
    rule = inputs.get("policyRule")
    if rule is None or (isinstance(rule, Mapping) and not ("if" in rule and "then" in rule)):
        yield Failure("policyRule", "give a policy rule with if and then")
        return
    yield from _parameters(inputs, rule, PARAMETERS_OF_A_POLICY)
    effect = dig(rule, "then", "effect")
    if isinstance(effect, str) and not PARAMETER.search(effect) and effect.lower() not in EFFECTS:
        yield refuse("policyRule.then.effect", effect, ", ".join(sorted(EFFECTS)))


@static("authorization:PolicySetDefinition")
def initiative(inputs: Object) -> Iterator[Failure]:
    """Members with names of their own, in groups that are declared."""
    given = inputs.get("policyDefinitions")
    members = list(known_items(given))
    if isinstance(given, list) and not 1 <= len(given) <= MEMBERS:
        yield Failure("policyDefinitions", f"found {len(given)} policies, allowed: 1 to {MEMBERS}")
    yield from _parameters(inputs, given, PARAMETERS_OF_AN_INITIATIVE)
    groups = [str(group.get("name")) for group in known_items(inputs.get("policyDefinitionGroups"))]
    yield from (Failure("policyDefinitionGroups", f"the group '{name}' is there twice") for name in _twice(groups))
    references = [policies.reference_of(each) for each in members]
    for name in _twice(references):
        yield Failure("policyDefinitions", f"the policy definition reference '{name}' is there twice")
    for index, each in enumerate(members):
        for name in known_items(each.get("groupNames")):
            if name not in groups and not has_unknown(inputs.get("policyDefinitionGroups")):
                yield refuse(f"policyDefinitions[{index}].groupNames", name, "a name of policyDefinitionGroups")


@stateful("authorization:PolicySetDefinition")
def members_take_what_they_are_given(change: Change) -> None:
    """Each policy exists in that version, and takes its parameters."""
    for member in known_items(change.new.get("policyDefinitions")):
        what = f"the policy definition reference '{policies.reference_of(member)}'"
        policy = policies.find(change.world, str(member.get("policyDefinitionId")))
        _check_version(what, policy, member.get("definitionVersion"))
        policies.check_values(what, policy, policies.values_of(member.get("parameters")))


@stateful(*KINDS)
def parameters_stay(change: Change) -> None:
    """An assignment may rely on a parameter, and does not know a new one."""
    if change.old is None:
        return
    old, new = change.old.get("parameters") or {}, change.new.get("parameters") or {}
    gone = sorted(set(old) - set(new))
    if gone:
        message = f"policy parameters cannot be removed during an update: '{', '.join(gone)}'"
        raise ProviderError("InvalidPolicyParameterUpdate", message)
    bare = sorted(name for name in set(new) - set(old) if "defaultValue" not in new[name])
    if bare:
        message = f"new parameters need a default value: '{', '.join(bare)}'"
        raise ProviderError("InvalidPolicyParameterUpdate", message)


@deletion("authorization:PolicyDefinition")
def no_initiative_uses_it(world: World, identifier: str) -> None:
    """A policy goes after the initiatives that it is in."""
    _refuse_while_used(world, identifier, "InvalidDeletePolicyDefinitionRequest")


@deletion("authorization:PolicySetDefinition")
def it_is_not_assigned(world: World, identifier: str) -> None:
    """An initiative goes after its assignments."""
    _refuse_while_used(world, identifier, "InvalidDeletePolicySetDefinitionRequest")


def _refuse_while_used(world: World, identifier: str, code: str) -> None:
    users = [entry for entry in world.referring_to(identifier) if entry.type in (SET, policies.ASSIGNMENT)]
    if users:
        raise ProviderError(code, f"'{identifier}' cannot be deleted: '{users[0].id}' uses it")


def _parameters(inputs: Object, used_in: Any, most: int) -> Iterator[Failure]:
    """Every parameter is used, and every one that is used is defined."""
    defined = inputs.get("parameters") or {}
    if not isinstance(defined, Mapping):
        return
    if len(defined) > most:
        yield Failure("parameters", f"found {len(defined)} parameters, allowed: at most {most}")
    # A template that a policy deploys has parameters of its own.
    texts_of_it = [text for path, text in strings(used_in) if ".template." not in path]
    used = {name for text in texts_of_it for name in PARAMETER.findall(text)}
    unused = sorted(set(defined) - used)
    if unused and not has_unknown(used_in):
        yield Failure("parameters", f"UnusedPolicyParameters: nothing uses '{', '.join(unused)}'")
    for name in sorted(used - set(defined)):
        yield Failure("parameters", f"InvalidPolicyParameters: '{name}' is used, and not defined")
    for name, each in defined.items():
        allowed = dig(each, "allowedValues")
        default = dig(each, "defaultValue")
        if isinstance(allowed, list) and isinstance(default, str) and default not in allowed:
            yield refuse(f"parameters.{name}.defaultValue", default, ", ".join(map(str, allowed)))


def _check_version(what: str, policy: Policy, selector: Any) -> None:
    """`3.*.*` is the newest of a major version; a preview is only meant by `1.*.*-preview`."""
    if not isinstance(selector, str) or not policy.version:
        return
    newest = int(policy.version.partition(".")[0])
    wanted = selector.partition(".")[0]
    is_preview = policy.version.endswith(PREVIEW)
    # Older versions stay; of the newest it is known whether it is a preview.
    fits = wanted.isdigit() and (
        int(wanted) < newest or (int(wanted) == newest and selector.endswith(PREVIEW) == is_preview)
    )
    if not fits:
        message = f"{what} asks for version '{selector}', the newest is {policy.version}"
        raise ProviderError("PolicyDefinitionNotFound", message)


def _twice(names: list[str]) -> list[str]:
    return [name for name, times in Counter(name.lower() for name in names).items() if times > 1]
