"""What was deleted from a storage account: whether anything says how it is brought back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph
from policies.kit.rule import StackRule, types
from policies.kit.values import Finding, one_of
from policies.rules.catalog import LEARN, RESILIENCE

_ACCOUNT, _SHARE = "storage:StorageAccount", "storage:FileShare"
_BLOBS, _FILES = "storage:BlobServiceProperties", "storage:FileServiceProperties"
_FILES_ONLY = one_of("FileStorage")


def _accounts_say_what_is_kept(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    for account in graph.of(_ACCOUNT):
        kind = account.at("kind")
        needed = [] if kind.may_meet(_FILES_ONLY) else [_BLOBS]
        if kind.meets(_FILES_ONLY) or any(graph.children(account, "accountName", _SHARE)):
            needed.append(_FILES)
        for token in needed:
            if not any(graph.children(account, "accountName", token)):
                name = token.partition(":")[2]
                yield account.finding(f"the stack must have {name} of this account, with soft delete")


RULES = (
    StackRule(
        id="storage-deletes-recoverable",
        title="Every storage account says for how long deleted blobs and shares can be brought back",
        family=RESILIENCE,
        severity=Severity.HIGH,
        types=types(_ACCOUNT, _SHARE, _BLOBS, _FILES),
        why="Soft delete of blobs is off unless somebody switches it on, and nothing else brings them back.",
        remedy="Add BlobServiceProperties, and FileServiceProperties where there are shares, with retention policies.",
        url=f"{LEARN}/storage/blobs/soft-delete-blob-overview",
        references=("MCSB BR-2", "CIS Azure 6.0 9.1.1", "CIS Azure 6.0 9.2.1", "CIS Azure 6.0 9.2.2", "DORA 12"),
        check=_accounts_say_what_is_kept,
    ),
)
