"""What the pack may put right by itself: all of it, in one place.

A fix is made only where an environment's file gives its rule the level `remediate`. It changes what the program says,
so each is one that no user of the resource can be surprised by: a tag, or an old protocol refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from policies.kit.remedy import both, raised, switched_on
from policies.kit.rule import Change, Fix, Resource, ResourceRule, Rule
from policies.rules.tagging import has_known_tags, is_taggable


def _missing_tags(resource: Resource) -> Iterator[Change]:
    if not is_taggable(resource) or not has_known_tags(resource):
        return
    values = resource.config["values"]
    for name in resource.config["keys"]:
        given = resource.at("tags").key(name)
        if name in values and given.known() and not given.is_set():
            yield Change(("tags", name), values[name])


FIXES: Mapping[str, Fix] = {
    "app-https-only": both(switched_on("httpsOnly"), raised("siteConfig.minTlsVersion", "1.2", "1.3")),
    "cosmos-min-tls": raised("minimalTlsVersion", "Tls12"),
    "messaging-min-tls": raised("minimumTlsVersion", "1.2"),
    "redis-min-tls": raised("minimumTlsVersion", "1.2", "1.3"),
    "sql-instance-min-tls": raised("minimalTlsVersion", "1.2", "1.3"),
    "sql-min-tls": raised("minimalTlsVersion", "1.2", "1.3"),
    "storage-min-tls": raised("minimumTlsVersion", "TLS1_2", "TLS1_3"),
    "tags-required": _missing_tags,
}


def with_fixes(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules, with the fixes that there are."""
    return tuple(
        replace(rule, fix=FIXES[rule.id]) if isinstance(rule, ResourceRule) and rule.id in FIXES else rule
        for rule in rules
    )
