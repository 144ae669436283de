"""How often the operations jobs of a tenant run: their names, and so what makes another of each."""

from __future__ import annotations

import pytest

from tests.unit.components.harness import Declared
from tests.unit.components.tenant_example import DIGEST, tenant_secrets
from tests.unit.components.tenant_jobs_example import (
    BACKUP,
    COPIES,
    OPERATIONS,
    containers_of,
    declare_jobs,
    declared_jobs,
    job_of,
    name_of,
)

pytestmark = pytest.mark.stacks


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declared_jobs()


def test_jobs_are_named_after_what_they_do_once() -> None:
    first, again = declare_jobs(), declare_jobs()
    for operation in OPERATIONS:
        assert name_of(first, operation) == name_of(again, operation)
    assert name_of(first, "bootstrap") == "bootstrap-acme-1-abababa"
    assert name_of(first, "upgrade") == "upgrade-abababababab"
    assert name_of(first, "farewell-backup") == "farewell-backup"
    assert name_of(declare_jobs(secrets=tenant_secrets(2)), "bootstrap") == "bootstrap-acme-2-abababa"
    renamed = declare_jobs(image_digest="sha256:" + "ef" * 32)
    for operation in ("bootstrap", "upgrade", "restore"):
        assert name_of(renamed, operation) != name_of(first, operation)


def test_a_copy_is_named_after_the_backup_alone() -> None:
    """Whatever the release, it is the same copy; the longest name of a tenant leaves room for it."""
    declared, later = declare_jobs(tenant="a" * 40), declare_jobs(tenant="a" * 40, image_digest="sha256:" + "ef" * 32)
    for operation in COPIES:
        assert name_of(declared, operation) == name_of(later, operation)
        assert len(name_of(declared, operation)) <= 63


def test_what_a_database_begins_with_is_named_after_the_backup_alone() -> None:
    """Whatever the release, it is the same job; and it is another than a way back to the same backup."""
    releases = [DIGEST, "sha256:" + "ef" * 32]
    moved = [declare_jobs(image_digest=each, into_empty=True) for each in releases]
    assert name_of(moved[0], "restore") == name_of(moved[1], "restore") != name_of(declare_jobs(), "restore")
    assert containers_of(moved[0], "restore")["adopt"]["args"] == ["adopt", BACKUP]
    assert containers_of(declare_jobs(), "restore")["restore"]["args"] == ["restore", BACKUP]


def test_a_last_backup_is_not_taken_again_by_another_release(declared: list[Declared]) -> None:
    ignored = {operation: job_of(declared, operation).ignore_changes for operation in OPERATIONS}
    assert ignored == {"bootstrap": (), "upgrade": (), "restore": (), "farewell-backup": ("spec",)}


def test_other_modules_make_another_upgrade_and_nothing_else() -> None:
    names = [
        [name_of(declare_jobs(modules=modules), operation) for operation in OPERATIONS]
        for modules in ((), ("account",), ("account", "l10n_es"))
    ]
    assert len({upgrade for _, upgrade, _, _ in names}) == 3
    assert len({(bootstrap, restore, farewell) for bootstrap, _, restore, farewell in names}) == 1


def test_names_with_the_longest_tenant_fit_into_a_label() -> None:
    declared = declare_jobs(tenant="a" * 40, secrets=tenant_secrets(9999))
    for operation in OPERATIONS:
        assert len(name_of(declared, operation)) <= 63
