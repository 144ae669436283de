"""Rules about how many connections a database takes."""

from __future__ import annotations

from typing import Any

from tests.policies.cases import Case, StackCase
from tests.policies.harness import Declared

SERVER, PARAMETER, ENDPOINT = (f"dbforpostgresql:{kind}" for kind in ("Server", "Configuration", "VirtualEndpoint"))
DEPLOYMENT, CONFIG_MAP = "kubernetes:apps/v1:Deployment", "kubernetes:core/v1:ConfigMap"
SCALER = "kubernetes:keda.sh/v1alpha1:ScaledObject"


def _server(name: str, **parameters: Any) -> list[Declared]:
    """A server with its endpoint, whose names hosts begin with; each sample needs names of its own in a large stack."""
    return [
        Declared(type=SERVER, name=name),
        Declared(type=ENDPOINT, name=f"{name}-ep", uses={"serverName": [name]}),
        *(
            Declared(
                type=PARAMETER,
                name=f"{name}-{parameter}",
                properties={"configurationName": parameter.replace("__", "."), "value": value},
                uses={"serverName": [name]},
            )
            for parameter, value in parameters.items()
        ),
    ]


def _pool(
    server: str, name: str = "web", replicas: int = 2, scaled: int = 0, strategy: Any = None, **options: Any
) -> list[Declared]:
    """Pods that run Odoo: 2 workers of 10 connections each unless options say otherwise."""
    given = {"workers": 2, "max_cron_threads": 0, "db_maxconn": 10, "db_maxconn_gevent": 1, "db_name": "odoo"}
    given |= {"db_host": f"{server}-ep.writer.postgres.database.azure.com", "db_port": 5432, **options}
    text = "[options]\n" + "".join(f"{key} = {value}\n" for key, value in given.items())
    place = {"namespace": server, "name": name}
    volumes = [{"name": "config", "configMap": {"name": f"{name}-config"}}]
    specification = {"replicas": replicas, "strategy": strategy or {}, "template": {"spec": {"volumes": volumes}}}
    pool = [
        Declared(type=DEPLOYMENT, name=name, properties={"metadata": place, "spec": specification}),
        Declared(
            type=CONFIG_MAP,
            name=f"{name}-config",
            properties={"metadata": {**place, "name": f"{name}-config"}, "data": {"odoo.conf": text}},
        ),
    ]
    if scaled:
        target = {"scaleTargetRef": {"name": name}, "maxReplicaCount": scaled}
        pool.append(Declared(type=SCALER, name=f"{name}-scaler", properties={"metadata": place, "spec": target}))
    return pool


def _direct(name: str, most: int, **pool: Any) -> list[Declared]:
    """A server that takes so many connections, and pods that connect to it directly."""
    return [*_server(name, max_connections=str(most)), *_pool(name, **pool)]


def _pooled(name: str, most: int, *pools: str, **pool: Any) -> list[Declared]:
    """A server with PgBouncer that takes so many connections, and pods that connect through it, each to a database."""
    pods = (each for database in pools for each in _pool(name, database, db_name=database, db_port=6432, **pool))
    return [*_server(name, max_connections=str(most), **BOUNCER), *pods]


BOUNCER = {"pgbouncer__enabled": "true", "pgbouncer__default_pool_size": "30", "pgbouncer__max_client_conn": "100"}
AT_ONCE, TWO_MORE = {"type": "Recreate"}, {"rollingUpdate": {"maxSurge": 2}}
# 3 pods with a rolling update's, of 2 x 10 connections and one for web sockets each; 20 others, 15 of the service.
ENOUGH = 3 * 21 + 20 + 15
CASES: list[Case] = []
STACK_CASES = [
    StackCase(
        "pg-connection-budget",
        good=[
            _server("unlimited"),
            _direct("enough", ENOUGH),
            _direct("one-by-one", ENOUGH - 21, strategy=AT_ONCE),
            _direct("without-http", ENOUGH - 3, http_enable="False"),
            _direct("unused", 50, db_host="elsewhere.example"),
            _pooled("pooled", 65, "odoo"),
            _pooled("two", 95, "erp", "sales", replicas=1),
        ],
        bad=[
            (_direct("one-short", ENOUGH - 1), {"one-short"}),
            (_direct("scaled", ENOUGH, scaled=3), {"scaled"}),
            (_direct("with-cron", ENOUGH, max_cron_threads=1), {"with-cron"}),
            (_direct("surging", ENOUGH, strategy=TWO_MORE), {"surging"}),
            (_server("tiny", max_connections="34"), {"tiny"}),
            (_pooled("pool-short", 64, "odoo"), {"pool-short"}),
            (_pooled("many-clients", 65, "odoo", replicas=5), {"many-clients"}),
            (_server("as-it-comes", max_connections="84", pgbouncer__enabled="true"), {"as-it-comes"}),
            (_pooled("two-short", 94, "erp", "sales", replicas=1), {"two-short"}),
        ],
    ),
]
