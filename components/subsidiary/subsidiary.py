"""Subsidiary: one tenant of a platform, whole."""

from __future__ import annotations

from dataclasses import replace

import pulumi

from components.base import Component, Placement
from components.certificate_vault import grant_certificate
from components.cluster.pools import ClusterAddress, agent_pool
from components.ingress.traefik import TraefikIngress
from components.network.private_dns import host_record
from components.resource_groups import ResourceGroupPlace, ResourceGroups, ResourceGroupsArgs
from components.subsidiary.alerts import declare_alerts
from components.subsidiary.application import ingress_args, odoo_args
from components.subsidiary.args import SubsidiaryArgs
from components.subsidiary.database import declare_database
from components.subsidiary.people import People, declare_people
from components.subsidiary.secrets import declare_secrets
from components.subsidiary.stores import declare_stores
from components.tenant.tenant import OdooTenant


class Subsidiary(Component):
    """One tenant of a platform: all that is its own, in Azure and on the cluster, below one component.

    Nothing shared knows of it, and nothing of it knows of another tenant: it is added, moved to a stack of its own
    (`pulumi state move` of its URN) and removed without a change elsewhere. What it finds on the platform it is given
    as names and ids.

    A suspended tenant keeps all its data, its identities and its names; Odoo does not run, there is no way in, and its
    own nodes are gone.

    Args:
        name: prefix of the Pulumi names.
        args: what it is made from.
        opts: options of the component.

    Attributes:
        url: address that users type.
        namespace_name: name of its namespace.
        ingress_address: address of its load balancer; where it is suspended, the one that is kept for it.

    Raises:
        ValueError: it has neither a database on a shared server nor a server of its own.
    """

    url: pulumi.Output[str]
    namespace_name: pulumi.Output[str]
    ingress_address: pulumi.Output[str]

    def __init__(self, name: str, args: SubsidiaryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        # From here on what is made goes to its own resource group.
        self.placement = self.__own_group(name, args)
        people = declare_people(self, name, args)
        secrets = declare_secrets(self, name, args, people)
        database = declare_database(self, name, args, secrets)
        stores = declare_stores(self, name, args, people)
        tenant = OdooTenant(
            f"{name}-tenant",
            odoo_args(self.placement, args, people, secrets, database, stores),
            pulumi.ResourceOptions(
                parent=self,
                depends_on=[
                    *people.trusts,
                    *secrets.resources,
                    *database.resources,
                    *stores.resources,
                    *self.__nodes(name, args),
                ],
            ),
        )
        self.url = tenant.url
        self.namespace_name = tenant.namespace_name
        self.ingress_address = self.__way_in(name, args, people, tenant)
        declare_alerts(self, name, args)
        self.finish({"url": self.url, "namespace_name": self.namespace_name, "ingress_address": self.ingress_address})

    def __own_group(self, name: str, args: SubsidiaryArgs) -> Placement:
        groups = ResourceGroups(
            f"{name}-groups",
            ResourceGroupsArgs(
                subscription_id=args.placement.subscription_id,
                groups={
                    "tenant": ResourceGroupPlace(group_name=args.names.resource_group, location=args.placement.location)
                },
                tags=args.placement.tags,
                data_protected=args.placement.data_protected,
            ),
            pulumi.ResourceOptions(parent=self),
        )
        return replace(args.placement, resource_group_name=groups.placements["tenant"].resource_group_name)

    def __nodes(self, name: str, args: SubsidiaryArgs) -> list[pulumi.Resource]:
        if args.running.suspended:
            # They hold no data, and cost most. The engine deletes them last, after the last backup.
            return []
        cluster = args.platform.cluster
        address = ClusterAddress(
            cluster_name=cluster.cluster_name,
            resource_group_name=cluster.resource_group_name,
            kubernetes_version=cluster.kubernetes_version,
        )
        return [
            agent_pool(self, f"{name}-pool-{each}", address, each, pool, cluster.nodes_subnet_id)
            for each, pool in args.running.nodes.items()
        ]

    def __way_in(self, name: str, args: SubsidiaryArgs, people: People, tenant: OdooTenant) -> pulumi.Output[str]:
        network = args.platform.network
        certificate = grant_certificate(
            self,
            f"{name}-certificate",
            args.platform.vaults.certificates_id,
            args.ingress.certificate,
            people.ingress.principal_id,
        )
        host_record(
            self,
            f"{name}-record",
            zone_name=network.domain_zone_name,
            resource_group_name=network.resource_group_name,
            hostname=args.application.hostname,
            address=args.ingress.address,
        )
        if args.running.suspended:
            return pulumi.Output.from_input(args.ingress.address)
        return TraefikIngress(
            f"{name}-ingress",
            ingress_args(self.placement, args, people, tenant),
            pulumi.ResourceOptions(parent=self, depends_on=[*people.trusts, certificate]),
        ).address
