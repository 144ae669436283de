"""The backup container: blobs are written once and never changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.identity import WorkloadIdentityCredential
from azure.storage.blob import ContainerClient, ContentSettings

from ops.errors import OpsError
from ops.settings import Settings

# A blob has at most 50,000 blocks (learn.microsoft.com rest/api/storageservices/put-block-list): 1.5 TiB of these.
BLOCK_BYTES = 32 * 1024 * 1024


class BackupStore:
    """Backups, by name.

    Args:
        container: the container that holds them.
    """

    def __init__(self, container: ContainerClient) -> None:
        self.__container = container

    def write(self, name: str, content: Iterable[bytes]) -> None:
        """Writes pieces to their end, or nothing at all if it raises; OpsError if the name is taken."""
        try:
            self.__container.upload_blob(name, content, overwrite=False, max_concurrency=1)
        except ResourceExistsError as error:
            raise OpsError(f"a backup {name} exists already, and backups are never overwritten") from error

    def write_json(self, name: str, content: Mapping[str, Any]) -> None:
        """Writes a small document; OpsError if the name is taken."""
        text = json.dumps(content, indent=2, sort_keys=True)
        kind = ContentSettings(content_type="application/json")
        try:
            self.__container.upload_blob(name, text.encode(), overwrite=False, content_settings=kind)
        except ResourceExistsError as error:
            raise OpsError(f"{name} exists already, and backups are never overwritten") from error

    def read(self, name: str) -> Iterator[bytes]:
        """A blob's content, in pieces; OpsError if there is none."""
        try:
            yield from self.__container.download_blob(name).chunks()
        except ResourceNotFoundError as error:
            raise OpsError(f"there is no {name} in the backup container") from error

    def read_json(self, name: str) -> dict[str, Any]:
        """A small document; OpsError if there is none."""
        return dict(json.loads(b"".join(self.read(name))))

    def names(self, prefix: str) -> list[str]:
        """Names that begin with the prefix, in their order."""
        return sorted(self.__container.list_blob_names(name_starts_with=prefix))


def open_store(settings: Settings) -> BackupStore:
    """The store, entered with the workload identity of the Job."""
    return BackupStore(
        ContainerClient(
            settings.backup_url,
            settings.backup_container,
            credential=WorkloadIdentityCredential(),
            max_block_size=BLOCK_BYTES,
            max_single_put_size=BLOCK_BYTES,
        )
    )
