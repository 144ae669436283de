"""What is made of the engine's events: the tally, the lines while it runs, the report and the JSON at the end."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation import EngineEvent
from rich.console import Console

from sandbox import report
from sandbox.failures import ExitCode
from sandbox.progress import Lines, Terminal, counts_line, observer_for, slowest_running
from sandbox.result import Result
from sandbox.session import SECRET
from sandbox.tally import Operation, PropertyChange, Tally, property_changes
from sandbox.toolchain import Cli

ACCOUNT = "azure-native:storage:StorageAccount"
PREFIX = "urn:pulumi:dev::shop::"


def event(kind: str, op: str, type_: str, name: str, **more: Any) -> EngineEvent:
    custom = type_.startswith(("azure-native", "pulumi:providers"))
    state = {"type": type_, "urn": f"{PREFIX}{type_}::{name}", "custom": custom, **more.pop("state", {})}
    metadata = {"op": op, "urn": state["urn"], "type": type_, "provider": "", "new": state, **more}
    return EngineEvent.from_json({kind: {"metadata": metadata}})


def violation(level: str, name: str, policy: str = "storage-private") -> EngineEvent:
    return EngineEvent.from_json(
        {
            "policyEvent": {
                "message": "<{%reset%}>Storage is private.\nIt is open: close it.<{%reset%}>\n",
                "policyName": policy,
                "policyPackName": "odoo-azure",
                "enforcementLevel": level,
                "resourceUrn": f"{PREFIX}{ACCOUNT}::{name}",
            }
        }
    )


def diagnostic(severity: str, message: str, **more: Any) -> EngineEvent:
    return EngineEvent.from_json({"diagnosticEvent": {"severity": severity, "message": message, **more}})


@pytest.fixture
def tally() -> Tally:
    """A stack of a component and three accounts: one made, one still at work, one failed."""
    tally = Tally()
    for happened in (
        event("resourcePreEvent", "create", "pulumi:pulumi:Stack", "shop-dev"),
        event("resourcePreEvent", "create", "pulumi:providers:azure-native", "default"),
        event("resOutputsEvent", "create", "pulumi:providers:azure-native", "default"),
        event("resourcePreEvent", "create", "odoo-azure:index:FileStore", "files"),
        *(event("resourcePreEvent", "create", ACCOUNT, name) for name in ("made", "slow", "broken")),
        event("resOutputsEvent", "create", ACCOUNT, "made"),
        event("resOpFailedEvent", "create", ACCOUNT, "broken"),
        diagnostic("error", "SkuNotAvailable", urn=f"{PREFIX}{ACCOUNT}::broken"),
        diagnostic("error", "update failed"),
        diagnostic("debug", "noise"),
        diagnostic("info", "fleeting", ephemeral=True),
        violation("mandatory", "made"),
        violation("mandatory", "made"),
    ):
        tally.add(happened)
    return tally


def test_counts_what_is_done_running_and_failed(tally: Tally) -> None:
    assert [operation.name for operation in tally.operations()] == ["shop-dev", "files", "made"]
    assert tally.counts() == {"create": 2}
    assert counts_line("up", tally) == "2 created, 1 running, 1 failed"
    assert counts_line("preview", tally) == "2 to create, 1 running, 1 failed"
    assert [label for label, _ in slowest_running(tally)] == ["StorageAccount slow"]
    assert counts_line("up", Tally()) == "nothing yet"


def test_keeps_the_errors_that_say_something(tally: Tally) -> None:
    assert [(one.name, one.message) for one in tally.diagnostics] == [("broken", "SkuNotAvailable")]


def test_a_check_that_needs_a_value_not_known_yet_is_no_violation() -> None:
    tally = Tally()
    unknown = violation("advisory", "made")
    assert unknown.policy_event is not None
    unknown.policy_event.message = "can't run policy 'storage-private' from policy pack 'x' during preview: id"
    tally.add(unknown)
    assert (tally.violations, len(tally.undecided)) == ([], 1)
    shown = result(undecided=tuple(tally.undecided), policy_packs={"odoo-azure": "0.1.0"})
    assert "no violations; 1 checks need values that exist after up" in printed(lambda to: report.show(shown, to))


def test_a_replacement_counts_once() -> None:
    tally = Tally()
    for op in ("create-replacement", "replace", "delete-replaced"):
        tally.add(event("resOutputsEvent", op, ACCOUNT, "one"))
    assert tally.counts() == {"replace": 1}


def test_names_local_packs_as_they_name_themselves() -> None:
    tally = Tally()
    tally.add(EngineEvent.from_json({"summaryEvent": {"PolicyPacks": {"odoo-azure|local|/x/policies": "0.1.0"}}}))
    assert tally.policy_packs == {"odoo-azure": "0.1.0"}


def test_a_change_has_its_values_before_and_after() -> None:
    happened = event(
        "resOutputsEvent",
        "update",
        ACCOUNT,
        "one",
        old={"outputs": {"tags": {"a.b": "1"}, "rules": [{"port": 80}]}},
        state={"outputs": {"tags": {"a.b": "2"}, "rules": [{"port": 443}]}},
        detailedDiff={'tags["a.b"]': {"diffKind": "update"}, "rules[0].port": {"diffKind": "update-replace"}},
    )
    assert happened.res_outputs_event is not None
    assert property_changes(happened.res_outputs_event.metadata) == [
        PropertyChange(path="rules[0].port", kind="update-replace", before=80, after=443),
        PropertyChange(path='tags["a.b"]', kind="update", before="1", after="2"),
    ]


def test_a_change_without_details_names_the_property() -> None:
    happened = event("resOutputsEvent", "update", ACCOUNT, "one", diffs=["sku[9]"], state={"inputs": {"sku": ["S"]}})
    assert happened.res_outputs_event is not None
    assert property_changes(happened.res_outputs_event.metadata) == [PropertyChange(path="sku[9]", kind="update")]


def printed(write: Callable[[Console], None], *, terminal: bool = False) -> str:
    text = io.StringIO()
    write(Console(file=text, width=200, force_terminal=terminal, emoji=False, no_color=True))
    return text.getvalue()


def test_lines_are_few_and_say_each_violation_once(tally: Tally) -> None:
    def run(console: Console) -> None:
        observer = Lines(console)
        observer.start("dev", Cli(path=Path("/opt/pulumi"), version="3.259.0"), ["policies"])
        with observer.watch("up", tally):
            pass

    lines = printed(run).splitlines()
    assert lines[0] == "Stack dev in the sandbox: pulumi 3.259.0 (/opt/pulumi), checked by policies"
    assert lines[2] == "  mandatory storage-private: made: Storage is private."
    assert lines[3].startswith("  2 created, 1 running, 1 failed")
    assert len(lines) == 4


def test_a_long_run_says_what_it_waits_for(tally: Tally, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.progress.LINES_EVERY_SECONDS", 0.01)

    def run(console: Console) -> None:
        with Lines(console).watch("up", tally):
            while "waiting for" not in console.file.getvalue():  # type: ignore[attr-defined]
                pass

    assert "waiting for StorageAccount slow" in printed(run)


def test_a_terminal_shows_what_runs_and_what_is_wrong(tally: Tally) -> None:
    def run(console: Console) -> None:
        with Terminal(console).watch("up", tally):
            pass

    text = printed(run, terminal=True)
    for expected in ("Deploying", "2 created", "StorageAccount slow", "mandatory storage-private: made"):
        assert expected in text


def test_a_pipe_gets_lines_and_a_terminal_a_display() -> None:
    pipe, terminal = Console(file=io.StringIO()), Console(file=io.StringIO(), force_terminal=True)
    assert type(observer_for(pipe, quiet_terminal=False)) is Lines
    assert type(observer_for(terminal, quiet_terminal=False)) is Terminal
    assert type(observer_for(terminal, quiet_terminal=True)) is Lines


def result(**more: Any) -> Result:
    steps = (Operation("create", ACCOUNT, "made", f"{PREFIX}{ACCOUNT}::made"),)
    found: dict[str, Any] = {"ok": True, "exit_code": ExitCode.OK, "operations": steps, "seconds": 1.25, **more}
    return Result(**{"command": "up", "stage": "up", "stack": "dev", **found})


def test_the_report_of_a_failure_has_the_error_the_violations_and_the_cause(tally: Tally) -> None:
    failure = result(
        ok=False,
        exit_code=ExitCode.FAILED,
        diagnostics=tuple(tally.diagnostics),
        violations=tuple(dict.fromkeys(tally.violations)),
        policy_packs={"odoo-azure": "0.1.0"},
        message="Stopped.",
    )
    assert printed(lambda console: report.show(failure, console)).splitlines() == [
        "error: StorageAccount broken: SkuNotAvailable",
        "Policies (odoo-azure 0.1.0): 1 resources checked, 1 mandatory",
        "  mandatory: storage-private",
        "    made: Storage is private.",
        "      It is open: close it.",
        "Stopped.",
        "up dev: failed; 1 created; 1.2 s",
    ]


def test_bad_settings_are_shown_as_they_are_and_nothing_else() -> None:
    message = "Pulumi.dev.yaml: 1 error\n  shop:size: found 'x', allowed: 1 to 9"
    failure = result(
        ok=False,
        exit_code=ExitCode.BAD_INPUT,
        operations=(),
        message=message,
        policy_packs={"odoo-azure": "0.1.0"},
        stage="preview",
    )
    assert (
        printed(lambda console: report.show(failure, console)) == f"{message}\nup dev: failed; nothing touched; 1.2 s\n"
    )


def test_outputs_are_a_tree() -> None:
    outputs = {"url": "https://x:80", "deep": {"n": 3, "zones": [1, 2], "rules": [{"port": 80}], "none": {}}}
    text = printed(lambda console: report.show(result(outputs=outputs), console))
    for expected in ("url: https://x:80", "deep", "n: 3", "zones: 1, 2", "rules", "port: 80", "none: {}"):
        assert expected in text
    assert "Next:" in text


def test_drift_is_a_table_of_what_differs() -> None:
    urn = f"{PREFIX}{ACCOUNT}::made"
    change = PropertyChange(
        path="tags", kind="update", before={"owner": "finance", "a": 1}, after={"owner": "nobody", "a": 1}
    )
    gone = Operation("delete", ACCOUNT, "gone", f"{PREFIX}{ACCOUNT}::gone")
    changed = Operation("update", ACCOUNT, "made", urn)
    drifted = result(
        command="drift",
        stage="drift",
        ok=False,
        exit_code=ExitCode.DRIFT,
        operations=(changed, gone),
        differences={urn: [change]},
    )
    text = printed(lambda console: report.show(drifted, console))
    row = next(line for line in text.splitlines() if "tags.owner" in line)
    assert "finance" in row
    assert "nobody" in row
    assert "tags.a" not in text
    assert "gone" in text
    assert "drift dev: drift found; 1 to update, 1 to delete" in text


def test_the_json_is_complete(tally: Tally) -> None:
    done = result(violations=tuple(tally.violations), outputs={"password": SECRET})
    parsed = json.loads(json.dumps(report.as_json(done)))
    assert parsed["exit_code"] == 0
    assert parsed["summary"] == {"create": 1}
    assert parsed["operations"] == [
        {"op": "create", "type": ACCOUNT, "name": "made", "urn": f"{PREFIX}{ACCOUNT}::made"}
    ]
    assert parsed["violations"][0]["level"] == "mandatory"
    assert parsed["outputs"] == {"password": "[secret]"}
