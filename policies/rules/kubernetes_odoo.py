"""What odoo.conf says, wherever a ConfigMap holds one."""

from __future__ import annotations

import configparser
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from pulumi_policy import Severity

from policies.kit.rule import ResourceCheck, ResourceRule
from policies.kit.values import Finding, Value
from policies.rules.catalog import CONFIG_MAP, ODOO

_DEPLOY = "https://www.odoo.com/documentation/18.0/administration/on_premise/deploy.html"
_CLI = "https://www.odoo.com/documentation/18.0/developer/reference/cli.html"
Options = Mapping[str, str]

_FALSE = frozenset({"", "false", "0", "none", "no", "off"})
_HASH = re.compile(r"^\$pbkdf2")
_LITERAL = frozenset({"info", "warn", "warning", "error", "critical", "runbot"})


def _is_false(value: str) -> bool:
    return value.casefold() in _FALSE


def _is_true(value: str) -> bool:
    return value.casefold() in {"true", "1", "yes", "on"}


def _is_positive(value: str) -> bool:
    return re.fullmatch(r"[1-9]\d*", value) is not None


def configurations(data: Value) -> Iterator[tuple[str, Options]]:
    """Where each configuration of a ConfigMap's data stands, and its options; one that cannot be read has none."""
    for key, value in data.entries():
        text = value.text() if key.endswith(".conf") else None
        if text is None or "[options]" not in text:
            continue
        yield value.path, _options(text)


@lru_cache(maxsize=64)
def _options(text: str) -> Options:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        return {}
    options = parser["options"] if parser.has_section("options") else {}
    return {name: (given or "").strip() for name, given in options.items()}


def _every(check: Callable[[Options], Iterator[str]]) -> ResourceCheck:
    """A check of each configuration, from what it says against one."""
    return lambda resource: (
        Finding(message=f"{path}: {wrong}")
        for path, options in configurations(resource.at("data"))
        for wrong in check(options)
    )


def _option(
    name: str, wanted: str, passes: Callable[[str], bool], *, absent_passes: bool = False
) -> Callable[[Options], Iterator[str]]:
    def check(options: Options) -> Iterator[str]:
        if name not in options:
            if not absent_passes:
                yield f"{name} must {wanted}; it is not set"
        elif not passes(options[name]):
            yield f"{name} must {wanted}"

    return check


def _serves_http(options: Options) -> bool:
    return not _is_false(options.get("http_enable", "True"))


def _behind_proxy(options: Options) -> Iterator[str]:
    if _serves_http(options):
        yield from _option("proxy_mode", "be True", _is_true)(options)


def _prefork(options: Options) -> Iterator[str]:
    workers = options.get("workers", "0")
    if not (_is_positive(workers) or (workers == "-1" and not _serves_http(options))):
        yield "workers must be 1 or more, or -1 without HTTP"


def _no_demo(options: Options) -> Iterator[str]:
    if not _is_false(options.get("with_demo", "False")):
        yield "with_demo must be False"
    if "with_demo" not in options and _is_false(options.get("without_demo", "")):
        yield "without_demo must be all"


def _quiet(options: Options) -> Iterator[str]:
    if options.get("log_level", "info").casefold() not in _LITERAL:
        yield "log_level must be info or less"
    if "debug" in options.get("log_handler", "").casefold():
        yield "log_handler must not be set to DEBUG"


def _limits(options: Options) -> Iterator[str]:
    for name in ("limit_time_real", "limit_time_cpu", "limit_memory_hard"):
        yield from _option(name, "be a number above 0", _is_positive)(options)


def _no_login(options: Options) -> Iterator[str]:
    yield from _option("db_password", "be empty: use libpq's service file", _is_false, absent_passes=True)(options)


def _rule(
    id_: str, title: str, severity: Severity, why: str, remedy: str, references: tuple[str, ...], check: ResourceCheck
) -> ResourceRule:
    return ResourceRule(
        id=id_,
        title=title,
        family=ODOO,
        severity=severity,
        types=CONFIG_MAP,
        why=why,
        remedy=remedy,
        url=_CLI if id_ in {"odoo-dev-mode-off", "odoo-no-demo-data", "odoo-log-level"} else _DEPLOY,
        references=references,
        check=check,
    )


