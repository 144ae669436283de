"""Production on a real API server: an upgrade that fails takes nothing away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sandbox.cluster.api import Api
from sandbox.cluster.cluster import Cluster
from tests.engine.conftest import Sandbox

OLD = "6f1c2a9e0b7d4583c1e96a2f7d08b45e3c9a1f6072d8e4b5a7093f1c6d2e8b04"
NEW = "9" * 64
UPGRADE = f"/apis/batch/v1/namespaces/odoo/jobs/upgrade-{NEW[:12]}"
POLICIES = "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies"
BINDINGS = "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings"
# kwok ends a pod with this annotation as if its container had ended so.
BREAK_UPGRADES: dict[str, Any] = {
    "metadata": {"name": "break-upgrades"},
    "spec": {
        "failurePolicy": "Fail",
        "reinvocationPolicy": "Never",
        "matchConstraints": {
            "resourceRules": [
                {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
            ]
        },
        "matchConditions": [
            {
                "name": "upgrade",
                "expression": 'object.metadata.?labels[?"app.kubernetes.io/component"].orValue("") == "upgrade"',
            }
        ],
        "mutations": [
            {
                "patchType": "ApplyConfiguration",
                "applyConfiguration": {
                    "expression": 'Object{metadata: Object.metadata{annotations: {"sandbox/exit-code": "3"}}}'
                },
            }
        ],
    },
}


@contextmanager
def api_of(sandbox: Sandbox) -> Iterator[Api]:
    """The API of the environment's cluster, which otherwise runs only while a deployment does."""
    (home,) = (sandbox.cloud / "clusters").iterdir()
    with Cluster(home) as cluster:
        yield Api(cluster.kubeconfig)


def images(api: Api) -> set[str]:
    """Digests that Odoo's pools run."""
    deployments = (api.get("/apis/apps/v1/namespaces/odoo/deployments") or {})["items"]
    assert len(deployments) == 5
    return {each["spec"]["template"]["spec"]["containers"][0]["image"].rpartition(":")[2] for each in deployments}


def test_an_upgrade_that_fails_leaves_the_old_version_up_and_is_tried_again(
    built_programs: None, copy_of: Callable[[str], Sandbox]
) -> None:
    production = copy_of("prod")
    with api_of(production) as api:
        assert images(api) == {OLD}
        api.create(POLICIES, BREAK_UPGRADES)
        api.create(BINDINGS, {"metadata": {"name": "break-upgrades"}, "spec": {"policyName": "break-upgrades"}})
    production.change("odoo", image=f"odoo@sha256:{NEW}")

    failed = production.run.up(skip_preview=True)
    assert not failed.ok
    assert [each.name for each in failed.failed] == ["odoo-tenant-upgrade"]
    with api_of(production) as api:
        assert images(api) == {OLD}
        assert (api.get(UPGRADE) or {})["status"]["failed"] == 1
        api.delete(f"{BINDINGS}/break-upgrades")
        api.delete(f"{POLICIES}/break-upgrades")

    production.up()
    with api_of(production) as api:
        assert images(api) == {NEW}
        assert (api.get(UPGRADE) or {})["status"]["succeeded"] == 1
