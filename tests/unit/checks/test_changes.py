"""What changes, as a reader sees it: what cannot be taken back first, and nothing that gets out of its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checks import changes, drift, event_log, ignored, plan
from checks.changes import Change, changes_of
from sandbox.failures import BadInputError, ExitCode
from sandbox.tally import STACK_TYPE, Operation, PropertyChange, Tally

ACCOUNT = "azure-native:storage:StorageAccount"


def step(op: str, name: str, token: str = ACCOUNT) -> Operation:
    return Operation(op, token, name, f"urn:pulumi:prod::shop::{token}::{name}")


def changed(*paths: str, op: str = "update", name: str = "books", replacing: tuple[str, ...] = ()) -> Change:
    return Change(op=op, type=ACCOUNT, name=name, urn=f"urn:{name}", properties=paths, replacing=replacing)


STEPS = (
    step("create", "stack", STACK_TYPE),
    step("same", "left"),
    step("create", "new"),
    step("update", "books"),
    step("create-replacement", "moved"),
    step("replace", "moved"),
    step("delete-replaced", "moved"),
    step("delete", "gone"),
)
FOUND = {
    step("", "books").urn: [PropertyChange(path="tags.owner", kind="update", before="a", after="b")],
    step("", "moved").urn: [
        PropertyChange(path="location", kind="update-replace"),
        PropertyChange(path="tags", kind="add"),
    ],
    step("", "gone").urn: [PropertyChange(path="name", kind="delete")],
}


def test_each_resource_counts_once_and_what_is_lost_comes_first() -> None:
    found = changes_of(STEPS, FOUND)
    assert [(each.op, each.name, each.properties, each.replacing) for each in found] == [
        ("delete", "gone", (), ()),
        ("replace", "moved", ("location", "tags"), ("location",)),
        ("update", "books", ("tags.owner",), ()),
        ("create", "new", (), ()),
    ]
    assert changes.counts(found) == "Deletes 1, replaces 1, changes 1, creates 1"
    assert changes.counts(()) == "Changes nothing"


def test_destructive_changes_are_open_and_others_folded() -> None:
    shown = "\n".join(changes.lines(changes_of(STEPS, FOUND), 10, beside="abc"))
    before, _, after = shown.partition("<details>")
    assert "⚠️ **Deletes 1, replaces 1, changes 1, creates 1, compared with abc.**" in before
    assert "| deletes | StorageAccount `gone` |  |" in before
    assert "| replaces | StorageAccount `moved` | **`location`**, `tags` |" in before
    assert "| changes | StorageAccount `books` | `tags.owner` |" in after
    harmless = "\n".join(changes.lines([changed("tags")], 10))
    assert "⚠️" not in harmless


def test_what_is_left_out_is_counted() -> None:
    many = [changed(op="delete", name=f"a-{number}") for number in range(7)]
    assert "and 4 more" in list(changes.rows_of(many, 3))


def test_no_name_and_no_path_leaves_its_cell() -> None:
    hostile = "a|b `c` <img src=x> @everyone\n\n# d"
    (row,) = [line for line in changes.rows_of([changed(f'tags["{hostile}"]', name=hostile)], 1) if "changes" in line]
    assert row.count("|") == 4
    assert row.count("`") == 4
    assert "<" not in row
    assert "@" not in row


@pytest.mark.parametrize(
    ("ignoring", "path", "left"),
    [
        ("tags", "tags", ()),
        ("tags", "tags.owner", ()),
        ("tags", "tagsOther", ("tagsOther",)),
        ("tags.owner", "tags", ("tags",)),
        ("agentPoolProfiles[0].count", "agentPoolProfiles[0].count", ()),
        ("agentPoolProfiles[0].count", "agentPoolProfiles[1].count", ("agentPoolProfiles[1].count",)),
        ("subnets[*].etag", "subnets[3].etag", ()),
        ('tags["a.b"]', 'tags["a.b"]', ()),
        ('tags["a.b"]', "tags.a.b", ("tags.a.b",)),
    ],
)
def test_what_the_program_ignores_is_no_drift(ignoring: str, path: str, left: tuple[str, ...], tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text(json.dumps({"deployment": {"resources": [{"urn": "urn:books", "ignoreChanges": [ignoring]}]}}))
    kept = list(ignored.without([changed(path, replacing=(path,))], ignored.ignored_in(state)))
    assert [each.properties for each in kept] == ([left] if left else [])
    assert list(ignored.without([changed(path, name="other")], ignored.ignored_in(state))) == [
        changed(path, name="other")
    ]
    assert list(ignored.without([changed(op="delete")], ignored.ignored_in(state))) == [changed(op="delete")]


def test_a_state_that_is_none_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("[]")
    with pytest.raises(BadInputError, match="pulumi stack export"):
        ignored.ignored_in(tmp_path / "state.json")


class TestDrift:
    def test_the_report_says_what_the_next_up_does(self) -> None:
        found = [
            changed(op="delete", name="gone"),
            changed("location", name="moved", replacing=("location",)),
            changed("tags.owner"),
        ]
        text = drift.markdown("prod", found)
        assert text.startswith("<!-- odoo-azure drift prod -->\n## Drift in prod: 3 resources\n")
        assert "| StorageAccount `gone` | is gone | makes it again |" in text
        assert "| StorageAccount `moved` | `location` | replaces it |" in text
        assert "| StorageAccount `books` | `tags.owner` | changes it back |" in text
        said = [each["next_up"] for each in drift.as_json("prod", found)["drift"]]
        assert said == ["makes it again", "replaces it", "changes it back"]

    def test_the_report_fits_into_an_issue(self) -> None:
        paths = tuple(f"properties.some.long.path.number{number}" for number in range(40))
        text = drift.markdown("prod", [changed(*paths, name=f"books-{number}") for number in range(300)])
        assert len(text) < 65_536
        assert "more, in drift.json" in text

    @pytest.mark.parametrize("events", ["", "no json", '{"sequence": 1, "preludeEvent": {"config": {}}}'])
    def test_an_event_log_that_is_not_whole_is_bad_input(self, events: str, tmp_path: Path) -> None:
        (tmp_path / "events").write_text(events)
        given = ["--stack", "prod", "--events", str(tmp_path / "events"), "--out", str(tmp_path / "out")]
        assert drift.main(given) == ExitCode.BAD_INPUT
        assert not (tmp_path / "out").exists()
        with pytest.raises(BadInputError):
            event_log.read(tmp_path / "nothing")


class TestPlan:
    def test_the_page_names_the_plan_the_commit_and_what_is_lost(self) -> None:
        tally = Tally(done={(each.urn, each.op): each for each in STEPS}, differences=FOUND)
        text = "\n".join(plan.page("prod", "c0ffee", "d1ce", tally))
        assert text.startswith("## Plan for prod\n\n⚠️ **Deletes 1, replaces 1")
        assert "Commit `c0ffee`, plan `sha256:d1ce`." in text

    def test_without_a_plan_there_is_no_page(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        given = ["--stack", "prod", "--commit", "c0ffee", "--plan", str(tmp_path / "plan.json"), "--events", "x"]
        assert plan.main(given) == ExitCode.BAD_INPUT
        assert capsys.readouterr().out == ""
