"""Findings, comparisons and half failures as the engine wants to hear them."""

from typing import Any, Final

import grpc
from google.protobuf import any_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

from sandbox.provider.contract import Verdict
from sandbox.provider.errors import Failure, PartialFailure
from sandbox.provider.values import to_struct

STATUS_DETAILS_KEY: Final = "grpc-status-details-bin"


def abort_partially(context: Any, partial: PartialFailure) -> None:
    """End the call with the detail that lets the engine record a resource that is half made."""
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=partial.id,
            properties=to_struct(partial.outputs),
            inputs=to_struct(partial.inputs),
            reasons=partial.reasons,
        )
    )
    message = "; ".join(partial.reasons)
    code = grpc.StatusCode.UNKNOWN
    status = status_pb2.Status(code=code.value[0], message=message, details=[detail])
    context.set_trailing_metadata(((STATUS_DETAILS_KEY, status.SerializeToString()),))
    context.abort(code, message)


def check_failures(failures: list[Failure]) -> list[provider_pb2.CheckFailure]:
    """The engine prints only the reason, so the path goes into it as well."""
    return [
        provider_pb2.CheckFailure(property=failure.path, reason=f"{failure.path}: {failure.reason}".removeprefix(": "))
        for failure in failures
    ]


def diff_response(verdict: Verdict) -> provider_pb2.DiffResponse:
    """The outcome of a comparison, in detail."""
    if not verdict.changes:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)
    kinds = provider_pb2.PropertyDiff.Kind
    detailed = {}
    for path, change in verdict.changes:
        root = path.partition(".")[0].partition("[")[0]
        replaces = root in verdict.replaces or path in verdict.replaces
        kind = kinds.Value(f"{change.upper()}_REPLACE" if replaces else change.upper())
        detailed[path] = provider_pb2.PropertyDiff(kind=kind, inputDiff=True)
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME,
        diffs=sorted({path.partition(".")[0].partition("[")[0] for path, _ in verdict.changes}),
        replaces=sorted(verdict.replaces),
        deleteBeforeReplace=verdict.delete_before_replace,
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )
