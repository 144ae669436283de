"""Routes: which path is which business transaction, where it goes, and what keeps it in bounds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from components.ingress.measurement import relabelings
from components.ingress.routes import routes
from components.ingress.routing import Route, ingress_names, pool_of_ingress
from components.ingress.transactions import VERSIONS, Limit, transactions
from components.odoo.pool import Pool
from tests.unit.components.harness import Declared, declare
from tests.unit.components.ingress_example import Routes
from tests.unit.components.tenant_example import changed, tenant_args

ANNOTATION = "traefik.ingress.kubernetes.io/router."
# What each transaction of Odoo is served at, typed from the table of its paths: (path, versions).
PATHS: Mapping[str, Sequence[tuple[str, tuple[str, ...]]]] = {
    "posting": [("/web/dataset/call_button/account.move/action_post", VERSIONS)],
    "payment": [
        ("/web/dataset/call_button/account.payment.register/action_create_payments", VERSIONS),
        ("/web/dataset/call_button/account.payment/action_validate", ("18.0", "19.0")),
    ],
    "reconciliation": [
        ("/web/dataset/call_kw/account.move/js_assign_outstanding_line", VERSIONS),
        ("/web/dataset/call_button/account.bank.statement.line/reconcile_bank_line", VERSIONS),
    ],
    "reports": [("/report/pdf/account.report_invoice/7", VERSIONS), ("/report/download", VERSIONS)],
    "exports": [("/web/export/xlsx", VERSIONS)],
    "login": [("/web/login", VERSIONS), ("/web/session/authenticate", VERSIONS)],
    "xmlrpc": [("/xmlrpc/2/object", VERSIONS)],
    "jsonrpc": [("/jsonrpc", VERSIONS)],
    "json-read": [("/json/1/account.move", ("18.0", "19.0"))],
    "json2": [("/json/2/account.move/action_post", ("19.0",))],
    "sending": [
        ("/web/dataset/call_button/account.move.send/action_send_and_print", ("17.0",)),
        ("/web/dataset/call_button/account.move.send.wizard/action_send_and_print", ("18.0", "19.0")),
    ],
}


def _routes(version: str = "18.0", pools: tuple[Pool, ...] = tuple(Pool)) -> dict[str, Route]:
    found: list[Route] = []

    def make() -> None:
        args = tenant_args()
        application = replace(args.application, version=version)
        found.extend(
            routes(changed(args, application=application, sizes={pool: args.pools.sizes[pool] for pool in pools}))
        )

    declare(make)
    return {route.name: route for route in found}


@pytest.mark.parametrize("version", VERSIONS)
def test_each_path_is_one_transaction_in_the_versions_that_have_it(version: str) -> None:
    patterns = {each.name: each.pattern for each in transactions(version)}
    for name, paths in PATHS.items():
        for path, versions in paths:
            matched = [other for other, pattern in patterns.items() if re.search(pattern, path)]
            assert matched == ([name] if version in versions else []), path


@pytest.mark.parametrize("version", VERSIONS)
def test_no_path_belongs_to_two_transactions(version: str) -> None:
    for each in transactions(version):
        for path in each.paths:
            assert [other.name for other in transactions(version) if re.search(other.pattern, path)] == [each.name]
            in_french = [other.name for other in transactions(version) if re.search(other.pattern, f"/fr{path}")]
            assert in_french == ([] if each.limit is Limit.NONE else [each.name])


@pytest.mark.parametrize("version", VERSIONS)
def test_a_transaction_is_named_once_in_a_version(version: str) -> None:
    names = [each.name for each in transactions(version)]
    assert len(set(names)) == len(names)
    for name in names:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)


def test_an_unknown_version_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(ValueError, match=r"Odoo 16\.0 is not known; known are 17\.0, 18\.0, 19\.0"):
        transactions("16.0")


def test_reports_go_to_their_own_pool_if_there_is_one() -> None:
    with_reporting, without = _routes(), _routes(pools=(Pool.WEB, Pool.WEBSOCKET, Pool.CRON))
    for name in ("tx-reports", "tx-exports"):
        assert with_reporting[name].pool is Pool.REPORTING
        assert without[name].pool is Pool.WEB
    assert with_reporting["websocket"].pool is without["websocket"].pool is Pool.WEBSOCKET
    assert {route.pool for name, route in with_reporting.items() if name not in ("tx-reports", "tx-exports")} == {
        Pool.WEB,
        Pool.WEBSOCKET,
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_every_ingress_has_a_pool_and_a_known_name(version: str) -> None:
    made = _routes(version)
    assert pool_of_ingress(version, dict.fromkeys(Pool)) == {name: route.pool for name, route in made.items()}
    assert set(made) <= set(ingress_names())


def test_doors_come_first_and_everything_else_last() -> None:
    made = _routes()
    by_priority = sorted(made.values(), key=lambda route: -route.priority)
    assert by_priority[0].name == "closed"
    assert by_priority[-1].name == "web"
    assert by_priority[-1].paths == (("/", "Prefix"),)
    assert made["closed"].middlewares == ("refuse",)


def test_the_description_of_the_api_is_closed_where_odoo_has_one() -> None:
    assert ("/doc", "Prefix") in _routes("19.0")["closed"].paths
    assert ("/doc", "Prefix") not in _routes("18.0")["closed"].paths


def test_nobody_gets_past_the_tenants_own_ranges() -> None:
    for name, route in _routes().items():
        if name != "closed":
            assert route.middlewares[:2] == ("headers", "acme-clients")


def test_each_limit_is_on_the_transactions_that_need_it_and_before_the_upload_is_read() -> None:
    plain = ("headers", "acme-clients", "compress", "acme-uploads")
    made = _routes()
    for each in transactions("18.0"):
        limits = () if each.limit is Limit.NONE else (f"acme-{each.limit}",)
        assert made[f"tx-{each.name}"].middlewares == (*plain[:2], *limits, *plain[2:])
    assert {each.name for each in transactions("18.0") if each.limit is not Limit.NONE} == {
        "login",
        "reports",
        "exports",
        "xmlrpc",
        "jsonrpc",
        "json-read",
    }
    assert made["web"].middlewares == plain


def test_what_stays_open_or_may_be_large_is_not_held_back() -> None:
    for name in ("websocket", "files"):
        assert _routes()[name].middlewares == ("headers", "acme-clients")


@pytest.fixture(scope="module")
def declared() -> list[Declared]:
    return [each for each in declare(lambda: Routes("acme", tenant_args)) if each.type.endswith(":Ingress")]


def test_declares_an_ingress_for_each_route(declared: list[Declared]) -> None:
    assert {each.inputs["metadata"]["name"] for each in declared} == set(_routes())
    for each in declared:
        assert each.name == f"acme-ingress-{each.inputs['metadata']['name']}"
        assert each.inputs["metadata"]["namespace"] == "acme"
        assert each.inputs["metadata"]["labels"]["owner"] == "finance-platform"
        assert "acme-namespace" in each.depends_on


def test_every_ingress_is_https_only_and_names_its_host(declared: list[Declared]) -> None:
    for each in declared:
        annotations, spec = each.inputs["metadata"]["annotations"], each.inputs["spec"]
        assert annotations[f"{ANNOTATION}entrypoints"] == "websecure"
        assert annotations[f"{ANNOTATION}tls"] == "true"
        assert annotations["pulumi.com/skipAwait"] == "true"
        # Of both, the API server takes one; Traefik has no right to look up the other.
        assert annotations["kubernetes.io/ingress.class"] == "traefik"
        assert "ingressClassName" not in spec
        assert spec["tls"] == [{"hosts": ["erp.acme.example"]}]
        assert [rule["host"] for rule in spec["rules"]] == ["erp.acme.example"]


def test_regular_expressions_are_told_as_such_and_middlewares_come_from_files(declared: list[Declared]) -> None:
    by_name = {each.inputs["metadata"]["name"]: each.inputs for each in declared}
    posting = by_name["tx-posting"]
    assert posting["metadata"]["annotations"][f"{ANNOTATION}pathmatcher"] == "PathRegexp"
    assert posting["metadata"]["annotations"][f"{ANNOTATION}middlewares"] == (
        "headers@file,acme-clients@file,compress@file,acme-uploads@file"
    )
    assert posting["spec"]["rules"][0]["http"]["paths"] == [
        {
            "path": r"/?^/(?:web/dataset/call_button/account\.move/action_post"
            r"|web/dataset/call_button/validate\.account\.move/validate_move)/?$",
            "pathType": "ImplementationSpecific",
            "backend": {"service": {"name": "web", "port": {"name": "http"}}},
        }
    ]
    assert f"{ANNOTATION}pathmatcher" not in by_name["web"]["metadata"]["annotations"]
    assert by_name["websocket"]["spec"]["rules"][0]["http"]["paths"] == [
        {
            "path": "/websocket",
            "pathType": "Prefix",
            "backend": {"service": {"name": "websocket", "port": {"name": "websocket"}}},
        }
    ]


def test_a_router_gives_tenant_and_transaction_whatever_hyphens_are_in_the_names() -> None:
    def labels(router: str, tenant: str = "acme", hostname: str = "erp.acme.example") -> dict[str, str]:
        return {
            rule["targetLabel"]: match.expand(rule["replacement"].replace("$", "\\"))
            for rule in relabelings(tenant, hostname)
            if (match := re.fullmatch(rule["regex"], router))
        }

    assert labels("acme-tx-posting-erp-acme-example-web-dataset@kubernetes") == {
        "tenant": "acme",
        "transaction": "posting",
    }
    assert labels("acme-tx-payment-order-erp-acme-example-x@kubernetes")["transaction"] == "payment-order"
    assert labels("acme-web-erp-acme-example@kubernetes") == {"tenant": "acme", "transaction": "web"}
    assert labels("acme-web-websocket-web-example-websocket@kubernetes", "acme-web", "web.example") == {
        "tenant": "acme-web",
        "transaction": "websocket",
    }
    assert labels("a-b-web-erp-acme-example@kubernetes", "a--b") == {"tenant": "a--b", "transaction": "web"}
    assert labels("globex-web-erp-acme-example@kubernetes") == {}
    assert labels("ping@internal") == {}
