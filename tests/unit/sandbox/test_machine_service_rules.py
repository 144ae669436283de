"""Rules over load balancers, maintenance windows and schedules that look at several inputs together."""

from __future__ import annotations

import pytest

from sandbox.azure.rules.time_spans import minutes_of
from tests.unit.sandbox import machine_bodies as bodies
from tests.unit.sandbox.harness import Azure, changed
from tests.unit.sandbox.machine_findings import AUTOSCALE, LB, WINDOW, found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT30M", 30),
        ("PT1H30M", 90),
        ("P7D", 10080),
        ("PT30S", 0.5),
        ("P", None),
        ("PT", None),
        ("30", None),
        (5, None),
    ],
)
def test_lengths_of_time_are_read(text: object, expected: float | None) -> None:
    assert minutes_of(text) == expected


def test_a_port_of_another_protocol_is_free(azure: Azure) -> None:
    same_port = changed(bodies.LOAD_BALANCER, "loadBalancingRules.1.frontendPort", 443)
    assert found(azure, LB, changed(same_port, "loadBalancingRules.1.protocol", "Udp")) == set()


def test_a_high_availability_port_is_a_rule_for_all(azure: Azure) -> None:
    ports = {"frontendPort": 0, "backendPort": 0, "protocol": "All"}
    rule = bodies.LOAD_BALANCER["loadBalancingRules"][0] | ports
    assert found(azure, LB, bodies.LOAD_BALANCER | {"loadBalancingRules": [rule]}) == set()


@pytest.mark.parametrize("text", ["Day", "3Days", "7 Days", "Week", "Week Saturday,Sunday", "1Week Monday"])
def test_images_of_systems_come_within_a_week(azure: Azure, text: str) -> None:
    assert found(azure, WINDOW, bodies.WINDOW | {"recurEvery": text}) == set()


@pytest.mark.parametrize("text", ["Month", "2Months", "Month day23,day24", "Month Last Sunday Offset-3", "3Weeks"])
def test_other_maintenance_may_come_less_often(azure: Azure, text: str) -> None:
    assert found(azure, WINDOW, bodies.WINDOW | {"recurEvery": text, "maintenanceScope": "Host"}) == set()


def test_patches_in_the_machine_come_in_short_windows(azure: Azure) -> None:
    patches = bodies.WINDOW | {"maintenanceScope": "InGuestPatch", "extensionProperties": {"InGuestPatchMode": "User"}}
    assert found(azure, WINDOW, patches | {"duration": "03:55"}) == set()
    assert found(azure, WINDOW, patches | {"duration": "03:56"}) == {"duration"}


def test_other_scopes_have_no_shortest_window(azure: Azure) -> None:
    assert found(azure, WINDOW, bodies.WINDOW | {"maintenanceScope": "SQLDB", "duration": "01:00"}) == set()


def test_a_date_that_is_none_is_not_compared(azure: Azure) -> None:
    odd = changed(bodies.AUTOSCALE, "profiles.1.fixedDate.end", "next year")
    assert found(azure, AUTOSCALE, odd) == set()
