"""Who reaches whom by the NetworkPolicies of declared objects, as np-guard's netpol-analyzer judges them.

It knows pods by their labels, and everything outside the cluster by its address; an address range matches no pod, as in
Cilium (learn.microsoft.com azure/aks/azure-cni-powered-by-cilium).
"""

from __future__ import annotations

import ipaddress
import json
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from sandbox.toolchain import go_tool

Object = Mapping[str, Any]
Matrix = Mapping[tuple[str, str], str]

_OF_WORKLOADS = ("Deployment", "Job")


def matrix(objects: Sequence[Object], hosts: Mapping[str, str], folder: Path) -> Matrix:
    """Protocols and ports by source and target; pairs that do not reach each other are not in it.

    Args:
        objects: Namespaces, NetworkPolicies, Deployments, Jobs and Pods; others are passed over.
        hosts: addresses outside the cluster, by a name for each.
        folder: an empty folder to work in.

    Returns:
        Pods go by `<namespace>/<workload>`, and all jobs of a namespace by `<namespace>/jobs`.

    Raises:
        AssertionError: pods of one name differ in what they reach, or the analyzer could not read an object.
    """
    names = dict(_pods(objects))
    manifests = [*_judged(objects), *(pod for pod, _ in names.values())]
    (folder / "objects.yaml").write_text(yaml.safe_dump_all(manifests))
    command = [str(go_tool("netpolicy", print)), "list", "--quiet", "--dirpath", str(folder), "-o", "json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    # What it cannot read it passes over, and says so.
    assert not ran.stderr, ran.stderr
    found: dict[tuple[str, str], str] = {(each["src"], each["dst"]): each["conn"] for each in json.loads(ran.stdout)}
    return _by_name(found, {pod: name for pod, (_, name) in names.items()}, hosts)


def _pods(objects: Sequence[Object]) -> Iterator[tuple[str, tuple[Object, str]]]:
    """Two pods of each workload, as the analyzer calls them, with the name that they go by."""
    for each in objects:
        if each["kind"] not in (*_OF_WORKLOADS, "Pod"):
            continue
        namespace, workload = each["metadata"]["namespace"], each["metadata"]["name"]
        template = each if each["kind"] == "Pod" else each["spec"]["template"]
        name = f"{namespace}/jobs" if each["kind"] == "Job" else f"{namespace}/{workload}"
        for replica in ("a", "b"):
            yield (
                f"{namespace}/{workload}-{replica}[Pod]",
                (_pod(namespace, f"{workload}-{replica}", template), name),
            )


def _pod(namespace: str, name: str, template: Object) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": dict(template["metadata"].get("labels", {}))},
        "spec": template.get("spec", {}),
        # The analyzer passes over pods that run nowhere; it never asks for their addresses.
        "status": {"hostIP": "192.0.2.1", "podIPs": [{"ip": "192.0.2.2"}]},
    }


def _judged(objects: Sequence[Object]) -> Iterator[Object]:
    for each in objects:
        if each["kind"] == "Namespace":
            metadata = each["metadata"]
            # As the API server labels each.
            labels = {**metadata.get("labels", {}), "kubernetes.io/metadata.name": metadata["name"]}
            yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": metadata["name"], "labels": labels}}
        elif each["kind"] == "NetworkPolicy":
            metadata = {key: each["metadata"][key] for key in ("name", "namespace")}
            yield {"apiVersion": each["apiVersion"], "kind": each["kind"], "metadata": metadata, "spec": each["spec"]}


def _by_name(found: Matrix, pods: Mapping[str, str], hosts: Mapping[str, str]) -> Matrix:
    """The analyzer's answer for each pair of names; all pods of one name must have the same."""
    ends = {**pods, **{address: name for name, address in hosts.items()}}
    blocks = {end for pair in found for end in pair if end not in pods}
    where = {end: end if end in pods else _block(end, blocks) for end in ends}
    answers: dict[tuple[str, str], set[str]] = defaultdict(set)
    for source, source_name in ends.items():
        for target, target_name in ends.items():
            if source != target and {source, target} & set(pods):
                answers[source_name, target_name].add(found.get((where[source], where[target]), ""))
    assert all(len(each) == 1 for each in answers.values()), {k: v for k, v in answers.items() if len(v) > 1}
    return {pair: conn for pair, [conn] in answers.items() if conn}


def _block(address: str, blocks: set[str]) -> str:
    """The block of addresses, `<first>-<last>`, that the address is in; the address itself when none is named."""
    wanted = ipaddress.IPv4Address(address)
    for block in blocks:
        first, last = (ipaddress.IPv4Address(end) for end in block.split("-"))
        if first <= wanted <= last:
            return block
    return address
