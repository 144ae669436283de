"""Settings of a platform that contradict each other, or that are no names."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.settings import PlatformSettings, Settings, read_settings
from tests.unit.settings.broken import only_problem, problems

Config = dict[str, Any]
PLATFORM = "odoo-azure:platform"
LOCATION, RECOVERY = "azure-native:location", "odoo-azure:recovery"


def test_the_default_release_is_one_that_is_offered(platform_config: Config) -> None:
    platform_config[PLATFORM]["default_release"] = "17.0"
    problem = only_problem(platform_config, f"{PLATFORM}.default_release")
    assert problem.allowed == "18.0, 19.0"


def test_a_series_that_nobody_supports_is_named_as_the_key_that_it_is(platform_config: Config) -> None:
    releases = platform_config[PLATFORM]["releases"]
    releases["16.0"] = releases["18.0"] | {"image": "odoo@sha256:" + "1" * 64}
    problem = only_problem(platform_config, f"{PLATFORM}.releases.16.0")
    assert problem.found == 'the key "16.0"'
    assert problem.allowed == "keys that are 17.0, 18.0, 19.0"


def test_a_wrong_value_below_a_key_of_the_user_s_own_says_what_is_allowed(platform_config: Config) -> None:
    platform_config[PLATFORM]["releases"]["18.0"]["image"] = "odoo:18"
    platform_config[PLATFORM]["releases"]["18.0"]["extensions"]["spain"] = ["L10N-es"]
    platform_config[PLATFORM]["recovery_classes"]["relaxed"]["rpo_minutes"] = 0
    found = problems(platform_config)
    assert found[f"{PLATFORM}.releases.18.0.image"].allowed.endswith("odoo@sha256:<64 hexadecimal digits>")
    assert found[f"{PLATFORM}.releases.18.0.extensions.spain[0]"].allowed.startswith(
        "lower-case letters, digits and un"
    )
    assert found[f"{PLATFORM}.recovery_classes.relaxed.rpo_minutes"].allowed == "a whole number from 1 to 1440"
    assert len(found) == 3


@pytest.mark.parametrize(("key", "country"), [("residency", "Germany"), ("residency", "de")])
def test_a_country_is_two_capital_letters(platform_config: Config, key: str, country: str) -> None:
    platform_config[PLATFORM][key][country] = []
    problem = only_problem(platform_config, f"{PLATFORM}.{key}.{country}")
    assert problem.allowed == "keys that are two capital letters of ISO 3166-1, such as ES"


def test_it_is_built_for_one_tenant_at_least(platform_config: Config) -> None:
    platform_config[PLATFORM]["capacity"] = {"standard": 0}
    assert only_problem(platform_config, f"{PLATFORM}.capacity").allowed == "one tenant at least"
    platform_config[PLATFORM]["capacity"] = {"standard": 0, "isolated": 1}
    settings = read_settings(platform_config)
    assert isinstance(settings, PlatformSettings)
    assert settings.platform.capacity.total == 1


class TestRecovery:
    def test_is_in_the_pair_since_azure_copies_backups_nowhere_else(self, platform_config: Config) -> None:
        platform_config["odoo-azure:governance"]["allowed_regions"].append("swedencentral")
        platform_config[RECOVERY]["region"] = "swedencentral"
        assert only_problem(platform_config, f"{RECOVERY}.region").allowed == "northeurope"

    def test_is_anywhere_for_a_dedicated_environment_which_copies_its_backups_itself(self, config: Config) -> None:
        config["odoo-azure:governance"]["allowed_regions"].append("swedencentral")
        config[RECOVERY]["region"] = "swedencentral"
        assert Settings.from_config(config).recovery.region == "swedencentral"

    def test_needs_a_region_that_has_a_pair(self, platform_config: Config) -> None:
        platform_config["odoo-azure:governance"]["allowed_regions"].append("polandcentral")
        platform_config[LOCATION] = "polandcentral"
        assert only_problem(platform_config, LOCATION).found == '"polandcentral", which has no pair'

    @pytest.mark.parametrize(("key", "own"), [("rpo_minutes", 5), ("rto_minutes", 120)])
    def test_is_promised_no_better_than_it_is(self, platform_config: Config, key: str, own: int) -> None:
        relaxed = platform_config[PLATFORM]["recovery_classes"]["relaxed"]
        relaxed[key] = own
        assert isinstance(read_settings(platform_config), PlatformSettings)
        relaxed[key] = own - 1
        problem = only_problem(platform_config, f"{PLATFORM}.recovery_classes.relaxed.{key}")
        assert problem.found == f"{own - 1}, while {RECOVERY}.{key} is {own}"


def test_a_country_s_regions_are_among_the_allowed_ones(platform_config: Config) -> None:
    platform_config[PLATFORM]["residency"]["CH"] = ["westeurope", "switzerlandnorth"]
    problem = only_problem(platform_config, f"{PLATFORM}.residency.CH[1]")
    assert problem.found.startswith('"switzerlandnorth", which odoo-azure:governance.allowed_regions')


@pytest.mark.parametrize(
    "path",
    ["platform.ops_image", "platform.metrics_image", "ingress.image", "platform.releases.19.0.image"],
)
def test_each_image_has_one_purpose(platform_config: Config, path: str) -> None:
    platform, ingress = platform_config[PLATFORM], platform_config["odoo-azure:ingress"]
    image = platform["releases"]["18.0"]["image"]
    if path == "ingress.image":
        ingress["image"] = image
    elif "releases" in path:
        platform["releases"]["19.0"]["image"] = image
    else:
        platform[path.partition(".")[2]] = image
    (problem,) = problems(platform_config).values()
    assert problem.found.startswith(f'"{image}", as ')
    assert f"odoo-azure:{path}" in f"{problem.path} {problem.found}"


def test_batches_of_the_queue_need_an_image_with_queue_jobs(platform_config: Config) -> None:
    batch = {"name": "dunning", "pool": "queue", "start": 4, "hours": 2}
    platform_config["odoo-azure:calendar"]["batches"] = [batch | {"pool": "reporting"}, batch]
    assert isinstance(read_settings(platform_config), PlatformSettings)
    for release in platform_config[PLATFORM]["releases"].values():
        release["queue_jobs"] = False
    assert only_problem(platform_config, "odoo-azure:calendar.batches[1].pool").found.startswith('"queue"')


def test_a_tenant_that_outgrows_its_tier_finds_room_in_the_next(platform_config: Config) -> None:
    platform_config[PLATFORM]["tiers"] = {"priority": {"max_users": 39, "max_database_gib": 50}}
    problem = only_problem(platform_config, f"{PLATFORM}.tiers.priority.max_users")
    assert (problem.found, problem.allowed) == ("39, while that of tier standard is 40", "40 or more")


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("network", "address_space", "10.16.0.0/18"),
        ("governance", "criticality", "low"),
        ("calendar", "business_hours", {"start": 9, "end": 8}),
    ],
)
def test_what_holds_for_every_environment_holds_for_platforms(
    platform_config: Config, section: str, key: str, value: object
) -> None:
    platform_config[f"odoo-azure:{section}"][key] = value
    assert len(problems(platform_config)) == 1
