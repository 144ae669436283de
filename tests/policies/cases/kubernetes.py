from collections.abc import Mapping
from typing import Any

from tests.policies.cases import Case, Sample, StackCase, of
from tests.policies.harness import Declared

POD, DEPLOYMENT, CRON_JOB = "kubernetes:core/v1:Pod", "kubernetes:apps/v1:Deployment", "kubernetes:batch/v1:CronJob"
NAMESPACE, SERVICE, SECRET = "kubernetes:core/v1:Namespace", "kubernetes:core/v1:Service", "kubernetes:core/v1:Secret"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
ROLE, BINDING = (
    "kubernetes:rbac.authorization.k8s.io/v1:Role",
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
)
IMAGE = f"acr.azurecr.io/odoo@sha256:{'0' * 64}"
INTERNAL = {"service.beta.kubernetes.io/azure-load-balancer-internal": "true"}
TLS = {"tls": [{"hosts": ["erp.acme.example"], "secretName": "erp"}], "rules": [{"host": "erp.acme.example"}]}
DENY = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def _pod(container: Mapping[str, Any], **pod: Any) -> Sample:
    return POD, {"spec": {"containers": [{"name": "odoo", **container}], **pod}}


def _deployment(container: Mapping[str, Any], **pod: Any) -> Sample:
    spec = {"initContainers": [{"name": "migrate", **container}], **pod}
    return DEPLOYMENT, {"spec": {"template": {"spec": spec}}}


def _cron_job(container: Mapping[str, Any], **pod: Any) -> Sample:
    spec = {"containers": [{"name": "cron", **container}], **pod}
    return CRON_JOB, {"spec": {"jobTemplate": {"spec": {"template": {"spec": spec}}}}}


def _context(**settings: Any) -> dict[str, Any]:
    return {"securityContext": settings}


def _namespace(name: str) -> Declared:
    return Declared(type=NAMESPACE, name=name, properties={"metadata": {"name": name}})


def _policy(name: str, **spec: Any) -> Declared:
    return Declared(
        type="kubernetes:networking.k8s.io/v1:NetworkPolicy",
        name=name,
        properties={"metadata": {"namespace": "odoo"}, "spec": spec},
        uses={"metadata": ["odoo"]},
    )


