"""Secrets where they do not belong: in environment variables and ConfigMaps."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceRule
from policies.kit.values import IS_SET, Finding, Test
from policies.rules.catalog import CONFIG_MAP, KUBERNETES, LEARN
from policies.rules.kubernetes_pods import PODS, containers_of

_CSI = f"{LEARN}/aks/csi-secrets-store-driver"
_WORDS = r"(?:passwo?r?d|secret|token|credential|api_?key|access_?key|account_?key|private_?key|connection_?string)"
_SECRET_NAME = re.compile(_WORDS, re.IGNORECASE)
# Names of what only points to a secret.
_POINTER = re.compile(r"(?:file|path|dir|url|uri|name|id|host|endpoint|audience|expiry|age)s?$", re.IGNORECASE)
_SETTING = re.compile(
    rf"^[\s-]*[\"']?(?P<name>[\w.-]*{_WORDS}[\w.-]*)[\"']?[ \t]*[:=][ \t]*[\"']?(?P<value>[^\s\"'#;,}}]+)",
    re.IGNORECASE | re.MULTILINE,
)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_CREDENTIALS_IN_URL = re.compile(r"://[^/\s:@]+:[^/\s@]+@")
_HARMLESS = frozenset({"false", "true", "none", "null", "drop", "keep", "redact", "[]", "{}"})
# A file, a variable, a list or block that follows, or a hash: not the secret itself.
_REFERENCE = re.compile(r"^(?:/|\$|\[|\{|\||>|&|\*)")
_FILE = re.compile(r"^(?:/[\w.-]+)+/?$")
_LITERAL = Test("be set", lambda value: isinstance(value, str) and value != "" and not _FILE.match(value))


def _no_literal_in_environment(resource: Resource) -> Iterator[Finding]:
    for container in containers_of(resource):
        for variable in container.at("env").elements():
            name = variable.at("name").text() or ""
            if _SECRET_NAME.search(name) and not _POINTER.search(name):
                yield from variable.at("value").must_not(_LITERAL, "everybody who may see the pod reads it")
                yield from variable.at("valueFrom.secretKeyRef").must_not(IS_SET, "every child process inherits it")


def _no_secret_in_config(resource: Resource) -> Iterator[Finding]:
    for key, value in resource.at("data").entries():
        text = value.text()
        if text is None:
            continue
        if _SECRET_NAME.search(key) and not _POINTER.search(key) and "\n" not in text.strip():
            yield Finding(message=f"{value.path} must not be in a ConfigMap: its name says that it is a secret")
        for line in _secret_lines(text):
            yield Finding(message=f"{value.path} must hold no secret: line {line} looks like one")


def _secret_lines(text: str) -> list[int]:
    """Numbers of the lines that hold a password, key or token, from 1."""
    found = {match.start() for pattern in (_PRIVATE_KEY, _CREDENTIALS_IN_URL) for match in pattern.finditer(text)}
    for match in _SETTING.finditer(text):
        value = match["value"]
        if not _POINTER.search(match["name"]) and value.casefold() not in _HARMLESS and not _REFERENCE.match(value):
            found.add(match.start("value"))
    return sorted({text.count("\n", 0, start) + 1 for start in found})


RULES = (
    ResourceRule(
        id="pod-no-secret-in-env",
        title="No environment variable holds a secret",
        family=KUBERNETES,
        severity=Severity.HIGH,
        types=PODS,
        why="Whoever may read the pod, a crash dump or a debug page reads its environment; child processes inherit it.",
        remedy="Mount the value as a file with the secrets-store CSI driver, and name the file.",
        url=_CSI,
        references=("MCSB IM-8", "CIS AKS 1.8 4.5.1", "PCI DSS 8.6.2"),
        check=_no_literal_in_environment,
    ),
    ResourceRule(
        id="configmap-no-secret",
        title="No ConfigMap holds a password, a key or a token",
        family=KUBERNETES,
        severity=Severity.HIGH,
        types=CONFIG_MAP,
        why="ConfigMaps are neither encrypted nor guarded: they lie open in the state and in backups.",
        remedy="Keep the value in Key Vault and mount it as a file with the secrets-store CSI driver.",
        url=_CSI,
        references=("MCSB IM-8", "CIS AKS 1.8 4.5.2", "PCI DSS 8.6.2"),
        check=_no_secret_in_config,
    ),
)
