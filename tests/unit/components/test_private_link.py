"""Private endpoints."""

from __future__ import annotations

import pytest

from components.base import Component
from components.private_link import private_endpoint
from tests.unit.components.harness import Declared, arm_findings, declare, names, one, placement, private_link
from tests.unit.components.mocked_azure import arm_id

SERVICE_ID = arm_id("Microsoft.Insights/privateLinkScopes", "ampls")
ZONES = ("privatelink.monitor.azure.com", "privatelink.oms.opinsights.azure.com")
LINK = private_link(*ZONES, "privatelink.azurecr.io")


class Linked(Component):
    """A service with an endpoint, itself in another region than the network."""

    def __init__(self, name: str, zone_names: tuple[str, ...] = ZONES) -> None:
        super().__init__(name, placement("northeurope"), None)
        zone_group = private_endpoint(
            self,
            f"{name}-endpoint",
            LINK,
            service_id=SERVICE_ID,
            service_name="ampls",
            group_id="azuremonitor",
            zone_names=zone_names,
        )
        self.lock(f"{name}-lock", zone_group, "Waits for the name.")
        self.finish({})


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declare(lambda: Linked("linked"))


def test_is_an_endpoint_and_its_names(declared: list[Declared]) -> None:
    assert names(declared) == {
        ("network:PrivateEndpoint", "linked-endpoint"),
        ("network:PrivateDnsZoneGroup", "linked-endpoint-dns"),
        ("authorization:ManagementLockByScope", "linked-lock"),
    }
    assert arm_findings(declared) == []


def test_endpoint_lives_with_its_network_and_leads_to_one_part_of_one_service(declared: list[Declared]) -> None:
    endpoint = one(declared, "network:PrivateEndpoint").inputs
    assert endpoint["location"] == LINK.location == "westeurope"
    assert endpoint["subnet"]["id"] == LINK.subnet_id
    assert endpoint["privateEndpointName"] == "pep-ampls-azuremonitor"
    assert endpoint["customNetworkInterfaceName"] == "nic-pep-ampls-azuremonitor"
    assert endpoint["tags"] == placement().tags
    assert endpoint["privateLinkServiceConnections"] == [
        {"name": "pep-ampls-azuremonitor", "privateLinkServiceId": SERVICE_ID, "groupIds": ["azuremonitor"]}
    ]


def test_its_names_are_kept_in_the_zones_asked_for_and_no_others(declared: list[Declared]) -> None:
    group = one(declared, "network:PrivateDnsZoneGroup")
    assert group.inputs["privateEndpointName"] == "pep-ampls-azuremonitor"
    assert group.inputs["privateDnsZoneConfigs"] == [
        {"name": zone.replace(".", "-"), "privateDnsZoneId": LINK.zone_ids[zone]} for zone in ZONES
    ]
    assert group.depends_on == {"linked-endpoint"}


def test_who_needs_the_name_can_wait_for_it(declared: list[Declared]) -> None:
    assert one(declared, "authorization:ManagementLockByScope").depends_on == {"linked-endpoint-dns"}


def test_a_zone_that_the_network_has_not_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"privatelink\.example"):
        declare(lambda: Linked("linked", ("privatelink.example",)))
