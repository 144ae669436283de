"""The stand-in for `kubernetes`: a real API server where the kubeconfig leads to one on this machine, else a store."""

import random
import threading
from collections.abc import Callable, Mapping
from typing import Final

from sandbox.failures import SandboxError
from sandbox.kubernetes import kubeconfig, objects, quantity, replacement
from sandbox.kubernetes.client import Client, UnreachableError
from sandbox.kubernetes.live import Live
from sandbox.kubernetes.schema_only import SchemaOnly, guess
from sandbox.provider.compare import changes, is_at_or_below
from sandbox.provider.contract import Naming, Request, Verdict
from sandbox.provider.errors import Failure, ProviderError
from sandbox.provider.faults import Faults
from sandbox.provider.sdk import Package
from sandbox.provider.validate import check_inputs
from sandbox.provider.values import Object, dig, has_unknown
from sandbox.store import Store

AUTONAMED: Final = "pulumi.com/autonamed"
SUFFIX_DIGITS: Final = 8
REPLACE_UNREADY: Final = 'metadata.annotations["pulumi.com/replaceUnready"]'
# The real provider waits for ten minutes; fake pods start at once or never.
PATIENCE_SECONDS: Final = 120.0


def nowhere(_kubeconfig: str) -> None:
    """No cluster runs here."""


