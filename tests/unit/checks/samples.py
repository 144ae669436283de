"""What the engine may say of a stack, and checks made of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from checks.judging import Deployment, judge, judge_all
from checks.model import Check, Place
from policies.kit.exceptions import Exceptions, PolicyException
from policies.pack import PACK, RULES
from sandbox.failures import ExitCode
from sandbox.result import Result
from sandbox.tally import STACK_TYPE, Operation, Violation, name_of

BY_ID = {rule.id: rule for rule in RULES}
TODAY = date(2026, 11, 22)
ACCOUNT = "azure-native:storage:StorageAccount"
FILES = f"urn:pulumi:prod::shop::shop:index:FileStore${ACCOUNT}::shop-files-a"
FILE = Place(file="Pulumi.prod.yaml", line=9)
DECLARED = Place(file="components/storage_account.py", line=61)
MANDATORY = "storage-shared-key-off"
ADVISORY = "storage-infrastructure-encryption"
EXCEPTIONS = Place(file="policies/exceptions.yaml")


def violation(rule: str, urn: str = FILES, message: str = "must hold", level: str = "advisory") -> Violation:
    """As the engine reports one: every level is advisory here."""
    text = f"{BY_ID[rule].title}.\n{message}"
    return Violation(pack=PACK, policy=rule, level=level, name=name_of(urn), urn=urn, message=text)


def undecided(rule: str) -> Violation:
    """A rule that the engine could not run."""
    message = f"can't run policy '{rule}' from policy pack '{PACK}' during preview: not yet known: sku"
    return Violation(pack=PACK, policy=rule, level="advisory", name="", urn="", message=message)


def result(*violations: Violation, ok: bool = True, **more: Any) -> Result:
    """What `up` came to."""
    operations = (
        Operation("create", STACK_TYPE, "shop-prod", f"urn:pulumi:prod::shop::{STACK_TYPE}::shop-prod"),
        Operation("create", ACCOUNT, "shop-files-a", FILES),
    )
    code = ExitCode.OK if ok else ExitCode.FAILED
    given = {"operations": operations, "policy_packs": {PACK: "0.1.0"}, "violations": violations, "seconds": 2.5}
    return Result(command="up", stage="up", stack="prod", ok=ok, exit_code=code, **{**given, **more})


def exception(**changes: Any) -> PolicyException:
    """An exception from the mandatory rule, in force."""
    values = {
        "rule": MANDATORY,
        "stack": "prod",
        "resource": f"{ACCOUNT}::shop-files-*",
        "reason": "Old scanners know keys only until they are replaced.",
        "owner": "ann@acme.example",
        "approver": "security@acme.example",
        "ticket": "SEC-12",
        "granted": date(2026, 11, 2),
        "until": date(2026, 12, 31),
    }
    return PolicyException.model_validate({**values, **changes})


def checked(
    outcome: Result | None, *entries: PolicyException, environment: str = "production", error: str = ""
) -> Check:
    """The check of stack prod, the only one there is."""
    exceptions = Exceptions(entries, TODAY)
    deployment = Deployment(
        stack="prod", environment=environment, file=FILE, result=outcome, error=error, places={FILES: DECLARED}
    )
    return judge_all([judge(deployment, exceptions)], exceptions, ["prod", "staging"], EXCEPTIONS)
