"""Workloads, secrets, rights, namespaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.policies.cases import Case, Sample, StackCase, of
from tests.policies.harness import Declared

POD, DEPLOYMENT, JOB = "kubernetes:core/v1:Pod", "kubernetes:apps/v1:Deployment", "kubernetes:batch/v1:Job"
CONFIG_MAP, NAMESPACE = "kubernetes:core/v1:ConfigMap", "kubernetes:core/v1:Namespace"
BUDGET, QUOTA = "kubernetes:policy/v1:PodDisruptionBudget", "kubernetes:core/v1:ResourceQuota"
RBAC = "kubernetes:rbac.authorization.k8s.io/v1"
ADMISSION = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"
MEMORY = {"requests": {"memory": "2Gi"}, "limits": {"memory": "2048Mi"}}
ZONES = [{"topologyKey": "topology.kubernetes.io/zone"}]
PROBED = {"livenessProbe": {"tcpSocket": {"port": 1}}, "readinessProbe": {"httpGet": {"port": 1}}}
HASHED = "$pbkdf2-sha512$600000$c2FsdA$aGFzaA"


def _pod(container: Mapping[str, Any] | None = None, **pod: Any) -> Sample:
    return POD, {"spec": {"containers": [{"name": "odoo", **(container or {})}], **pod}}


def _deployment(container: Mapping[str, Any] | None = None, **pod: Any) -> Sample:
    template = {"spec": {"containers": [{"name": "odoo", **(container or {})}], **pod}}
    return DEPLOYMENT, {"spec": {"template": template}}


def _env(name: str, **value: Any) -> Mapping[str, Any]:
    return {"env": [{"name": name, **value}]}


def _config(**data: str) -> Mapping[str, Any]:
    return {"data": {key.replace("_", "."): value for key, value in data.items()}}


def _role(resource: str, *verbs: str) -> Mapping[str, Any]:
    return {"rules": [{"apiGroups": [""], "resources": [resource], "verbs": list(verbs)}]}


def _in(namespace: str, type_token: str, name: str, **spec: Any) -> Declared:
    return Declared(
        type=type_token,
        name=name,
        properties={"metadata": {"name": name, "namespace": namespace}, "spec": spec},
        uses={"metadata": [namespace]},
    )


def _admission(name: str) -> Declared:
    return Declared(type=ADMISSION, name=name, properties={"metadata": {"name": name}})


def _binding(name: str, policy: str) -> Declared:
    return Declared(type=f"{ADMISSION}Binding", name=name, properties={"spec": {"policyName": policy}})


def _labelled_namespace(name: str) -> Declared:
    return Declared(type=NAMESPACE, name=name, properties={"metadata": {"name": name}})


CASES = [
    Case(
        "pod-image-pull-policy",
        good=[_pod({"imagePullPolicy": "IfNotPresent"}), _pod()],
        bad=[_pod({"imagePullPolicy": "Never"}), _deployment({"imagePullPolicy": "Never"})],
    ),
    Case(
        "pod-service-account",
        good=[_pod(serviceAccountName="odoo")],
        bad=[_pod(), _deployment(serviceAccountName="default")],
    ),
    Case(
        "pod-memory-promised",
        good=[
            _pod({"resources": MEMORY}),
            _pod({"resources": {"requests": {"memory": "2G"}, "limits": {"memory": "2000M"}}}),
            _pod({"resources": {"requests": {"memory": "2Gi"}}}),
        ],
        bad=[_pod({"resources": {"requests": {"memory": "2Gi"}, "limits": {"memory": "4Gi"}}})],
    ),
    Case(
        "pod-scratch-bounded",
        good=[_pod(volumes=[{"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}}, {"name": "data", "csi": {}}])],
        bad=[_pod(volumes=[{"name": "tmp", "emptyDir": {}}])],
    ),
    Case(
        "pod-probes",
        good=[_deployment(PROBED), _deployment({"ports": [{"containerPort": 1}], **PROBED})],
        bad=[
            _deployment(),
            _deployment({"ports": [{"containerPort": 1}], "livenessProbe": {"tcpSocket": {"port": 1}}}),
        ],
    ),
    Case(
        "pod-grace-period",
        good=[_deployment(terminationGracePeriodSeconds=1300)],
        bad=[_deployment(), _deployment(terminationGracePeriodSeconds=30)],
    ),
    Case("pod-priority-class", good=[_deployment(priorityClassName="odoo-web")], bad=[_deployment()]),
    Case(
        "deploy-spread",
        good=[
            _deployment(topologySpreadConstraints=ZONES),
            _deployment(affinity={"podAntiAffinity": {"preferred": [{"weight": 1}]}}),
            (DEPLOYMENT, {"spec": {"replicas": 1}}),
        ],
        bad=[_deployment(), _deployment(topologySpreadConstraints=[{"topologyKey": "example.com/rack"}])],
    ),
    of(
        "deploy-strategy",
        DEPLOYMENT,
        [
            {"spec": {"strategy": {"rollingUpdate": {"maxUnavailable": 0}}}},
            {"spec": {"strategy": {"type": "Recreate"}}},
        ],
        [{"spec": {}}, {"spec": {"strategy": {"rollingUpdate": {"maxUnavailable": "25%"}}}}],
    ),
    Case(
        "job-bounded",
        good=[
            (JOB, {"spec": {"backoffLimit": 0, "activeDeadlineSeconds": 3600}}),
            (
                "kubernetes:batch/v1:CronJob",
                {"spec": {"jobTemplate": {"spec": {"backoffLimit": 2, "activeDeadlineSeconds": 60}}}},
            ),
        ],
        bad=[(JOB, {"spec": {"backoffLimit": 0}}), (JOB, {"spec": {"backoffLimit": 50, "activeDeadlineSeconds": 60}})],
    ),
    of(
        "pdb-allows-drain",
        BUDGET,
        [{"spec": {"maxUnavailable": 1}}, {"spec": {"maxUnavailable": "10%"}}, {"spec": {"minAvailable": 2}}],
        [{"spec": {"maxUnavailable": 0}}, {"spec": {"maxUnavailable": "0%"}}, {"spec": {"minAvailable": "100%"}}, {}],
    ),
    Case(
        "pod-no-secret-in-env",
        good=[
            _pod(_env("PGSERVICE", value="odoo")),
            _pod(_env("AZURE_FEDERATED_TOKEN_FILE", value="/var/run/token")),
            _pod(_env("DB_PASSWORD", value="")),
            _pod(_env("OPS_SECRETS", value="/run/secrets/operations")),
        ],
        bad=[
            _pod(_env("DB_PASSWORD", value="hunter2")),
            _deployment(_env("API_TOKEN", valueFrom={"secretKeyRef": {"name": "api", "key": "token"}})),
        ],
    ),
    of(
        "configmap-no-secret",
        CONFIG_MAP,
        [
            _config(
                odoo_conf=f"[options]\nlist_db = False\nadmin_passwd =\ndb_user = False\nadmin_passwd = {HASHED}\n"
            ),
            _config(traefik_yaml="accessLog:\n  fields:\n    headers:\n      names:\n        X-Token: drop\n"),
            _config(a_yaml="passwordFile: /run/secrets/db\nurl: https://erp.acme.example/web\n"),
        ],
        [
            _config(odoo_conf="[options]\ndb_password = hunter2\n"),
            _config(a_yaml="client:\n  - clientSecret: hunter2\n"),
            _config(url="postgresql://odoo:hunter2@db.acme.example/erp"),
            _config(tls_pem="-----BEGIN RSA PRIVATE KEY-----\nMIIE\n"),
            {"data": {"api-token": "hunter2"}},
        ],
    ),
    of(
        "admission-fails-closed",
        ADMISSION,
        [{"spec": {"failurePolicy": "Fail"}}, {"spec": {}}],
        [{"spec": {"failurePolicy": "Ignore"}}],
    ),
    of(
        "admission-denies",
        f"{ADMISSION}Binding",
        [{"spec": {"validationActions": ["Deny", "Audit"]}}],
        [{"spec": {"validationActions": ["Warn"]}}, {"spec": {}}],
    ),
    of(
        "role-no-secrets",
        f"{RBAC}:ClusterRole",
        [_role("pods", "get", "list"), _role("secrets", "create")],
        [_role("secrets", "list"), _role("secrets", "*")],
    ),
    of(
        "role-no-way-up",
        f"{RBAC}:Role",
        [_role("pods", "get"), _role("validatingadmissionpolicies", "get", "list")],
        [
            _role("pods/exec", "create"),
            _role("serviceaccounts/token", "create"),
            _role("nodes/proxy", "get"),
            _role("validatingwebhookconfigurations", "patch"),
        ],
    ),
    of(
        "role-makes-no-pods",
        f"{RBAC}:Role",
        [_role("pods", "get", "delete"), _role("deployments/scale", "patch")],
        [_role("pods", "create"), _role("jobs", "*")],
    ),
    of(
        "ns-owner",
        NAMESPACE,
        [{"metadata": {"name": "odoo", "labels": {"owner": "finance"}}}, {"metadata": {"name": "kube-system"}}],
        [{"metadata": {"name": "odoo"}}, {"metadata": {"name": "odoo", "labels": {"team": "finance"}}}],
    ),
    of(
        "ns-default-unused",
        DEPLOYMENT,
        [{"metadata": {"namespace": "odoo"}}],
        [
            {"metadata": {"name": "web"}},
            {"metadata": {"namespace": "default"}},
            {"metadata": {"namespace": "kube-system"}},
        ],
    ),
]
STACK_CASES = [
    StackCase(
        "admission-is-bound",
        good=[[_admission("images"), _binding("images", "images")]],
        bad=[
            ([_admission("images")], {"images"}),
            ([_admission("images"), _admission("labels"), _binding("bound", "images")], {"labels"}),
        ],
    ),
    StackCase(
        "ns-quota",
        good=[
            [_labelled_namespace("odoo"), _in("odoo", QUOTA, "quota", hard={"pods": "10"})],
            [_labelled_namespace("kube-system")],
        ],
        bad=[
            ([_labelled_namespace("odoo")], {"odoo"}),
            ([_labelled_namespace("odoo"), _in("other", QUOTA, "quota", hard={"pods": "10"})], {"odoo"}),
            ([_labelled_namespace("odoo"), _in("odoo", QUOTA, "quota")], {"odoo"}),
        ],
    ),
]
