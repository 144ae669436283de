"""Secrets in what a machine is started with: everybody who may read the machine's model reads them.

Start-up data hold programs too, in which a name such as `password` is mostly followed by where it comes from. So a
value counts only if it is a literal: in quotes, or with a digit or sign in it that no identifier has.
"""

from __future__ import annotations

import base64
import binascii
import bz2
import gzip
import re
import zlib
from collections.abc import Iterator

from pulumi_policy import Severity

from policies.kit.rule import Resource, ResourceRule, types
from policies.kit.values import Finding, Value
from policies.rules.catalog import LEARN, MACHINES, VIRTUAL_MACHINES, machine_profile

_EXTENSIONS = types("compute:VirtualMachineExtension", "compute:VirtualMachineScaleSetExtension")
_NAME = r"passwo?r?d|passphrase|client_?secret|api_?key|access_?key|account_?key|private_?key|connection_?string"
_SETTING = re.compile(
    rf"^[\s-]*(?:export\s+|Environment=)?[\"']?(?P<name>[\w.-]*(?:{_NAME})[\w.-]*)[\"']?[ \t]*[:=][ \t]*"
    r"(?P<quote>[\"']?)(?P<value>[^\s\"'#,]+)",
    re.IGNORECASE | re.MULTILINE,
)
_POINTER = re.compile(
    r"(?:file|path|dir|url|uri|name|id|host|endpoint|age|authentication|generation|encryption|method|policy|length"
    r"|command|prompt)s?$",
    re.IGNORECASE,
)
_HARMLESS = frozenset({"false", "true", "none", "null", "yes", "no"})
_NO_LITERAL = re.compile(r"^[/$%&*<>|{\[(]|[(){}\[\]$]|^[A-Za-z_.:]+$|^[*!x]+$")
_KNOWN = tuple(
    re.compile(pattern)
    for pattern in (
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
        r"://[^/\s:@{}$]+:[^/\s@{}$]+@",  # a login in an address
        r"AccountKey=[A-Za-z0-9+/]{20}",
        r"SharedAccessKey=[A-Za-z0-9+/]{20}",
        r"[?&]sig=[A-Za-z0-9%]{20}",
        r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.",  # a JSON web token
    )
)
# Files inside of start-up data are often in base64 themselves, and compressed.
_NESTED = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
_DEEPEST = 2
_COMPRESSIONS = {b"\x1f\x8b": gzip.decompress, b"BZh": bz2.decompress}


def holds_secret(text: str, depth: int = 0) -> bool:
    """Whether a text, or one that is packed into it, has a literal password, key or token in it."""
    if any(pattern.search(text) for pattern in _KNOWN) or any(map(_is_literal, _SETTING.finditer(text))):
        return True
    packed = (unpacked(match.group()) for match in _NESTED.finditer(text)) if depth < _DEEPEST else ()
    return any(inner is not None and holds_secret(inner, depth + 1) for inner in packed)


def _is_literal(match: re.Match[str]) -> bool:
    value = match["value"]
    if _POINTER.search(match["name"]) or value.casefold() in _HARMLESS:
        return False
    return (
        not _NO_LITERAL.search(value)
        if not match["quote"]
        else not value.startswith(("/", "$", "%", "{", "<", "*", "!"))
    )


def unpacked(text: str) -> str | None:
    """What a text in base64 says, also if it is compressed; None if it is none."""
    try:
        data = base64.b64decode(text, validate=True)
        opened = next((open_(data) for magic, open_ in _COMPRESSIONS.items() if data.startswith(magic)), data)
        return opened.decode("utf-8")
    except (binascii.Error, ValueError, OSError, EOFError, zlib.error):
        return None


def _no_secret_in_data(resource: Resource) -> Iterator[Finding]:
    if resource.type in _EXTENSIONS:
        yield from _no_secret_in_settings(resource.at("settings"))
        return
    profile = machine_profile(resource)
    for value in (profile.at("osProfile.customData"), profile.at("userData")):
        text = value.text()
        if text is not None and holds_secret(unpacked(text) or text):
            yield Finding(message=f"{value.path} must hold no secret: what it says looks like one")
    for extension in profile.at("extensionProfile.extensions").elements():
        yield from _no_secret_in_settings(extension.at("settings"))


def _no_secret_in_settings(settings: Value) -> Iterator[Finding]:
    for name, value in settings.entries():
        text = value.text()
        if text is not None and holds_secret(f"{name}: '{text}'"):
            yield Finding(message=f"{value.path} must hold no secret: use protectedSettings")


RULES = (
    ResourceRule(
        id="vm-no-secrets-in-customdata",
        title="What machines are started with holds no secret",
        family=VIRTUAL_MACHINES,
        severity=Severity.CRITICAL,
        types=MACHINES | _EXTENSIONS,
        why="Custom data, user data and settings of extensions are readable by whoever may read the machine.",
        remedy="Let the machine read secrets from a vault with its managed identity.",
        url=f"{LEARN}/virtual-machines/custom-data",
        references=("MCSB IM-8",),
        check=_no_secret_in_data,
    ),
)
