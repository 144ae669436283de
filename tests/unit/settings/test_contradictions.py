"""Settings that are each right and contradict each other."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from stacks.settings import Settings
from tests.unit.settings.broken import only_problem, problems

Config = dict[str, Any]
NETWORK = "odoo-azure:network"
GROUPS = ["platform_administrators", "database_administrators", "erp_functional", "developers"]


@pytest.mark.parametrize(
    ("changes", "path", "other", "other_path"),
    [
        ({"address_space": "10.200.0.0/20"}, "address_space", "10.200.0.0/22", "hub.address_space[0]"),
        ({"address_space": "10.16.0.0/20"}, "address_space", "10.16.0.0/14", "client_ranges[0]"),
        ({"pod_range": "10.40.0.0/16"}, "address_space", "10.40.0.0/16", "pod_range"),
        ({"service_range": "10.40.8.0/21"}, "address_space", "10.40.8.0/21", "service_range"),
        ({"service_range": "192.168.0.0/20"}, "pod_range", "192.168.0.0/20", "service_range"),
        ({"pod_range": "10.220.0.0/16"}, "pod_range", "10.220.8.0/24", "client_ranges[1]"),
        ({"client_ranges": ["0.0.0.0/1", "172.16.1.0/24"]}, "service_range", "172.16.1.0/24", "client_ranges[1]"),
    ],
)
def test_ranges_must_not_overlap(config: Config, changes: Config, path: str, other: str, other_path: str) -> None:
    config[NETWORK] |= changes
    problem = problems(config)[f"{NETWORK}.{path}"]
    assert problem.found.endswith(f'which overlaps "{other}" of {NETWORK}.{other_path}')


def test_ranges_that_only_touch_do_not_overlap(config: Config) -> None:
    config[NETWORK] |= {"address_space": "10.200.4.0/22", "client_ranges": ["10.200.8.0/21"]}
    assert Settings.from_config(config).network.address_space == "10.200.4.0/22"


def test_a_client_range_may_lie_in_what_the_hub_reaches(config: Config) -> None:
    config[NETWORK]["client_ranges"] = ["10.200.1.0/24"]
    assert Settings.from_config(config).network.client_ranges == ["10.200.1.0/24"]


@pytest.mark.parametrize("reserved", ["172.30.0.0/17", "172.31.64.0/18"])
def test_ranges_that_aks_keeps_for_itself_are_refused(config: Config, reserved: str) -> None:
    config[NETWORK]["service_range"] = reserved
    assert '"172.30.0.0/15"' in only_problem(config, f"{NETWORK}.service_range").found


@pytest.mark.parametrize("path", ["azure-native:location", "odoo-azure:recovery.region"])
def test_a_region_must_be_allowed(config: Config, path: str) -> None:
    if path == "azure-native:location":
        config[path] = "eastus"
    else:
        config["odoo-azure:recovery"]["region"] = "eastus"
    problem = only_problem(config, path)
    assert problem.found.startswith('"eastus"')
    assert problem.allowed == "westeurope, northeurope"


def test_recovery_must_be_in_another_region(config: Config) -> None:
    config["odoo-azure:recovery"]["region"] = "westeurope"
    assert "azure-native:location" in only_problem(config, "odoo-azure:recovery.region").found


class TestHubFirewall:
    PATH = f"{NETWORK}.hub.firewall_private_ip"

    def test_is_accepted_inside_the_hub(self, config: Config) -> None:
        config[NETWORK]["hub"]["firewall_private_ip"] = "10.200.0.4"
        hub = Settings.from_config(config).network.hub
        assert hub is not None
        assert hub.firewall_private_ip == "10.200.0.4"

    def test_must_be_inside_the_hub(self, config: Config) -> None:
        config[NETWORK]["hub"]["firewall_private_ip"] = "10.201.0.4"
        assert only_problem(config, self.PATH).allowed == "an address in 10.200.0.0/22"

    def test_must_not_be_given_where_nobody_goes_through_it(self, config: Config) -> None:
        config[NETWORK] |= {"egress": "nat"}
        config[NETWORK]["hub"]["firewall_private_ip"] = "10.200.0.4"
        assert "egress is nat" in only_problem(config, self.PATH).found


class TestProduction:
    def test_is_not_of_low_criticality(self, config: Config) -> None:
        config["odoo-azure:governance"]["criticality"] = "low"
        assert only_problem(config, "odoo-azure:governance.criticality").allowed == "mission-critical, high, medium"

    def test_staging_may_be(self, config: Config) -> None:
        config["odoo-azure:governance"]["criticality"] = "low"
        config["odoo-azure:environment"]["class"] = "staging"
        assert Settings.from_config(config).governance.criticality.value == "low"

    def test_alone_may_lock_its_archive(self, config: Config) -> None:
        config["odoo-azure:recovery"]["lock_archive"] = True
        assert Settings.from_config(config).recovery.lock_archive
        config["odoo-azure:environment"]["class"] = "staging"
        assert "ever being removed" in only_problem(config, "odoo-azure:recovery.lock_archive").remedy

    @pytest.mark.parametrize(("role", "other"), list(combinations(GROUPS[::-1], 2)))
    def test_keeps_its_groups_apart(self, config: Config, role: str, other: str) -> None:
        access = config["odoo-azure:access"]
        access[role] = access[other]
        assert other in only_problem(config, f"odoo-azure:access.{role}").found
        config["odoo-azure:environment"]["class"] = "staging"
        assert getattr(Settings.from_config(config).access, role) == access[other]


def test_what_is_mission_critical_is_back_within_a_day(config: Config) -> None:
    config["odoo-azure:recovery"]["rto_minutes"] = 1441
    assert only_problem(config, "odoo-azure:recovery.rto_minutes").found.startswith("1441")
    config["odoo-azure:recovery"]["rto_minutes"] = 1440
    assert Settings.from_config(config).recovery.rto_minutes == 1440


@pytest.mark.parametrize("role", GROUPS)
def test_auditors_are_nobody_who_changes_things(config: Config, role: str) -> None:
    access = config["odoo-azure:access"]
    access["auditors"] = access[role].upper()
    assert role in only_problem(config, "odoo-azure:access.auditors").found


def test_contradictions_are_found_beside_other_errors_of_the_same_section(config: Config) -> None:
    config[NETWORK] |= {"egress": "nta", "address_space": "10.200.0.0/20"}
    assert set(problems(config)) == {f"{NETWORK}.egress", f"{NETWORK}.address_space"}


def test_a_broken_range_is_reported_once_and_the_others_still_compared(config: Config) -> None:
    config[NETWORK] |= {"address_space": "10.40.0.0", "pod_range": "10.16.0.0/16"}
    assert set(problems(config)) == {f"{NETWORK}.address_space", f"{NETWORK}.pod_range"}


class TestHubZones:
    GROUP = "/subscriptions/7c1d9a52-3f60-4f0e-9b7e-52d1c0a4e8f1/resourceGroups/rg-hub-dns"
    PATH = f"{NETWORK}.hub.dns_servers"

    def test_need_the_hubs_resolvers(self, config: Config) -> None:
        config[NETWORK]["hub"]["private_dns_resource_group_id"] = self.GROUP
        problem = only_problem(config, self.PATH)
        assert "private_dns_resource_group_id is set" in problem.found
        config[NETWORK]["hub"]["dns_servers"] = ["10.200.0.132"]
        hub = Settings.from_config(config).network.hub
        assert hub is not None
        assert hub.private_dns_resource_group_id == self.GROUP

    def test_are_not_needed_by_resolvers(self, config: Config) -> None:
        config[NETWORK]["hub"]["dns_servers"] = ["10.200.0.132"]
        assert Settings.from_config(config).network.hub is not None

    def test_are_not_looked_for_without_a_hub(self, config: Config) -> None:
        del config[NETWORK]["hub"]
        assert Settings.from_config(config).network.hub is None


@pytest.mark.parametrize("fqdn", ["*.bank.example", "*"])
@pytest.mark.parametrize("port", [80, 443, None])
def test_a_wildcard_may_be_of_the_web(config: Config, fqdn: str, port: int | None) -> None:
    destination = {"fqdn": fqdn, "purpose": "payments"} | ({} if port is None else {"port": port})
    config[NETWORK]["destinations"] = [destination]
    assert Settings.from_config(config).network.destinations[0].port == (port or 443)


@pytest.mark.parametrize(("fqdn", "port"), [("*.bank.example", 22), ("*", 8443)])
def test_a_wildcard_of_another_port_is_refused_where_it_stands(config: Config, fqdn: str, port: int) -> None:
    config[NETWORK]["destinations"] = [
        {"fqdn": "smtp.acme.example", "port": 587, "purpose": "mail"},
        {"fqdn": fqdn, "port": port, "purpose": "payments"},
    ]
    problem = only_problem(config, f"{NETWORK}.destinations[1].port")
    assert problem.found == f"{port}, while fqdn is {fqdn}"
    assert problem.allowed.startswith("80 or 443")


def test_the_administrators_group_is_named_since_people_log_in_under_its_name(config: Config) -> None:
    del config["odoo-azure:access"]["database_administrators_name"]
    assert only_problem(config, "odoo-azure:access.database_administrators_name").found == "nothing"


def test_a_destination_listed_twice_is_refused_unless_the_source_differs(config: Config) -> None:
    place = {"fqdn": "api.bank.example", "purpose": "payments"}
    config[NETWORK]["destinations"] = [place, place | {"source": "runner"}, place | {"purpose": "again"}]
    problem = only_problem(config, f"{NETWORK}.destinations[2]")
    assert problem.found.endswith("as in [0]")
