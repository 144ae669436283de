"""What stands in front of machines, and how many there are."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from components.machines.args import BusyDays, Scaling
from components.machines.scale_set import OdooVirtualMachines
from tests.unit.components import machines_example as example
from tests.unit.components.harness import Declared, declare, one
from tests.unit.components.mocked_azure import RESOURCE_GROUP, SUBSCRIPTION_ID, arm_id

SET_ID = arm_id("Microsoft.compute/VirtualMachineScaleSet", "vmss-erp-test-weu-app")
BALANCER_ID = arm_id("Microsoft.network/LoadBalancer", "lbi-erp-test-weu")
PARTS = (
    f"/subscriptions/{SUBSCRIPTION_ID}/resourceGroups/{RESOURCE_GROUP}"
    "/providers/Microsoft.Network/loadBalancers/lbi-erp-test-weu"
)


def machines(scaling: Scaling | None = example.SCALING, **changes: Any) -> list[Declared]:
    return declare(lambda: OdooVirtualMachines("app", replace(example.APP, scaling=scaling, **changes)))


@pytest.fixture(scope="module")
def app() -> list[Declared]:
    return machines()


def profiles(declared: list[Declared]) -> dict[str, Any]:
    return {each["name"]: each for each in one(declared, "monitor:AutoscaleSetting").inputs["profiles"]}


def directions(profile: dict[str, Any]) -> list[str]:
    return [rule["scaleAction"]["direction"] for rule in profile["rules"]]


def test_machines_answer_at_a_private_address_over_all_zones(app: list[Declared]) -> None:
    balancer = one(app, "network:LoadBalancer").inputs
    assert balancer["sku"] == {"name": "Standard", "tier": "Regional"}
    (front_end,) = balancer["frontendIPConfigurations"]
    assert front_end.pop("subnet")["id"] == f"{example.SUBNETS}/snet-ingress"
    assert front_end == {
        "name": "ingress",
        "privateIPAllocationMethod": "Dynamic",
        "privateIPAddressVersion": "IPv4",
        "zones": ["1", "2", "3"],
    }
    (nic,) = one(app, "compute:VirtualMachineScaleSet").inputs["virtualMachineProfile"]["networkProfile"][
        "networkInterfaceConfigurations"
    ]
    assert nic["ipConfigurations"][0]["loadBalancerBackendAddressPools"] == [
        {"id": f"{BALANCER_ID}/backendAddressPools/machines"}
    ]


def test_a_region_without_zones_has_none_in_front_either() -> None:
    answers = replace(example.ANSWERS, zones=())
    balancer = one(machines(answers=answers), "network:LoadBalancer").inputs
    assert "zones" not in balancer["frontendIPConfigurations"][0]


@pytest.mark.parametrize(("name", "port"), [("https", 443), ("http", 80)])
def test_a_rule_leads_to_machines_that_are_well(app: list[Declared], name: str, port: int) -> None:
    rules = {each["name"]: each for each in one(app, "network:LoadBalancer").inputs["loadBalancingRules"]}
    assert set(rules) == {"https", "http"}
    assert rules[name] == {
        "name": name,
        "protocol": "Tcp",
        "frontendPort": port,
        "backendPort": port,
        "frontendIPConfiguration": {"id": f"{PARTS}/frontendIPConfigurations/ingress"},
        "backendAddressPool": {"id": f"{PARTS}/backendAddressPools/machines"},
        "probe": {"id": f"{PARTS}/probes/health"},
        "enableFloatingIP": False,
        "enableTcpReset": True,
        "idleTimeoutInMinutes": 30,
        "loadDistribution": "Default",
        "disableOutboundSnat": True,
    }


def test_a_machine_that_is_ill_gets_nothing_after_ten_seconds(app: list[Declared]) -> None:
    assert one(app, "network:LoadBalancer").inputs["probes"] == [
        {
            "name": "health",
            "protocol": "Http",
            "port": 8081,
            "requestPath": "/health",
            "intervalInSeconds": 5,
            "probeThreshold": 2,
        }
    ]


def test_the_calendar_says_how_many_there_are(app: list[Declared]) -> None:
    setting = one(app, "monitor:AutoscaleSetting").inputs
    assert (setting["targetResourceUri"], setting["enabled"]) == (SET_ID, True)
    capacities = {
        name: tuple(profile["capacity"][key] for key in ("minimum", "default", "maximum"))
        for name, profile in profiles(app).items()
    }
    after = '{"name":"default","for":"business-hours"}'
    assert capacities == {
        "close-2026-12": ("4", "4", "5"),
        "business-hours": ("3", "3", "5"),
        after: ("2", "2", "5"),
    }
    assert json.loads(after) == {"name": "default", "for": "business-hours"}


def test_hours_of_the_week_begin_and_end(app: list[Declared]) -> None:
    def schedule(name: str) -> dict[str, Any]:
        assert profiles(app)[name]["recurrence"]["frequency"] == "Week"
        found: dict[str, Any] = profiles(app)[name]["recurrence"]["schedule"]
        return found

    days = {"days": list(example.BUSINESS_HOURS.days), "timeZone": "W. Europe Standard Time"}
    assert schedule("business-hours") == {**days, "hours": [6], "minutes": [30]}
    assert schedule('{"name":"default","for":"business-hours"}') == {**days, "hours": [18], "minutes": [0]}


def test_a_close_has_its_days_and_no_machine_goes_in_it(app: list[Declared]) -> None:
    close = profiles(app)["close-2026-12"]
    assert close["fixedDate"] == {
        "start": "2026-12-29T00:00:00",
        "end": "2027-01-08T23:59:00",
        "timeZone": "W. Europe Standard Time",
    }
    assert directions(close) == ["Increase"]


def test_one_goes_only_while_processors_idle_and_all_others_are_well(app: list[Declared]) -> None:
    for name in ("business-hours", '{"name":"default","for":"business-hours"}'):
        profile = profiles(app)[name]
        assert directions(profile) == ["Increase", "Decrease", "Decrease"]
        triggers = [
            tuple(rule["metricTrigger"][key] for key in ("metricName", "operator", "threshold", "metricResourceUri"))
            for rule in profile["rules"]
        ]
        assert triggers == [
            ("Percentage CPU", "GreaterThan", 70, SET_ID),
            ("Percentage CPU", "LessThan", 30, SET_ID),
            ("DipAvailability", "GreaterThanOrEqual", 99, BALANCER_ID),
        ]


def test_more_come_faster_than_they_go(app: list[Declared]) -> None:
    out, *in_ = profiles(app)["business-hours"]["rules"]
    assert (out["metricTrigger"]["timeWindow"], out["scaleAction"]["cooldown"]) == ("PT5M", "PT10M")
    assert {(each["metricTrigger"]["timeWindow"], each["scaleAction"]["cooldown"]) for each in in_} == {
        ("PT15M", "PT20M")
    }


def test_without_hours_there_is_a_profile_for_all_the_time() -> None:
    assert list(profiles(machines(replace(example.SCALING, busy_hours=())))) == ["close-2026-12", "default"]


def test_what_answers_nobody_scales_by_its_processors_alone() -> None:
    profile = profiles(machines(answers=None))["business-hours"]
    assert [rule["metricTrigger"]["metricName"] for rule in profile["rules"]] == ["Percentage CPU", "Percentage CPU"]


def test_more_profiles_than_azure_takes_are_refused() -> None:
    def closes(count: int) -> Scaling:
        days = (
            BusyDays(name=f"close-{each}", first="2026-12-01", last="2026-12-02", instances=4) for each in range(count)
        )
        return replace(example.SCALING, busy_days=tuple(days))

    machines(closes(18))
    with pytest.raises(ValueError, match="as-erp-test-weu: 21 profiles; Azure takes 20"):
        machines(closes(19))