CASES = [
    Case(
        "pod-not-privileged",
        good=[_pod({}), _deployment(_context(privileged=False))],
        bad=[_pod(_context(privileged=True)), _deployment(_context(privileged=True))],
    ),
    Case(
        "pod-no-host-namespaces",
        good=[_pod({"ports": [{"containerPort": 8069}]})],
        bad=[_pod({}, hostNetwork=True), _cron_job({}, hostPID=True), _pod({"ports": [{"hostPort": 80}]})],
    ),
    Case(
        "pod-no-hostpath",
        good=[_pod({}, volumes=[{"name": "tmp", "emptyDir": {}}])],
        bad=[_deployment({}, volumes=[{"name": "node", "hostPath": {"path": "/"}}])],
    ),
    Case(
        "pod-non-root",
        good=[_pod({}, **_context(runAsNonRoot=True, runAsUser=101)), _pod(_context(runAsNonRoot=True))],
        bad=[
            _pod({}),
            _pod(_context(runAsNonRoot=False), **_context(runAsNonRoot=True)),
            _cron_job(_context(runAsUser=0), **_context(runAsNonRoot=True)),
        ],
    ),
    Case(
        "pod-no-escalation",
        good=[_pod(_context(allowPrivilegeEscalation=False))],
        bad=[_pod({}), _deployment(_context(allowPrivilegeEscalation=True))],
    ),
    Case(
        "pod-caps-drop-all",
        good=[_pod(_context(capabilities={"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}))],
        bad=[_pod({}), _pod(_context(capabilities={"drop": ["ALL"], "add": ["SYS_ADMIN"]}))],
    ),
    Case(
        "pod-seccomp",
        good=[_pod({}, **_context(seccompProfile={"type": "RuntimeDefault"}))],
        bad=[_pod({}), _deployment(_context(seccompProfile={"type": "Unconfined"}))],
    ),
    Case(
        "pod-readonly-root",
        good=[_pod(_context(readOnlyRootFilesystem=True))],
        bad=[_pod({}), _cron_job(_context(readOnlyRootFilesystem=False))],
    ),
    Case(
        "pod-image-digest",
        good=[_pod({"image": IMAGE}), _cron_job({"image": IMAGE})],
        bad=[_pod({}), _deployment({"image": "odoo:18.0"}), _pod({"image": "odoo"})],
    ),
    Case(
        "pod-resources",
        good=[_pod({"resources": {"requests": {"cpu": "1", "memory": "2Gi"}, "limits": {"memory": "4Gi"}}})],
        bad=[_pod({}), _deployment({"resources": {"requests": {"cpu": "1", "memory": "2Gi"}}})],
    ),
    Case(
        "pod-token-automount-off",
        good=[_pod({}, automountServiceAccountToken=False)],
        bad=[_pod({}), _deployment({}, automountServiceAccountToken=True)],
    ),
    of(
        "ns-pod-security",
        NAMESPACE,
        [
            {"metadata": {"name": "odoo", "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}},
            {"metadata": {"name": "kube-system"}},
        ],
        [
            {"metadata": {"name": "odoo"}},
            {"metadata": {"name": "odoo", "labels": {"pod-security.kubernetes.io/enforce": "privileged"}}},
        ],
    ),
    of(
        "svc-internal-only",
        SERVICE,
        [
            {"spec": {"type": "LoadBalancer"}, "metadata": {"annotations": INTERNAL}},
            {"spec": {"type": "ClusterIP"}},
            {"spec": {"ports": [{"port": 80}]}},
        ],
        [
            {"spec": {"type": "LoadBalancer"}},
            {"spec": {"type": "NodePort"}},
            {"spec": {"externalIPs": ["203.0.113.7"]}},
        ],
    ),
    of(
        "ingress-tls",
        INGRESS,
        [{"spec": TLS}],
        [
            {},
            {"spec": {"rules": TLS["rules"]}},
            {"spec": {**TLS, "rules": [{"host": "other.acme.example"}]}},
            {"spec": {**TLS, "rules": [{"http": {"paths": []}}]}},
        ],
    ),
    of(
        "secret-no-literal",
        SECRET,
        [{"metadata": {"name": "empty"}}],
        [{"stringData": {"password": "hunter2"}}, {"data": {"password": "aHVudGVyMg=="}}],
    ),
    of(
        "sa-automount-off",
        "kubernetes:core/v1:ServiceAccount",
        [{"automountServiceAccountToken": False}],
        [{}, {"automountServiceAccountToken": True}],
    ),
    of(
        "role-no-wildcard",
        ROLE,
        [{"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]}],
        [
            {"rules": [{"apiGroups": [""], "resources": ["*"], "verbs": ["get"]}]},
            {"rules": [{"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"]}]},
        ],
    ),
    of(
        "binding-no-cluster-admin",
        BINDING,
        [
            {
                "roleRef": {"name": "view"},
                "subjects": [{"kind": "Group", "name": "3b0f6f0e-6a55-4d0a-8c7b-0a5d3c1e9b41"}],
            }
        ],
        [
            {"roleRef": {"name": "cluster-admin"}},
            {"roleRef": {"name": "view"}, "subjects": [{"kind": "Group", "name": "system:authenticated"}]},
        ],
    ),
    Case(
        "helm-not-opaque",
        good=[("kubernetes:helm.sh/v4:Chart", {"chart": "traefik"})],
        bad=[("kubernetes:helm.sh/v3:Release", {"chart": "traefik"})],
    ),
]
STACK_CASES = [
    StackCase(
        "netpol-default-deny",
        good=[
            [_namespace("odoo"), _policy("deny", **DENY)],
            [_namespace("odoo"), _policy("in", podSelector={}, policyTypes=["Ingress"]), _policy("out", **DENY)],
            [_namespace("kube-system")],
        ],
        bad=[
            ([_namespace("odoo")], {"odoo"}),
            ([_namespace("odoo"), _namespace("other"), _policy("deny", **DENY)], {"other"}),
            ([_namespace("odoo"), _policy("some", **{**DENY, "podSelector": {"matchLabels": {"app": "a"}}})], {"odoo"}),
            ([_namespace("odoo"), _policy("dns", **DENY, egress=[{"ports": [{"port": 53}]}])], {"odoo"}),
        ],
    )
]
