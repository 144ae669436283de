"""A platform and its tenants, as the program declares them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from stacks.deploy import deploy
from stacks.errors import SettingsError
from stacks.planning.rooms import TENANT_GRANTS
from stacks.settings import PlatformSettings, load_settings_of
from stacks.shared_platform import settings_digest
from stacks.stack_config import Secrets
from tests.stacks.topologies import ROOT
from tests.unit.components.harness import Declared, DeclaredStack, declare_stack

NO_SECRETS = Secrets(on_call_webhook_url=None)
LOCK = "azure-native:authorization:ManagementLockByScope"
GRANT = "azure-native:authorization:RoleAssignment"
STANDARD = "legal_name: Acme {0}\ncountry: ES\nconcurrent_users: 20\nslot: {1}\n"


def platform() -> PlatformSettings:
    return load_settings_of(PlatformSettings, ROOT / "Pulumi.subsidiaries.yaml")


@cache
def declared(*tenants: str) -> DeclaredStack:
    """The platform with standard tenants of these names."""
    with TemporaryDirectory() as folder:
        place = Path(folder) / "subsidiaries" / "emea"
        place.mkdir(parents=True)
        for slot, tenant in enumerate(tenants, start=1):
            (place / f"{tenant}.yaml").write_text(STANDARD.format(tenant, slot), encoding="utf-8")
        return declare_stack(lambda: deploy(platform(), NO_SECRETS, Path(folder)), stack="subsidiaries")


def without_tenants(resources: Sequence[Declared], *tenants: str) -> list[str]:
    """All that is shared, in so many words."""
    mine = tuple(f"{tenant}-" for tenant in tenants)
    shared = (each for each in resources if each.name not in tenants and not each.name.startswith(mine))
    return sorted(json.dumps([each.type, each.name, each.inputs], sort_keys=True, default=str) for each in shared)


def test_a_tenant_changes_nothing_that_is_shared() -> None:
    alone, one, two = declared(), declared("spain"), declared("spain", "italy")
    assert without_tenants(one.resources, "spain") == without_tenants(alone.resources)
    assert without_tenants(two.resources, "spain", "italy") == without_tenants(alone.resources)
    assert set(one.exports["urls"]) == {"spain"}


def test_capacity_counts_the_grants_that_a_tenant_has() -> None:
    grants = [each for each in declared("spain").resources if each.type == GRANT and each.name.startswith("spain-")]
    assert len(grants) == len(TENANT_GRANTS)


def test_locks_of_the_platform_reach_nothing_that_tenants_remove() -> None:
    locks = [each for each in declared("spain").resources if each.type == LOCK]
    scopes = [str(each.inputs["scope"]) for each in locks if not each.name.startswith("spain-")]
    assert locks
    assert not [scope for scope in scopes if "-data-" in scope or "-security-" in scope], scopes


def test_a_tenants_file_that_is_wrong_stops_no_other(tmp_path: Path) -> None:
    place = tmp_path / "subsidiaries" / "emea"
    place.mkdir(parents=True)
    (place / "spain.yaml").write_text(STANDARD.format("spain", 1), encoding="utf-8")
    (place / "italy.yaml").write_text("tier: gold\n", encoding="utf-8")
    said: list[str] = []

    def program() -> None:
        with pytest.raises(SettingsError) as caught:
            deploy(platform(), NO_SECRETS, tmp_path)
        said.append(str(caught.value))

    names = {each.name for each in declare_stack(program, stack="subsidiaries").resources}
    assert "spain" in names
    assert "italy" not in names
    assert "subsidiaries/emea/italy.yaml" in said[0]
    assert '"gold"' in said[0]


def test_the_digest_of_settings_is_of_what_they_say_and_not_of_how_they_are_ordered() -> None:
    settings = platform()
    text = settings.model_dump(mode="json", by_alias=True)
    turned = dict(reversed(text.items()))
    turned["odoo-azure:platform"] = dict(reversed(turned["odoo-azure:platform"].items()))
    again = PlatformSettings.from_config(turned)
    assert settings_digest(again) == settings_digest(settings)
    turned["odoo-azure:platform"]["capacity"] = {"standard": 17, "priority": 4, "isolated": 2}
    assert settings_digest(PlatformSettings.from_config(turned)) != settings_digest(settings)