RULES = (
    _rule(
        "odoo-database-manager-closed",
        "Odoo's database manager is closed",
        Severity.HIGH,
        "With it, whoever finds the page can list, copy, drop or replace databases.",
        "Set list_db = False.",
        ("MCSB PV-2", "PCI DSS 2.2.4", "ISO 27001 8.9"),
        _every(_option("list_db", "be False", _is_false)),
    ),
    _rule(
        "odoo-admin-password-none",
        "No master password opens Odoo's database manager",
        Severity.CRITICAL,
        "Without a word in the file the master password is `admin`, and one in clear text is in every backup.",
        "Write `admin_passwd =` with nothing behind it, or a pbkdf2 hash.",
        ("MCSB IM-8", "PCI DSS 2.2.2"),
        _every(
            _option("admin_passwd", "be empty or a pbkdf2 hash", lambda value: not value or bool(_HASH.match(value)))
        ),
    ),
    _rule(
        "odoo-dbfilter",
        "Odoo serves just the database it is meant to",
        Severity.HIGH,
        "Without a filter a host name decides by itself, and one subsidiary's users reach another's database.",
        "Set dbfilter to an anchored expression, `^name$`.",
        ("MCSB NS-1", "ISO 27001 8.3", "SOC 2 CC6.1"),
        _every(_option("dbfilter", "be anchored: ^...$", lambda value: re.fullmatch(r"\^.+\$", value) is not None)),
    ),
    _rule(
        "odoo-database-named",
        "Odoo is told which database it serves",
        Severity.MEDIUM,
        "Without a name, scheduled actions run in every database that the role can open.",
        "Set db_name.",
        ("ISO 27001 8.3", "SOC 2 CC6.1"),
        _every(_option("db_name", "name the database", lambda value: not _is_false(value))),
    ),
    _rule(
        "odoo-no-database-password",
        "odoo.conf holds no database password",
        Severity.HIGH,
        "A ConfigMap is read by whoever may look at the namespace, and a rotation would need a restart.",
        "Leave db_password out; name libpq's service file by PGSERVICEFILE.",
        ("MCSB IM-8", "CIS AKS 1.8 4.5.2", "PCI DSS 8.6.2"),
        _every(_no_login),
    ),
    _rule(
        "odoo-database-tls",
        "Odoo checks whom it sends its data to",
        Severity.HIGH,
        "By default libpq takes an unencrypted connection, and any certificate.",
        "Set db_sslmode = verify-full.",
        ("MCSB DP-3", "PCI DSS 4.2.1", "ISO 27001 8.24"),
        _every(_option("db_sslmode", "be verify-full", lambda value: value == "verify-full")),
    ),
    _rule(
        "odoo-proxy-mode",
        "Odoo knows that it stands behind a proxy",
        Severity.MEDIUM,
        "Otherwise it logs the proxy's address for every login, and builds links to http.",
        "Set proxy_mode = True.",
        ("MCSB LT-3", "PCI DSS 10.2.1"),
        _every(_behind_proxy),
    ),
    _rule(
        "odoo-prefork",
        "Odoo runs with worker processes",
        Severity.HIGH,
        "The threaded server gives a request one second to end at a shutdown, and knows no memory or time limits.",
        "Set workers to 1 or more; to -1 where there is no HTTP.",
        ("ISO 27001 8.6", "SOC 2 A1.1"),
        _every(_prefork),
    ),
    _rule(
        "odoo-worker-limits",
        "Odoo's workers have limits of time and memory",
        Severity.MEDIUM,
        "One endless report would hold a worker for ever; the defaults kill a month's closing after two minutes.",
        "Set limit_time_real, limit_time_cpu and limit_memory_hard.",
        ("ISO 27001 8.6", "SOC 2 A1.1"),
        _every(_limits),
    ),
    _rule(
        "odoo-dev-mode-off",
        "Odoo does not run in developer mode",
        Severity.HIGH,
        "It shows tracebacks and a shell to users, and reloads code that somebody changes.",
        "Leave dev_mode out.",
        ("MCSB PV-2", "PCI DSS 6.5.1", "ISO 27001 8.31"),
        _every(_option("dev_mode", "not be set", _is_false, absent_passes=True)),
    ),
    _rule(
        "odoo-no-demo-data",
        "Odoo makes no demonstration data",
        Severity.MEDIUM,
        "It has users with well-known passwords, and invoices that nobody ever sent.",
        "Set without_demo = all (up to 18), with_demo = False (19 on).",
        ("MCSB PV-2", "PCI DSS 6.5.1", "ISO 27001 8.31"),
        _every(_no_demo),
    ),
    _rule(
        "odoo-log-level",
        "Odoo's log holds no data of its users",
        Severity.MEDIUM,
        "At level debug it logs queries with their values, and requests with their content.",
        "Set log_level to info, warn or error, and no handler to DEBUG.",
        ("MCSB DP-2", "GDPR 32"),
        _every(_quiet),
    ),
)
