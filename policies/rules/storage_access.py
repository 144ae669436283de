"""Ways into storage accounts that no identity guards: signed links, and pages of other sites."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceRule, types
from policies.kit.values import IS_FALSE, Finding, Test, one_of
from policies.rules.catalog import IDENTITY, LEARN, PRIVATE_NETWORK, STORAGE_ACCOUNT

# days.hours:minutes:seconds (learn.microsoft.com azure/storage/common/sas-expiration-policy)
_PERIOD = re.compile(r"^(\d+)\.(\d{2}):(\d{2}):(\d{2})$")
_LONGEST = timedelta(days=7)


def _is_short(period: object) -> bool:
    match = _PERIOD.match(period) if isinstance(period, str) else None
    if match is None:
        return False
    days, hours, minutes, seconds = map(int, match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds) <= _LONGEST


_SHORT = Test("be at most 7.00:00:00, in days.hours:minutes:seconds", _is_short)


def _links_expire(resource: Resource) -> Iterator[Finding]:
    # Links are signed with the account's keys; without keys there are none that a policy could limit.
    if not resource.at("allowSharedKeyAccess").may_meet(IS_FALSE):
        yield from resource.at("sasPolicy.sasExpirationPeriod").must(_SHORT)


def _origins_are_named(resource: Resource) -> Iterator[Finding]:
    for rule in resource.at("cors.corsRules").elements():
        for origin in rule.at("allowedOrigins").elements():
            yield from origin.must_not(one_of("*"), "name the sites whose pages may call")


RULES = (
    ResourceRule(
        id="storage-sas-expires",
        title="Links that are signed with account keys end within a week",
        family=IDENTITY,
        severity=Severity.MEDIUM,
        types=STORAGE_ACCOUNT,
        why="A link works for whoever has it, and nobody can take back a single one.",
        remedy="Set allowSharedKeyAccess to false or, where keys must stay, sasPolicy with up to 7.00:00:00 and Block.",
        url=f"{LEARN}/storage/common/sas-expiration-policy",
        references=("MCSB IM-8", "CIS Azure 6.0 9.3.1.1"),
        check=_links_expire,
    ),
    ResourceRule(
        id="storage-cors-named",
        title="Storage services name the sites whose pages may call them",
        family=PRIVATE_NETWORK,
        severity=Severity.MEDIUM,
        types=types(
            "storage:BlobServiceProperties",
            "storage:FileServiceProperties",
            "storage:QueueServiceProperties",
            "storage:TableServiceProperties",
        ),
        why="With * a page of anybody's reads the data from inside of the network.",
        remedy="List the origins in allowedOrigins of each of cors.corsRules.",
        url="https://learn.microsoft.com/rest/api/storageservices/cross-origin-resource-sharing--cors--support-for-the-azure-storage-services",
        references=("MCSB NS-8",),
        check=_origins_are_named,
    ),
)
