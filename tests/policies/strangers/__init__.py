"""Programs as others write them: what Pulumi's public examples for azure-native make, in words of our own.

Each function declares one program, wired as its example is: names that Azure makes up, ids that nobody knows before the
deployment, passwords from the configuration. Names of resources begin with the program's own. The facts are those of
github.com/pulumi/examples, folders azure-*, of which each docstring names its one.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.policies.strangers import containers, data, machines, messages, networks, oddities, web

PROGRAMS: tuple[Callable[[], None], ...] = (
    web.app_service,
    web.images,
    web.functions,
    web.static_site,
    machines.web_server,
    machines.scale_set,
    machines.spark,
    containers.cluster,
    containers.container_app,
    containers.container_group,
    data.cosmos,
    data.synapse_workspace,
    messages.streams,
    data.vault_access,
    data.shortener,
    networks.data_center,
    oddities.odd,
)


def declare() -> None:
    """All programs, in one stack."""
    for program in PROGRAMS:
        program()
