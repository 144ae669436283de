"""The configuration that the engine sends to a pack: what an environment says, over the rules' own settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import grpc
from google.protobuf import json_format
from pulumi_policy import EnforcementLevel

from policies.kit.enforcement import LEVEL, Accepted, EnforcementError, require
from policies.kit.rule import PLAIN_LEVELS


def refuse_mistakes(server: Any, policies: Sequence[Any], request: Any, context: Any) -> None:
    """Ends the request, and so the run before anything happens in it, unless the policies take all of it.

    Args:
        server: the SDK's server of policies.
        policies: those of the pack.
        request: the engine's.
        context: of the request.
    """
    said = {
        name: {
            LEVEL: server._convert_enforcement_level(given.enforcementLevel).value,
            **json_format.MessageToDict(given.properties),
        }
        for name, given in request.policyConfig.items()
    }
    try:
        require(said, {policy.name: _accepted(policy) for policy in policies}, "the configuration of the policies")
    except EnforcementError as error:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))


def _accepted(policy: Any) -> Accepted:
    levels = (*PLAIN_LEVELS, EnforcementLevel.REMEDIATE) if getattr(policy, "remedy", None) else PLAIN_LEVELS
    return Accepted(levels, (policy.config_schema.properties if policy.config_schema else None) or {})
