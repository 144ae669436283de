"""Ends with an error if this image lacks something. Run while the image is built, by the Python that Odoo runs on."""

import importlib
import importlib.util
import shutil

LIBRARIES = (
    "adlfs",
    "azure.identity.aio",
    "click_odoo_contrib",
    "cryptography.hazmat.primitives.ciphers.aead",
    "jwt",
    "redis.auth.token",
    "slugify",
)
ADDONS = (
    "fs_attachment",
    "fs_attachment_environment",
    "fs_storage",
    "fs_storage_environment",
    "queue_job",
    "server_environment",
    "session_redis",
)

for library in LIBRARIES:
    importlib.import_module(library)
missing = [addon for addon in ADDONS if importlib.util.find_spec(f"odoo.addons.{addon}") is None]
if missing:
    raise SystemExit(f"Odoo does not find {missing}")
if shutil.which("click-odoo-update") is None:
    raise SystemExit("click-odoo-update is not on PATH")
