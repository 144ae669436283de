"""Where data is: the regions that resources, their copies and their logs may be in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceRule, types
from policies.kit.values import Finding, Test, Value, matches, one_of
from policies.rules.catalog import LEARN, MYSQL, POSTGRES, RESIDENCY, STORAGE_ACCOUNT
from policies.rules.regions import EUROPEAN_UNION, PAIRS, plain

_REFERENCES = ("ISO 27001 5.23", "DORA 30(2)(b)", "GDPR 44")
_REGIONS: Mapping[str, dict[str, Any]] = {
    "regions": {
        "type": "array",
        "items": {"type": "string", "pattern": "^[a-z][a-z0-9]+$"},
        "minItems": 1,
        "default": list(EUROPEAN_UNION),
    }
}
# Services without a place of their own (learn.microsoft.com azure/reliability/regions-nonregional-services).
_EVERYWHERE = "global"
# Lists in which a resource names further regions, and the member that does.
_FURTHER: Mapping[str, tuple[tuple[str, str], ...]] = {
    "azure-native:apimanagement:ApiManagementService": (("additionalLocations", "location"),),
    "azure-native:compute:GalleryImageVersion": (("publishingProfile.targetRegions", "name"),),
    "azure-native:cosmosdb:DatabaseAccount": (("locations", "locationName"),),
}
_FLOW_LOG = types("network:FlowLog")
_RECOVERY = types("recoveryservices:Vault")
_GEO_STORAGE = matches(r"(?i)GRS$|GZRS$", "be replicated to another region")
_COPIES: Mapping[frozenset[str], tuple[str, Test]] = {
    POSTGRES | MYSQL: ("backup.geoRedundantBackup", one_of("Enabled")),
    STORAGE_ACCOUNT: ("sku.name", _GEO_STORAGE),
    _RECOVERY: ("properties.redundancySettings.standardTierStorageRedundancy", one_of("GeoRedundant")),
}


def _is_among(regions: list[str]) -> Test:
    allowed = {plain(region) for region in regions} | {_EVERYWHERE}
    return Test(f"be one of {', '.join(regions)}", lambda value: isinstance(value, str) and plain(value) in allowed)


def _places(resource: Resource) -> Iterator[Value]:
    yield resource.at("location")
    for path, name in _FURTHER.get(resource.type, ()):
        for element in resource.at(path).elements():
            yield element.at(name)
    if resource.type in _FLOW_LOG:
        yield resource.at("flowAnalyticsConfiguration.networkWatcherFlowAnalyticsConfiguration.workspaceRegion")


def _is_in_an_allowed_region(resource: Resource) -> Iterator[Finding]:
    if resource.type.startswith("azure-native:"):
        for place in _places(resource):
            yield from place.must_if_set(_is_among(resource.config["regions"]))


def _copies_stay(resource: Resource) -> Iterator[Finding]:
    allowed = {plain(region) for region in resource.config["regions"]}
    for kinds, (path, copied) in _COPIES.items():
        if resource.type not in kinds or not resource.at(path).meets(copied):
            continue
        location = resource.at("location").text()
        if location is not None and PAIRS.get(plain(location)) not in allowed:
            yield Finding(message=f"{path}: copies go to the paired region, which must be an allowed one")


RULES = (
    ResourceRule(
        id="region-allowed",
        title="Resources, and the places they copy to, are in allowed regions",
        family=RESIDENCY,
        severity=Severity.HIGH,
        why="Where books and personal data are kept is written into contracts and laws.",
        remedy="Choose an allowed region: the rule's setting `regions`, by default those of the European Union.",
        url=f"{LEARN}/reliability/regions-list",
        references=(*_REFERENCES, "MCSB AM-1"),
        config_schema=_REGIONS,
        check=_is_in_an_allowed_region,
    ),
    ResourceRule(
        id="geo-copies-stay",
        title="Geo-redundant copies go to an allowed region",
        family=RESIDENCY,
        severity=Severity.HIGH,
        types=frozenset[str]().union(*_COPIES),
        why="The pair of a region is Azure's choice, and may lie in another country.",
        remedy="Choose copies within the region, or replicate to an allowed one yourself (setting `regions`).",
        url=f"{LEARN}/reliability/cross-region-replication-azure",
        references=(*_REFERENCES, "DORA 12"),
        config_schema=_REGIONS,
        check=_copies_stay,
    ),
)
