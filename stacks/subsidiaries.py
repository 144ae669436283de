"""The tenants of a platform, `subsidiaries/<platform>/*.yaml`: each file by itself, and all against each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from stacks.errors import BrokenSettingError, Problem, SettingsError
from stacks.settings import PlatformSettings
from stacks.stack_file import read_mapping_file
from stacks.subsidiary import Subsidiary
from stacks.subsidiary_file import FILE_NAME, check_subsidiary, is_removed, name_problems
from stacks.tenant_scalars import TenantPlacement
from stacks.validation import by_line

FOLDER = "subsidiaries"
"""Folder of the project with a folder for each platform."""


@dataclass(frozen=True, kw_only=True)
class Subsidiaries:
    """The tenants of a platform.

    Args:
        tenants: files that can be used, by the tenant's name, in its order; those of removed tenants too.
        problems: what is wrong with the others: an error for each file, in the order of the files.
        slots: slots that any file names, of removed tenants and in files that cannot be used too.
    """

    tenants: Mapping[str, Subsidiary]
    problems: tuple[SettingsError, ...]
    slots: frozenset[int] = frozenset()


def read_subsidiaries(
    folder: Path, platform: PlatformSettings, today: date, *, drafts: Mapping[str, Mapping[str, Any]] | None = None
) -> Subsidiaries:
    """Reads a platform's tenants.

    Args:
        folder: folder that `subsidiaries/` is in: the project's.
        platform: settings of the platform.
        today: the day that retentions are counted to.
        drafts: tenants that have no file yet, by name: what their files are to say.

    Returns:
        The tenants whose files are right, and every problem of the others. Of files that conflict, none is right.
    """
    place = subsidiaries_folder(folder, platform)
    if not place.is_dir() and not drafts:
        return Subsidiaries(tenants={}, problems=(_no_folder(place, platform),))
    files = [_read(path, platform, today) for path in tenant_files(place)]
    files += [_drafted(name, values, platform, today) for name, values in (drafts or {}).items()]
    conflicts = _conflicts(files, platform)
    problems = {file.path: [*file.problems, *conflicts[file.path]] for file in files}
    return Subsidiaries(
        tenants={file.name: file.tenant for file in files if file.tenant is not None and not problems[file.path]},
        problems=tuple(
            SettingsError(by_line(problems[file.path], file.lines), file.path) for file in files if problems[file.path]
        ),
        slots=frozenset(file.tenant.slot for file in files if file.tenant is not None and _has_slot(file.tenant)),
    )


def tenants_here(
    platform: PlatformSettings, tenants: Mapping[str, Subsidiary], placement: TenantPlacement
) -> dict[str, Subsidiary]:
    """The tenants that stacks of a kind declare.

    Args:
        platform: settings of the platform.
        tenants: its tenants by name.
        placement: `inline` for those that the platform's stack declares, `sharded` for those with stacks of their own.
    """
    usual = platform.platform.placement
    return {name: tenant for name, tenant in tenants.items() if (tenant.placement or usual) is placement}


def subsidiaries_folder(folder: Path, platform: PlatformSettings) -> Path:
    """Folder of a platform's tenants.

    Args:
        folder: folder that `subsidiaries/` is in: the project's.
        platform: settings of the platform.
    """
    return folder / FOLDER / platform.platform.subsidiaries


def tenant_files(place: Path) -> list[Path]:
    """Files of the tenants in a platform's folder, in the order of their names; none where there is no folder."""
    found = place.iterdir() if place.is_dir() else ()
    return sorted(path for path in found if path.suffix.lower() in (".yaml", ".yml") and path.is_file())


def shown_path(platform: PlatformSettings, file_name: str) -> str:
    """Path of a tenant's file in the project, as errors show it.

    Args:
        platform: settings of the platform.
        file_name: the file's name.
    """
    return f"{FOLDER}/{platform.platform.subsidiaries}/{file_name}"


