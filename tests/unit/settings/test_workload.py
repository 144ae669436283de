"""Settings of Odoo, its ingress and its calendar that contradict each other, or that are no names."""

from __future__ import annotations

from typing import Any

import pytest

from stacks.settings import Settings
from stacks.stack_file import read_stack_file
from tests.unit.settings.broken import only_problem
from tests.unit.settings.conftest import ROOT

Config = dict[str, Any]
ODOO, INGRESS, CALENDAR = "odoo-azure:odoo", "odoo-azure:ingress", "odoo-azure:calendar"
OTHER_IMAGE = "odoo@sha256:" + "1" * 64


@pytest.mark.parametrize("allowed", ["10.16.0.0/14", "10.17.4.0/24", "10.220.8.128/25"])
def test_the_ingress_may_let_in_a_part_of_the_clients(config: Config, allowed: str) -> None:
    config[INGRESS]["allowed_ranges"] = [allowed]
    assert Settings.from_config(config).ingress.allowed_ranges == [allowed]


@pytest.mark.parametrize("allowed", ["10.20.0.0/16", "10.0.0.0/8", "0.0.0.0/0", "10.220.8.0/23"])
def test_the_ingress_lets_in_nobody_but_clients(config: Config, allowed: str) -> None:
    config[INGRESS]["allowed_ranges"] = ["10.16.0.0/16", allowed]
    problem = only_problem(config, f"{INGRESS}.allowed_ranges[1]")
    assert problem.found == f'"{allowed}", which odoo-azure:network.client_ranges does not hold'
    assert problem.allowed == "ranges within 10.16.0.0/14, 10.220.8.0/24"


def test_ranges_of_clients_that_touch_are_one(config: Config) -> None:
    config["odoo-azure:network"]["client_ranges"] = ["10.220.8.0/25", "10.220.8.128/25"]
    config[INGRESS]["allowed_ranges"] = ["10.220.8.0/24"]
    assert Settings.from_config(config).ingress.allowed_ranges == ["10.220.8.0/24"]


def test_a_rollback_names_another_image_and_a_backup(config: Config) -> None:
    odoo = config[ODOO]
    backup = "odoo/3b0f6f0e6a55-6f1c2a9e0b7d/20261122T031500Z.dump"
    odoo["rollback"] = {"image": OTHER_IMAGE, "backup": backup}
    rollback = Settings.from_config(config).odoo.rollback
    assert rollback is not None
    assert (rollback.image, rollback.backup) == (OTHER_IMAGE, backup)
    odoo["rollback"]["image"] = odoo["image"]
    problem = only_problem(config, f"{ODOO}.rollback.image")
    assert problem.found.endswith("as odoo-azure:odoo.image")
    assert "remove rollback" in problem.remedy


def test_a_rollback_without_a_backup_is_refused(config: Config) -> None:
    config[ODOO]["rollback"] = {"image": OTHER_IMAGE}
    assert only_problem(config, f"{ODOO}.rollback.backup").found == "nothing"


@pytest.mark.parametrize("backup", ["../secrets", "/odoo/x.dump", "odoo//x.dump", "odoo/", "", "a b", ".hidden"])
def test_what_is_no_name_of_a_backup_is_refused(config: Config, backup: str) -> None:
    config[ODOO]["rollback"] = {"image": OTHER_IMAGE, "backup": backup}
    assert "backup container" in only_problem(config, f"{ODOO}.rollback.backup").allowed


COPY = {"backup": "odoo/0123456789ab-0123456789ab/20261122T023000Z.dump"}


@pytest.fixture
def staging() -> Config:
    """Configuration of the environment for tests."""
    return read_stack_file(ROOT / "Pulumi.staging.yaml").config


def test_a_copy_is_for_any_environment_but_production(config: Config, staging: Config) -> None:
    config[ODOO]["copy"] = staging[ODOO]["copy"] = COPY
    problem = only_problem(config, f"{ODOO}.copy")
    assert problem.found == f'"{COPY["backup"]}", while odoo-azure:environment.class is production'
    copied = Settings.from_config(staging).odoo.copy_of
    assert copied is not None
    assert copied.backup == COPY["backup"]


