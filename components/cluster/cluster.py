"""OdooCluster: an AKS cluster with a private API, hardened nodes, and upgrades that spare the close."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import pulumi
from pulumi_azure_native import authorization, containerservice, managedidentity, monitor

from components.access import Role, grant
from components.base import Component
from components.cluster import profiles
from components.cluster.args import OdooClusterArgs
from components.cluster.maintenance import MAINTENANCE_CONFIGURATIONS, maintenance_window
from components.cluster.pools import ClusterAddress, agent_pool, system_pool_profile

FREE_TIER = "Free"


class OdooCluster(Component):
    """An AKS cluster for Odoo.

    Makes the managed cluster with its system pool, the pools of workloads, maintenance windows, the nodes' identity,
    the associations that collect metrics and logs, and every role assignment that the cluster and its users need. The
    control plane runs as the identity of the secrets' key, and under that key alone it writes Kubernetes secrets.

    After the secrets' key was rotated, the next update moves the cluster to the new version; secrets written before
    stay under the old one until they are written again (learn.microsoft.com azure/aks/use-kms-etcd-encryption).

    Args:
        name: prefix of the Pulumi names.
        args: what it is made from.
        opts: options of the component.

    Attributes:
        cluster_id: ARM id of the cluster.
        cluster_name: its name, known only once its pools are ready.
        oidc_issuer_url: issuer of its service accounts' tokens, for federated credentials.
        kubelet_identity_client_id: client id of the nodes' identity, for the secrets-store driver.
        node_resource_group_name: resource group of its nodes.
        kubeconfig: how to reach its API as an Entra user or identity, by `kubelogin` (secret). Unknown in a preview
            until the cluster is there.

    Raises:
        KeyError: a pool names a subnet that the network does not have.
    """

    cluster_id: pulumi.Output[str]
    cluster_name: pulumi.Output[str]
    oidc_issuer_url: pulumi.Output[str]
    kubelet_identity_client_id: pulumi.Output[str]
    node_resource_group_name: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]

    def __init__(self, name: str, args: OdooClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        kubelet = managedidentity.UserAssignedIdentity(
            f"{name}-kubelet",
            resource_name_=f"id-{args.names.cluster}-kubelet",
            resource_group_name=args.placement.resource_group_name,
            location=args.placement.location,
            tags=args.placement.tags,
            opts=self.child(),
        )
        grants = self.__grant_control_plane(name, args, kubelet) + self.__grant_nodes(name, args, kubelet)
        cluster = self.__make_cluster(name, args, kubelet, grants)
        address = ClusterAddress(
            cluster_name=cluster.name,
            resource_group_name=args.placement.resource_group_name,
            kubernetes_version=args.upgrades.kubernetes_version,
        )
        pools = [
            agent_pool(self, f"{name}-pool-{each}", address, each, pool, args.network.subnet_ids[pool.subnet])
            for each, pool in args.pools.items()
        ]
        self.__schedule_maintenance(name, args, cluster)
        self.__collect(name, args, cluster)
        self.__grant_users(name, args, cluster)

        self.cluster_id = cluster.id
        self.cluster_name = pulumi.Output.all(cluster.name, *[pool.id for pool in pools]).apply(lambda ids: str(ids[0]))
        self.oidc_issuer_url = cluster.oidc_issuer_profile.apply(lambda issuer: issuer.issuer_url if issuer else "")
        self.kubelet_identity_client_id = kubelet.client_id
        self.node_resource_group_name = cluster.node_resource_group.apply(lambda group: group or "")
        self.kubeconfig = self.__read_kubeconfig(args, cluster, pools)
        self.finish({"cluster_id": self.cluster_id, "oidc_issuer_url": self.oidc_issuer_url})

    def __grant_control_plane(
        self, name: str, args: OdooClusterArgs, kubelet: managedidentity.UserAssignedIdentity
    ) -> list[authorization.RoleAssignment]:
        """What the control plane needs before the cluster can be made."""
        key, network = args.encryption.secrets_key, args.network
        needs: dict[str, tuple[Role, pulumi.Input[str], str]] = {
            "api-subnet": (Role.NETWORK_CONTRIBUTOR, network.api_server_subnet_id, "Puts the API server there"),
            "zone": (Role.PRIVATE_DNS_ZONE_CONTRIBUTOR, network.private_dns_zone_id, "Writes the API server's name"),
            # AKS links the zone to the network itself, for which it needs virtualNetworks/join/action. On a network
            # this role allows that and reading, and nothing else; Network Contributor could rewrite the network.
            "network": (
                Role.PRIVATE_DNS_ZONE_CONTRIBUTOR,
                network.virtual_network_id,
                "Links the API server's zone to the network",
            ),
            "kubelet": (Role.MANAGED_IDENTITY_OPERATOR, kubelet.id, "Gives the nodes their identity"),
            "key": (
                Role.KEY_VAULT_CRYPTO_USER,
                pulumi.Output.concat(key.vault_id, "/keys/", key.key_name),
                "Encrypts and decrypts Kubernetes secrets in etcd",
            ),
            # learn.microsoft.com azure/aks/use-kms-etcd-encryption: AKS makes itself an endpoint to a private vault.
            "vault": (Role.KEY_VAULT_CONTRIBUTOR, key.vault_id, "Approves the API server's own endpoint to the vault"),
        }
        for subnet_name, subnet_id in network.subnet_ids.items():
            needs[f"subnet-{subnet_name}"] = (
                Role.NETWORK_CONTRIBUTOR,
                subnet_id,
                "Puts nodes and internal load balancers into their subnet",
            )
        if args.encryption.disk_encryption_set_id is not None:
            needs["disks"] = (Role.READER, args.encryption.disk_encryption_set_id, "Encrypts disks with their key")
        return [
            grant(self, f"{name}-{what}", role, scope=scope, principal_id=key.identity_principal_id, purpose=purpose)
            for what, (role, scope, purpose) in needs.items()
        ]

    def __grant_nodes(
        self, name: str, args: OdooClusterArgs, kubelet: managedidentity.UserAssignedIdentity
    ) -> list[authorization.RoleAssignment]:
        return [
            grant(
                self,
                f"{name}-pull",
                Role.ACR_PULL,
                scope=args.access.registry_id,
                principal_id=kubelet.principal_id,
                purpose="Nodes pull images",
            )
        ]

    def __make_cluster(
        self,
        name: str,
        args: OdooClusterArgs,
        kubelet: managedidentity.UserAssignedIdentity,
        grants: Sequence[pulumi.Resource],
    ) -> containerservice.ManagedCluster:
        placement, key = args.placement, args.encryption.secrets_key
        return containerservice.ManagedCluster(
            f"{name}-cluster",
            resource_name_=args.names.cluster,
            resource_group_name=placement.resource_group_name,
            location=placement.location,
            tags=placement.tags,
            sku=containerservice.ManagedClusterSKUArgs(
                name=containerservice.ManagedClusterSKUName.BASE, tier=args.sku_tier
            ),
            support_plan=containerservice.KubernetesSupportPlan.KUBERNETES_OFFICIAL,
            kubernetes_version=args.upgrades.kubernetes_version,
            dns_prefix=args.names.cluster,
            node_resource_group=args.names.node_resource_group,
            node_resource_group_profile=containerservice.ManagedClusterNodeResourceGroupProfileArgs(
                restriction_level=containerservice.RestrictionLevel.READ_ONLY
            ),
            identity=containerservice.ManagedClusterIdentityArgs(
                type=containerservice.ResourceIdentityType.USER_ASSIGNED, user_assigned_identities=[key.identity_id]
            ),
            identity_profile={
                "kubeletidentity": containerservice.UserAssignedIdentityArgs(
                    resource_id=kubelet.id, client_id=kubelet.client_id, object_id=kubelet.principal_id
                )
            },
            enable_rbac=True,
            disable_local_accounts=True,
            aad_profile=containerservice.ManagedClusterAADProfileArgs(managed=True, enable_azure_rbac=True),
            oidc_issuer_profile=containerservice.ManagedClusterOIDCIssuerProfileArgs(enabled=True),
            public_network_access=containerservice.PublicNetworkAccess.DISABLED,
            api_server_access_profile=profiles.api_server_access(args.network),
            network_profile=profiles.networking(args.network),
            agent_pool_profiles=[
                system_pool_profile(
                    args.system_pool, args.network, args.upgrades.kubernetes_version, dict(placement.tags)
                )
            ],
            auto_scaler_profile=profiles.autoscaler(),
            # Patches of the minor version by themselves; the next minor version is a decision of people.
            auto_upgrade_profile=containerservice.ManagedClusterAutoUpgradeProfileArgs(
                upgrade_channel=containerservice.UpgradeChannel.PATCH,
                node_os_upgrade_channel=containerservice.NodeOSUpgradeChannel.NODE_IMAGE,
            ),
            security_profile=profiles.security(key, args.monitoring.workspace_id),
            disk_encryption_set_id=args.encryption.disk_encryption_set_id,
            addon_profiles=profiles.addons(args.monitoring.workspace_id),
            azure_monitor_profile=containerservice.ManagedClusterAzureMonitorProfileArgs(
                metrics=containerservice.ManagedClusterAzureMonitorProfileMetricsArgs(enabled=True)
            ),
            metrics_profile=containerservice.ManagedClusterMetricsProfileArgs(
                # Part of the paid tiers only.
                cost_analysis=containerservice.ManagedClusterCostAnalysisArgs(enabled=args.sku_tier != FREE_TIER)
            ),
            workload_auto_scaler_profile=containerservice.ManagedClusterWorkloadAutoScalerProfileArgs(
                keda=containerservice.ManagedClusterWorkloadAutoScalerProfileKedaArgs(enabled=True)
            ),
            storage_profile=profiles.storage(),
            opts=self.child(depends_on=grants),
        )

    def __schedule_maintenance(
        self, name: str, args: OdooClusterArgs, cluster: containerservice.ManagedCluster
    ) -> None:
        for what, config_name in MAINTENANCE_CONFIGURATIONS.items():
            containerservice.MaintenanceConfiguration(
                f"{name}-maintenance-{what}",
                config_name=config_name,
                resource_group_name=args.placement.resource_group_name,
                resource_name_=cluster.name,
                maintenance_window=maintenance_window(args.upgrades),
                opts=self.child(),
            )

    def __collect(self, name: str, args: OdooClusterArgs, cluster: containerservice.ManagedCluster) -> None:
        """Ties the cluster to the rules. The names are those that AKS and the portal look for."""
        rules = {
            "metrics": ("ContainerInsightsMetricsExtension", args.monitoring.metrics_rule_id),
            "logs": ("ContainerInsightsExtension", args.monitoring.logs_rule_id),
        }
        for what, (association_name, rule_id) in rules.items():
            monitor.DataCollectionRuleAssociation(
                f"{name}-{what}",
                association_name=association_name,
                resource_uri=cluster.id,
                data_collection_rule_id=rule_id,
                opts=self.child(),
            )
        # Agents fetch their configuration through the private link only from an endpoint tied under this name.
        monitor.DataCollectionRuleAssociation(
            f"{name}-endpoint",
            association_name="configurationAccessEndpoint",
            resource_uri=cluster.id,
            data_collection_endpoint_id=args.monitoring.endpoint_id,
            opts=self.child(),
        )

    def __grant_users(self, name: str, args: OdooClusterArgs, cluster: containerservice.ManagedCluster) -> None:
        groups = {
            (Role.AKS_RBAC_CLUSTER_ADMIN, "admin", "Administers everything in the cluster"): args.access.administrators,
            (Role.AKS_RBAC_READER, "read", "Sees everything in the cluster but secrets"): args.access.readers,
            (Role.AKS_CLUSTER_USER, "user", "Gets the address of the API server"): tuple(
                dict.fromkeys(args.access.administrators + args.access.readers)
            ),
        }
        for (role, what, purpose), group_ids in groups.items():
            for group_id in group_ids:
                grant(
                    self,
                    f"{name}-{what}-{group_id}",
                    role,
                    scope=cluster.id,
                    principal_id=group_id,
                    principal_type=authorization.PrincipalType.GROUP,
                    purpose=purpose,
                )

    def __read_kubeconfig(
        self,
        args: OdooClusterArgs,
        cluster: containerservice.ManagedCluster,
        pools: Sequence[pulumi.Resource],
    ) -> pulumi.Output[str]:
        """Asks ARM, once the pools are there: whoever uses the API wants nodes too."""
        credentials = containerservice.list_managed_cluster_user_credentials_output(
            resource_group_name=args.placement.resource_group_name,
            resource_name=cluster.name,
            format="exec",
            opts=pulumi.InvokeOutputOptions(parent=self, depends_on=[cluster, *pools]),
        )
        # While its arguments are not known, the SDK drops what an invoke depends on (pulumi/runtime/invoke.py): a plan
        # made of the first preview would then not fit its own deployment.
        needed = [args.placement.resource_group_name, *(resource.urn for resource in (cluster, *pools))]
        return pulumi.Output.secret(
            pulumi.Output.all(credentials, *needed).apply(
                lambda found: base64.b64decode(found[0].kubeconfigs[0].value).decode()
            )
        )