@dataclass(frozen=True, kw_only=True)
class _File:
    """A tenant's file as it was read.

    Args:
        name: name of the tenant.
        path: path within the project.
        tenant: what it says, or a stand-in for what is right in it; None where it is no YAML mapping.
        lines: line by path.
        problems: what is wrong with it by itself.
    """

    name: str
    path: str
    tenant: Subsidiary | None
    lines: Mapping[str, int]
    problems: Sequence[Problem]


def _read(path: Path, platform: PlatformSettings, today: date) -> _File:
    name, shown = path.stem, shown_path(platform, path.name)
    try:
        content = read_mapping_file(path, shown)
    except SettingsError as error:
        return _File(name=name, path=shown, tenant=None, lines={}, problems=[*name_problems(name), *error.problems])
    tenant, problems = check_subsidiary(name, content.config, platform, today)
    return _File(name=name, path=shown, tenant=tenant, lines=content.lines, problems=problems)


def _drafted(name: str, values: Mapping[str, Any], platform: PlatformSettings, today: date) -> _File:
    tenant, problems = check_subsidiary(name, values, platform, today)
    return _File(name=name, path=shown_path(platform, f"{name}.yaml"), tenant=tenant, lines={}, problems=problems)


def _has_slot(tenant: Subsidiary) -> bool:
    with suppress(BrokenSettingError):
        return bool(tenant.slot)
    return False


@dataclass(frozen=True)
class _Claim:
    """Something that one tenant alone may have."""

    what: str
    path: str
    value: str
    remedy: str


def _conflicts(files: Sequence[_File], platform: PlatformSettings) -> Mapping[str, list[Problem]]:
    """By file, what another one claims too."""
    claimants: dict[tuple[str, str], list[tuple[_File, _Claim]]] = defaultdict(list)
    for file in files:
        for claim in _claims(file, platform):
            claimants[claim.what, claim.value].append((file, claim))
    problems: dict[str, list[Problem]] = defaultdict(list)
    for several in claimants.values():
        for file, claim in several:
            others = [other.path for other, _ in several if other is not file]
            if others:
                problems[file.path].append(_conflict(claim, others))
    return problems


def _claims(file: _File, platform: PlatformSettings) -> Iterator[_Claim]:
    yield _Claim("name", FILE_NAME, file.name.casefold(), "Rename one of them, or remove what is there twice.")
    tenant = file.tenant
    if tenant is None:
        return
    with suppress(BrokenSettingError):
        yield _Claim("slot", "slot", str(tenant.slot), "Give the newer one a slot that no tenant ever had.")
    if is_removed(tenant):
        return
    with suppress(BrokenSettingError):
        hostname = tenant.hostname or f"{file.name.lower()}.{platform.platform.domain}"
        yield _Claim("host name", "hostname", hostname, "Change it in one of them.")
    with suppress(BrokenSettingError):
        # learn.microsoft.com azure/key-vault/general/about-keys-secrets-certificates: names are not case-sensitive.
        certificate = (tenant.certificate or file.name).casefold()
        yield _Claim("certificate", "certificate", certificate, "Give each tenant a certificate of its own.")


def _conflict(claim: _Claim, others: Sequence[str]) -> Problem:
    return Problem(
        path=claim.path,
        found=f'"{claim.value}", as {" and ".join(others)}',
        allowed=f"a {claim.what} that no other tenant of the platform has",
        remedy=claim.remedy,
    )


def _no_folder(place: Path, platform: PlatformSettings) -> SettingsError:
    shown = shown_path(platform, "").rstrip("/")
    there = sorted(path.name for path in place.parent.iterdir() if path.is_dir()) if place.parent.is_dir() else []
    problem = Problem(
        path="odoo-azure:platform.subsidiaries",
        found=f'"{platform.platform.subsidiaries}", but there is no folder {shown}',
        allowed=f"a folder of {FOLDER}/" + (f": {', '.join(there)}" if there else ""),
        remedy="Correct the name, or make the folder: make subsidiary NAME=... makes it with the first tenant.",
    )
    return SettingsError([problem], shown)
