"""Private DNS zones."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pytest

from components.base import Component
from components.network.private_dns import (
    PrivateDnsZones,
    PrivateDnsZonesArgs,
    cluster_zone,
    host_record,
    zone_names,
)
from tests.unit.components.harness import arm_findings, declare, of_type, one, placement, resolve
from tests.unit.components.mocked_azure import arm_id

NETWORK_ID = arm_id("Microsoft.Network/virtualNetworks", "vnet-erp-test-weu")
DATABASE_ZONE = "erp-test-x1y2.private.postgres.database.azure.com"
ZONES = (*zone_names("westeurope", DATABASE_ZONE), cluster_zone("westeurope"))
HUB_VAULT_ZONE = (
    "/subscriptions/33333333-3333-4333-8333-333333333333/resourceGroups/rg-dns"
    "/providers/Microsoft.Network/privateDnsZones/privatelink.vaultcore.azure.net"
)


def zones(existing: Mapping[str, str] | None = None) -> PrivateDnsZones:
    return PrivateDnsZones(
        "names",
        PrivateDnsZonesArgs(
            placement=placement(),
            network_id=NETWORK_ID,
            network_name="vnet-erp-test-weu",
            zone_names=ZONES,
            existing_zone_ids=existing or {},
        ),
    )


def test_zones_are_those_of_the_services_each_once() -> None:
    assert sorted(ZONES) == sorted(
        {
            "privatelink.vaultcore.azure.net",
            "privatelink.azurecr.io",
            "privatelink.blob.core.windows.net",
            "privatelink.file.core.windows.net",
            "privatelink.redis.azure.net",
            "privatelink.monitor.azure.com",
            "privatelink.oms.opinsights.azure.com",
            "privatelink.ods.opinsights.azure.com",
            "privatelink.agentsvc.azure-automation.net",
            "privatelink.westeurope.prometheus.monitor.azure.com",
            "privatelink.westeurope.azmk8s.io",
            DATABASE_ZONE,
        }
    )


def test_each_zone_is_linked_without_registration() -> None:
    declared = declare(zones)
    assert {each.inputs["privateZoneName"] for each in of_type(declared, "privatedns:PrivateZone")} == set(ZONES)
    links = of_type(declared, "privatedns:VirtualNetworkLink")
    assert {each.inputs["privateZoneName"] for each in links} == set(ZONES)
    for link in links:
        assert link.inputs["virtualNetwork"] == {"id": NETWORK_ID}
        assert link.inputs["registrationEnabled"] is False
    assert arm_findings(declared) == []


def test_zones_of_the_hub_are_used_as_they_are() -> None:
    existing = {"privatelink.vaultcore.azure.net": HUB_VAULT_ZONE}
    declared = declare(lambda: zones(existing))
    made = {each.inputs["privateZoneName"] for each in of_type(declared, "privatedns:PrivateZone")}
    assert made == set(ZONES) - set(existing)
    ids = resolve(lambda: zones(existing).zone_ids)
    assert set(ids) == set(ZONES)
    assert ids["privatelink.vaultcore.azure.net"] == HUB_VAULT_ZONE


def test_a_service_waits_for_the_link_of_its_zone() -> None:
    def make() -> None:
        names = zones()
        pulumi.CustomResource("test:index:Service", "service", {"zone": names.zone_ids[cluster_zone("westeurope")]})

    service = next(each for each in declare(make) if each.name == "service")
    assert "names-privatelink.westeurope.azmk8s.io-link" in service.depends_on


def test_existing_zone_of_another_region_is_refused() -> None:
    with pytest.raises(ValueError, match=r"privatelink\.northeurope\.azmk8s\.io"):
        declare(lambda: zones({"privatelink.northeurope.azmk8s.io": HUB_VAULT_ZONE}))


def test_zones_have_no_region() -> None:
    assert one(declare(zones), "privatedns:PrivateZone", f"names-{DATABASE_ZONE}").inputs["location"] == "global"


class Host(Component):
    """A host name, by itself."""

    def __init__(self, hostname: str) -> None:
        super().__init__("host", placement(), None)
        host_record(
            self,
            "host-record",
            zone_name="erp.acme.example",
            resource_group_name="rg-dns",
            hostname=hostname,
            address="10.40.6.11",
        )
        self.finish({})


@pytest.mark.parametrize("record_name", ["es", "portal.es"])
def test_a_host_name_of_a_private_zone_has_its_address(record_name: str) -> None:
    declared = declare(lambda: Host(f"{record_name}.erp.acme.example"))
    assert one(declared, "privatedns:PrivateRecordSet").inputs == {
        "relativeRecordSetName": record_name,
        "recordType": "A",
        "privateZoneName": "erp.acme.example",
        "resourceGroupName": "rg-dns",
        "ttl": 300,
        "aRecords": [{"ipv4Address": "10.40.6.11"}],
    }
    assert arm_findings(declared) == []


@pytest.mark.parametrize("hostname", ["erp.globex.example", "myerp.acme.example", "erp.acme.example.org"])
def test_a_host_name_of_another_zone_is_left_to_whoever_keeps_it(hostname: str) -> None:
    assert not of_type(declare(lambda: Host(hostname)), "privatedns:PrivateRecordSet")
