"""DatabaseMetrics: an exporter for each server that reaches it and nothing else, and samples that name the tenant."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from components.monitoring.tenant_shares import DATABASE_SERVER_LABEL
from tests.unit.components.database_metrics_example import CLIENT_ID, HOST, IMAGE, LABELS, SERVERS, database_metrics
from tests.unit.components.harness import Declared, declare, names, resolve
from tests.unit.components.mocked_azure import TENANT_ID

SELECTOR = {"app.kubernetes.io/name": "postgres-exporter"}
POLICIES = ("default-deny", "allow-scrapes", "allow-dns", "allow-database")


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return declare(database_metrics)


def _inputs(declared: list[Declared], name: str) -> dict[str, Any]:
    [found] = [each for each in declared if each.name == name]
    return dict(found.inputs)


def _pod(declared: list[Declared], server: str = "psql-1") -> dict[str, Any]:
    return dict(_inputs(declared, f"metrics-deployment-{server}")["spec"]["template"]["spec"])


def test_declares_exactly_these(declared: list[Declared]) -> None:
    assert names(declared) == {
        ("providers:kubernetes", "cluster"),
        ("core/v1:Namespace", "metrics-namespace"),
        ("core/v1:ServiceAccount", "metrics-account"),
        ("core/v1:ResourceQuota", "metrics-quota"),
        *(("networking.k8s.io/v1:NetworkPolicy", f"metrics-{policy}") for policy in POLICIES),
        *(("secrets-store.csi.x-k8s.io/v1:SecretProviderClass", f"metrics-secrets-{server}") for server in SERVERS),
        *(("apps/v1:Deployment", f"metrics-deployment-{server}") for server in SERVERS),
        ("azmonitoring.coreos.com/v1:PodMonitor", "metrics-monitor"),
    }


def test_every_object_says_whose_it_is_and_is_in_a_restricted_namespace(declared: list[Declared]) -> None:
    for each in declared:
        if each.type.startswith("kubernetes:"):
            assert LABELS.items() <= each.inputs["metadata"]["labels"].items()
            assert each.inputs["metadata"].get("namespace", "platform-metrics") == "platform-metrics"
    labels = _inputs(declared, "metrics-namespace")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_pods_reach_postgresql_and_names_and_are_reached_by_scrapes_only(declared: list[Declared]) -> None:
    specs = {policy: _inputs(declared, f"metrics-{policy}")["spec"] for policy in POLICIES}
    system = {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}
    dns = {"namespaceSelector": system, "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}
    assert specs == {
        "default-deny": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
        "allow-scrapes": {
            "podSelector": {"matchLabels": SELECTOR},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"namespaceSelector": system}], "ports": [{"port": 9187, "protocol": "TCP"}]}],
        },
        "allow-dns": {
            "podSelector": {"matchLabels": SELECTOR},
            "policyTypes": ["Egress"],
            "egress": [{"to": [dns], "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]}],
        },
        "allow-database": {
            "podSelector": {"matchLabels": SELECTOR},
            "policyTypes": ["Egress"],
            "egress": [{"to": [{"ipBlock": {"cidr": "10.40.5.0/27"}}], "ports": [{"port": 5432, "protocol": "TCP"}]}],
        },
    }


def test_pods_start_only_when_the_rules_of_their_namespace_are_there(declared: list[Declared]) -> None:
    [deployment] = [each for each in declared if each.name == "metrics-deployment-psql-1"]
    needed = {"metrics-account", "metrics-quota", "metrics-secrets-psql-1", *(f"metrics-{each}" for each in POLICIES)}
    assert deployment.depends_on >= needed


def test_pods_keep_to_the_restricted_standard_and_write_nothing(declared: list[Declared]) -> None:
    pod = _pod(declared)
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65534,
        "runAsGroup": 65534,
        "fsGroup": 65534,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    [container] = pod["containers"]
    assert container["image"] == IMAGE
    assert container["securityContext"] == {
        "runAsNonRoot": True,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["requests"]["memory"] == container["resources"]["limits"]["memory"]


def test_each_pod_reads_one_server_over_verified_tls_with_a_password_that_only_files_hold() -> None:
    declared = declare(database_metrics)
    [container] = _pod(declared)["containers"]
    environment = {each["name"]: each["value"] for each in container["env"]}
    assert environment["DATA_SOURCE_URI"] == f"{HOST}:5432/postgres?sslmode=verify-full&connect_timeout=5"
    assert environment["DATA_SOURCE_USER"] == "metrics"
    [mount] = container["volumeMounts"]
    assert environment["DATA_SOURCE_PASS_FILE"] == f"{mount['mountPath']}/password"
    [volume] = _pod(declared)["volumes"]
    assert volume["csi"]["volumeAttributes"] == {"secretProviderClass": "postgres-exporter-psql-1"}


def test_the_password_comes_from_the_vault_by_the_identity_of_the_exporters(declared: list[Declared]) -> None:
    for server in SERVERS:
        parameters = _inputs(declared, f"metrics-secrets-{server}")["spec"]["parameters"]
        assert parameters["clientID"] == CLIENT_ID
        assert parameters["keyvaultName"] == "kv-erp-test-sec"
        assert parameters["tenantId"] == TENANT_ID
        [secret] = yaml.safe_load(parameters["objects"])["array"]
        assert yaml.safe_load(secret) == {
            "objectName": f"metrics-{server}",
            "objectType": "secret",
            "objectAlias": "password",
        }
    account = _inputs(declared, "metrics-account")["metadata"]
    assert account["annotations"] == {"azure.workload.identity/client-id": CLIENT_ID}


def test_a_new_password_replaces_the_pod(declared: list[Declared]) -> None:
    template = _inputs(declared, "metrics-deployment-psql-1")["spec"]["template"]
    assert template["metadata"]["annotations"] == {"odoo-azure/password-generation": "3"}


def test_samples_get_the_label_of_the_server_that_the_pod_reads(declared: list[Declared]) -> None:
    [endpoint] = _inputs(declared, "metrics-monitor")["spec"]["podMetricsEndpoints"]
    labels = _inputs(declared, "metrics-deployment-psql-2")["spec"]["template"]["metadata"]["labels"]
    [rule] = endpoint["relabelings"]
    [source] = rule["sourceLabels"]
    # As Prometheus writes the names of Kubernetes' labels (discovery/kubernetes, SanitizeLabelName).
    written = {f"__meta_kubernetes_pod_label_{re.sub('[^a-zA-Z0-9_]', '_', name)}": labels[name] for name in labels}
    assert (rule["targetLabel"], written[source]) == (DATABASE_SERVER_LABEL, "psql-2")


@pytest.mark.parametrize(
    ("sample", "tenant"),
    [
        ({"__name__": "pg_up"}, None),
        ({"__name__": "pg_stat_activity_count", "datname": "acme-es", "state": "active"}, "acme-es"),
        ({"__name__": "pg_stat_database_tup_inserted", "datname": "acme-es"}, "acme-es"),
        ({"__name__": "pg_locks_count", "datname": "acme-es", "mode": "rowexclusivelock"}, "acme-es"),
    ],
)
def test_samples_that_are_kept_name_their_tenant(
    declared: list[Declared], sample: dict[str, str], tenant: str | None
) -> None:
    kept = _relabelled(declared, sample)
    assert kept is not None
    assert kept.get("tenant") == tenant


@pytest.mark.parametrize(
    "sample",
    [
        {"__name__": "go_goroutines"},
        {"__name__": "pg_stat_database_blk_read_time", "datname": "acme-es"},
        {"__name__": "pg_stat_activity_count", "datname": "acme-es", "state": "idle in transaction"},
        *(
            {"__name__": "pg_stat_database_tup_inserted", "datname": name}
            for name in ("postgres", "template0", "template1", "azure_maintenance", "azure_sys")
        ),
    ],
)
def test_what_nobody_reads_or_is_no_tenants_stays_out(declared: list[Declared], sample: dict[str, str]) -> None:
    assert _relabelled(declared, sample) is None


def test_the_name_of_a_database_may_have_more_than_the_tenant_in_it() -> None:
    declared = declare(lambda: database_metrics(database_pattern="odoo-(.+)"))
    kept = _relabelled(declared, {"__name__": "pg_locks_count", "datname": "odoo-acme-es"})
    assert kept is not None
    assert kept["tenant"] == "acme-es"


def test_an_unknown_host_does_not_stop_a_preview() -> None:
    assert resolve(lambda: {"made": database_metrics().urn}, preview=True)["made"]


def _relabelled(declared: list[Declared], sample: dict[str, str]) -> dict[str, str] | None:
    """The sample as Prometheus stores it; None when it does not (pkg/relabel: anchored, joined by semicolons)."""
    [endpoint] = _inputs(declared, "metrics-monitor")["spec"]["podMetricsEndpoints"]
    labels = dict(sample)
    for rule in endpoint["metricRelabelings"]:
        match = re.fullmatch(rule["regex"], ";".join(labels.get(name, "") for name in rule["sourceLabels"]))
        action = rule.get("action", "replace")
        if (action == "keep" and not match) or (action == "drop" and match):
            return None
        if action == "replace" and match:
            labels[rule["targetLabel"]] = match[1]
    return labels
