"""Update plans: what was approved is what runs, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.failures import BadInputError, ExitCode
from tests.engine.conftest import Sandbox
from tests.engine.shop import SECRET, Shop, open_shop

BOOKS = {"resource_group_name": "'books'", "tags": "{'owner': 'ann'}"}
HIDDEN = {"resource_group_name": "'books'", "tags": f"{{'owner': pulumi.Output.secret('{SECRET}')}}"}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return open_shop(tmp_path / "shop")


def test_an_approved_plan_runs_as_it_is_and_a_changed_program_is_refused(shop: Shop, tmp_path: Path) -> None:
    plan = tmp_path / "plans" / "plan.json"
    shop.write(books=HIDDEN)
    assert shop.run().preview(save_plan=plan).ok
    assert shop.groups() == {}
    assert "books" in plan.read_text()
    assert SECRET not in plan.read_text()

    shop.write(books=HIDDEN, extra={"resource_group_name": "'extra'"})
    more = shop.run().up(plan=plan)
    assert more.exit_code is ExitCode.FAILED
    assert "extra" not in shop.groups()

    shop.write(books=HIDDEN)
    assert shop.run().up(plan=plan).ok
    assert set(shop.groups()) == {"books"}

    shop.write(books=BOOKS)
    assert shop.run().preview(save_plan=plan).ok
    shop.write(books={**BOOKS, "tags": "{'owner': 'mallory'}"})
    other = shop.run().up(plan=plan)
    assert other.exit_code is ExitCode.FAILED
    assert any("violates plan" in each.message for each in other.diagnostics), other.diagnostics
    shop.write(books=BOOKS)
    assert shop.run().up(plan=plan).ok
    assert shop.groups() == {"books": {"owner": "ann"}}


def test_a_preview_that_fails_leaves_no_plan_behind(shop: Shop, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    assert shop.run().preview(save_plan=plan).ok
    shop.write_parts("def groups():\n    raise ValueError\n")
    assert not shop.run().preview(save_plan=plan).ok
    assert not plan.exists()
    with pytest.raises(BadInputError, match="There is no plan"):
        shop.run().up(plan=plan)


def test_the_plan_of_a_first_preview_fits_its_own_deployment(empty: Callable[[str], Sandbox], tmp_path: Path) -> None:
    """Most is unknown then; a dependency that only a known value has would be one that the plan lacks."""
    sandbox = empty("staging")
    run = replace(sandbox.run, policy_packs=[])
    assert run.preview(save_plan=tmp_path / "plan.json").ok
    result = run.up(plan=tmp_path / "plan.json")
    assert result.ok, [each.message for each in result.diagnostics if each.severity == "error"]
