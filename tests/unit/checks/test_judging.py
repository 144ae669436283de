"""What fails a check, and what does not."""

from __future__ import annotations

from datetime import date

import pytest
from pulumi_policy import EnforcementLevel

from checks.judging import Deployment, judge
from checks.levels import environment_of, without_stops
from checks.model import Comparison, Place, StackCheck
from policies.kit.exceptions import Exceptions
from policies.reference import ENVIRONMENTS, levels_of
from sandbox.result import Result
from sandbox.tally import STACK_TYPE, Operation
from tests.unit.checks.samples import (
    ACCOUNT,
    ADVISORY,
    DECLARED,
    FILE,
    FILES,
    MANDATORY,
    TODAY,
    checked,
    exception,
    result,
    undecided,
    violation,
)

COVERED = "excepted until 2026-12-31 by security@acme.example (SEC-12): must hold"


def test_a_stack_without_violations_passes() -> None:
    check = checked(result())
    assert check.ok
    assert check.stacks[0].types == {ACCOUNT: 1}
    assert check.stacks[0].operations == {"create": 1}


def test_the_levels_of_the_environment_decide_not_those_of_the_run() -> None:
    both = result(violation(MANDATORY), violation(ADVISORY))
    assert [each.rule.id for each in checked(both).stacks[0].failing] == [MANDATORY]
    assert [each.rule.id for each in checked(both).stacks[0].advisory] == [ADVISORY]
    assert checked(both, environment="development").ok


def test_a_violation_is_placed_where_its_resource_is_declared() -> None:
    other = FILES.replace("files-a", "files-b")
    found = checked(result(violation(MANDATORY), violation(MANDATORY, other))).stacks[0].failing
    assert [(each.name, each.type, each.place) for each in found] == [
        ("shop-files-a", ACCOUNT, DECLARED),
        ("shop-files-b", ACCOUNT, FILE),
    ]
    assert {each.message for each in found} == {"must hold"}


@pytest.mark.parametrize("urn", ["", f"urn:pulumi:prod::shop::{STACK_TYPE}::shop-prod"])
def test_a_violation_of_no_resource_is_the_stacks(urn: str) -> None:
    (found,) = checked(result(violation(MANDATORY, urn))).stacks[0].failing
    assert (found.name, found.type, found.place) == ("the stack", "", FILE)


def test_a_rule_that_could_not_be_run_fails_whatever_its_level() -> None:
    broken = violation(ADVISORY, message="the rule could not be evaluated (KeyError), so it is not known to hold")
    check = checked(result(broken, undecided=(undecided(ADVISORY),)))
    assert [rule for rule, _ in check.stacks[0].undecided] == [ADVISORY, ADVISORY]
    assert check.stacks[0].violations == ()
    assert not check.ok


def test_a_stack_that_was_not_deployed_fails_and_names_resources_only() -> None:
    step = Operation("create", ACCOUNT, "shop-files-a", FILES)
    check = checked(result(ok=False, failed=(step,), message="The key hunter2 is wrong."))
    assert check.stacks[0].error == "Could not be deployed: StorageAccount shop-files-a. The log of the run says why."
    assert not check.ok
    assert not checked(None, error="No such platform.").ok


def test_a_run_without_the_pack_fails() -> None:
    assert checked(result(policy_packs={})).stacks[0].error == "The policy pack odoo-azure did not run."


def test_violations_of_other_packs_are_not_ours() -> None:
    foreign = violation(MANDATORY)
    assert checked(result(type(foreign)(**{**vars(foreign), "pack": "other"}))).ok


def test_an_exception_in_force_covers_a_violation() -> None:
    check = checked(result(violation(MANDATORY, message=COVERED)), exception())
    assert check.ok
    assert check.in_force == (exception(),)
    assert [each.exception for each in check.stacks[0].excepted] == [exception()]


def test_text_alone_covers_nothing_and_neither_does_the_file_alone() -> None:
    assert not checked(result(violation(MANDATORY, message=COVERED))).ok
    assert checked(result(violation(MANDATORY)), exception()).stacks[0].failing


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "unused"),
        ({"until": date(2026, 11, 21)}, "ended"),
        ({"until": date(2026, 11, 22)}, "unused"),
        ({"granted": date(2026, 11, 23)}, "not-begun"),
        ({"stack": "gone"}, "no-stack"),
    ],
)
def test_an_exception_that_is_not_needed_now_fails(changes: dict[str, object], kind: str) -> None:
    check = checked(result(), exception(**changes))
    assert [problem.kind for problem in check.problems] == [kind]
    assert not check.ok


def test_exceptions_of_stacks_that_were_not_checked_or_not_deployed_are_left_alone() -> None:
    assert checked(result(), exception(stack="staging")).problems == ()
    failed = checked(result(ok=False, message="x"), exception())
    assert failed.problems == ()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_under_a_checks_configuration_nothing_stops_and_nothing_else_changes(environment: str) -> None:
    configured = without_stops(environment)
    assert configured.pop("all") == {"enforcementLevel": "advisory"}
    assert {each["enforcementLevel"] for each in configured.values()} <= {"advisory", "disabled"}
    disabled = {name for name, each in configured.items() if each["enforcementLevel"] == "disabled"}
    assert disabled == {rule for rule, level in levels_of(environment).items() if level is EnforcementLevel.DISABLED}


def test_an_unknown_class_has_the_strictest_levels() -> None:
    assert environment_of("staging") == "staging"
    assert environment_of("") == environment_of("../production") == "production"


def test_a_place_is_a_path_and_a_line() -> None:
    assert str(Place(file="a/b.py", line=3)) == "a/b.py:3"


class TestComparison:
    def test_a_delete_that_is_refused_is_a_change_and_fails(self) -> None:
        gone = Operation("delete", ACCOUNT, "shop-books", FILES.replace("files-a", "books"))
        outcome = result(ok=False, failed=(gone,), message="1 resources are protected")
        check = judged(outcome, comparison=Comparison(base="abc"))
        assert check.findings == 1
        assert check.comparison
        assert [(each.op, each.name) for each in check.comparison.changes] == [
            ("delete", "shop-books"),
            ("create", "shop-files-a"),
        ]

    def test_what_is_deleted_is_not_there(self) -> None:
        steps = (Operation("delete", ACCOUNT, "shop-files-a", FILES),)
        assert judged(result(operations=steps)).types == {}

    def test_without_something_to_compare_with_there_are_no_changes(self) -> None:
        check = judged(result(), comparison=Comparison(base="abc", why_not="abc does not have it"))
        assert check.comparison == Comparison(base="abc", why_not="abc does not have it")


def judged(outcome: Result, comparison: Comparison | None = None) -> StackCheck:
    deployment = Deployment(stack="prod", environment="production", file=FILE, result=outcome, comparison=comparison)
    return judge(deployment, Exceptions((), TODAY))
