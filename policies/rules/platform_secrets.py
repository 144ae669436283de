"""Secrets in the settings of web apps, containers and gateways: everybody who may read the resource reads them."""

from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceRule, types
from policies.kit.values import IS_SET, IS_TRUE, Finding, Value
from policies.rules.catalog import IDENTITY, LEARN, WEB_APP
from policies.rules.machine_secrets import holds_secret

_SETTINGS = types("web:WebAppApplicationSettings", "web:WebAppApplicationSettingsSlot")
_STRINGS = types("web:WebAppConnectionStrings", "web:WebAppConnectionStringsSlot")
_GROUP = types("containerinstance:ContainerGroup")
_APPS = types("app:ContainerApp", "app:Job")
_REFERENCES = ("MCSB IM-8", "PCI DSS 8.6.2")


def _no_secret_in(name: str, value: Value) -> Iterator[Finding]:
    text = value.text()
    # The parts of a connection string are settings, too.
    if text is not None and holds_secret(f"{name}={text}".replace(";", "\n")):
        yield Finding(message=f"{value.path} must hold no secret; it looks like one")


def _settings(resource: Resource) -> Iterator[tuple[str, Value]]:
    if resource.type in _SETTINGS:
        yield from resource.at("properties").entries()
    elif resource.type in _STRINGS:
        for name, entry in resource.at("properties").entries():
            yield name, entry.key("value")
    else:
        for setting in resource.at("siteConfig.appSettings").elements():
            yield setting.at("name").text() or "", setting.at("value")
        for entry in resource.at("siteConfig.connectionStrings").elements():
            yield entry.at("name").text() or "", entry.at("connectionString")


def _app_holds_no_secret(resource: Resource) -> Iterator[Finding]:
    for name, value in _settings(resource):
        yield from _no_secret_in(name, value)


def _containers_hold_no_secret(resource: Resource) -> Iterator[Finding]:
    """Those of apps and jobs are in a template, and call their variables `env`."""
    in_template = resource.type not in _GROUP
    for kind in ("containers", "initContainers"):
        for container in resource.at(f"template.{kind}" if in_template else kind).elements():
            for variable in container.at("env" if in_template else "environmentVariables").elements():
                yield from _no_secret_in(variable.at("name").text() or "", variable.at("value"))


def _secrets_are_in_a_vault(resource: Resource) -> Iterator[Finding]:
    for secret in resource.at("configuration.secrets").elements():
        if not secret.at("keyVaultUrl").is_set():
            yield from secret.at("value").must_not(IS_SET, "let the app read it from a key vault")


def _named_value_is_in_a_vault(resource: Resource) -> Iterator[Finding]:
    if resource.at("secret").meets(IS_TRUE):
        yield from resource.at("keyVault.secretIdentifier").must(IS_SET)
    else:
        yield from _no_secret_in(resource.at("displayName").text() or "", resource.at("value"))


RULES = (
    ResourceRule(
        id="app-settings-no-secrets",
        title="Settings of web apps hold no secrets",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=WEB_APP | _SETTINGS | _STRINGS,
        why="Settings are shown in the portal and are the environment of every process.",
        remedy="Sign in with the app's identity, or refer to the vault: @Microsoft.KeyVault(SecretUri=...).",
        url=f"{LEARN}/app-service/app-service-key-vault-references",
        references=_REFERENCES,
        check=_app_holds_no_secret,
    ),
    ResourceRule(
        id="container-env-no-secrets",
        title="Environment variables of container groups and container apps hold no secrets",
        family=IDENTITY,
        severity=Severity.HIGH,
        types=_APPS | _GROUP,
        why="Everybody who may read the resource reads its variables.",
        remedy="Use secureValue in a container group and secretRef in a container app, or an identity and a vault.",
        url=f"{LEARN}/container-instances/container-instances-environment-variables",
        references=_REFERENCES,
        check=_containers_hold_no_secret,
    ),
    ResourceRule(
        id="container-app-secrets-in-vault",
        title="Secrets of container apps are in a key vault",
        family=IDENTITY,
        severity=Severity.MEDIUM,
        types=_APPS,
        why="A value that is set in the app is neither rotated nor watched.",
        remedy="Set keyVaultUrl and identity of each secret instead of value.",
        url=f"{LEARN}/container-apps/manage-secrets",
        references=("MCSB IM-8", "MCSB DP-8"),
        check=_secrets_are_in_a_vault,
    ),
    ResourceRule(
        id="apim-named-values-in-vault",
        title="Secret named values of API Management are in a key vault",
        family=IDENTITY,
        severity=Severity.MEDIUM,
        types=types("apimanagement:NamedValue"),
        why="A value that is set in the gateway is neither rotated nor watched; one that is not secret, shown to all.",
        remedy="Set secret to true and keyVault.secretIdentifier instead of value.",
        url=f"{LEARN}/api-management/api-management-howto-properties",
        references=("MCSB IM-8", "MCSB DP-8"),
        check=_named_value_is_in_a_vault,
    ),
)
