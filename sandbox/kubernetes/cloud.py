"""What Azure's controllers would do in the cluster: give a Service of type LoadBalancer its address."""

import hashlib
from typing import Final

from sandbox.kubernetes.client import Client, Kind
from sandbox.provider.values import Object, dig

# learn.microsoft.com azure/aks/internal-lb: the address that the user chose.
ADDRESS_ANNOTATION: Final = "service.beta.kubernetes.io/azure-load-balancer-ipv4"


def give_address(client: Client, kind: Kind, live: Object) -> None:
    """Writes the address into the status of a Service that waits for one."""
    if kind.name != "Service" or dig(live, "spec", "type") != "LoadBalancer":
        return
    metadata = live["metadata"]
    chosen = (metadata.get("annotations") or {}).get(ADDRESS_ANNOTATION)
    wanted = [{"ip": chosen or _made_up(f"{metadata['namespace']}/{metadata['name']}")}]
    if [{"ip": given["ip"]} for given in dig(live, "status", "loadBalancer", "ingress") or []] != wanted:
        client.set_status(kind, live, {"loadBalancer": {"ingress": wanted}})


def _made_up(name: str) -> str:
    digest = hashlib.sha256(name.encode()).digest()
    return f"10.{digest[0]}.{digest[1]}.{digest[2] % 254 + 1}"
