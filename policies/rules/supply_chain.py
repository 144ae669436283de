"""Where images come from, outside and inside of clusters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceRule, must_if_set, types
from policies.kit.values import IS_FALSE, Finding, Test, Value, matches
from policies.rules.catalog import KUBERNETES_DOCS, LEARN, REGISTRY, SUPPLY_CHAIN, WEB_APP
from policies.rules.kubernetes_pods import PODS, containers_of

_APPS = types("app:ContainerApp", "app:Job")
_GROUP = types("containerinstance:ContainerGroup")
# learn.microsoft.com azure/app-service/configure-custom-container
_WEB_APP_IMAGES = ("linuxFxVersion", "windowsFxVersion")
_IS_CONTAINER = matches(r"(?i)^docker\|", "be a container")
_REFERENCES = ("MCSB DS-2", "ISO 27001 5.21", "PCI DSS 6.3.2")
# A registry of one's own: learn.microsoft.com azure/container-registry/container-registry-get-started-portal, with a
# part after a dash where its domain name is scoped to the tenant.
_OWN = r"[a-z0-9]{5,50}(-[a-z0-9]+)?\.azurecr\.io"
_DIGEST = matches(r"@sha256:[0-9a-f]{64}$", "name the image by its sha256 digest")
_REGISTRIES: Mapping[str, dict[str, Any]] = {
    "registries": {"type": "array", "items": {"type": "string", "format": "regex"}, "minItems": 1, "default": [_OWN]}
}


def _is_from(registries: list[str]) -> Test:
    expressions = [re.compile(rf"(?:{registry})/") for registry in registries]
    return Test(
        "be of an approved registry",
        lambda value: isinstance(value, str) and any(expression.match(value) for expression in expressions),
    )


def _pods_are_ours(resource: Resource) -> Iterator[Finding]:
    for container in containers_of(resource):
        yield from container.at("image").must(_is_from(resource.config["registries"]))


def _containers(resource: Resource) -> Iterator[Value]:
    owner = resource.at("template") if resource.type in _APPS else resource.inputs
    for name in ("containers", "initContainers"):
        yield from owner.at(name).elements()


def _apps_are_ours(resource: Resource) -> Iterator[Finding]:
    approved = _is_from(resource.config["registries"])
    for container in _containers(resource):
        yield from container.at("image").must(approved)
        yield from container.at("image").must(_DIGEST)
    for name in _WEB_APP_IMAGES:
        version = resource.at(f"siteConfig.{name}")
        if resource.type in WEB_APP and version.meets(_IS_CONTAINER):
            yield from version.must(_image(approved))
            yield from version.must(_image(_DIGEST))


def _image(test: Test) -> Test:
    """A test of the image in a web app's `DOCKER|<image>`."""
    return Test(test.wanted, lambda value: test.passes(str(value).partition("|")[2]))


RULES = (
    ResourceRule(
        id="pod-image-registry",
        title="Pods run images of approved registries",
        family=SUPPLY_CHAIN,
        severity=Severity.HIGH,
        types=PODS,
        why="Whoever publishes an image runs code beside the books.",
        remedy="Import the image into your own registry; those approved are the rule's setting `registries`.",
        url=f"{KUBERNETES_DOCS}/concepts/containers/images/",
        references=(*_REFERENCES, "CIS AKS 1.8 5.1.4"),
        config_schema=_REGISTRIES,
        check=_pods_are_ours,
    ),
    ResourceRule(
        id="container-image-pinned",
        title="Container apps and groups, and web apps in containers, run images of approved registries, by digest",
        family=SUPPLY_CHAIN,
        severity=Severity.HIGH,
        types=_APPS | _GROUP | WEB_APP,
        why="A tag may name another image tomorrow, and a public registry has images of anybody.",
        remedy="Import the image into your own registry and name it as registry/name@sha256:<digest>.",
        url=f"{LEARN}/container-registry/container-registry-image-tag-version",
        references=_REFERENCES,
        config_schema=_REGISTRIES,
        check=_apps_are_ours,
    ),
    ResourceRule(
        id="acr-anonymous-pull-off",
        title="Registries give images to nobody without an account",
        family=SUPPLY_CHAIN,
        severity=Severity.HIGH,
        types=REGISTRY,
        why="An image holds the source of its modules, and sometimes more.",
        remedy="Leave anonymousPullEnabled out.",
        url=f"{LEARN}/container-registry/anonymous-pull-access",
        references=("MCSB IM-1", "CIS AKS 1.8 5.1.2"),
        check=must_if_set("anonymousPullEnabled", IS_FALSE),
    ),
)
