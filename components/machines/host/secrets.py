"""Brings secrets of Key Vault, and the login of the registry, to files in tmpfs: `secrets.py --config FILE`.

A timer runs it again and again: what has changed is written, each file as a whole, and what could not be read stays as
it is until the next run. Tokens come from the machine's managed identities; no secret is ever printed.

The configuration is JSON:

    {"files": [{"path", "mode", "owner": "uid:gid", "kind", "vault_uri", "secret", "client_id", "user"}, ...],
     "registry": {"host", "client_id", "config_file"}}

`kind` is `text` (the secret as it is), `service` (libpq's service file of `user`, with the secret as password) or `pem`
(the secret of a certificate: key and chain). `registry` is optional, and so is `config_file`, Docker's config.json.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

IMDS = "http://169.254.169.254"
IMDS_VERSION = "2018-02-01"
"""learn.microsoft.com entra/identity/managed-identities-azure-resources/how-to-use-vm-token."""
VAULT_VERSION = "7.4"
"""learn.microsoft.com rest/api/keyvault/secrets/get-secret/get-secret."""
VAULT_RESOURCE = "https://vault.azure.net"
REGISTRY_RESOURCE = "https://containerregistry.azure.net"
"""What registries accept even where they refuse tokens of ARM (learn.microsoft.com azure/container-registry/
container-registry-disable-authentication-as-arm)."""
REGISTRY_USER = "00000000-0000-0000-0000-000000000000"
"""Whoever logs in with a token (learn.microsoft.com azure/container-registry/container-registry-authentication)."""
DOCKER_CONFIG = "/run/odoo/docker/config.json"
PKCS12 = "application/x-pkcs12"
SERVICE = "odoo"
"""Section of the service file, as PGSERVICE names it."""

TIMEOUT_SECONDS = 10
WAITS_SECONDS = (1.0, 2.0, 4.0, 8.0)
"""Between tries. IMDS is away for 70 s at most: then the timer comes again."""
IMDS_TRANSIENT = (404, 410, 429)
"""Of the endpoint that is being updated, or asked too often (the same page); each 5xx too."""
THROTTLED = 429
SERVER_ERROR = 500


class SecretsError(Exception):
    """What could not be had, and why; without any secret."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """None of these servers redirects; a token goes nowhere else."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Azure:
    """The services that a machine asks.

    Args:
        imds: base URL of the instance metadata service.
        waits: seconds between tries.
    """

    def __init__(self, imds: str = IMDS, waits: Sequence[float] = WAITS_SECONDS) -> None:
        self._imds = imds
        self._waits = waits
        self._tokens: dict[tuple[str, str], str] = {}
        # No proxy: all of them are in the network.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects())

    def secret(self, vault_uri: str, name: str, client_id: str) -> tuple[str, str]:
        """Newest value of a secret, and its content type."""
        url = f"{vault_uri.rstrip('/')}/secrets/{urllib.parse.quote(name)}?api-version={VAULT_VERSION}"
        token = self._token(VAULT_RESOURCE, client_id)
        answer = self._ask(f"secret {name}", urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"}))  # noqa: S310
        return str(answer["value"]), str(answer.get("contentType") or "")

    def registry_password(self, host: str, client_id: str) -> str:
        """A registry's refresh token, which lasts three hours (azure.github.io/acr/AAD-OAuth.html)."""
        token = self._token(REGISTRY_RESOURCE, client_id)
        form = {"grant_type": "access_token", "service": _name(host), "access_token": token}
        url = f"{host if '://' in host else f'https://{host}'}/oauth2/exchange"
        request = urllib.request.Request(url, data=urllib.parse.urlencode(form).encode(), method="POST")  # noqa: S310
        return str(self._ask(f"login of {_name(host)}", request)["refresh_token"])

    def _token(self, resource: str, client_id: str) -> str:
        if (resource, client_id) not in self._tokens:
            query = urllib.parse.urlencode({"api-version": IMDS_VERSION, "resource": resource, "client_id": client_id})
            url = f"{self._imds}/metadata/identity/oauth2/token?{query}"
            request = urllib.request.Request(url, headers={"Metadata": "true"})  # noqa: S310
            answer = self._ask(f"token of {client_id} for {resource}", request, IMDS_TRANSIENT)
            self._tokens[resource, client_id] = str(answer["access_token"])
        return self._tokens[resource, client_id]

    def _ask(self, what: str, request: urllib.request.Request, transient: Sequence[int] = (THROTTLED,)) -> Any:
        """The JSON that a service answers; it is asked again after an answer that may be another soon."""
        for wait in (*self._waits, None):
            try:
                with self._opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                    return json.load(response)
            except urllib.error.HTTPError as error:
                why, final = _reason(error), error.code not in transient and error.code < SERVER_ERROR
            except (OSError, ValueError) as error:
                why, final = str(error), False
            if final or wait is None:
                break
            time.sleep(wait)
        raise SecretsError(f"{what}: {why}")


def _reason(error: urllib.error.HTTPError) -> str:
    """Status and code of an answer; of its text only what is no token's or secret's place."""
    try:
        told = json.load(error)
        code = told["error"]["code"] if isinstance(told["error"], dict) else told["error"]
    except (ValueError, KeyError, TypeError, OSError):
        code = error.reason
    return f"{error.code} {code}"


def _name(host: str) -> str:
    return host.partition("://")[2] or host


def content(entry: Mapping[str, Any], azure: Azure) -> str:
    """The text of a file.

    Raises:
        SecretsError: the secret cannot be had, or is not of the entry's kind.
    """
    value, content_type = azure.secret(entry["vault_uri"], entry["secret"], entry["client_id"])
    if entry["kind"] == "text":
        return value
    if entry["kind"] == "service":
        # libpq ends a value where the line ends (postgresql.org docs/current/libpq-pgservice.html).
        if "\n" in value or value != value.strip():
            raise SecretsError(
                f"secret {entry['secret']}: a password in a service file has no spaces around it, and one line"
            )
        return f"[{SERVICE}]\nuser={entry['user']}\npassword={value}\n"
    if entry["kind"] == "pem":
        return _pem(entry["secret"], value, content_type)
    raise SecretsError(f"secret {entry['secret']}: there is no kind {entry['kind']!r}")


def _pem(name: str, value: str, content_type: str) -> str:
    if content_type == PKCS12:
        raise SecretsError(
            f"certificate {name}: its secret is PKCS#12; make it anew with the content type application/x-pem-file in"
            " its policy (learn.microsoft.com azure/key-vault/certificates/about-certificates)"
        )
    if "PRIVATE KEY-----" not in value or "-----BEGIN CERTIFICATE-----" not in value:
        raise SecretsError(f"certificate {name}: its secret is no PEM text with key and certificate")
    return value if value.endswith("\n") else f"{value}\n"


def docker_config(registry: Mapping[str, Any], azure: Azure) -> str:
    """Docker's config.json with a login of the registry."""
    password = azure.registry_password(registry["host"], registry["client_id"])
    login = base64.b64encode(f"{REGISTRY_USER}:{password}".encode()).decode()
    return json.dumps({"auths": {_name(registry["host"]): {"auth": login}}})


def write(path: Path, text: str, mode: int, owner: tuple[int, int] | None = None) -> bool:
    """Puts a file in place as a whole, unless it is there already; whether it had to.

    Mode and owner are right before the content is there, and readers see the old file or the new one.
    """
    if _is_there(path, text, mode, owner):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            if owner is not None:
                os.fchown(file.fileno(), *owner)
            os.fchmod(file.fileno(), mode)
            file.write(text)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    return True


def _is_there(path: Path, text: str, mode: int, owner: tuple[int, int] | None) -> bool:
    try:
        found = path.stat()
        same = path.read_bytes() == text.encode()
    except FileNotFoundError:
        return False
    return same and found.st_mode & 0o7777 == mode and owner in (None, (found.st_uid, found.st_gid))


def _owner(text: str) -> tuple[int, int]:
    user, _, group = text.partition(":")
    return int(user), int(group)


def _bring_file(entry: Mapping[str, Any], azure: Azure) -> None:
    if write(Path(entry["path"]), content(entry, azure), int(entry["mode"], 8), _owner(entry["owner"])):
        print(f"{entry['path']}: written", flush=True)


def _bring_login(registry: Mapping[str, Any], azure: Azure) -> None:
    write(Path(registry.get("config_file") or DOCKER_CONFIG), docker_config(registry, azure), 0o600)


Task = tuple[Callable[[Mapping[str, Any], Azure], None], Mapping[str, Any]]
"""What brings one thing, and what it is told."""


def bring(configuration: Mapping[str, Any], azure: Azure) -> int:
    """Brings everything that can be brought, and returns the number of failures, each of which it has explained."""
    tasks: list[Task] = [(_bring_file, entry) for entry in configuration["files"]]
    if configuration.get("registry"):
        tasks.append((_bring_login, configuration["registry"]))
    failures = 0
    for bring_one, entry in tasks:
        try:
            bring_one(entry, azure)
        except (SecretsError, OSError) as error:
            failures += 1
            print(
                f"{entry.get('path') or 'registry'}: {error}; what was there before stays", file=sys.stderr, flush=True
            )
    return failures


def main(arguments: Sequence[str] | None = None) -> int:
    """Brings all secrets once; 1 if one of them is missing."""
    parser = argparse.ArgumentParser(prog="secrets.py", description="Secrets of Key Vault as files in tmpfs.")
    parser.add_argument("--config", type=Path, required=True)
    configuration = json.loads(parser.parse_args(arguments).config.read_text(encoding="utf-8"))
    return 1 if bring(configuration, Azure(configuration.get("imds", IMDS))) else 0


if __name__ == "__main__":
    sys.exit(main())
