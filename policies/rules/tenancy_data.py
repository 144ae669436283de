"""Where tenants keep what is theirs: volumes and secrets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import yaml
from pulumi_policy import Severity

from policies.kit.graph import Graph, Node
from policies.kit.rule import Resource, ResourceRule, StackRule, types
from policies.kit.texts import yaml_of
from policies.kit.values import IS_SET, Finding, Value
from policies.rules.catalog import KUBERNETES_DOCS, LEARN, TENANCY
from policies.rules.namespaces import NAMESPACE, TENANT_LABELS, tenant_of

_VOLUME = "kubernetes:core:PersistentVolume"
_PROVIDER_CLASS = "kubernetes:secrets-store.csi.x-k8s.io:SecretProviderClass"
_VOLUMES = f"{KUBERNETES_DOCS}/concepts/storage/persistent-volumes/#reserving-a-persistentvolume"
# What tells a share, by the drivers that mount one (github.com/kubernetes-sigs: azurefile-csi-driver, blob-csi-driver,
# csi-driver-nfs; docs/driver-parameters.md). Whoever names none of these names the share by its volume handle.
_SHARE = ("server", "storageAccount", "shareName", "containerName", "share", "subDir", "folderName")


def _has_its_claim(resource: Resource) -> Iterator[Finding]:
    for path in ("spec.claimRef.namespace", "spec.claimRef.name"):
        yield from resource.at(path).must(IS_SET)


def _shares_are_mounted_once(graph: Graph, _: Mapping[str, Any]) -> Iterator[Finding]:
    volumes: dict[Hashable, list[Node]] = defaultdict(list)
    for volume in graph.of(_VOLUME):
        if (share := _share(volume)) is not None:
            volumes[share].append(volume)
    for alike in volumes.values():
        for volume in alike if len(alike) > 1 else ():
            yield volume.finding("its share must be no other volume's")


def _share(volume: Node) -> Hashable:
    """What a volume mounts; None while that is not known, and of volumes that are no share."""
    csi, nfs = volume.at("spec.csi"), volume.at("spec.nfs")
    attributes = [csi.at("volumeAttributes").key(name) for name in _SHARE]
    told = attributes if any(each.is_set() for each in attributes) else [csi.at("volumeHandle")]
    parts = [nfs.at("server"), nfs.at("path")] if nfs.is_set() else told
    if not all(part.known() for part in parts) or not any(part.is_set() for part in parts):
        return None
    return tuple((part.text() or "").casefold() for part in parts)


def _objects_are_mounted_in_one_namespace(graph: Graph, config: Mapping[str, Any]) -> Iterator[Finding]:
    places: dict[Hashable, dict[str, Node]] = defaultdict(dict)
    for provider_class in graph.of(_PROVIDER_CLASS):
        namespace = provider_class.at("metadata.namespace").text()
        if namespace:
            for vault_object in _vault_objects(provider_class.at("spec.parameters")):
                places[vault_object][namespace] = provider_class
    whose = {each.at("metadata.name").text(): tenant_of(each, config) for each in graph.of(NAMESPACE)}
    # What the platform's own namespaces share among themselves is no tenant's; one whose name is not known may be any.
    platforms = {name for name, tenant in whose.items() if tenant is None}
    for mounted in places.values():
        others = mounted.keys() - platforms - (mounted.keys() - whose.keys() if None in whose else set())
        for provider_class in mounted.values() if len(mounted) > 1 and others else ():
            yield provider_class.finding("an object of its spec.parameters must be mounted in one namespace only")


def _vault_objects(parameters: Value) -> Iterator[Hashable]:
    """Vault, type and name of each object; the driver takes a YAML list of YAML texts."""
    vault, text = parameters.at("keyvaultName").text(), parameters.at("objects").text()
    for entry in _list(text, "array") if vault and text else ():
        described = _mapping(entry)
        if described.get("objectName"):
            yield tuple(str(each).casefold() for each in (vault, described.get("objectType"), described["objectName"]))


def _list(text: str, key: str) -> list[Any]:
    found = _mapping(text).get(key)
    return found if isinstance(found, list) else []


def _mapping(text: Any) -> Mapping[str, Any]:
    try:
        found = yaml_of(text) if isinstance(text, str) else text
    except yaml.YAMLError:
        return {}
    return found if isinstance(found, Mapping) else {}


RULES = (
    ResourceRule(
        id="pv-claim-named",
        title="A volume says which claim may have it",
        family=TENANCY,
        severity=Severity.HIGH,
        types=types(_VOLUME),
        why="Without it the first claim that fits gets the files, in whichever namespace it is.",
        remedy="Set spec.claimRef to the claim's namespace and name.",
        url=_VOLUMES,
        references=("MCSB DP-1", "ISO 27001 8.3", "SOC 2 CC6.1"),
        check=_has_its_claim,
    ),
    StackRule(
        id="pv-share-once",
        title="No share is mounted by two volumes",
        family=TENANCY,
        severity=Severity.HIGH,
        types=types(_VOLUME),
        why="A volume is bound to one claim; a second one over the same share hands the files to another namespace.",
        remedy="Give each tenant a share of its own.",
        url=_VOLUMES,
        references=("MCSB DP-1", "ISO 27001 8.3", "SOC 2 CC6.1"),
        check=_shares_are_mounted_once,
    ),
    StackRule(
        id="vault-object-once",
        title="A secret of a vault is mounted in one namespace only",
        family=TENANCY,
        severity=Severity.HIGH,
        types=types(_PROVIDER_CLASS, NAMESPACE),
        why="A password that two tenants mount is neither's, and one of the platform's is all tenants'.",
        remedy="Give each tenant secrets of its own; only namespaces of the platform may share one among themselves.",
        url=f"{LEARN}/aks/csi-secrets-store-identity-access",
        references=("MCSB IM-8", "CIS AKS 1.8 4.5.1", "PCI DSS 8.6"),
        config_schema=TENANT_LABELS,
        check=_objects_are_mounted_in_one_namespace,
    ),
)
