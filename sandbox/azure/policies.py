"""Policies of Azure Policy in one shape: Azure's own (`policies.json`), and those that were made here."""

import functools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox.azure import paths
from sandbox.azure.world import World
from sandbox.provider.errors import ProviderError
from sandbox.provider.validate import did_you_mean
from sandbox.provider.values import Object, dig, known_items

DEFINITION: Final = "azure-native:authorization:PolicyDefinition"
SET: Final = "azure-native:authorization:PolicySetDefinition"
ASSIGNMENT: Final = "azure-native:authorization:PolicyAssignment"
PREVIEW: Final = "-preview"
PARAMETER: Final = re.compile(r"parameters\('([^']+)'\)")
_DEFINITIONS: Final = "policydefinitions"
_SETS: Final = "policysetdefinitions"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What a policy, or an initiative, takes.

    `parameters` has the allowed values of each; none where any will do. `more`: it takes others, too. `effect` is what
    it does where no parameter says otherwise.
    """

    parameters: Mapping[str, tuple[Any, ...]]
    required: frozenset[str] = frozenset()
    more: bool = False
    effect: str = ""
    effect_parameter: str = ""
    version: str = ""

    def effect_with(self, values: Mapping[str, Any]) -> str:
        """What it does with these values of its parameters."""
        return str(values.get(self.effect_parameter, self.effect))


@functools.cache
def built_in() -> Mapping[str, Mapping[str, Policy]]:
    """Azure's own by GUID: `policydefinitions` and `policysetdefinitions` (github.com/Azure/azure-policy
    built-in-policies)."""
    table = json.loads(Path(__file__).with_name("policies.json").read_text(encoding="utf-8"))
    return {
        _DEFINITIONS: {guid: _known(row) for guid, row in table["definitions"].items()},
        _SETS: {guid: _known(row) for guid, row in table["initiatives"].items()},
    }


def find(world: World, identifier: str) -> Policy:
    """The policy or initiative of that id; raises `ProviderError` if there is none."""
    kind, name = identifier.lower().rstrip("/").split("/")[-2:]
    if identifier.lower().startswith("/providers/microsoft.authorization/"):
        found = built_in().get(kind, {}).get(name)
        if found is not None:
            return found
        listed = did_you_mean(name, list(built_in().get(kind, {})))
    else:
        entry = world.store.get(identifier)
        if entry is not None and entry.type in (DEFINITION, SET):
            return _made(entry.inputs)
        listed = ""
    code = "PolicySetDefinitionNotFound" if kind == _SETS else "PolicyDefinitionNotFound"
    raise ProviderError(code, f"the policy '{identifier}' could not be found{listed}")


def members(world: World, identifier: str) -> list[Object] | None:
    """The policies of an initiative that was made here; None for others, and for what is no initiative."""
    entry = world.store.get(identifier)
    if entry is None or entry.type != SET:
        return None
    return [dict(each) for each in known_items(entry.inputs.get("policyDefinitions"))]


def reference_of(member: Mapping[str, Any]) -> str:
    """A member's name within its initiative; Azure takes that of the policy where none is given."""
    return str(member.get("policyDefinitionReferenceId") or paths.name_of(str(member.get("policyDefinitionId"))))


def values_of(given: Any) -> Object:
    """Values of parameters, by name, of `{name: {"value": ...}}`."""
    return {name: dig(each, "value") for name, each in given.items()} if isinstance(given, Mapping) else {}


def check_values(what: str, policy: Policy, values: Mapping[str, Any]) -> None:
    """The parameters exist, none that is required is missing, and each value is allowed."""
    undefined = [] if policy.more else sorted(set(values) - set(policy.parameters))
    if undefined:
        raise ProviderError(
            "UndefinedPolicyParameter",
            f"{what} assigns the parameter(s) '{', '.join(undefined)}', which the policy does not define"
            f"{did_you_mean(undefined[0], list(policy.parameters))}",
        )
    missing = sorted(policy.required - set(values))
    if missing:
        raise ProviderError(
            "MissingPolicyParameter", f"{what} is missing the parameter(s) '{', '.join(missing)}' of the policy"
        )
    for name, value in values.items():
        allowed = policy.parameters.get(name, ())
        for each in value if isinstance(value, list) else [value]:
            # An expression of an initiative gets its value with the assignment.
            if allowed and each not in allowed and not PARAMETER.search(str(each)):
                raise ProviderError(
                    "PolicyParameterValueNotAllowed",
                    f"{what} gives the parameter '{name}' the value {each!r}, allowed: {', '.join(map(str, allowed))}",
                )


def _known(row: Mapping[str, Any]) -> Policy:
    effects = tuple(row.get("effects", ()))
    effect_parameter = row.get("effectParameter", "effect" if effects else "")
    parameters: dict[str, tuple[Any, ...]] = dict.fromkeys(row.get("parameters", ()), ())
    if effect_parameter:
        parameters[effect_parameter] = effects
    return Policy(
        parameters=parameters,
        required=frozenset(row.get("required", ())),
        more=row.get("more", False),
        effect=effects[0] if effects else "",
        effect_parameter=effect_parameter,
        version=row["version"],
    )


def _made(inputs: Object) -> Policy:
    definitions: Mapping[str, Any] = inputs.get("parameters") or {}
    effect = str(dig(inputs, "policyRule", "then", "effect") or "")
    found = PARAMETER.search(effect)
    parameter = found.group(1) if found else ""
    return Policy(
        parameters={name: tuple(each.get("allowedValues") or ()) for name, each in definitions.items()},
        required=frozenset(name for name, each in definitions.items() if "defaultValue" not in each),
        effect=str(dig(definitions, parameter, "defaultValue") or "") if parameter else effect,
        effect_parameter=parameter,
    )
