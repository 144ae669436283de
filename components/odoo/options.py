"""Which options odoo.conf takes in Odoo 17, 18 and 19.

From options.toml of PyPI's odoo-config 0.6.0, mined from Odoo's own parser, and from odoo/tools/config.py. Odoo takes
an unknown option without a word (17, 18) or with a line in its log (19), and works without it: a misspelt limit is no
limit. So here it is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

VERSIONS: Final = ("17.0", "18.0", "19.0")

Value = bool | int | float | str
"""What an option may be set to."""

_ENOUGH: Final = {bool: (bool,), int: (int,), float: (float, int), str: (str,)}
"""Types that will do for a type; a bool is not taken for a number, although Python would."""


@dataclass(frozen=True, kw_only=True)
class Option:
    """An option of odoo.conf.

    Args:
        type: type of its values.
        default: what Odoo takes where the file says nothing; None where that is "unset".
        since: first series that has it.
        until: last series that has it.
        instead: what to use in other series.
    """

    type: type[bool] | type[int] | type[float] | type[str]
    default: Value | None = None
    since: str = VERSIONS[0]
    until: str = VERSIONS[-1]
    instead: str = ""

    def exists_in(self, version: str) -> bool:
        """Whether a series has it."""
        return float(self.since) <= float(version) <= float(self.until)


class OptionError(ValueError):
    """Options that a series of Odoo does not have, or does not take so; all of them, one a line."""


_MIB = 1024 * 1024

OPTIONS: Final[Mapping[str, Option]] = {
    # Processes
    "workers": Option(type=int, default=0),
    "max_cron_threads": Option(type=int, default=2),
    "limit_time_worker_cron": Option(type=int, default=0),
    "limit_memory_soft": Option(type=int, default=2048 * _MIB),
    "limit_memory_hard": Option(type=int, default=2560 * _MIB),
    "limit_memory_soft_gevent": Option(type=int, since="18.0", instead="limit_memory_soft"),
    "limit_memory_hard_gevent": Option(type=int, since="18.0", instead="limit_memory_hard"),
    "limit_time_cpu": Option(type=int, default=60),
    "limit_time_real": Option(type=int, default=120),
    "limit_time_real_cron": Option(type=int, default=-1),
    "limit_request": Option(type=int, default=65536),
    "pidfile": Option(type=str, default=""),
    # HTTP; the default of http_interface is all addresses in 17 and 18, and will be 127.0.0.1 in 20
    "http_enable": Option(type=bool, default=True),
    "http_interface": Option(type=str, default=""),
    "http_port": Option(type=int, default=8069),
    "gevent_port": Option(type=int, default=8072),
    "proxy_mode": Option(type=bool, default=False),
    "x_sendfile": Option(type=bool, default=False),
    "websocket_keep_alive_timeout": Option(type=int, default=3600),
    "websocket_rate_limit_burst": Option(type=int, default=10),
    "websocket_rate_limit_delay": Option(type=float, default=0.2),
    # Database
    "db_host": Option(type=str, default=""),
    "db_port": Option(type=int),
    "db_user": Option(type=str, default=""),
    "db_password": Option(type=str, default=""),
    "db_name": Option(type=str, default=""),
    "db_sslmode": Option(type=str, default="prefer"),
    "db_maxconn": Option(type=int, default=64),
    "db_maxconn_gevent": Option(type=int),
    "db_replica_host": Option(type=str, since="18.0", instead="nothing: 17.0 reads from one database only"),
    "db_replica_port": Option(type=int, since="18.0", instead="nothing: 17.0 reads from one database only"),
    "db_app_name": Option(
        type=str, default="odoo-{pid}", since="19.0", instead="the environment variable ODOO_PGAPPNAME"
    ),
    "db_template": Option(type=str, default="template0"),
    "dbfilter": Option(type=str, default=""),
    "list_db": Option(type=bool, default=True),
    "admin_passwd": Option(type=str, default="admin"),
    "unaccent": Option(type=bool, default=False),
    "pg_path": Option(type=str, default=""),
    # Modules and data
    "server_wide_modules": Option(type=str, default="base,web"),
    "addons_path": Option(type=str, default=""),
    "upgrade_path": Option(type=str, default=""),
    "data_dir": Option(type=str),
    "without_demo": Option(type=str, until="18.0", instead="with_demo"),
    "with_demo": Option(type=bool, default=False, since="19.0", instead="without_demo"),
    "skip_auto_install": Option(type=bool, default=False),
    "translate_modules": Option(type=str, until="18.0", instead="the command i18n"),
    "transient_age_limit": Option(type=float, default=1.0),
    "osv_memory_count_limit": Option(type=int, default=0),
    "csv_internal_sep": Option(type=str, default=","),
    "reportgz": Option(type=bool, default=False),
    "geoip_city_db": Option(type=str, default="/usr/share/GeoIP/GeoLite2-City.mmdb"),
    "geoip_country_db": Option(type=str, default="/usr/share/GeoIP/GeoLite2-Country.mmdb"),
    # Log
    "log_handler": Option(type=str, default=":INFO"),
    "log_level": Option(type=str, default="info"),
    "log_db": Option(type=str, default=""),
    "log_db_level": Option(type=str, default="warning"),
    "logfile": Option(type=str, default=""),
    "syslog": Option(type=bool, default=False),
    # Mail
    "email_from": Option(type=str, default=""),
    "from_filter": Option(type=str, default=""),
    "smtp_server": Option(type=str, default="localhost"),
    "smtp_port": Option(type=int, default=25),
    "smtp_ssl": Option(type=bool, default=False),
    "smtp_user": Option(type=str, default=""),
    "smtp_password": Option(type=str, default=""),
    "smtp_ssl_certificate_filename": Option(type=str, default=""),
    "smtp_ssl_private_key_filename": Option(type=str, default=""),
}

_GONE: Final[Mapping[str, tuple[str, str]]] = {
    "longpolling_port": ("15.0", "gevent_port"),
    "osv_memory_age_limit": ("16.0", "transient_age_limit"),
    "geoip_database": ("16.0", "geoip_city_db"),
    "logrotate": ("12.0", "the log of the pod"),
    "xmlrpc": ("10.0", "http_enable"),
    "xmlrpc_port": ("10.0", "http_port"),
    "xmlrpc_interface": ("10.0", "http_interface"),
}
"""Last series that had an option, and what to use today."""

_TO_COME: Final[Mapping[str, str]] = {"db_system": "20.0", "gevent_workers": "20.0", "unsafe_policy": "20.0"}
"""First series that will have an option."""


def default_server_wide_modules(version: str) -> tuple[str, ...]:
    """Modules that a series loads before any database. 19 moved XML-RPC and JSON-RPC into `rpc`.

    Raises:
        OptionError: the series is not known.
    """
    _known(version)
    return ("base", "rpc", "web") if version == "19.0" else ("base", "web")


def check_options(version: str, options: Mapping[str, Value]) -> None:
    """Raises OptionError, with every problem, unless a series of Odoo takes all of these options as they are.

    Args:
        version: series, e.g. `18.0`.
        options: values by name.
    """
    _known(version)
    problems = [problem for name, value in options.items() for problem in _problems(version, name, value)]
    if problems:
        raise OptionError("\n".join(problems))


def _known(version: str) -> None:
    if version not in VERSIONS:
        raise OptionError(f"Odoo {version} is not known; known are {', '.join(VERSIONS)}")


def _problems(version: str, name: str, value: Value) -> Iterator[str]:
    option = OPTIONS.get(name)
    if option is None:
        yield f"{name}: {_unknown(version, name)}"
    elif not option.exists_in(version):
        where = f"{option.since} and newer" if float(version) < float(option.since) else f"{option.until} and older"
        yield f"{name}: Odoo {version} does not have it, but {where}; use {option.instead}"
    elif type(value) not in _ENOUGH[option.type]:
        yield f"{name}: Odoo {version} takes {option.type.__name__}, not {type(value).__name__} ({value!r})"


def _unknown(version: str, name: str) -> str:
    if name in _GONE:
        last, instead = _GONE[name]
        return f"Odoo {version} does not have it, {last} was the last; use {instead}"
    if name in _TO_COME:
        return f"Odoo {version} does not have it, {_TO_COME[name]} is the first; leave it out"
    return f"no option of Odoo {VERSIONS[0]} to {VERSIONS[-1]}; leave it out"
