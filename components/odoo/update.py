"""How an image of Odoo brings its database up to itself."""

from __future__ import annotations

from typing import Final

LOCK_PATIENCE_SECONDS: Final = 300
"""A statement that waits for a lock longer than this ends the update: users' requests pile up behind it."""

COPY_SUFFIX: Final = "_copy"
"""What the name of a database ends with that waits to take another's place (images/ops/ops/copies.py)."""

FILES: Final = "/var/lib/odoo/filestore"
"""Files of all databases, in Odoo's data_dir (odoo/tools/config.py)."""

UPDATE_OPTIONS: Final = "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0"
"""`PGOPTIONS` of an update: the limits of the login roles are for people's requests, not for migrations."""


def update_command(config_path: str, work_folder: str) -> tuple[str, ...]:
    """The command that updates the database `$DATABASE`, and installs what it lacks.

    What there is to do it finds in a folder: the file `update`, if there is an update; the file `install`, with names
    of modules, if some are to be installed; the file `neutralize`, if the database is a copy of another environment's,
    which must not send mail nor call anybody. That comes last: what is installed may be more that acts.

    Args:
        config_path: odoo.conf.
        work_folder: the folder.
    """
    update = (
        f'click-odoo-update --config={config_path} --database="$DATABASE" --watcher-max-seconds={LOCK_PATIENCE_SECONDS}'
    )
    install = (
        f'odoo --config={config_path} --database="$DATABASE" --init="$(cat {work_folder}/install)" --stop-after-init'
        " --no-http --workers=0 --max-cron-threads=0 --limit-memory-hard=0"
    )
    # These two options are all that the command takes in each version (odoo/cli/neutralize.py).
    neutralize = f'odoo neutralize --config={config_path} --database="$DATABASE"'
    # Odoo names the folder of a database's files after it: what is made for the copy is found when it has the name.
    files, final = f'"{FILES}/$DATABASE"', f"${{DATABASE%{COPY_SUFFIX}}}"
    # The last program takes the shell's place: it is told when the container is to end.
    script = f"""\
if [ -e {work_folder}/neutralize ]; then
  mkdir -p "{FILES}/{final}" && {{ [ -e {files} ] || ln -s "{final}" {files}; }} || exit
  [ ! -e {work_folder}/update ] || {update} || exit
  [ ! -e {work_folder}/install ] || {install} || exit
  exec {neutralize}
fi
if [ ! -e {work_folder}/install ]; then
  [ -e {work_folder}/update ] || exit 0
  exec {update}
fi
if [ -e {work_folder}/update ]; then
  {update} || exit
fi
exec {install}
"""
    return ("sh", "-c", script)
