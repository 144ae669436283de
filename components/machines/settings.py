"""Odoo's settings as they are on one machine of the set."""

from __future__ import annotations

from dataclasses import replace

from components.odoo.pool import Pool
from components.odoo.settings import OdooSettings


def machine_settings(odoo: OdooSettings, identity: str) -> OdooSettings:
    """The settings that a machine's files are made from.

    Of queue_job's runners one leads, and it hands its jobs to the queue container of its own machine: so there are
    never more at once than one container has workers.

    Args:
        odoo: the settings of the whole set.
        identity: client id of the machine's identity that Odoo logs in to cache and blobs with.
    """
    pools = dict(odoo.pools)
    if Pool.QUEUE in pools:
        pools[Pool.QUEUE] = replace(pools[Pool.QUEUE], min_replicas=1, max_replicas=1)
    return replace(odoo, pools=pools, managed_identity=identity)