class Kubernetes:
    """Kubernetes, as far as it can be had.

    Args:
        store: of the objects of clusters that nobody runs.
        faults: faults to inject.
        current: starts the cluster of this machine that a kubeconfig is of, and answers its kubeconfig of today; None
            when it is of none.
        patience: longest wait for an object, in seconds.
    """

    package = "kubernetes"

    def __init__(
        self,
        store: Store,
        faults: Faults,
        current: Callable[[str], str | None] = nowhere,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self.faults = faults
        self._schema_only = SchemaOnly(store)
        self._current = current
        self._patience = patience
        self._clusters: dict[str, Live] = {}
        self._lock = threading.Lock()
        self._sdk = Package("pulumi_kubernetes")
        self.version = self._sdk.version

    def check_config(self, inputs: Object) -> list[Failure]:
        given = inputs.get("kubeconfig")
        if not isinstance(given, str):
            return []  # none, or not known yet: the cluster is made in the same update
        try:
            kubeconfig.cluster(given)
        except ValueError as error:
            return [Failure("kubeconfig", str(error))]
        return []

    def moves(self, old: Object, new: Object) -> list[str]:
        before, after = old.get("kubeconfig"), new.get("kubeconfig")
        if not isinstance(before, str) or not isinstance(after, str):
            return []
        return [] if kubeconfig.identity(before) == kubeconfig.identity(after) else ["kubeconfig"]

    def check(self, request: Request, inputs: Object, olds: Object, naming: Naming) -> tuple[Object, list[Failure]]:
        checked = dict(inputs)
        failures = _complete_name(checked, olds, request.name, naming)
        resource = self._sdk.resource(request.type)
        if resource is not None:
            failures += check_inputs(checked, resource.inputs)
        failures += objects.findings(request.type, checked)
        live = self._reachable(request)
        if resource is None and live and not failures and not has_unknown(checked):
            failures += live.findings(request, checked)  # custom resources have no type in the SDK
        return checked, failures

    def diff(self, request: Request, old: Object, new: Object) -> Verdict:
        found = changes(_placed(request, old), _placed(request, new), quantity.same)
        fixed = replacement.replaced_by(request.type, new, request.config)
        if objects.is_patch(request.type):
            fixed = replacement.ALWAYS
        replaces = {path for path, _ in found if is_at_or_below(path, fixed)}
        if self._is_to_be_tried_again(request, new):
            found.append((REPLACE_UNREADY, "update"))
            replaces.add(REPLACE_UNREADY)
        same_name = all(
            dig(old, *path) == dig(new, *path) for path in (("metadata", "name"), ("metadata", "namespace"))
        )
        autonamed = dig(new, "metadata", "annotations", AUTONAMED) == "true"
        return Verdict(found, frozenset(replaces), delete_before_replace=bool(replaces) and same_name and not autonamed)

    def preview(self, request: Request, inputs: Object, olds: Object) -> Object:
        live = self._reachable(request)
        return live.preview(request, inputs, olds) if live else guess(inputs, olds)

    def physical_name(self, request: Request, inputs: Object, identifier: str) -> str:
        return identifier.rpartition("/")[2] or str(dig(inputs, "metadata", "name") or request.name)

    def create(self, request: Request, inputs: Object, fault: str | None) -> tuple[str, Object]:
        return (self._live(request) or self._schema_only).create(request, inputs, fault)

    def answered(self, request: Request, identifier: str) -> None:
        self._schema_only.answered(request, identifier)

    def read(self, request: Request, identifier: str, inputs: Object, state: Object) -> tuple[Object, Object] | None:
        return (self._live(request) or self._schema_only).read(request, identifier, inputs)

    def update(self, request: Request, identifier: str, old: Object, new: Object, fault: str | None) -> Object:
        return (self._live(request) or self._schema_only).update(request, identifier, new, fault)

    def delete(self, request: Request, identifier: str) -> None:
        (self._live(request) or self._schema_only).delete(request, identifier)

    def invoke(self, token: str, arguments: Object, config: Mapping[str, str]) -> Object:
        raise ProviderError("", f"the sandbox has no function {token}")

    def duration_seconds(self, request: Request, operation: str) -> float:
        return 0.0

    def _live(self, request: Request) -> Live | None:
        """The cluster that the provider is configured for, if it is on this machine. Raises `UnreachableError`."""
        given = request.config.get("kubeconfig")
        if not given:
            return None
        try:
            now = self._current(given)
        except SandboxError as error:
            raise UnreachableError(error) from error
        if now is None and kubeconfig.is_here(given):
            # Its objects are not gone, but nobody can say what they are.
            raise UnreachableError("it ran on this machine, and does not now")
        if now is None:
            return None
        with self._lock:
            if now not in self._clusters:
                self._clusters[now] = Live(Client(now), self._patience)
            return self._clusters[now]

    def _reachable(self, request: Request) -> Live | None:
        """The same, for questions that can do without: a cluster that is not there breaks no preview."""
        try:
            live = self._live(request)
            return live if live and live.answers() else None
        except UnreachableError:
            return None

    def _is_to_be_tried_again(self, request: Request, new: Object) -> bool:
        is_job = objects.kind_of(request.type) == "Job" and objects.annotation(new, "replaceUnready") == "true"
        live = self._reachable(request) if is_job else None
        return live is not None and not live.is_ready(request, new)


def _placed(request: Request, inputs: Object) -> Object:
    """Inputs with the namespace that they mean."""
    metadata = inputs.get("metadata", {})
    if not objects.is_namespaced(request.type) or not isinstance(metadata, dict) or "namespace" in metadata:
        return inputs
    return {**inputs, "metadata": {**metadata, "namespace": request.config.get("namespace") or "default"}}


def _complete_name(inputs: Object, olds: Object, logical: str, naming: Naming) -> list[Failure]:
    metadata = inputs.get("metadata", {})
    if not isinstance(metadata, dict) or "name" in metadata or "generateName" in metadata:
        return []
    if naming.disabled:
        return [Failure("metadata.name", "automatic naming is disabled (pulumi:autonaming): give a name")]
    before = dig(olds, "metadata", "name")
    source = random.Random(naming.seed or None)  # noqa: S311 - a name, not a secret
    made = naming.proposed or f"{logical}-{source.getrandbits(4 * SUFFIX_DIGITS):0{SUFFIX_DIGITS}x}"
    annotations = {**metadata.get("annotations", {}), AUTONAMED: "true"}
    inputs["metadata"] = {**metadata, "name": before or made, "annotations": annotations}
    return []
