"""How an image of Odoo brings its database up to itself."""

from __future__ import annotations

from typing import Final

LOCK_PATIENCE_SECONDS: Final = 300
"""A statement that waits for a lock longer than this ends the update: users' requests pile up behind it."""

UPDATE_OPTIONS: Final = "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0"
"""`PGOPTIONS` of an update: the limits of the login roles are for people's requests, not for migrations."""


def update_command(config_path: str, work_folder: str) -> tuple[str, ...]:
    """The command that updates the database `$DATABASE`, and installs what it lacks.

    What there is to do it finds in a folder: the file `update`, if there is an update; the file `install`, with names
    of modules, if some are to be installed.

    Args:
        config_path: odoo.conf.
        work_folder: the folder.
    """
    update = (
        f'click-odoo-update --config={config_path} --database="$DATABASE" --watcher-max-seconds={LOCK_PATIENCE_SECONDS}'
    )
    # The last program takes the shell's place: it is told when the container is to end.
    script = f"""\
if [ ! -e {work_folder}/install ]; then
  [ -e {work_folder}/update ] || exit 0
  exec {update}
fi
if [ -e {work_folder}/update ]; then
  {update} || exit
fi
exec odoo --config={config_path} --database="$DATABASE" --init="$(cat {work_folder}/install)" --stop-after-init \
--no-http --workers=0 --max-cron-threads=0 --limit-memory-hard=0
"""
    return ("sh", "-c", script)
