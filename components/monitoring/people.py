"""Who is told when something is wrong."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_azure_native import monitor

from components.base import Component


@dataclass(frozen=True, kw_only=True)
class AlertReceivers:
    """Who is told when something is wrong.

    Args:
        short_name: sender of text messages and subject of mails: 1 to 12 characters.
        emails: addresses that get a mail each.
        webhook_uri: URI of the duty officer's system, with its secret, if there is one.
    """

    short_name: str
    emails: tuple[str, ...]
    webhook_uri: pulumi.Input[str] | None = None


def make_action_group(
    component: Component, name: str, azure_name: str, receivers: AlertReceivers
) -> monitor.ActionGroup:
    """Makes the way from an alert to people.

    Args:
        component: the component that owns it.
        name: its Pulumi name.
        azure_name: its Azure name, up to 260 characters.
        receivers: who is told.
    """
    webhook = receivers.webhook_uri
    return monitor.ActionGroup(
        name,
        action_group_name=azure_name,
        group_short_name=receivers.short_name,
        resource_group_name=component.placement.resource_group_name,
        # Alerts must arrive while a region is down.
        location="Global",
        tags=component.placement.tags,
        enabled=True,
        email_receivers=[
            monitor.MicrosoftCommonEmailReceiverArgs(name=email, email_address=email, use_common_alert_schema=True)
            for email in receivers.emails
        ],
        webhook_receivers=(
            [
                monitor.WebhookReceiverArgs(
                    name="duty", service_uri=pulumi.Output.secret(webhook), use_common_alert_schema=True
                )
            ]
            if webhook is not None
            else None
        ),
        opts=component.child(),
    )
