"""Rules inside the engine: dispatch by type, findings to violations, errors to findings, unknowns said out loud."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from pulumi_policy import (
    Policy,
    PolicyComplianceFramework,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    StackValidationArgs,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from policies.kit.analyzer import TypedPolicy, TypedStackPolicy, as_excepted
from policies.kit.exceptions import NONE, Exceptions, PolicyException
from policies.kit.graph import Graph, Node
from policies.kit.remediation import Remedy
from policies.kit.rule import Change, Fix, Resource, ResourceRule, Rule, StackRule
from policies.kit.tokens import canonical
from policies.kit.values import UNKNOWN, Finding, Value

NOT_EVALUATED = "the rule could not be evaluated"
"""How the message begins of a rule that broke."""
_NAMED_UNKNOWNS = 5


class NotYetKnownError(UnknownValueError):
    """Tells the engine, after all violations, which properties could not be judged before the deployment."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__(UNKNOWN_STRING_VALUE, paths)
        named, more = paths[:_NAMED_UNKNOWNS], len(paths) - _NAMED_UNKNOWNS
        self.message = f"not yet known: {', '.join(named)}" + (f" and {more} more" if more > 0 else "")


def policy(rule: Rule, exceptions: Exceptions = NONE) -> Policy:
    """The engine's policy for a rule; violations that an exception in force covers are advisory."""
    metadata: dict[str, Any] = {
        "name": rule.id,
        "description": f"{rule.title}.",
        "enforcement_level": rule.level,
        "display_name": rule.title,
        "severity": rule.severity,
        "framework": PolicyComplianceFramework(name="odoo-azure controls", reference=", ".join(rule.references)),
        "tags": [rule.family, *rule.references],
        "remediation_steps": rule.remedy,
        "url": rule.url,
        "config_schema": PolicyConfigSchema(dict(rule.config_schema)) if rule.config_schema else None,
    }
    if isinstance(rule, ResourceRule):
        remedy = _remedy(rule, rule.fix, exceptions) if rule.fix else None
        return TypedPolicy(rule.types, remedy, validate=_resource_validation(rule, exceptions), **metadata)
    if isinstance(rule, StackRule):
        return TypedStackPolicy(rule.types, validate=_stack_validation(rule, exceptions), **metadata)
    raise TypeError(f"{rule.id} is neither a resource rule nor a stack rule")


def _resource_validation(
    rule: ResourceRule, exceptions: Exceptions
) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        token = canonical(args.resource_type)
        if rule.types and token not in rule.types:
            return
        unknowns: list[str] = []
        resource = Resource(type=token, inputs=Value(args.props, "", unknowns), config=rule.settings(args.get_config()))
        covering = partial(_covering, exceptions, rule, args.urn)
        _report(lambda: rule.check(resource), report, unknowns, covering)

    return validate


def _remedy(rule: ResourceRule, fix: Fix, exceptions: Exceptions) -> Remedy:
    def remedy(args: ResourceValidationArgs) -> list[Change]:
        if exceptions.covering(rule.id, args.urn):
            return []
        token = canonical(args.resource_type)
        # What is not yet known is not changed; the rule's own check says that it is not known.
        inputs = Value(args.props, "", [])
        return list(fix(Resource(type=token, inputs=inputs, config=rule.settings(args.get_config()))))

    return remedy


def _stack_validation(
    rule: StackRule, exceptions: Exceptions
) -> Callable[[StackValidationArgs, ReportViolation], None]:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        unknowns: list[str] = []
        nodes = (_node(resource, unknowns) for resource in args.resources)
        graph = Graph(tuple(node for node in nodes if not rule.types or node.type in rule.types), rule.types)
        covering = partial(_covering, exceptions, rule, None)
        _report(lambda: rule.check(graph, rule.settings(args.get_config())), report, unknowns, covering)

    return validate


def _node(resource: PolicyResource, unknowns: list[str]) -> Node:
    return Node(
        urn=resource.urn,
        type=canonical(resource.resource_type),
        # The engine leaves the outputs empty while a provider waits for its own configuration: a Kubernetes provider
        # for the kubeconfig of a cluster that is yet to be made.
        outputs=Value(resource.props if len(resource.props) else UNKNOWN, "", unknowns, owner=resource.name),
        references={
            name: frozenset(target.urn for target in targets)
            for name, targets in resource.property_dependencies.items()
        },
        protected=resource.opts.protect,
    )


def _covering(exceptions: Exceptions, rule: Rule, asked: str | None, finding: Finding) -> PolicyException | None:
    return exceptions.covering(rule.id, finding.urn or asked)


def _report(
    check: Callable[[], Iterable[Finding]],
    report: ReportViolation,
    unknowns: list[str],
    covering: Callable[[Finding], PolicyException | None],
) -> None:
    try:
        for finding in check():
            exception = covering(finding)
            report(as_excepted(exception.said_of(finding.message)) if exception else finding.message, finding.urn)
    except Exception as error:
        # The error's own text may quote a property, and properties may be secret: its type has to do. No exception
        # covers it: nobody knows what it would except.
        report(f"{NOT_EVALUATED} ({type(error).__name__}), so it is not known to hold", None)
    if unknowns:
        raise NotYetKnownError(unknowns)
