"""Drops the type aliases that the Azure SDK puts on every resource: they cost more time than all else in a preview."""

from __future__ import annotations

from types import EllipsisType

import pulumi


def drop_sdk_type_aliases(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
    """A stack transformation that takes the SDK's own aliases off `azure-native` resources.

    The SDK lists each older API version of a type (up to 30) as an alias, and each alias becomes several outputs and
    tasks in the program. They matter only to a state that names the type by such a version, as programs on the SDK's
    majors 1 and 2 could; `environment.sdk_type_aliases: true` keeps them for those.
    """
    if args.opts.aliases:
        args.opts.aliases = [alias for alias in args.opts.aliases if not _is_sdk_type_alias(alias)]
    return pulumi.ResourceTransformationResult(args.props, args.opts)


def _is_sdk_type_alias(alias: object) -> bool:
    # The SDK's aliases name a type and nothing else; an alias of ours for a renamed resource names its name or parent.
    return (
        isinstance(alias, pulumi.Alias)
        and isinstance(alias.type_, str)
        and alias.type_.startswith("azure-native:")
        and isinstance(alias.name, EllipsisType)
        and isinstance(alias.parent, EllipsisType)
    )
