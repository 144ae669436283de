"""ServerPreparation: a job for each shared server, with the passwords of two roles and of no tenant's."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ops.__main__ import SERVER_COMMANDS
from ops.provision import METRICS
from ops.settings import LOGIN_NAMES, administrator_login
from tests.unit.components.harness import Declared, declare, names, resolve
from tests.unit.components.mocked_azure import TENANT_ID
from tests.unit.components.server_preparation_example import HOSTS, OPS_IMAGE, SERVERS, server_preparation
from tests.unit.components.tenant_example import ADMINISTRATION_CLIENT_ID, LABELS, TENANT, VAULT, tenant_args
from tests.unit.components.test_platform_operations import NAMESPACE, platform_operations


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declare(server_preparation)


def _one(declared: list[Declared], name: str) -> Declared:
    [found] = [each for each in declared if each.name == f"erp-servers-{name}"]
    return found


def _job(declared: list[Declared], server: str = "shared-01") -> dict[str, Any]:
    return dict(_one(declared, f"provision-{server}").inputs)


def _container(declared: list[Declared], server: str = "shared-01") -> dict[str, Any]:
    [container] = _job(declared, server)["spec"]["template"]["spec"]["containers"]
    return dict(container)


def _environment(declared: list[Declared], server: str = "shared-01") -> dict[str, str]:
    return {each["name"]: each["value"] for each in _container(declared, server)["env"] if "value" in each}


def test_declares_exactly_these(declared: list[Declared]) -> None:
    assert names(declared) == {
        ("providers:kubernetes", "cluster"),
        *(("batch/v1:Job", f"erp-servers-provision-{server}") for server in SERVERS),
        *(("secrets-store.csi.x-k8s.io/v1:SecretProviderClass", f"erp-servers-secrets-{server}") for server in SERVERS),
    }


def test_every_object_is_in_the_platforms_namespace_and_names_no_tenant(declared: list[Declared]) -> None:
    for each in declared:
        if each.type.startswith("kubernetes:"):
            metadata = each.inputs["metadata"]
            assert metadata["namespace"] == NAMESPACE
            assert metadata["labels"].items() >= LABELS.items()
            assert TENANT not in str(each.inputs)


def test_a_server_is_prepared_once_for_an_image_and_a_generation_of_the_password(declared: list[Declared]) -> None:
    def job_names(**changes: Any) -> list[str]:
        found = declare(lambda: server_preparation(**changes))
        return [str(_job(found, server)["metadata"]["name"]) for server in SERVERS]

    assert job_names() == ["provision-shared-01-1-cdcdcdcdcdcd", "provision-shared-02-1-cdcdcdcdcdcd"]
    assert job_names(generation=2) == ["provision-shared-01-2-cdcdcdcdcdcd", "provision-shared-02-2-cdcdcdcdcdcd"]
    assert job_names(ops_digest="sha256:" + "ef" * 32)[0] == "provision-shared-01-1-efefefefefef"


def test_names_with_the_longest_server_fit_into_a_label() -> None:
    server = "s" * 35
    found = declare(lambda: server_preparation(servers={server: SERVERS["shared-01"]}, generation=9999))
    assert len(_job(found, server)["metadata"]["name"]) <= 63


def test_a_job_waits_for_its_own_files_and_reads_no_others(declared: list[Declared]) -> None:
    for server in SERVERS:
        assert f"erp-servers-secrets-{server}" in _one(declared, f"provision-{server}").depends_on
        [secrets] = [each for each in _job(declared, server)["spec"]["template"]["spec"]["volumes"] if "csi" in each]
        files = _one(declared, f"secrets-{server}").inputs
        assert secrets["csi"]["volumeAttributes"] == {"secretProviderClass": files["metadata"]["name"]}
        parameters = files["spec"]["parameters"]
        assert (parameters["clientID"], parameters["tenantId"]) == (ADMINISTRATION_CLIENT_ID, TENANT_ID)
        assert parameters["keyvaultName"] == VAULT
        listed = [yaml.safe_load(each) for each in yaml.safe_load(parameters["objects"])["array"]]
        assert {each["objectAlias"]: each["objectName"] for each in listed} == {
            "administrator": SERVERS[server].administrator_secret,
            METRICS: SERVERS[server].metrics_secret,
        }


def test_the_image_is_told_everything_it_asks_for_and_of_no_tenant(declared: list[Declared]) -> None:
    for server, host in HOSTS.items():
        container, environment = _container(declared, server), _environment(declared, server)
        assert container["image"] == OPS_IMAGE
        assert container["args"] == ["provision"]
        assert "provision" in SERVER_COMMANDS
        assert environment.keys() == set(LOGIN_NAMES.values())
        settings = administrator_login(environment)
        assert (settings.host, settings.port, settings.sslmode) == (host, "5432", "verify-full")
        assert settings.administrator == "odoo_bootstrap"
        assert {each["name"]: each["mountPath"] for each in container["volumeMounts"]} == {
            "secrets": str(settings.secrets),
            "work": "/run/ops",
            "ops-tmp": str(settings.private),
        }


def test_pods_run_where_the_place_says_and_are_restricted(declared: list[Declared]) -> None:
    place, pod = tenant_args().services.administration, _job(declared)["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == "operations"
    assert pod["automountServiceAccountToken"] is False
    assert pod["priorityClassName"] == place.priority_class
    assert pod["nodeSelector"] == place.nodes.node_selector
    assert [each["value"] for each in pod["tolerations"]] == list(place.nodes.tolerated_taints)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert _container(declared)["securityContext"] == {
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_pods_carry_the_labels_by_which_the_place_lets_them_talk(declared: list[Declared]) -> None:
    labels = _job(declared)["spec"]["template"]["metadata"]["labels"]
    flows = [each for each in declare(platform_operations) if each.name == "erp-operations-operations-to-database"]
    [selector] = [each.inputs["spec"]["podSelector"]["matchLabels"] for each in flows]
    assert selector.items() <= labels.items()
    assert labels["azure.workload.identity/use"] == "true"


def test_a_server_that_is_not_there_yet_is_tried_again_and_a_failure_is_told(declared: list[Declared]) -> None:
    job = _job(declared)
    assert (job["spec"]["backoffLimit"], job["spec"]["activeDeadlineSeconds"]) == (4, 900)
    assert job["metadata"]["annotations"] == {"pulumi.com/replaceUnready": "true"}
    assert "ttlSecondsAfterFinished" not in job["spec"]


def test_an_unknown_host_does_not_stop_a_preview() -> None:
    assert resolve(lambda: {"made": server_preparation().urn}, preview=True)["made"]
