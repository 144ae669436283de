"""The gRPC face that all three stand-ins share: Pulumi's resource provider protocol in front of plain Python methods.

A `Provider` decides; a `Servicer` translates messages, tells previews from the real thing, turns refusals into gRPC
errors, injects faults and takes its time. One server serves many provider resources (the default one and explicit
ones); each comes over a connection of its own, so configuration is kept by peer, never as "the last one".
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from sandbox.provider.contract import Naming, Provider, Request
from sandbox.provider.errors import ClientGoneError, Failure, PartialFailure, ProviderError
from sandbox.provider.replies import abort_partially, check_failures, diff_response
from sandbox.provider.values import Object, from_struct, to_struct

WAIT_STEP_SECONDS: Final = 0.05

Answer = TypeVar("Answer")


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One provider's server side."""

    def __init__(self, provider: Provider, stopping: threading.Event) -> None:
        self._provider = provider
        self._stopping = stopping
        self._cancelled = threading.Event()
        self._configs: dict[str, dict[str, str]] = {}

    # -- the provider itself

    def Handshake(self, request: Any, context: Any) -> provider_pb2.ProviderHandshakeResponse:  # noqa: N802
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=False, accept_resources=False, accept_outputs=False, supports_autonaming_configuration=True
        )

    def Attach(self, request: Any, context: Any) -> empty_pb2.Empty:  # noqa: N802
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> plugin_pb2.PluginInfo:  # noqa: N802
        return plugin_pb2.PluginInfo(version=self._provider.version)

    def GetSchema(self, request: Any, context: Any) -> provider_pb2.GetSchemaResponse:  # noqa: N802
        return provider_pb2.GetSchemaResponse(schema="{}")

    def CheckConfig(self, request: Any, context: Any) -> provider_pb2.CheckResponse:  # noqa: N802
        failures = self._provider.check_config(from_struct(request.news))
        return provider_pb2.CheckResponse(inputs=request.news, failures=check_failures(failures))

    def DiffConfig(self, request: Any, context: Any) -> provider_pb2.DiffResponse:  # noqa: N802
        old, new = from_struct(request.old_inputs or request.olds), from_struct(request.news)
        kind = provider_pb2.DiffResponse.DIFF_NONE if old == new else provider_pb2.DiffResponse.DIFF_SOME
        return provider_pb2.DiffResponse(changes=kind, replaces=self._provider.moves(old, new))

    def Configure(self, request: Any, context: Any) -> provider_pb2.ConfigureResponse:  # noqa: N802
        texts = {key: value for key, value in from_struct(request.args).items() if isinstance(value, str)}
        texts.update({key.rpartition(":")[2]: value for key, value in request.variables.items() if value})
        self._configs[context.peer()] = texts
        self._cancelled.clear()
        return provider_pb2.ConfigureResponse(
            acceptSecrets=False,
            supportsPreview=True,
            acceptResources=False,
            acceptOutputs=False,
            supports_autonaming_configuration=True,
        )

    def Cancel(self, request: Any, context: Any) -> empty_pb2.Empty:  # noqa: N802
        self._cancelled.set()
        return empty_pb2.Empty()

    # -- resources

    def Check(self, request: Any, context: Any) -> provider_pb2.CheckResponse:  # noqa: N802
        def answer() -> provider_pb2.CheckResponse:
            about = self._request(request, context)
            options = request.autonaming
            naming = Naming(
                proposed=options.proposed_name or None,
                disabled=request.HasField("autonaming")
                and options.mode == provider_pb2.CheckRequest.AutonamingOptions.Mode.DISABLE,
                seed=request.randomSeed,
            )
            news = from_struct(request.news)
            fault = self._fault("check", about, news, "", context)
            if fault:
                return provider_pb2.CheckResponse(inputs=request.news, failures=check_failures([Failure("", fault)]))
            inputs, failures = self._provider.check(about, news, from_struct(request.olds), naming)
            return provider_pb2.CheckResponse(inputs=to_struct(inputs), failures=check_failures(failures))

        return self._guard(context, answer)

    def Diff(self, request: Any, context: Any) -> provider_pb2.DiffResponse:  # noqa: N802
        def answer() -> provider_pb2.DiffResponse:
            old = from_struct(request.old_inputs) or from_struct(request.olds)
            verdict = self._provider.diff(self._request(request, context), old, from_struct(request.news))
            return diff_response(verdict)

        return self._guard(context, answer)

    def Create(self, request: Any, context: Any) -> provider_pb2.CreateResponse:  # noqa: N802
        def answer() -> provider_pb2.CreateResponse:
            about, inputs = self._request(request, context), from_struct(request.properties)
            if request.preview:
                return provider_pb2.CreateResponse(properties=to_struct(self._provider.preview(about, inputs, {})))
            fault = self._fault("create", about, inputs, "", context)
            self._take_time(about, "create", context)
            identifier, outputs = self._provider.create(about, inputs, fault)
            context.add_callback(lambda: self._provider.answered(about, identifier))
            return provider_pb2.CreateResponse(id=identifier, properties=to_struct(outputs))

        return self._guard(context, answer)

    def Read(self, request: Any, context: Any) -> provider_pb2.ReadResponse:  # noqa: N802
        def answer() -> provider_pb2.ReadResponse:
            about, inputs = self._request(request, context), from_struct(request.inputs)
            self._fault("read", about, inputs, request.id, context)
            found = self._provider.read(about, request.id, inputs, from_struct(request.properties))
            if found is None:
                return provider_pb2.ReadResponse(id="")
            outputs, current = found
            return provider_pb2.ReadResponse(id=request.id, properties=to_struct(outputs), inputs=to_struct(current))

        return self._guard(context, answer)

    def Update(self, request: Any, context: Any) -> provider_pb2.UpdateResponse:  # noqa: N802
        def answer() -> provider_pb2.UpdateResponse:
            about, news = self._request(request, context), from_struct(request.news)
            olds, old_inputs = from_struct(request.olds), from_struct(request.old_inputs)
            if request.preview:
                return provider_pb2.UpdateResponse(properties=to_struct(self._provider.preview(about, news, olds)))
            fault = self._fault("update", about, news, request.id, context)
            self._take_time(about, "update", context)
            outputs = self._provider.update(about, request.id, old_inputs, news, fault)
            return provider_pb2.UpdateResponse(properties=to_struct(outputs))

        return self._guard(context, answer)

    def Delete(self, request: Any, context: Any) -> empty_pb2.Empty:  # noqa: N802
        def answer() -> empty_pb2.Empty:
            about = self._request(request, context)
            self._fault("delete", about, from_struct(request.old_inputs), request.id, context)
            self._take_time(about, "delete", context)
            self._provider.delete(about, request.id)
            return empty_pb2.Empty()

        return self._guard(context, answer)

    def Invoke(self, request: Any, context: Any) -> provider_pb2.InvokeResponse:  # noqa: N802
        def answer() -> provider_pb2.InvokeResponse:
            arguments, config = from_struct(request.args), self._config(context)
            result = self._provider.invoke(request.tok, arguments, config)
            return provider_pb2.InvokeResponse(**{"return": to_struct(result)})

        return self._guard(context, answer)

    # -- what they share

    def _request(self, request: Any, context: Any) -> Request:
        # Old engines leave type and name out; the URN always has them: urn:pulumi:stack::project::types::name
        _, _, rest = request.urn.partition("::")
        types, _, name = rest.partition("::")[2].partition("::")
        return Request(
            type=request.type or types.rpartition("$")[2],
            name=request.name or name,
            config=self._config(context),
            timeout=getattr(request, "timeout", 0.0),  # only operations that change something have one
            stopped=lambda: self._is_over(context),
        )

    def _config(self, context: Any) -> Mapping[str, str]:
        known = self._configs.get(context.peer())
        if known is not None:
            return known
        distinct = list({tuple(sorted(config.items())): config for config in self._configs.values()}.values())
        if len(distinct) > 1:
            raise ProviderError("", "the connection was renewed and several provider configurations are in use: retry")
        return distinct[0] if distinct else {}

    def _fault(self, operation: str, about: Request, inputs: Object, identifier: str, context: Any) -> str | None:
        """The message of a fault that lets the operation fail half-way; the other modes strike right here."""
        name = self._provider.physical_name(about, inputs, identifier)
        fault = self._provider.faults.strike(operation, about.type, name)
        if fault is None:
            return None
        if fault.mode == "hang":
            self._wait(float("inf"), context)
        if fault.mode == "refuse" and operation != "check":
            raise ProviderError("InjectedFault", fault.message)
        return fault.message

    def _take_time(self, about: Request, operation: str, context: Any) -> None:
        self._wait(self._provider.duration_seconds(about, operation), context)
        if not context.is_active():
            raise ClientGoneError

    def _wait(self, seconds: float, context: Any) -> None:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if self._is_over(context):
                raise ClientGoneError
            time.sleep(min(left, WAIT_STEP_SECONDS))

    def _is_over(self, context: Any) -> bool:
        return self._stopping.is_set() or self._cancelled.is_set() or not context.is_active()

    def _guard(self, context: Any, answer: Callable[[], Answer]) -> Answer:
        try:
            return answer()
        except ProviderError as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        except PartialFailure as partial:
            abort_partially(context, partial)
        except ClientGoneError:
            context.abort(grpc.StatusCode.CANCELLED, "the operation was cancelled; nothing was changed")
        raise AssertionError("abort raises")
