"""Settings: mixes that Odoo would start with, and not work, are refused with their reason."""

from __future__ import annotations

from typing import Any

import pytest

from components.odoo.pool import Pool
from components.odoo.settings import SettingsError
from tests.unit.odoo.example import settings, sized, without


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": "16.0"}, "version: Odoo 16.0 is not known; known are 17.0, 18.0, 19.0"),
        ({"pools": without(Pool.WEB)}, "web: the pool is missing, so nobody could work"),
        ({"pools": without(Pool.WEBSOCKET)}, "websocket: the pool is missing, so nothing would be shown as it happens"),
        ({"pools": without(Pool.CRON)}, "cron: the pool is missing, so scheduled actions would never run"),
        ({"pools": without(Pool.QUEUE)}, "queue: the pool is missing, so no job of queue_job would ever run"),
        ({"queue_jobs": False}, "queue: the pool has nothing to do without queue_jobs"),
        (
            {"version": "17.0", "reader_host": "reader"},
            "reader_host: Odoo 17.0 reads from one database only; leave it out, or take 18.0",
        ),
        ({"cache_host": None}, "cache_host: sessions in Redis need its name"),
        (
            {"blob_account_url": None},
            "blob_account_url: attachments in blobs need it as https://<account>.blob.<domain>, not None",
        ),
        (
            {"blob_account_url": "http://sterp.blob.core.windows.net"},
            "blob_account_url: attachments in blobs need it as https://<account>.blob.<domain>, "
            "not http://sterp.blob.core.windows.net",
        ),
        (
            {"pools": sized(Pool.WEB, workers=0)},
            "web: workers is 0; without a worker of its own a process breaks requests off when it stops",
        ),
        (
            {"pools": sized(Pool.WEBSOCKET, workers=2)},
            "websocket: workers is 2; the gevent server is one process, more pods make it larger",
        ),
        (
            {"pools": sized(Pool.WEB, min_replicas=9)},
            "web: min_replicas is 9, max_replicas 8; "
            "one pod is always there, and the highest count is not below the lowest",
        ),
        (
            {"pools": sized(Pool.QUEUE, min_replicas=0)},
            "queue: min_replicas is 0, max_replicas 5; "
            "one pod is always there, and the highest count is not below the lowest",
        ),
        ({"pools": sized(Pool.WEB, db_maxconn=2)}, "web: db_maxconn is 2; a process needs 3"),
        (
            {"pools": sized(Pool.WEB, memory_mib=899)},
            "web: memory_mib is 899; 6 workers with light work take 900",
        ),
        (
            {"pools": sized(Pool.WEB, worker_memory_mib=149)},
            "web: worker_memory_mib is 149; a worker with light work takes 150",
        ),
    ],
)
def test_what_cannot_work_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError) as error:
        settings(**changes)
    assert str(error.value) == message


def test_every_problem_is_said_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        settings("17.0", reader_host="reader", cache_host=None, pools=sized(Pool.CRON, workers=0))
    assert [line.partition(":")[0] for line in str(error.value).splitlines()] == ["reader_host", "cache_host", "cron"]


def test_the_stock_image_needs_neither_redis_nor_blobs_nor_queue_nor_reporting() -> None:
    stock = settings(
        sessions="shared-files",
        cache_host=None,
        attachments="shared-files",
        blob_account_url=None,
        queue_jobs=False,
        pools=without(Pool.QUEUE, Pool.REPORTING),
    )
    assert set(stock.pools) == {Pool.WEB, Pool.WEBSOCKET, Pool.CRON}