def test_a_copy_and_a_way_back_exclude_one_another(staging: Config) -> None:
    staging[ODOO] |= {"copy": COPY, "rollback": {"image": OTHER_IMAGE, "backup": COPY["backup"]}}
    assert only_problem(staging, f"{ODOO}.copy").allowed == "copy or rollback"


def test_a_copy_names_a_backup(staging: Config) -> None:
    staging[ODOO]["copy"] = {"backup": "../secrets"}
    assert "backup container" in only_problem(staging, f"{ODOO}.copy.backup").allowed


def test_operations_have_an_image_of_their_own(config: Config) -> None:
    config[ODOO]["ops_image"] = config[ODOO]["image"]
    assert "images/ops" in only_problem(config, f"{ODOO}.ops_image").allowed


@pytest.mark.parametrize(("section", "key"), [(ODOO, "ops_image"), (INGRESS, "image")])
def test_images_must_be_named_by_digest(config: Config, section: str, key: str) -> None:
    config[section][key] = "traefik:v3.6"
    assert "sha256" in only_problem(config, f"{section}.{key}").allowed
    del config[section][key]
    assert only_problem(config, f"{section}.{key}").found == "nothing"


@pytest.mark.parametrize("generation", [0, 10_000])
def test_the_generation_of_the_password_counts_from_one(config: Config, generation: int) -> None:
    config[ODOO]["password_generation"] = generation
    assert only_problem(config, f"{ODOO}.password_generation").allowed == "a whole number from 1 to 9999"


@pytest.mark.parametrize(("start", "end"), [(19, 7), (9, 9)])
def test_business_hours_end_after_they_start(config: Config, start: int, end: int) -> None:
    config[CALENDAR]["business_hours"] = {"start": start, "end": end}
    problem = only_problem(config, f"{CALENDAR}.business_hours.end")
    assert problem.allowed == f"from {start + 1} to 23"


def test_a_batch_of_the_queue_needs_queue_jobs(config: Config) -> None:
    batch = {"name": "depreciation", "pool": "reporting", "start": 4, "hours": 1}
    config[CALENDAR]["batches"] = [batch, batch | {"pool": "queue"}]
    assert len(Settings.from_config(config).calendar.batches) == 2
    config[ODOO]["queue_jobs"] = False
    assert "queue_jobs is false" in only_problem(config, f"{CALENDAR}.batches[1].pool").found


def test_a_batch_of_a_pool_that_keeps_its_size_is_refused(config: Config) -> None:
    config[CALENDAR]["batches"] = [{"name": "close", "pool": "cron", "start": 4, "hours": 1}]
    assert only_problem(config, f"{CALENDAR}.batches[0].pool").allowed == "queue, reporting"


def test_the_certificate_s_name_is_one_of_a_key_vault(config: Config) -> None:
    config[INGRESS]["certificate"] = "erp.acme.example"
    assert only_problem(config, f"{INGRESS}.certificate").allowed == "1 to 127 letters, digits and hyphens"


def test_what_is_not_said_of_the_ingress_has_a_default(config: Config) -> None:
    config[INGRESS] = {"image": config[INGRESS]["image"]}
    ingress = Settings.from_config(config).ingress
    assert (ingress.certificate, ingress.exposure.value, ingress.upload_limit_mib) == ("ingress", "private", 128)
    assert ingress.allowed_ranges == []


def test_a_private_link_service_is_offered_to_named_subscriptions(config: Config) -> None:
    edge = "7c1d9a52-3f60-4f0e-9b7e-52d1c0a4e8f1"
    config[INGRESS] |= {"exposure": "private-link", "edge_subscriptions": [edge]}
    assert Settings.from_config(config).ingress.edge_subscriptions == [edge]


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        ({"exposure": "private-link"}, "the subscriptions whose edge may ask for a connection"),
        (
            {"edge_subscriptions": ["7c1d9a52-3f60-4f0e-9b7e-52d1c0a4e8f1"]},
            "none without a private link service",
        ),
    ],
    ids=["nobody may call", "nothing to call"],
)
def test_a_private_link_service_and_its_callers_come_together(
    config: Config, given: dict[str, Any], allowed: str
) -> None:
    config[INGRESS] |= given
    assert only_problem(config, f"{INGRESS}.edge_subscriptions").allowed == allowed
