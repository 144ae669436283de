"""The metrics agent: what promtool says of its file, and that a transaction is called as on a cluster."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.ingress.routers import router_name
from components.machines.cloud_init import app_cloud_init
from tests.unit.machines.conftest import program, run, written
from tests.unit.machines.examples import HOST, METRICS, app_machine

pytestmark = pytest.mark.programs

FILE = "/etc/odoo-machine/prometheus.yaml"


def _config(text: str) -> dict[str, Any]:
    said = yaml.safe_load(written(text)[FILE])
    assert isinstance(said, dict)
    return said


def test_promtool_takes_it_but_for_the_login_that_it_is_too_old_for(text: str, tmp_path: Path) -> None:
    config = _config(text)
    # Debian's promtool is 2.42; `azuread` came with 2.45.
    assert config["remote_write"][0].pop("azuread") == {
        "cloud": "AzurePublic",
        "managed_identity": {"client_id": METRICS.identity},
    }
    file = tmp_path / "prometheus.yaml"
    file.write_text(yaml.safe_dump(config))
    judged = run([program("promtool"), "check", "config", "--agent", str(file)])
    assert judged.returncode == 0, judged.stderr


def test_machines_are_told_apart(text: str) -> None:
    assert _config(text)["global"]["external_labels"] == {"machine": "${MACHINE}"}


@pytest.mark.parametrize(("route", "transaction"), [("tx-posting", "posting"), ("web", "web"), ("closed", "closed")])
def test_a_router_of_a_file_has_the_labels_of_one_of_a_cluster(route: str, transaction: str) -> None:
    config = _config(app_cloud_init(app_machine()))
    [job] = [each for each in config["scrape_configs"] if each["job_name"] == "traefik"]
    router = f"{router_name('acme', HOST, route)}@file"
    labels = {
        rule["target_label"]: match.expand(rule["replacement"].replace("$", "\\"))
        for rule in job["metric_relabel_configs"]
        if (match := re.fullmatch(rule["regex"], router))
    }
    assert labels == {"tenant": "acme", "transaction": transaction}
