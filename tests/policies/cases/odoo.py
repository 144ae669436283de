"""odoo.conf."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.policies.cases import Case, StackCase, of

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
SAFE = {
    "list_db": "False",
    "admin_passwd": "",
    "dbfilter": "^acme$",
    "db_name": "acme",
    "db_sslmode": "verify-full",
    "proxy_mode": "True",
    "workers": "4",
    "limit_time_real": "1200",
    "limit_time_cpu": "600",
    "limit_memory_hard": "2684354560",
    "without_demo": "all",
    "log_level": "info",
}
OTHER_FILES = {"data": {"notes.txt": "[options]\nlist_db = True\n", "queue.conf": "[queue_job]\nchannels = root:4\n"}}


def _conf(without: str = "", **options: str) -> Mapping[str, Any]:
    chosen = {name: value for name, value in {**SAFE, **options}.items() if name != without}
    lines = ["[options]", *(f"{name} = {value}" for name, value in chosen.items())]
    return {"data": {"odoo.conf": "\n".join([*lines, ""])}}


def _case(rule: str, *bad: Mapping[str, Any], good: tuple[Mapping[str, Any], ...] = ()) -> Case:
    return of(rule, CONFIG_MAP, [_conf(), OTHER_FILES, *good], list(bad))


UNREADABLE = {"data": {"odoo.conf": "list_db = False\n[options]\n"}}
CRON = {"http_enable": "False", "workers": "-1"}
CASES = [
    _case("odoo-database-manager-closed", _conf(list_db="True"), _conf(without="list_db"), UNREADABLE),
    _case(
        "odoo-admin-password-none",
        _conf(without="admin_passwd"),
        _conf(admin_passwd="hunter2"),
        # 19 skips this value and takes its default, admin.
        _conf(admin_passwd="False"),
        good=(_conf(admin_passwd="$pbkdf2-sha512$600000$c2FsdA$aGFzaA"),),
    ),
    _case("odoo-dbfilter", _conf(without="dbfilter"), _conf(dbfilter="acme"), _conf(dbfilter="^acme")),
    _case("odoo-database-named", _conf(without="db_name"), _conf(db_name="False")),
    _case("odoo-no-database-password", _conf(db_password="hunter2"), good=(_conf(db_password="False"),)),
    _case("odoo-database-tls", _conf(db_sslmode="require"), _conf(without="db_sslmode")),
    _case(
        "odoo-proxy-mode", _conf(proxy_mode="False"), _conf(without="proxy_mode"), good=(_conf("proxy_mode", **CRON),)
    ),
    _case("odoo-prefork", _conf(workers="0"), _conf(without="workers"), _conf(workers="-1"), good=(_conf(**CRON),)),
    _case("odoo-worker-limits", _conf(without="limit_time_real"), _conf(limit_memory_hard="0")),
    _case("odoo-dev-mode-off", _conf(dev_mode="all"), good=(_conf(dev_mode="False"),)),
    _case(
        "odoo-no-demo-data",
        _conf(without="without_demo"),
        _conf(with_demo="True"),
        _conf(without_demo="False"),
        good=(_conf("without_demo", with_demo="False"),),
    ),
    _case("odoo-log-level", _conf(log_level="debug_sql"), _conf(log_handler="odoo.sql_db:DEBUG")),
]
STACK_CASES: list[StackCase] = []
