"""SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0), for code scanning."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from pulumi_policy import Severity

from checks.model import Check, ExceptionProblem, Place, StackCheck, Violation
from policies.kit.rule import Rule
from policies.pack import PACK, RULES

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_SOURCE_ROOT = "%SRCROOT%"
_LEVELS: Mapping[Severity, str] = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
}
# In the middle of the ranges that GitHub makes these words of (docs.github.com, "SARIF support for code scanning").
_SCORES: Mapping[Severity, str] = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
}
DEPLOYS = "stack-deploys"
EXCEPTIONS = "exceptions-in-force-and-used"
_OWN_RULES = {
    DEPLOYS: "Every stack can be deployed, and the policy pack runs",
    EXCEPTIONS: "Every exception is in force, and something needs it",
}
_INDEX = {name: index for index, name in enumerate([*(rule.id for rule in RULES), *_OWN_RULES])}


def sarif(check: Check) -> dict[str, Any]:
    """The log, with one run."""
    run = {
        "tool": {"driver": {"name": PACK, "rules": [*map(_rule, RULES), *map(_own_rule, _OWN_RULES)]}},
        "automationDetails": {"id": f"{PACK}-check/"},
        "invocations": [{"executionSuccessful": not any(stack.error for stack in check.stacks)}],
        "columnKind": "unicodeCodePoints",
        "results": list(_results(check)),
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.id,
        "shortDescription": {"text": f"{rule.title}."},
        "fullDescription": {"text": f"{rule.title}. {rule.why}"},
        "help": {"text": rule.remedy},
        "helpUri": rule.url,
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "tags": ["security", rule.family, *rule.references],
            "security-severity": _SCORES[rule.severity],
        },
    }


def _own_rule(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "shortDescription": {"text": f"{_OWN_RULES[name]}."},
        "defaultConfiguration": {"level": "error"},
    }


def _results(check: Check) -> Iterator[dict[str, Any]]:
    for stack in check.stacks:
        if stack.error:
            yield _result(DEPLOYS, "error", f"{stack.stack}: {stack.error}", stack.file, stack.stack)
        for rule, said in stack.undecided:
            yield _result(rule, "error", f"{stack.stack}: could not be run. {said}", stack.file, stack.stack)
        yield from (_violation(each, stack) for each in stack.violations)
    yield from (_problem(each, check.exceptions_file) for each in check.problems)


def _violation(violation: Violation, stack: StackCheck) -> dict[str, Any]:
    rule = violation.rule
    level = "error" if violation.fails else "note" if violation.exception else _advisory(rule)
    text = f"{stack.stack}: {violation.name}: {violation.message}. {rule.remedy}"
    result = _result(rule.id, level, text, violation.place, violation.urn)
    if violation.place != stack.file:
        result["relatedLocations"] = [_location(stack.file)]
    if violation.exception:
        reason = f"{violation.exception.reason} ({violation.exception.ticket}, until {violation.exception.until})"
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": reason}]
    return result


def _advisory(rule: Rule) -> str:
    """An advisory rule fails nothing, however severe it is elsewhere."""
    return "note" if _LEVELS[rule.severity] == "note" else "warning"


def _problem(problem: ExceptionProblem, file: Place) -> dict[str, Any]:
    exception = problem.exception
    text = f"The exception from {exception.rule} for {exception.resource} in {exception.stack}: {problem.text}"
    return _result(EXCEPTIONS, "error", text, file, f"{exception.stack} {exception.resource}")


def _result(rule: str, level: str, text: str, place: Place, resource: str) -> dict[str, Any]:
    # One finding a resource: GitHub would take those of one rule on one line for the same.
    same = hashlib.sha256("\n".join((rule, resource, text)).encode()).hexdigest()
    result = {
        "ruleId": rule,
        "level": level,
        "message": {"text": text},
        "locations": [{**_location(place), "logicalLocations": [{"fullyQualifiedName": resource}]}],
        "partialFingerprints": {"primaryLocationLineHash": f"{same[:16]}:1"},
    }
    # A rule that the pack does not have is one of a newer pack: it has no description to point to.
    return {**result, "ruleIndex": _INDEX[rule]} if rule in _INDEX else result


def _location(place: Place) -> dict[str, Any]:
    artifact = {"uri": quote(place.file), "uriBaseId": _SOURCE_ROOT}
    return {"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": place.line}}}
