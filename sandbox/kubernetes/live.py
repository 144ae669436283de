"""A cluster that runs: every operation goes to its API server, in the manner of pulumi-kubernetes v4.34."""

import base64
import hashlib
import time
from typing import Final, NoReturn

from sandbox.cluster.api import ApiError
from sandbox.kubernetes import drift, objects
from sandbox.kubernetes.client import FORBIDDEN, INVALID, NOT_FOUND, Client, Kind
from sandbox.kubernetes.schema_only import SERVER_METADATA, guess, namespace_of, what
from sandbox.kubernetes.waiting import NotReadyError, Waiter
from sandbox.provider.contract import Request
from sandbox.provider.errors import Failure, PartialFailure, ProviderError
from sandbox.provider.values import UNKNOWN, Object, dig, has_unknown

# A namespace or definition that is made in the same update may come a little later; five tries as in the real one.
RETRY_SECONDS: Final = (0.1, 0.3, 0.9, 2.7)
# As in the real provider, who may not try gets no preview; nor does what cannot be there yet.
UNDECIDED: Final = frozenset({FORBIDDEN, NOT_FOUND})
MANAGER: Final = "pulumi-kubernetes-"
MANAGER_DIGITS: Final = 8
FAILED_INITIALIZATION: Final = "failed to fully initialize or become live"


