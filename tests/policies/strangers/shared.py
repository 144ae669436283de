"""What the programs have in common: a group, and a password that nobody may ever read in a message."""

from __future__ import annotations

from typing import Any

import pulumi
from pulumi_azure_native import resources

SECRET = "Hunter2-9f1c-battery"
"""Stands for every password, key and token of the programs."""

AZURE = "0.0.0.0"  # noqa: S104 an address in a rule, nothing is bound
"""Stands for all of Azure in a firewall rule, and begins the range of all addresses."""


def group(program: str) -> resources.ResourceGroup:
    """The resource group of a program."""
    return resources.ResourceGroup(f"{program}-group")


def password() -> pulumi.Output[str]:
    """A password of the stack's configuration."""
    return pulumi.Output.secret(SECRET)


def first_id(found: Any) -> Any:
    """The id of the first of some parts, as programs find it in a list that Azure has filled."""
    return found[0].id


def principal(identity: Any) -> Any:
    """Who a managed identity is."""
    return identity.principal_id
