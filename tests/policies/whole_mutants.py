"""Makes the mutants of a stack: every property that matters to security, made worse in every way that is known.

Nothing here knows a rule. What a property may be comes from the SDK, what does not matter from mutation_scope.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from policies.kit.tokens import canonical
from tests.policies.whole_documents import closed, opened
from tests.policies.whole_judge import Deployed, JudgedStack
from tests.policies.whole_operators import GONE, worsened
from tests.policies.whole_schema import Input, inputs_of

SCOPE = Path(__file__).with_name("mutation_scope.yaml")
Place = tuple[str | int, ...]
_TENANTS = re.compile(r"acme-[a-z]{2}\b")
_TENANT = re.compile(r"^acme-[a-z]{2}-")


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One change of one resource.

    Args:
        urn: the resource.
        name: what is changed, and to what: the same for all resources of a kind.
        changed: the resource then; None if it is gone.
    """

    urn: str
    name: str
    changed: Deployed | None


def mutants(stack: JudgedStack) -> Iterator[Mutant]:
    """All mutants of a stack; of resources that are alike, as tenants' are, those of the first."""
    seen: set[tuple[str, ...]] = set()
    for resource in stack.resources.values():
        if resource.type.startswith(("azure-native:", "kubernetes:")):
            for likeness, mutant in _of_resource(resource, stack):
                if likeness not in seen:
                    seen.add(likeness)
                    yield mutant
    yield from _missing(stack)


def kind_of(type_token: str) -> str:
    """`keyvault:Vault`, `apps:Deployment`."""
    return canonical(type_token).partition(":")[2]


def matters(place: str) -> bool:
    """Whether `<kind> <path>` is a property of meaning for security: whatever the scope does not name is one."""
    return not any(pattern.fullmatch(place) for pattern in _patterns("not_relevant"))


def _of_resource(resource: Deployed, stack: JudgedStack) -> Iterator[tuple[tuple[str, ...], Mutant]]:
    kind, inputs = _kind(resource), opened(resource.inputs)
    for place, old, schema in _walk(inputs, inputs_of(kind_of(resource.type))):
        path = _spelled(inputs, place)
        if not _concerns(f"{kind} {path}", old):
            continue
        for change, new in worsened(f"{kind} {path}", old, schema):
            name = f"{kind} {path} {change}"
            if any(pattern.fullmatch(name) for pattern in _patterns("no_weaker")):
                continue
            likeness = (name, resource.within, _literal(old, schema))
            yield likeness, Mutant(urn=resource.urn, name=name, changed=_changed(resource, inputs, place, new, stack))


def _kind(resource: Deployed) -> str:
    """The kind, with what tells apart resources that all have the same properties: a parameter's name, a principal."""
    kind = kind_of(resource.type)
    told = resource.inputs.get("configurationName") or resource.inputs.get("principalType")
    return f"{kind}({told})" if told else kind


def _missing(stack: JudgedStack) -> Iterator[Mutant]:
    """The stack without a resource from which nothing else is computed."""
    used = {urn for each in stack.resources.values() for urns in each.uses.values() for urn in urns}
    seen: set[tuple[str, ...]] = set()
    for resource in stack.resources.values():
        if resource.urn in used or not resource.type.startswith(("azure-native:", "kubernetes:")):
            continue
        name = f"{_kind(resource)} {_plain_name(resource)}"
        if any(pattern.fullmatch(name) for pattern in _patterns("may_be_missing")):
            continue
        if (likeness := (name, resource.within)) not in seen:
            seen.add(likeness)
            yield Mutant(urn=resource.urn, name=f"{name} gone", changed=None)


def _walk(value: Any, schema: Input, place: Place = ()) -> Iterator[tuple[Place, Any, Input]]:
    if place:
        yield place, value, schema
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _walk(inner, schema.member(name), (*place, name))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, inner in enumerate(value):
            yield from _walk(inner, replace(schema, required=False), (*place, index))


def _concerns(place: str, value: Any) -> bool:
    """Whether a property matters, or one below it."""
    if not matters(place):
        return False
    if isinstance(value, Mapping) and value:
        return any(_concerns(f"{place}.{name}", inner) for name, inner in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        return any(_concerns(f"{place}[]", inner) for inner in value)
    return True


def _changed(resource: Deployed, inputs: Mapping[str, Any], place: Place, new: Any, stack: JudgedStack) -> Deployed:
    spoiled = closed(_put(inputs, place, new))
    top = str(place[0])
    try:
        outputs = _put(resource.outputs, place, new)
    except (LookupError, TypeError):  # Azure answers in another form than it is asked, and files are closed
        outputs = {**resource.outputs, top: spoiled.get(top)}
    before, after = str(resource.inputs[top]), str(spoiled.get(top))
    lost = {urn for urn in resource.uses.get(top, ()) if _is_lost(stack.resources.get(urn), before, after)}
    uses = {**resource.uses, top: resource.uses.get(top, frozenset()) - lost}
    return replace(resource, inputs=spoiled, outputs=outputs, uses=uses)


def _is_lost(used: Deployed | None, before: str, after: str) -> bool:
    """Whether what a property took of another resource is not in it any more."""
    texts = [] if used is None else [each for each in used.outputs.values() if isinstance(each, str) and len(each) > 3]
    return any(text in before and text not in after for text in texts)


def _put(container: Any, place: Place, new: Any) -> Any:
    """A copy with another value at a place."""
    step, *rest = place
    copied: Any = dict(container) if isinstance(container, Mapping) else list(container)
    if rest:
        copied[step] = _put(copied[step], tuple(rest), new)
    elif new is GONE:
        del copied[step]
    else:
        copied[step] = new
    return copied


def _spelled(inputs: Mapping[str, Any], place: Place) -> str:
    """The path, without indexes; a rule of a security group is told by what it does."""
    path, value = "", inputs
    for step in place:
        value = value[step]  # type: ignore[index]  # a list's step is an index
        path += f"[{_sense(value)}]" if isinstance(step, int) else f".{step}"
    return _TENANTS.sub("odoo", path.removeprefix("."))


def _sense(element: Any) -> str:
    """`AllowInbound` of a security group's rule, nothing of other elements."""
    return f"{element.get('access', '')}{element.get('direction', '')}" if isinstance(element, Mapping) else ""


def _literal(value: Any, schema: Input) -> str:
    """What tells two resources of a kind apart: a word that the SDK knows, and neither a name nor a number."""
    return value if value in schema.allowed else type(value).__name__


def _plain_name(resource: Deployed) -> str:
    """Its name, without the tenant's and the platform's part."""
    metadata = resource.inputs.get("metadata", {})
    return str(metadata.get("name") or _TENANT.sub("", resource.name))


@cache
def _patterns(section: str) -> tuple[re.Pattern[str], ...]:
    groups = yaml.safe_load(SCOPE.read_text(encoding="utf-8"))[section]
    return tuple(re.compile(pattern) for group in groups for pattern in group["match"])
