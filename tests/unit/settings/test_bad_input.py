"""Bad input to one setting: what was found, what is allowed, what to do."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.errors import SettingsError
from stacks.settings import Settings
from tests.unit.settings.broken import only_problem, problems

Config = dict[str, Any]


def test_an_unknown_key_names_the_one_that_was_meant(config: Config) -> None:
    config["odoo-azure:workload"]["concurent_users"] = config["odoo-azure:workload"].pop("concurrent_users")
    found = problems(config)
    assert found["odoo-azure:workload.concurent_users"].remedy == "Did you mean concurrent_users?"
    assert found["odoo-azure:workload.concurrent_users"].found == "nothing"
    assert len(found) == 2


def test_an_unknown_key_like_no_other_is_to_be_removed_and_its_value_not_shown(config: Config) -> None:
    config["odoo-azure:odoo"]["zzz"] = "hunter2"
    problem = only_problem(config, "odoo-azure:odoo.zzz")
    assert problem.remedy == "Remove it."
    assert "hunter2" not in repr(problem)
    assert "hostname" in problem.allowed


def test_an_unknown_section_names_the_one_that_was_meant(config: Config) -> None:
    config["odoo-azure:worklod"] = config.pop("odoo-azure:workload")
    found = problems(config)
    assert found["odoo-azure:worklod"].remedy == "Did you mean odoo-azure:workload?"
    assert found["odoo-azure:workload"].found == "nothing"


@pytest.mark.parametrize("key", ["workload", "odoo_azure:workload", "odoo-azur:workload"])
def test_a_section_without_the_right_namespace_is_not_silently_ignored(config: Config, key: str) -> None:
    config[key] = config.pop("odoo-azure:workload")
    assert problems(config)[key].remedy == "Did you mean odoo-azure:workload?"


def test_keys_of_other_namespaces_are_left_to_their_owners(config: Config) -> None:
    config |= {"azure-native:subscriptionId": "x", "kubernetes:namespace": "y", "pulumi:tags": {"a": "b"}}
    assert Settings.from_config(config).location == "westeurope"


def test_a_missing_section_says_what_belongs_there(config: Config) -> None:
    del config["odoo-azure:recovery"]
    problem = only_problem(config, "odoo-azure:recovery")
    assert problem.found == "nothing"
    assert problem.allowed.startswith("a mapping with rpo_minutes, rto_minutes, region; optional are backup_retention")
    assert problem.remedy == "Add it. It is: How much may be lost, and how long it may take to be back."


def test_an_empty_section_is_a_missing_one(config: Config) -> None:
    config["odoo-azure:cost"] = None
    assert only_problem(config, "odoo-azure:cost").found == "nothing"


@pytest.mark.parametrize(
    ("section", "key", "value", "found", "allowed", "remedy"),
    [
        ("workload", "concurrent_users", "450", '"450"', "a whole number from 1 to 5000", "Write digits alone"),
        ("workload", "concurrent_users", True, "true", "a whole number from 1 to 5000", "Users working at the same"),
        ("workload", "concurrent_users", 450.5, "450.5", "a whole number from 1 to 5000", "Correct it."),
        ("workload", "concurrent_users", 0, "0", "a whole number from 1 to 5000", "Correct it."),
        ("workload", "peak_factor", float("nan"), "NaN", "a number from 1 to 5", "Load at the close"),
        ("workload", "peak_factor", [1, 2], "a list of 2", "a number from 1 to 5", "Load at the close"),
        ("cost", "monthly_budget", -1, "-1", "a whole number, 1 or more", "Correct it."),
        ("cost", "budget_start", "2026-12-24", '"2026-12-24"', "a date in quotes", 'did you mean "2026-12-01"?'),
        ("calendar", "plan_from", "soon", '"soon"', "a date in quotes", "First day that maintenance"),
        (
            "calendar",
            "timezone",
            "Europe/Amsterdm",
            '"Europe/Amsterdm"',
            "a time zone",
            "Did you mean Europe/Amsterdam?",
        ),
        ("calendar", "timezone", "!", '"!"', "a time zone", "Take a name such as Europe/Amsterdam."),
        ("environment", "name", "production", '"production"', "2 to 7 lower-case letters and digits", "Short name"),
        ("environment", "name", "Prod", '"Prod"', "2 to 7 lower-case letters and digits", "Short name"),
        ("environment", "application", "odooerp1", '"odooerp1"', "2 to 7 lower-case letters", "Short name"),
        ("environment", "suffix", "abcdefg", '"abcdefg"', "4 to 6 lower-case letters and digits", "Random"),
        ("environment", "class", "prodcution", '"prodcution"', "production, staging, dev", "Did you mean production?"),
        ("environment", "topology", "aks", '"aks"', "dedicated-aks", "What it is made of"),
        ("odoo", "version", 18.0, "18.0", "17.0, 18.0, 19.0", 'Put it in quotes: "18.0"'),
        ("odoo", "image", "odoo:latest", '"odoo:latest"', "a repository of the environment's registry", "by digest"),
        ("odoo", "hostname", "erp", '"erp"', "a full host name", "Host name users type"),
        ("alerts", "email", [], "a list of 0", "a list of 1 to 20, each an e-mail address", "Addresses that alerts"),
        ("alerts", "email", {}, "an empty mapping", "a list of 1 to 20", "Addresses that alerts"),
        ("network", "egress", {"a": 1}, "a mapping with the keys a", "nat, firewall", "The way out"),
        ("network", "bastion", "yes", '"yes"', "true or false", "without quotes"),
        ("network", "address_space", "10.40.0.1/20", '"10.40.0.1/20"', "an IPv4 range", "did you mean 10.40.0.0/20?"),
        ("network", "address_space", "10.40.0.0", '"10.40.0.0"', "an IPv4 range", "Add the length of the prefix"),
        ("network", "address_space", "ten/8", '"ten/8"', "an IPv4 range", "Write it as an address"),
        ("network", "address_space", "fd00::/64", '"fd00::/64"', "an IPv4 range", "Take an IPv4 range"),
        (
            "network",
            "address_space",
            "10.40.0.0/24",
            '"10.40.0.0/24"',
            "an IPv4 range",
            "Take a prefix from /8 to /22.",
        ),
        ("network", "service_range", "172.16.0.0/12", '"172.16.0.0/12"', "an IPv4 range", "prefix from /13 to /24."),
        ("recovery", "region", "West Europe", '"West Europe"', "westeurope", "Did you mean westeurope?"),
        ("recovery", "region", "moon", '"moon"', "westeurope", "Take a region in ARM's spelling"),
        ("access", "auditors", "auditors", '"auditors"', "an object id of Entra", "Read everything"),
        ("governance", "owner", "me", '"me"', "an e-mail address", "Who answers"),
    ],
)
def test_a_wrong_value_is_shown_with_what_is_allowed(
    config: Config, section: str, key: str, value: object, found: str, allowed: str, remedy: str
) -> None:
    path = f"odoo-azure:{section}.{key}"
    config[f"odoo-azure:{section}"][key] = value
    problem = only_problem(config, path)
    assert problem.found == found
    if key != "region":  # there are more regions than a message shows
        assert problem.allowed.startswith(allowed)
    assert remedy in problem.remedy


def test_a_place_in_a_list_of_a_nested_mapping_has_its_own_path(config: Config) -> None:
    hub = config["odoo-azure:network"]["hub"]
    hub["address_space"] = ["10.200.0.0/22", "10.300.0.0/22"]
    hub["firewall_private_ip"] = "10.200.0.400"
    assert set(problems(config)) == {
        "odoo-azure:network.hub.address_space[1]",
        "odoo-azure:network.hub.firewall_private_ip",
    }


def test_a_section_that_is_text_is_no_section(config: Config) -> None:
    config["odoo-azure:workload"] = "450 users"
    assert only_problem(config, "odoo-azure:workload").found == '"450 users"'


def test_data_that_json_cannot_hold_is_named(config: Config) -> None:
    endless: list[object] = []
    endless.append(endless)
    config["odoo-azure:workload"] = endless
    assert only_problem(config, "odoo-azure:workload").found == "something that is not plain data"


def test_an_address_with_a_scheme_is_not_shown_because_web_hooks_carry_credentials(config: Config) -> None:
    config["odoo-azure:alerts"]["on_call_webhook"] = "https://hooks.example/?sig=hunter2"
    assert "hunter2" not in repr(only_problem(config, "odoo-azure:alerts.on_call_webhook"))


def test_a_long_value_is_cut(config: Config) -> None:
    config["odoo-azure:governance"]["owner"] = "x" * 5000
    assert len(only_problem(config, "odoo-azure:governance.owner").found) < 150


def test_all_errors_come_at_once_in_one_message(config: Config) -> None:
    config["odoo-azure:worklod"] = {}
    del config["odoo-azure:cost"]
    config["odoo-azure:environment"]["name"] = "much-too-long"
    config["odoo-azure:network"] |= {"egress": "nta", "pod_range": "10.40.0.0/16"}
    config["odoo-azure:governance"] |= {"owner": "nobody", "allowed_regions": ["westeurope"]}
    with pytest.raises(SettingsError) as caught:
        Settings.from_config(config, file="Pulumi.test.yaml")
    assert [problem.path for problem in caught.value.problems] == [
        "odoo-azure:worklod",
        "odoo-azure:environment.name",
        "odoo-azure:governance.owner",
        "odoo-azure:network.egress",
        "odoo-azure:cost",
        "odoo-azure:recovery.region",
        "odoo-azure:network.address_space",
    ]
    message = str(caught.value)
    assert message.startswith("Pulumi.test.yaml cannot be used:\n 1. odoo-azure:worklod\n    found    an unknown key\n")
    assert message.endswith("7 problems in Pulumi.test.yaml: edit it and run again.")
