"""Tags: who owns it, who pays for it, how sensitive it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policies.kit.graph import Graph
from policies.kit.rule import Resource, ResourceRule, StackRule
from policies.kit.sdk import takes_tags
from policies.kit.values import Finding
from policies.rules.catalog import LEARN, TAGGING

REQUIRED_TAGS = (
    "application",
    "environment",
    "owner",
    "business-unit",
    "cost-center",
    "data-classification",
    "criticality",
    "managed-by",
)
TAG_FORMATS = {
    "application": "^[a-z][a-z0-9-]{1,39}$",
    "environment": "^[a-z][a-z0-9-]{1,19}$",
    "cost-center": "^[A-Za-z0-9][A-Za-z0-9-]{1,39}$",
    "data-classification": "^(public|internal|confidential|restricted)$",
    "criticality": "^(low|medium|high|critical|mission-critical)$",
}
# learn.microsoft.com azure/azure-resource-manager/management/tag-resources: names up to 512 characters, 128 for storage
# accounts; the smaller number keeps one set of tags good for every resource.
_MOST_TAGS, _LONGEST_NAME, _LONGEST_VALUE = 50, 128, 256
_FORBIDDEN_IN_NAMES = re.compile(r"[<>%&\\?/]")
_SECRET_NAME = re.compile(r"passw(or)?d|secret|token|api-?key|access-?key|connection-?string|credential", re.IGNORECASE)
_SECRET_VALUE = re.compile(r"AccountKey=|SharedAccessKey=|[?&]sig=|Password=|-----BEGIN|eyJ[\w-]{10,}\.", re.IGNORECASE)


def is_taggable(resource: Resource) -> bool:
    """Whether Azure takes tags of this resource."""
    if not resource.type.startswith("azure-native:"):
        return False
    known = takes_tags(resource.type)
    # A type that this SDK does not know: ARM's tracked resources are those with a location, and they all take tags.
    return resource.at("location").is_set() if known is None else known


def _has_required_tags(resource: Resource) -> Iterator[Finding]:
    if not is_taggable(resource) or not has_known_tags(resource):
        return
    missing = [name for name in resource.config["keys"] if not resource.at("tags").key(name).is_set()]
    if missing:
        yield Finding(message=f"tags must have {', '.join(missing)}")


def has_known_tags(resource: Resource) -> bool:
    """Whether the tags are known by now, as a whole; notes when they are not."""
    tags = resource.at("tags")
    return not (tags.is_unknown() and tags.is_set())


def _tags_are_well_formed(resource: Resource) -> Iterator[Finding]:
    if not resource.type.startswith("azure-native:"):
        return
    for name, pattern in resource.config["formats"].items():
        text = resource.at("tags").key(name).text()
        if text is not None and not re.search(pattern, text):
            yield Finding(message=f"tags.{name} must match {pattern}")


def _tags_fit_azure(resource: Resource) -> Iterator[Finding]:
    if not resource.type.startswith("azure-native:"):
        return
    tags = list(resource.at("tags").entries())
    if len(tags) > _MOST_TAGS:
        yield Finding(message=f"tags must be at most {_MOST_TAGS}")
    for name, value in tags:
        if len(name) > _LONGEST_NAME or _FORBIDDEN_IN_NAMES.search(name):
            yield Finding(message=f"a tag's name must have at most {_LONGEST_NAME} characters and none of <>%&\\?/")
        if len(value.text() or "") > _LONGEST_VALUE:
            yield Finding(message=f"a tag's value must have at most {_LONGEST_VALUE} characters")


def _tags_hold_no_secret(resource: Resource) -> Iterator[Finding]:
    if not resource.type.startswith("azure-native:"):
        return
    for name, value in resource.at("tags").entries():
        if _SECRET_NAME.search(name) or _SECRET_VALUE.search(value.text() or ""):
            yield Finding(message="a tag looks like a secret; everybody who may list resources reads tags")


def _tags_agree(graph: Graph, config: Mapping[str, Any]) -> Iterator[Finding]:
    for name in config["keys"]:
        tagged = [
            (node, text)
            for node in graph.nodes
            if node.type.startswith("azure-native:") and (text := node.at("tags").key(name).text()) is not None
        ]
        usual = Counter(text for _, text in tagged).most_common(1)
        for node, text in tagged:
            if text != usual[0][0]:
                yield node.finding(f"tags.{name} must be what it is on the other resources of the stack")


RULES = (
    ResourceRule(
        id="tags-required",
        title="Every resource that takes tags has the required ones",
        family=TAGGING,
        severity=Severity.MEDIUM,
        why="Without owner and cost centre nobody pays for a resource, and nobody is asked before it goes.",
        remedy="Add what is missing of the setting `keys`; the level remediate adds those of the setting `values`.",
        url=f"{LEARN}/cloud-adoption-framework/ready/azure-best-practices/resource-tagging",
        references=("MCSB AM-1", "MCSB DP-1", "ISO 27001 5.9", "ISO 27001 5.12"),
        config_schema={
            "keys": {"type": "array", "items": {"type": "string"}, "default": list(REQUIRED_TAGS)},
            "values": {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}, "default": {}},
        },
        check=_has_required_tags,
    ),
    ResourceRule(
        id="tags-format",
        title="Tags have values that reports can group by",
        family=TAGGING,
        severity=Severity.MEDIUM,
        why="Two spellings of a cost centre are two cost centres.",
        remedy="Use the allowed values; the patterns are the rule's setting `formats`.",
        url=f"{LEARN}/cloud-adoption-framework/ready/azure-best-practices/resource-tagging",
        references=("MCSB DP-1", "ISO 27001 5.13"),
        config_schema={
            "formats": {"type": "object", "additionalProperties": {"type": "string"}, "default": TAG_FORMATS},
        },
        check=_tags_are_well_formed,
    ),
    ResourceRule(
        id="tags-fit-azure",
        title="Tags keep to Azure's limits",
        family=TAGGING,
        severity=Severity.HIGH,
        why="The deployment fails half-way, at the first resource with the narrower limit.",
        remedy="Shorten names and values; leave <>%&\\?/ out of names.",
        url=f"{LEARN}/azure-resource-manager/management/tag-resources",
        references=("MCSB AM-1",),
        check=_tags_fit_azure,
    ),
    ResourceRule(
        id="tags-no-secrets",
        title="Tags hold no secrets",
        family=TAGGING,
        severity=Severity.HIGH,
        why="Tags are stored in clear text and shown on bills, exports and logs.",
        remedy="Put the secret in a key vault.",
        url=f"{LEARN}/azure-resource-manager/management/tag-resources",
        references=("MCSB IM-8",),
        check=_tags_hold_no_secret,
    ),
    StackRule(
        id="tags-agree",
        title="The resources of a stack agree on what they are part of",
        family=TAGGING,
        severity=Severity.MEDIUM,
        why="A production resource tagged as test falls out of every report and alert.",
        remedy="Give all resources the same values; the compared names are the rule's setting `keys`.",
        url=f"{LEARN}/cloud-adoption-framework/ready/azure-best-practices/resource-tagging",
        references=("MCSB DP-1", "ISO 27001 5.13"),
        config_schema={
            "keys": {"type": "array", "items": {"type": "string"}, "default": ["application", "environment"]},
        },
        check=_tags_agree,
    ),
)