class Live:
    """One cluster.

    Args:
        client: of its API server.
        patience: longest wait for an object in seconds.
    """

    def __init__(self, client: Client, patience: float) -> None:
        self._client = client
        self._waiter = Waiter(client, patience)

    def answers(self) -> bool:
        """Whether the server could be talked to. Raises `UnreachableError` if not."""
        return bool(self._client.kind("v1", "Namespace"))

    def is_ready(self, request: Request, inputs: Object) -> bool:
        """Whether the object of these inputs, if there is one, is ready now."""
        kind = self._kind(request)
        live = self._client.get(kind, self._namespace(request, inputs), str(dig(inputs, "metadata", "name")))
        return live is None or self._waiter.look(live).ready

    def findings(self, request: Request, inputs: Object) -> list[Failure]:
        """What the server finds wrong with an object, by a dry run; nothing if it cannot say yet."""
        try:
            self._try_new(request, inputs)
        except ApiError as error:
            return [] if error.status in UNDECIDED else [Failure("", str(error))]
        return []

    def preview(self, request: Request, inputs: Object, olds: Object) -> Object:
        if has_unknown(inputs) or objects.is_patch(request.type):
            return guess(inputs, olds)
        try:
            if not olds:
                return self._try_new(request, inputs)
            manager, force = str(olds.get("__fieldManager", "")), self._forces(request, inputs)
            return self._try_out(request, inputs, manager=manager, force=force)
        except ApiError as error:
            if error.status in UNDECIDED:
                return guess(inputs, olds)
            self._refuse(request, inputs, error)

    def create(self, request: Request, inputs: Object, fault: str | None) -> tuple[str, Object]:
        kind, live = self._make(request, inputs)
        return _identifier(live), self._settle(request, kind, live, inputs, fault)

    def _make(self, request: Request, inputs: Object) -> tuple[Kind, Object]:
        """Applies a new object, again and again while its namespace or its definition is not there."""
        for seconds in (*RETRY_SECONDS, None):
            try:
                kind = self._kind(request)
                body = self._body(request, inputs, kind)
                self._refuse_existing(request, kind, body)
                manager, force = self._manager(request, body), self._forces(request, body)
                return kind, self._client.apply(kind, body, manager, force=force)
            except ApiError as error:
                if error.status != NOT_FOUND or seconds is None or request.stopped():
                    self._refuse(request, inputs, error)
                time.sleep(seconds)
        raise AssertionError("the last try returns or raises")

    def read(self, request: Request, identifier: str, inputs: Object) -> tuple[Object, Object] | None:
        """The outputs, and the inputs as they would have to be now; None if the object is gone."""
        namespace, name = _parted(request, identifier)
        try:
            live = self._client.get(self._kind(request), namespace, name)
        except ApiError as error:
            if error.status == NOT_FOUND:
                return None  # its definition went, and it with it
            self._refuse(request, inputs, error)
        if live is None:
            return None
        outputs = self._outputs(request, live)
        current = drift.as_inputs(live, inputs) if inputs else drift.imported(live)
        found = self._waiter.look(live)
        if inputs and not found.ready:
            reasons = [f"{what(request)} {identifier!r} {FAILED_INITIALIZATION}", *self._waiter.explain(live, found)]
            raise PartialFailure(identifier, current, outputs, reasons)
        return outputs, current

    def update(self, request: Request, identifier: str, new: Object, fault: str | None) -> Object:
        try:
            kind = self._kind(request)
            body = self._body(request, new, kind)
            before = self._client.get(kind, body["metadata"].get("namespace", ""), body["metadata"]["name"])
            if before is None:
                raise ProviderError("NotFound", f"{what(request)} {identifier!r} not found: run a refresh")
            if kind.name == "CustomResourceDefinition":
                body["metadata"] = {**body["metadata"], "resourceVersion": before["metadata"]["resourceVersion"]}
                live = self._client.replace(kind, body)
            else:
                manager = self._manager(request, body, before)
                live = self._client.apply(kind, body, manager, force=self._forces(request, body))
        except ApiError as error:
            self._refuse(request, new, error)
        return self._settle(request, kind, live, new, fault)

    def delete(self, request: Request, identifier: str) -> None:
        namespace, name = _parted(request, identifier)
        try:
            kind = self._kind(request)
            live = self._client.get(kind, namespace, name)
            if live is None:
                return
            if objects.is_patch(request.type):
                self._relinquish(request, kind, live)
                return
            policy = objects.annotation(live, "deletionPropagationPolicy").capitalize() or "Foreground"
            self._client.delete(kind, namespace, name, policy)
        except ApiError as error:
            if error.status == NOT_FOUND:
                return
            raise ProviderError(error.reason, f"{what(request)} {identifier!r} was not deleted: {error}") from error
        if objects.annotation(live, "skipAwait") != "true" and not self._waiter.until_gone(request, kind, live):
            raise ProviderError("", f"timed out waiting for deletion of {what(request)} {identifier!r}")

    # -- what they share

    def _kind(self, request: Request) -> Kind:
        name = objects.kind_of(request.type)
        return self._client.kind(objects.api_version_of(request.type), name.removesuffix(objects.PATCH))

    def _namespace(self, request: Request, inputs: Object) -> str:
        return str(dig(inputs, "metadata", "namespace") or namespace_of(request))

    def _body(self, request: Request, inputs: Object, kind: Kind) -> Object:
        """The object to send."""
        metadata = dict(inputs.get("metadata", {}))
        if kind.namespaced:
            metadata["namespace"] = self._namespace(request, inputs)
        body = {key: value for key, value in inputs.items() if not key.startswith("__")}
        texts = body.pop("stringData", None)
        if texts:
            encoded = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
            body["data"] = {**body.get("data", {}), **encoded}
        return {**body, "metadata": metadata}

    def _manager(self, request: Request, body: Object, live: Object | None = None) -> str:
        """The field manager: one for each resource of a program. It stays when the resource gets another name there."""
        chosen = objects.annotation(body, "patchFieldManager")
        if chosen:
            return chosen
        text = f"{request.type} {request.name} {_identifier(body)}"
        made = MANAGER + hashlib.sha256(text.encode()).hexdigest()[:MANAGER_DIGITS]
        known = [manager for manager in _managers(live) if manager.startswith(MANAGER)]
        return known[0] if len(known) == 1 else made

    def _forces(self, request: Request, body: Object) -> bool:
        return (objects.annotation(body, "patchForce") or request.config.get("enablePatchForce")) == "true"

    def _try_new(self, request: Request, inputs: Object) -> Object:
        """A dry run of a creation. What is to be replaced still stands there: then it is tried under another name."""
        metadata = inputs["metadata"]
        try:
            outputs = self._try_out(request, inputs, force=True)
        except ApiError as error:
            kind = self._kind(request)
            if error.status != INVALID or not self._client.get(
                kind, self._namespace(request, inputs), metadata["name"]
            ):
                raise
            renamed = {**metadata, "name": f"{metadata['name']}-preview"}
            outputs = self._try_out(request, {**inputs, "metadata": renamed}, force=True)
        outputs.pop("status", None)
        outputs["metadata"] |= {**dict.fromkeys(SERVER_METADATA, UNKNOWN), "name": metadata["name"]}
        return outputs

    def _try_out(self, request: Request, inputs: Object, *, manager: str = "", force: bool) -> Object:
        kind = self._kind(request)
        body = self._body(request, inputs, kind)
        live = self._client.apply(kind, body, manager or self._manager(request, body), force=force, dry_run=True)
        return self._outputs(request, live)

    def _refuse_existing(self, request: Request, kind: Kind, body: Object) -> None:
        """An object of somebody else is not taken over, unless that is asked for.

        One of our own manager was made by a run that was killed before the engine knew.
        """
        if objects.is_patch(request.type) or request.config.get("upsertExistingObjects") == "true":
            return
        found = self._client.get(kind, body["metadata"].get("namespace", ""), body["metadata"]["name"])
        if found is not None and self._manager(request, body) not in _managers(found):
            raise ProviderError("AlreadyExists", f"{what(request)} {_identifier(body)!r} already exists")

    def _settle(self, request: Request, kind: Kind, live: Object, inputs: Object, fault: str | None) -> Object:
        """The outputs once the object is ready. Raises `PartialFailure` when it does not become so."""
        identifier = _identifier(live)
        if fault:
            raise PartialFailure(identifier, inputs, self._outputs(request, live), [fault])
        try:
            return self._outputs(request, self._waiter.until_ready(request, kind, live))
        except NotReadyError as error:
            message = f"{what(request)} {identifier!r} {FAILED_INITIALIZATION}"
            outputs = self._outputs(request, error.live)
            raise PartialFailure(identifier, inputs, outputs, [message, *error.reasons]) from error

    def _outputs(self, request: Request, live: Object) -> Object:
        metadata = {key: value for key, value in live["metadata"].items() if key != "managedFields"}
        marks = {"__initialApiVersion": live["apiVersion"], "__fieldManager": self._manager(request, live, live)}
        return {**live, "metadata": metadata, **marks}

    def _relinquish(self, request: Request, kind: Kind, live: Object) -> None:
        """Own none of the object's properties any more."""
        names = {key: live["metadata"][key] for key in ("name", "namespace") if key in live["metadata"]}
        body = {"apiVersion": live["apiVersion"], "kind": live["kind"], "metadata": names}
        self._client.apply(kind, body, self._manager(request, live, live))

    def _refuse(self, request: Request, inputs: Object, error: ApiError) -> NoReturn:
        name = objects.identifier(request.type, inputs, namespace_of(request))
        hint = "" if error.reason != "Conflict" else ' (the annotation pulumi.com/patchForce: "true" takes it over)'
        raise ProviderError(error.reason, f"{what(request)} {name!r}: {error}{hint}") from error


def _managers(live: Object | None) -> set[str]:
    return {str(entry.get("manager")) for entry in dig(live, "metadata", "managedFields") or []}


def _parted(request: Request, identifier: str) -> tuple[str, str]:
    namespace, _, name = identifier.rpartition("/")
    return namespace or namespace_of(request), name


def _identifier(live: Object) -> str:
    """The provider's id: `namespace/name`, or `name` outside of namespaces."""
    namespace, name = live["metadata"].get("namespace"), live["metadata"]["name"]
    return f"{namespace}/{name}" if namespace else name
