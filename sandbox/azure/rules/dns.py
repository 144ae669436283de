"""Records of private DNS zones. learn.microsoft.com azure/dns/private-dns-privatednszone, dns-zones-records"""

from typing import Final

from sandbox.azure import paths
from sandbox.azure.rulebook import Change, stateful
from sandbox.provider.errors import ProviderError
from sandbox.provider.values import known_items

ALIAS: Final = "CNAME"
MOST_RECORDS: Final = 20
KINDS: Final = ("A", "AAAA", "CNAME", "MX", "PTR", "SRV", "TXT")


@stateful("privatedns:PrivateRecordSet")
def record_set(change: Change) -> None:
    """An alias is the only record of its name; a set has room for so many."""
    zone, kind, name = change.id.rsplit("/", 2)
    rivals = [other for other in KINDS if (other == ALIAS) != (kind.upper() == ALIAS)]
    for other in rivals:
        if change.world.store.exists(f"{zone}/{other}/{name}"):
            raise ProviderError("Conflict", f"'{name}' has a record of type {other}: CNAME is the only one of its name")
    records = known_items(change.new.get(f"{kind.lower()}Records"))
    if len(records) > MOST_RECORDS:
        raise ProviderError("BadRequest", f"{paths.name_of(change.id)}: a set has {MOST_RECORDS} records at most")
