"""odoo.conf: every option of every pool in every series, against the options that this series has."""

from __future__ import annotations

import configparser
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.odoo.configuration import LIMIT_TIME_REAL_SECONDS, odoo_conf
from components.odoo.options import VERSIONS
from components.odoo.pool import Pool
from components.odoo.settings import OdooSettings
from tests.unit.odoo.example import SIZES, settings, sized, without
from tests.unit.odoo.test_options import BY_VERSION

HTTP_POOLS = [Pool.WEB, Pool.QUEUE, Pool.REPORTING]
MIB = 1024 * 1024


def _parsed(text: str) -> dict[str, dict[str, str]]:
    """As Odoo reads it: odoo/tools/config.py has a RawConfigParser."""
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    return {section: dict(parser[section]) for section in parser.sections()}


def _options(pool: Pool, version: str = "18.0", **changes: Any) -> dict[str, str]:
    return _parsed(odoo_conf(pool, settings(version, **changes)))["options"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("pool", Pool)
def test_a_series_is_given_only_options_that_it_has(version: str, pool: Pool) -> None:
    reader = None if version == "17.0" else "reader"
    assert set(_options(pool, version, reader_host=reader)) <= BY_VERSION[version]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("pool", Pool)
def test_what_guards_a_tenant_is_said_and_not_left_to_defaults(version: str, pool: Pool) -> None:
    options = _options(pool, version)
    assert {
        "db_host": "psql-erp.postgres.database.azure.com",
        "db_name": "odoo",
        "db_sslmode": "verify-full",
        "dbfilter": "^odoo$",
        "list_db": "False",
        "admin_passwd": "",
        "unaccent": "True",
        "data_dir": "/var/lib/odoo",
        "log_level": "info",
        "log_handler": ":INFO",
        "transient_age_limit": "1.0",
        "osv_memory_count_limit": "0",
        "limit_time_real": "1200",
        "limit_time_real_cron": "1200",
        "limit_request": "8192",
    }.items() <= options.items()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("pool", Pool)
def test_no_login_and_no_password_is_in_the_file(version: str, pool: Pool) -> None:
    text = odoo_conf(pool, settings(version))
    assert not {"db_user", "db_password", "smtp_password"} & set(_parsed(text)["options"])
    assert "account_key" not in text
    assert "sas_token" not in text


def test_a_false_master_password_is_never_written() -> None:
    # Odoo 19 skips `False` for an option that is no boolean, and takes the default instead: `admin`.
    for version in VERSIONS:
        for pool in Pool:
            assert "\nadmin_passwd =\n" in odoo_conf(pool, settings(version))


@pytest.mark.parametrize("pool", [Pool.WEB, Pool.WEBSOCKET, Pool.QUEUE, Pool.REPORTING])
def test_scheduled_actions_run_nowhere_but_in_their_pool(pool: Pool) -> None:
    options = _options(pool)
    assert (options["workers"], options["max_cron_threads"]) == (str(SIZES[pool].workers), "0")
    assert "limit_time_worker_cron" not in options


def test_the_cron_pool_is_prefork_without_http() -> None:
    options = _options(Pool.CRON)
    assert (options["workers"], options["max_cron_threads"], options["http_enable"]) == ("-1", "2", "False")
    assert options["limit_time_worker_cron"] == "3600"
    assert not {"http_port", "gevent_port", "proxy_mode", "db_maxconn_gevent"} & set(options)


@pytest.mark.parametrize("pool", [Pool.WEB, Pool.WEBSOCKET, Pool.QUEUE, Pool.REPORTING])
def test_http_is_behind_a_proxy_on_all_addresses_of_the_pod(pool: Pool) -> None:
    assert {
        "http_enable": "True",
        "http_interface": "0.0.0.0",  # noqa: S104 as the file has it
        "http_port": "8069",
        "gevent_port": "8072",
        "proxy_mode": "True",
        "x_sendfile": "False",
    }.items() <= _options(pool).items()


@pytest.mark.parametrize("pool", Pool)
def test_what_listens_goes_past_pgbouncer(pool: Pool) -> None:
    assert _options(pool)["db_port"] == ("6432" if pool in HTTP_POOLS else "5432")


@pytest.mark.parametrize("pool", Pool)
def test_connections_are_those_of_the_budget(pool: Pool) -> None:
    options = _options(pool)
    assert options["db_maxconn"] == str(SIZES[pool].db_maxconn)
    assert options.get("db_maxconn_gevent") == {Pool.CRON: None, Pool.WEBSOCKET: "8"}.get(pool, "1")


@pytest.mark.parametrize("version", ["18.0", "19.0"])
def test_only_reports_read_from_the_replica(version: str) -> None:
    for pool in Pool:
        options = _options(pool, version, reader_host="reader")
        found = {key: value for key, value in options.items() if "replica" in key}
        assert found == ({"db_replica_host": "reader", "db_replica_port": "5432"} if pool is Pool.REPORTING else {}), (
            pool
        )


def test_without_a_replica_its_options_are_absent() -> None:
    assert "replica" not in odoo_conf(Pool.REPORTING, settings())


@pytest.mark.parametrize("version", VERSIONS)
def test_no_demo_data_in_the_words_of_the_series(version: str) -> None:
    found = {key: value for key, value in _options(Pool.WEB, version).items() if "demo" in key}
    assert found == ({"with_demo": "False"} if version == "19.0" else {"without_demo": "all"})


@pytest.mark.parametrize("pool", Pool)
def test_connections_say_whose_they_are_in_19(pool: Pool) -> None:
    assert _options(pool, "19.0")["db_app_name"] == f"odoo-{pool}-{{pid}}"
    assert "db_app_name" not in _options(pool, "18.0")


@pytest.mark.parametrize("pool", Pool)
def test_only_what_somebody_waits_for_has_little_processor_time(pool: Pool) -> None:
    assert _options(pool)["limit_time_cpu"] == ("600" if pool is Pool.WEB else str(LIMIT_TIME_REAL_SECONDS))


@given(mib=st.integers(min_value=150, max_value=64 * 1024), pool=st.sampled_from(list(Pool)))
def test_memory_limits_follow_from_the_workers_address_space(mib: int, pool: Pool) -> None:
    options = _options(pool, pools=sized(pool, worker_memory_mib=mib))
    hard, soft = int(options["limit_memory_hard"]), int(options["limit_memory_soft"])
    assert hard == mib * MIB
    assert soft == int(hard * 0.8)
    gevent = {key: int(value) for key, value in options.items() if key.startswith("limit_memory") and "gevent" in key}
    expected = {"limit_memory_hard_gevent": hard, "limit_memory_soft_gevent": soft}
    assert gevent == (expected if pool is Pool.WEBSOCKET else {})


def test_17_has_no_memory_limits_of_gevents_own() -> None:
    assert "limit_memory_soft_gevent" not in _options(Pool.WEBSOCKET, "17.0")


_NAMES = st.from_regex(r"[a-z][a-z0-9_.-]{0,30}", fullmatch=True)


@given(database=_NAMES, other=_NAMES)
def test_the_database_filter_lets_no_other_database_through(database: str, other: str) -> None:
    pattern = _options(Pool.WEB, database_name=database)["dbfilter"]
    assert bool(re.match(pattern, other)) == (database == other)
    assert re.match(pattern, database)


@given(version=st.sampled_from(VERSIONS), pool=st.sampled_from(list(Pool)), host=_NAMES, database=_NAMES)
def test_what_is_written_reads_back(version: str, pool: Pool, host: str, database: str) -> None:
    options = _options(pool, version, database_host=host, database_name=database)
    assert (options["db_host"], options["db_name"]) == (host, database)


@pytest.mark.parametrize(
    ("version", "modules"),
    [("17.0", "base,web"), ("18.0", "base,web"), ("19.0", "base,rpc,web")],
)
def test_modules_loaded_before_any_database(version: str, modules: str) -> None:
    found = {pool: _options(pool, version)["server_wide_modules"] for pool in Pool}
    others = dict.fromkeys(set(Pool) - {Pool.QUEUE}, f"{modules},session_redis")
    assert found == {**others, Pool.QUEUE: f"{modules},queue_job,session_redis"}
    plain = _stock(version)
    assert _parsed(odoo_conf(Pool.WEB, plain))["options"]["server_wide_modules"] == modules


def test_jobs_are_handed_out_in_the_queue_pool_only() -> None:
    sections = {pool: _parsed(odoo_conf(pool, settings()))["queue_job"] for pool in Pool}
    assert sections.pop(Pool.QUEUE) == {
        # As many as the pool has workers at its highest scale.
        "channels": "root:20",
        "scheme": "http",
        "host": "queue",
        "port": "8069",
        "jobrunner_db_host": "psql-erp.postgres.database.azure.com",
        "jobrunner_db_port": "5432",
    }
    assert list(sections.values()) == [{"channels": "root:0"}] * 4


def test_attachments_in_blobs_need_no_key() -> None:
    for pool in Pool:
        section = _parsed(odoo_conf(pool, settings()))["fs_storage.attachments"]
        assert json.loads(section.pop("options")) == {
            "account_name": "sterpatt",
            "anon": False,
            "assume_container_exists": True,
        }
        assert section == {
            "protocol": "abfs",
            "directory_path": "attachments/odoo",
            "use_as_default_for_attachments": "True",
        }


def test_the_stock_image_reads_nothing_of_modules() -> None:
    for pool in (Pool.WEB, Pool.WEBSOCKET, Pool.CRON):
        assert list(_parsed(odoo_conf(pool, _stock("18.0")))) == ["options"]


def test_a_pool_that_a_tenant_has_not_has_no_file() -> None:
    with pytest.raises(KeyError):
        odoo_conf(Pool.REPORTING, settings(pools=without(Pool.REPORTING)))


def _stock(version: str) -> OdooSettings:
    return replace(
        settings(version),
        sessions="shared-files",
        attachments="shared-files",
        queue_jobs=False,
        pools=without(Pool.QUEUE),
    )
