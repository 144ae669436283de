"""The tenants of a platform together: what conflicts, what is reported, and who goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from stacks.errors import SettingsError, SeveralFilesError
from stacks.subsidiaries import read_subsidiaries, tenants_here
from stacks.tenant_scalars import TenantPlacement, TenantState, Tier
from tests.unit.settings.conftest import ROOT
from tests.unit.settings.tenants import LONG_AGO, PLATFORM, TODAY, by_file, offering, read, tenant


def test_the_files_of_the_platform_are_right_and_of_mixed_tiers() -> None:
    subsidiaries = read_subsidiaries(ROOT, PLATFORM, TODAY)
    assert [str(error) for error in subsidiaries.problems] == []
    inline = tenants_here(PLATFORM, subsidiaries.tenants, TenantPlacement.INLINE)
    tiers = [subsidiary.tier for subsidiary in inline.values()]
    assert {tier: tiers.count(tier) for tier in Tier} == {Tier.STANDARD: 9, Tier.PRIORITY: 2, Tier.ISOLATED: 1}
    assert [name for name, each in inline.items() if each.lifecycle.state is TenantState.SUSPENDED] == ["acme-dk"]
    assert list(tenants_here(PLATFORM, subsidiaries.tenants, TenantPlacement.SHARDED)) == ["acme-at"]


def test_every_bad_file_is_reported_at_once_and_the_good_ones_go_on(tmp_path: Path) -> None:
    subsidiaries = read(
        tmp_path,
        {
            "acme-es.yaml": tenant(1),
            "acme-it.yaml": tenant(2, hostname="erp.acme.example"),
            "acme-fr.yaml": tenant(3, hostname="ERP.acme.example"),
            "acme-nl.yaml": tenant(4),
            "acme-nl.yml": tenant(5),
            "Acme_BE.yaml": tenant(6),
            "acme-pt.yaml": tenant(7, tier="gold"),
            "acme-pl.yaml": tenant(8, extensions=["payroll"]),
            "acme-ie.yaml": tenant(9, concurrent_users=41),
            "acme-tr.yaml": tenant(10, country="TR"),
            "acme-se.yaml": tenant(1, concurrent_users=41),
            "acme-cz.yaml": tenant(12),
            "README.md": "Not a tenant.",
        },
    )
    assert {file: set(problems) for file, problems in by_file(subsidiaries).items()} == {
        "Acme_BE.yaml": {"the file's name"},
        "acme-es.yaml": {"slot"},
        "acme-fr.yaml": {"hostname"},
        "acme-ie.yaml": {"concurrent_users"},
        "acme-it.yaml": {"hostname"},
        "acme-nl.yaml": {"the file's name", "hostname", "certificate"},
        "acme-nl.yml": {"the file's name", "hostname", "certificate"},
        "acme-pl.yaml": {"extensions[0]"},
        "acme-pt.yaml": {"tier"},
        "acme-se.yaml": {"slot", "concurrent_users"},
        "acme-tr.yaml": {"country"},
    }
    assert list(subsidiaries.tenants) == ["acme-cz"]


def test_errors_name_file_line_path_what_was_found_what_is_allowed_and_what_to_do(tmp_path: Path) -> None:
    subsidiaries = read(tmp_path, {"acme-es.yaml": tenant(1, teir="standard"), "acme-it.yaml": tenant(25)})
    spain, italy = subsidiaries.problems
    assert str(italy) == (
        "subsidiaries/emea/acme-it.yaml cannot be used:\n"
        " 1. slot (line 4)\n"
        "    found    25\n"
        "    allowed  from 1 to 24: the platform is built for 24 tenants\n"
        "    to do    Take a slot that no tenant ever had, or raise odoo-azure:platform.capacity.\n"
        "1 problem in subsidiaries/emea/acme-it.yaml: edit it and run again."
    )
    assert [(problem.line, problem.remedy) for problem in spain.problems] == [(5, "Did you mean tier?")]
    together = str(SeveralFilesError(subsidiaries.problems))
    assert together == f"{spain}\n\n{italy}\n\n2 problems in 2 files."
    assert isinstance(SeveralFilesError(subsidiaries.problems), SettingsError)


class TestConflicts:
    def test_name_the_other_file(self, tmp_path: Path) -> None:
        problems = by_file(read(tmp_path, {"acme-es.yaml": tenant(1), "acme-it.yaml": tenant(1)}))
        assert problems["acme-es.yaml"]["slot"].found == '"1", as subsidiaries/emea/acme-it.yaml'
        assert problems["acme-it.yaml"]["slot"].found == '"1", as subsidiaries/emea/acme-es.yaml'

    def test_are_found_beside_other_errors_of_either_file(self, tmp_path: Path) -> None:
        problems = by_file(read(tmp_path, {"acme-es.yaml": tenant(1, tier="x"), "acme-it.yaml": tenant(1, odoo="x")}))
        assert {file: set(each) for file, each in problems.items()} == {
            "acme-es.yaml": {"slot", "tier"},
            "acme-it.yaml": {"slot", "odoo"},
        }

    def test_are_of_the_host_name_that_a_tenant_has_by_default(self, tmp_path: Path) -> None:
        hostname = "acme-es.subs.erp.acme.example"
        problems = by_file(read(tmp_path, {"acme-es.yaml": tenant(1), "acme-it.yaml": tenant(2, hostname=hostname)}))
        assert problems["acme-es.yaml"]["hostname"].found == f'"{hostname}", as subsidiaries/emea/acme-it.yaml'

    def test_are_of_names_that_differ_in_case_only(self, tmp_path: Path) -> None:
        problems = by_file(read(tmp_path, {"acme-es.yaml": tenant(1), "ACME-es.yaml": tenant(2)}))
        assert "the file's name" in problems["acme-es.yaml"]

    def test_are_of_a_certificate_since_each_identity_reads_its_own_alone(self, tmp_path: Path) -> None:
        problems = by_file(
            read(tmp_path, {"acme-es.yaml": tenant(1), "acme-it.yaml": tenant(2, certificate="Acme-ES")})
        )
        assert set(problems["acme-it.yaml"]) == {"certificate"}

    def test_of_a_removed_tenant_are_of_its_slot_but_not_of_its_host_name(self, tmp_path: Path) -> None:
        gone = {"state": "removed", "suspended_on": LONG_AGO, "consent": "delete Acme Iberia SL"}
        old = tenant(1, lifecycle=gone, hostname="es.acme.example")
        new = tenant(2, hostname="es.acme.example")
        subsidiaries = read(tmp_path, {"acme-es.yaml": old, "acme-iberia.yaml": new})
        assert subsidiaries.problems == ()
        assert subsidiaries.tenants["acme-es"].lifecycle.state is TenantState.REMOVED
        again = by_file(read(tmp_path, {"acme-iberia.yaml": new | {"slot": 1}}))
        assert {file: set(each) for file, each in again.items()} == {
            "acme-es.yaml": {"slot"},
            "acme-iberia.yaml": {"slot"},
        }

    def test_do_not_depend_on_the_order_of_files(self, tmp_path: Path) -> None:
        files = {"acme-a.yaml": tenant(3), "acme-b.yaml": tenant(3), "acme-c.yaml": tenant(3)}
        problems = by_file(read(tmp_path, files))
        assert problems["acme-b.yaml"]["slot"].found == (
            '"3", as subsidiaries/emea/acme-a.yaml and subsidiaries/emea/acme-c.yaml'
        )


class TestFile:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("", "nothing, or no mapping"),
            ("- a", "nothing, or no mapping"),
            ("a: [", "expected the node content"),
            ("slot: 1\nslot: 2", "a second time in the same mapping"),
        ],
    )
    def test_that_is_no_mapping_is_refused_and_the_others_go_on(self, tmp_path: Path, text: str, found: str) -> None:
        subsidiaries = read(tmp_path, {"acme-es.yaml": text, "acme-it.yaml": tenant(1)})
        assert list(subsidiaries.tenants) == ["acme-it"]
        (problem,) = by_file(subsidiaries)["acme-es.yaml"].values()
        assert problem.found.startswith(found)

    def test_that_is_no_text_is_refused_under_its_path_in_the_project(self, tmp_path: Path) -> None:
        read(tmp_path, {"acme-it.yaml": tenant(1)})
        (tmp_path / "subsidiaries/emea/acme-es.yaml").write_bytes(b"\xff\xfe\x00")
        subsidiaries = read(tmp_path, {})
        (error,) = subsidiaries.problems
        assert error.file == "subsidiaries/emea/acme-es.yaml"
        assert error.problems[0].found == "no utf-8 text"

    def test_may_have_dates_without_quotes_and_the_country_norway(self, tmp_path: Path) -> None:
        text = (
            "legal_name: Acme Norge AS\ncountry: NO\nconcurrent_users: 5\nslot: 1\n"
            "lifecycle: {state: suspended, suspended_on: 2026-11-01}\n"
        )
        subsidiaries = read(tmp_path, {"acme-no.yaml": text})
        assert subsidiaries.problems == ()
        assert subsidiaries.tenants["acme-no"].country == "NO"
        assert str(subsidiaries.tenants["acme-no"].lifecycle.suspended_on) == "2026-11-01"


def test_a_platform_without_its_folder_has_no_tenants_but_a_problem(tmp_path: Path) -> None:
    (tmp_path / "subsidiaries" / "apac").mkdir(parents=True)
    subsidiaries = read_subsidiaries(tmp_path, PLATFORM, TODAY)
    assert subsidiaries.tenants == {}
    (error,) = subsidiaries.problems
    assert error.problems[0].allowed == "a folder of subsidiaries/: apac"


def test_a_tenant_s_own_placement_goes_before_the_platform_s(tmp_path: Path) -> None:
    tenants = read(tmp_path, {"acme-es.yaml": tenant(1), "acme-it.yaml": tenant(2, placement="sharded")}).tenants
    assert list(tenants_here(PLATFORM, tenants, TenantPlacement.INLINE)) == ["acme-es"]
    assert list(tenants_here(PLATFORM, tenants, TenantPlacement.SHARDED)) == ["acme-it"]
    sharded = offering(placement=TenantPlacement.SHARDED)
    assert list(tenants_here(sharded, tenants, TenantPlacement.SHARDED)) == ["acme-es", "acme-it"]
