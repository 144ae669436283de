"""The store keeps what was committed, and its command line makes drift."""

import json
from pathlib import Path

import pytest

from sandbox.provider.faults import Faults
from sandbox.store import Entry, Store, main

ID = "/subscriptions/s/resourceGroups/rg"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "azure.sqlite")


def entry(identifier: str = ID) -> Entry:
    return Entry(identifier, "t", {"tags": {"a": "b"}, "list": [{"x": 1}]}, {"tags": {"a": "b"}, "list": [{"x": 1}]})


def test_ids_compare_without_regard_to_case(store: Store) -> None:
    store.put(entry())
    found = store.get(ID.upper())
    assert found is not None
    assert found.id == ID
    assert [item.id for item in store.all()] == [ID]


def test_what_is_below_an_id_is_not_what_merely_starts_like_it(store: Store) -> None:
    for name in (ID, f"{ID}/a", f"{ID}/a/b", f"{ID}2", f"{ID}-x/a"):
        store.put(entry(name))
    assert [item.id for item in store.below(ID)] == [f"{ID}/a", f"{ID}/a/b"]


def test_a_count_is_of_one_type_below_an_id(store: Store) -> None:
    assert store.is_empty()
    for name in (ID, f"{ID}/a", f"{ID}/b", f"{ID}2/a"):
        store.put(entry(name))
    store.put(Entry(f"{ID}/c", "other", {}))
    assert not store.is_empty()
    assert store.count_below(ID, "t") == 2


def test_a_text_is_found_in_resources_of_one_type_or_any(store: Store) -> None:
    store.put(Entry("/a", "one", {"ref": "X"}, {"guid": "Y"}))
    store.put(Entry("/b", "other", {"ref": "X"}))
    assert {item.id for item in store.mentioning('"x"')} == {"/a", "/b"}
    assert [item.id for item in store.mentioning('"x"', "other")] == ["/b"]
    assert [store.answers("y", type_) for type_ in ("", "one", "other")] == [True, True, False]


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    def half() -> None:
        with store.transaction():
            store.put(entry())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert store.all() == []


def test_a_restart_remembers_which_creates_were_answered(tmp_path: Path) -> None:
    before = Store(tmp_path / "azure.sqlite")
    before.put(entry("/unheard"), answered=False)
    before.put(entry("/heard"), answered=False)
    before.confirm("/HEARD")
    after = Store(tmp_path / "azure.sqlite")
    assert {item.id for item in after.all()} == {"/unheard", "/heard"}
    assert [after.is_known(name) for name in ("/unheard", "/heard", "/never")] == [False, True, False]


def test_guids_live_and_die_with_the_resource() -> None:
    one, other = entry(), entry()
    assert one.guid("principal") == one.guid("principal") != one.guid("client")
    assert one.guid("principal") != other.guid("principal")


def test_the_command_line_lists_shows_changes_and_deletes(
    tmp_path: Path, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    store.put(entry())
    home = ["--home", str(tmp_path)]
    assert main([*home, "list"]) == 0
    assert capsys.readouterr().out == f"t\t{ID}\n"
    assert main([*home, "set", ID, "list[0].x", "2"]) == 0
    assert main([*home, "show", ID.lower()]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["inputs"]["list"] == shown["outputs"]["list"] == [{"x": 2}]
    assert main([*home, "delete", ID]) == 0
    assert main([*home, "show", ID]) == 1
    assert "no resource" in capsys.readouterr().err


def test_a_purge_frees_a_buried_name(tmp_path: Path, store: Store) -> None:
    store.bury(entry(), "kv")
    assert store.buried("t", "KV") == ID
    assert main(["--home", str(tmp_path), "purge", ID]) == 0
    assert store.buried("t", "kv") is None


def test_a_fault_strikes_as_often_as_it_says_even_over_a_restart(tmp_path: Path, store: Store) -> None:
    declared = tmp_path / "faults.json"
    fault = {"type": "t", "name": "^st", "operation": "create", "times": 2, "mode": "refuse", "message": "no"}
    declared.write_text(json.dumps([fault]))
    faults = Faults(declared, "azure-native", store)
    assert faults.strike("update", "t", "st1") is None
    assert faults.strike("create", "t", "kv1") is None
    assert faults.strike("create", "u", "st1") is None
    assert Faults(declared, "random", store).strike("create", "t", "st1") is not None
    restarted = Faults(declared, "azure-native", Store(tmp_path / "azure.sqlite"))
    assert restarted.strike("create", "t", "st1") is not None
    assert restarted.strike("create", "t", "st1") is None


def test_a_fault_of_an_unknown_mode_is_an_error(tmp_path: Path, store: Store) -> None:
    (tmp_path / "faults.json").write_text(json.dumps([{"operation": "create", "mode": "explode"}]))
    with pytest.raises(ValueError, match="explode"):
        Faults(tmp_path / "faults.json", "azure-native", store).strike("create", "t", "n")
