"""Options of odoo.conf: a series takes those that it has, of their type, and nothing else."""

from __future__ import annotations

import pytest

from components.odoo.options import (
    OPTIONS,
    VERSIONS,
    OptionError,
    Value,
    check_options,
    default_server_wide_modules,
)

# The table of the fact sheet and of PyPI's odoo-config 0.6.0, typed again: names by the series that have them.
EVERYWHERE = [
    "addons_path",
    "admin_passwd",
    "csv_internal_sep",
    "data_dir",
    "db_host",
    "db_maxconn",
    "db_maxconn_gevent",
    "db_name",
    "db_password",
    "db_port",
    "db_sslmode",
    "db_template",
    "db_user",
    "dbfilter",
    "email_from",
    "from_filter",
    "geoip_city_db",
    "geoip_country_db",
    "gevent_port",
    "http_enable",
    "http_interface",
    "http_port",
    "limit_memory_hard",
    "limit_memory_soft",
    "limit_request",
    "limit_time_cpu",
    "limit_time_real",
    "limit_time_real_cron",
    "limit_time_worker_cron",
    "list_db",
    "log_db",
    "log_db_level",
    "log_handler",
    "log_level",
    "logfile",
    "max_cron_threads",
    "osv_memory_count_limit",
    "pg_path",
    "pidfile",
    "proxy_mode",
    "reportgz",
    "server_wide_modules",
    "skip_auto_install",
    "smtp_password",
    "smtp_port",
    "smtp_server",
    "smtp_ssl",
    "smtp_ssl_certificate_filename",
    "smtp_ssl_private_key_filename",
    "smtp_user",
    "syslog",
    "transient_age_limit",
    "unaccent",
    "upgrade_path",
    "websocket_keep_alive_timeout",
    "websocket_rate_limit_burst",
    "websocket_rate_limit_delay",
    "workers",
    "x_sendfile",
]
SINCE_18 = ["db_replica_host", "db_replica_port", "limit_memory_hard_gevent", "limit_memory_soft_gevent"]
SINCE_19 = ["db_app_name", "with_demo"]
UNTIL_18 = ["without_demo", "translate_modules"]
BY_VERSION = {
    "17.0": {*EVERYWHERE, *UNTIL_18},
    "18.0": {*EVERYWHERE, *UNTIL_18, *SINCE_18},
    "19.0": {*EVERYWHERE, *SINCE_18, *SINCE_19},
}

DEFAULTS = {
    "workers": 0,
    "max_cron_threads": 2,
    "limit_time_worker_cron": 0,
    "http_port": 8069,
    "gevent_port": 8072,
    "limit_memory_soft": 2147483648,
    "limit_memory_hard": 2684354560,
    "limit_time_cpu": 60,
    "limit_time_real": 120,
    "limit_time_real_cron": -1,
    "limit_request": 65536,
    "db_maxconn": 64,
    "db_maxconn_gevent": None,
    "db_replica_host": None,
    "db_sslmode": "prefer",
    "db_app_name": "odoo-{pid}",
    "db_template": "template0",
    "unaccent": False,
    "list_db": True,
    "proxy_mode": False,
    "x_sendfile": False,
    "admin_passwd": "admin",
    "transient_age_limit": 1.0,
    "osv_memory_count_limit": 0,
    "log_handler": ":INFO",
    "log_level": "info",
    "websocket_keep_alive_timeout": 3600,
    "websocket_rate_limit_burst": 10,
    "websocket_rate_limit_delay": 0.2,
    "with_demo": False,
}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_series_has_exactly_its_options(version: str) -> None:
    assert {name for name, option in OPTIONS.items() if option.exists_in(version)} == BY_VERSION[version]


def test_defaults_are_odoos() -> None:
    assert {name: OPTIONS[name].default for name in DEFAULTS} == DEFAULTS


def test_a_default_is_of_its_options_type() -> None:
    for name, option in OPTIONS.items():
        assert option.default is None or type(option.default) is option.type, name


def test_what_a_series_lacks_names_what_to_use() -> None:
    for name, option in OPTIONS.items():
        if not all(option.exists_in(version) for version in VERSIONS):
            assert option.instead, name


@pytest.mark.parametrize(
    ("version", "options", "message"),
    [
        (
            "17.0",
            {"longpolling_port": 8072},
            "longpolling_port: Odoo 17.0 does not have it, 15.0 was the last; use gevent_port",
        ),
        (
            "18.0",
            {"osv_memory_age_limit": 1.0},
            "osv_memory_age_limit: Odoo 18.0 does not have it, 16.0 was the last; use transient_age_limit",
        ),
        ("18.0", {"with_demo": False}, "with_demo: Odoo 18.0 does not have it, but 19.0 and newer; use without_demo"),
        (
            "19.0",
            {"without_demo": "all"},
            "without_demo: Odoo 19.0 does not have it, but 18.0 and older; use with_demo",
        ),
        (
            "17.0",
            {"db_replica_host": "reader"},
            "db_replica_host: Odoo 17.0 does not have it, but 18.0 and newer; "
            "use nothing: 17.0 reads from one database only",
        ),
        (
            "17.0",
            {"limit_memory_soft_gevent": 1},
            "limit_memory_soft_gevent: Odoo 17.0 does not have it, but 18.0 and newer; use limit_memory_soft",
        ),
        ("19.0", {"gevent_workers": 2}, "gevent_workers: Odoo 19.0 does not have it, 20.0 is the first; leave it out"),
        ("19.0", {"wokers": 2}, "wokers: no option of Odoo 17.0 to 19.0; leave it out"),
        ("18.0", {"workers": "4"}, "workers: Odoo 18.0 takes int, not str ('4')"),
        ("18.0", {"workers": True}, "workers: Odoo 18.0 takes int, not bool (True)"),
        ("18.0", {"list_db": 0}, "list_db: Odoo 18.0 takes bool, not int (0)"),
        ("20.0", {}, "Odoo 20.0 is not known; known are 17.0, 18.0, 19.0"),
    ],
)
def test_what_is_wrong_is_said(version: str, options: dict[str, Value], message: str) -> None:
    with pytest.raises(OptionError) as error:
        check_options(version, options)
    assert str(error.value) == message


def test_every_problem_is_said_at_once() -> None:
    with pytest.raises(OptionError) as error:
        check_options("19.0", {"longpolling_port": 8072, "workers": 2, "list_db": "no", "without_demo": "all"})
    assert [line.partition(":")[0] for line in str(error.value).splitlines()] == [
        "longpolling_port",
        "list_db",
        "without_demo",
    ]


def test_whole_numbers_will_do_for_fractions() -> None:
    check_options("19.0", {"transient_age_limit": 1, "websocket_rate_limit_delay": 0.2})
    with pytest.raises(OptionError, match="limit_request"):
        check_options("19.0", {"transient_age_limit": 1, "limit_request": 0.2})


def test_modules_before_any_database() -> None:
    assert [default_server_wide_modules(version) for version in VERSIONS] == [
        ("base", "web"),
        ("base", "web"),
        ("base", "rpc", "web"),
    ]
    with pytest.raises(OptionError, match=r"Odoo 16\.0 is not known"):
        default_server_wide_modules("16.0")
