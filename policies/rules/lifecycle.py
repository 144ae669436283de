"""Services that Azure has retired or is about to."""

from __future__ import annotations

from pulumi_policy import Severity

from policies.kit.rule import ResourceRule, types
from policies.kit.values import Finding
from policies.rules.catalog import LEARN, LIFECYCLE

RULES = (
    ResourceRule(
        id="redis-classic-refused",
        title="Azure Cache for Redis is not used any more",
        family=LIFECYCLE,
        severity=Severity.HIGH,
        types=types("redis:Redis"),
        why="Basic, Standard and Premium retire on 2028-09-30.",
        remedy="Use Azure Managed Redis: redisenterprise:RedisEnterprise with one of its SKUs, and a Database.",
        url=f"{LEARN}/azure-cache-for-redis/retirement-faq",
        references=("MCSB AM-2", "DORA 7"),
        check=lambda _: (Finding(message="use redisenterprise:RedisEnterprise instead of redis:Redis"),),
    ),
    ResourceRule(
        id="retired-databases-refused",
        title="PostgreSQL Single Server and MariaDB are not used any more",
        family=LIFECYCLE,
        severity=Severity.HIGH,
        types=types("dbforpostgresql:SingleServer", "dbformariadb:Server"),
        why="Both are switched off: they get no security fixes and no new servers.",
        remedy="Use dbforpostgresql:Server, which is the flexible server.",
        url=f"{LEARN}/postgresql/migrate/whats-happening-to-postgresql-single-server",
        references=("MCSB AM-2", "MCSB PV-6", "DORA 7"),
        check=lambda _: (Finding(message="use a flexible server (dbforpostgresql:Server) instead"),),
    ),
    ResourceRule(
        id="mysql-single-server-refused",
        title="MySQL Single Server is not used any more",
        family=LIFECYCLE,
        severity=Severity.HIGH,
        types=types("dbformysql:SingleServer"),
        why="It is switched off: it gets no security fixes and no new servers.",
        remedy="Use dbformysql:Server, which is the flexible server.",
        url=f"{LEARN}/mysql/migrate/whats-happening-to-mysql-single-server",
        references=("MCSB AM-2", "MCSB PV-6", "DORA 7"),
        check=lambda _: (Finding(message="use a flexible server (dbformysql:Server) instead"),),
    ),
    ResourceRule(
        id="frontdoor-classic-refused",
        title="Front Door (classic) is not used any more",
        family=LIFECYCLE,
        severity=Severity.HIGH,
        types=types("frontdoor:FrontDoor"),
        why="It retires on 2027-03-31.",
        remedy="Use Front Door Standard or Premium: cdn:Profile, AFDEndpoint, AFDOrigin and Route.",
        url=f"{LEARN}/frontdoor/classic-overview",
        references=("MCSB AM-2", "DORA 7"),
        check=lambda _: (Finding(message="use cdn:Profile with a Front Door SKU instead of frontdoor:FrontDoor"),),
    ),
)
