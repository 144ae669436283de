"""Whether an image of Odoo has the modules that are asked of it, found out by the image itself."""

from __future__ import annotations

from typing import Final

# Odoo only logs an error for a server-wide module that it does not find, and for one to install a warning, and goes on.
# `parse_config` sets the search path of modules too; the option is a text up to 18, a list in 19 (odoo/tools/config).
PREFLIGHT_SCRIPT: Final = """\
import importlib.util, pathlib, shutil, sys
from odoo.tools import config
conf, work, *modules = sys.argv[1:]
config.parse_config(["--config=" + conf])
loaded = config["server_wide_modules"]
loaded = loaded.split(",") if isinstance(loaded, str) else loaded
missing = [m for m in dict.fromkeys([*loaded, *modules]) if importlib.util.find_spec("odoo.addons." + m) is None]
if missing:
    sys.exit("this image lacks " + ", ".join(missing) + ": nothing was changed")
if shutil.which("click-odoo-update"):
    pathlib.Path(work, "click-odoo-update").touch()
"""


def preflight_command(config_path: str, work_folder: str, modules: tuple[str, ...]) -> tuple[str, ...]:
    """The command that ends with an error, and a line that says why, if the image lacks a module.

    It leaves the empty file `click-odoo-update` in a folder, if the image has that program.

    Args:
        config_path: odoo.conf, which names the server-wide modules.
        work_folder: the folder.
        modules: modules that shall be installed.
    """
    return ("python3", "-c", PREFLIGHT_SCRIPT, config_path, work_folder, *modules)
