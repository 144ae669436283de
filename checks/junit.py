"""JUnit XML for test tabs: a suite a stack, a case a rule."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree as ET

from pulumi_policy import EnforcementLevel

from checks.model import Check, StackCheck, Violation
from policies.pack import RULES

# XML 1.0 has no place for other control characters, not even escaped (w3.org/TR/xml/#charsets).
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(check: Check) -> bytes:
    """The document."""
    root = ET.Element("testsuites", name="odoo-azure check")
    for stack in check.stacks:
        _add_suite(root, stack.stack, list(_cases(stack)), stack.seconds)
    _add_suite(root, "exceptions", [_case("exceptions", "in force and used", _wrong_exceptions(check))])
    for count in ("tests", "failures", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ET.indent(root)
    return b"<?xml version='1.0' encoding='utf-8'?>\n" + ET.tostring(root, encoding="unicode").encode()


def _add_suite(root: ET.Element, name: str, cases: Sequence[ET.Element], seconds: float = 0.0) -> None:
    failures = sum(case.find("failure") is not None for case in cases)
    skipped = sum(case.find("skipped") is not None for case in cases)
    counts = {"tests": str(len(cases)), "failures": str(failures), "skipped": str(skipped), "errors": "0"}
    suite = ET.SubElement(root, "testsuite", {"name": _xml(name), "time": f"{seconds:.3f}", **counts})
    suite.extend(cases)


def _cases(stack: StackCheck) -> Iterator[ET.Element]:
    yield _case(stack.stack, "deploys", [stack.error] if stack.error else [])
    if not stack.levels:
        return
    for rule in RULES:
        failing = [*(_line(each) for each in stack.failing if each.rule is rule)]
        failing += [said for policy, said in stack.undecided if policy == rule.id]
        noted = [_line(each) for each in stack.violations if each.rule is rule and not each.fails]
        case = _case(f"{stack.stack}.{rule.family}", rule.id, failing, rule.remedy)
        if stack.levels[rule.id] is EnforcementLevel.DISABLED:
            ET.SubElement(case, "skipped", message=f"disabled in {stack.environment}")
        elif noted:
            ET.SubElement(case, "system-out").text = _xml("\n".join(noted))
        yield case


def _case(group: str, name: str, failing: Sequence[str], remedy: str = "") -> ET.Element:
    case = ET.Element("testcase", classname=_xml(group), name=_xml(name))
    if failing:
        failure = ET.SubElement(case, "failure", message=_xml(failing[0]))
        failure.text = _xml("\n".join([*failing, *([remedy] if remedy else [])]))
    return case


def _line(violation: Violation) -> str:
    return f"{violation.place}: {violation.name}: {violation.message}"


def _wrong_exceptions(check: Check) -> list[str]:
    return [f"{each.exception.rule} on {each.exception.resource}: {each.text}" for each in check.problems]


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
