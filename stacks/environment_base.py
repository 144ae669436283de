"""What an environment of its own has, whatever Odoo runs on: all that outlives a change of its topology."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pulumi
from pulumi_azure_native import authorization

from components.base import Placement
from components.image_pull import ImagePull, ImagePullArgs
from components.monitoring import MonitoringBase
from components.network.flows import Runtime
from components.workload_identity import WorkloadIdentity
from stacks.data_services import DataServices, data_services
from stacks.exports import EnvironmentExports, exported_plan
from stacks.foundation import flow_logs, monitoring_base, resource_groups
from stacks.identities import Identities, identities
from stacks.network import PrivateNetwork, private_network
from stacks.planning.plan import EnvironmentPlan
from stacks.settings import Settings
from stacks.stack_config import Secrets
from stacks.vaults import ODOO, OPERATIONS, SCALER, PasswordReaders, Vaults, vaults


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Where everything goes.

    Args:
        placements: placement by purpose, before there is a place for logs.
        azure_tenant_id: Entra tenant.
    """

    placements: Mapping[str, Placement]
    azure_tenant_id: pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class EnvironmentBase:
    """What Odoo stands on.

    Args:
        placements: placement by purpose.
        azure_tenant_id: Entra tenant.
        identities: who acts in Azure.
        monitoring: where logs and metrics go.
        network: the network.
        vaults: keys, secrets and certificates.
        services: what holds data.
        image_pull: the right to pull images, of the identities that run Odoo and its operations.
    """

    placements: Mapping[str, Placement]
    azure_tenant_id: pulumi.Output[str]
    identities: Identities
    monitoring: MonitoringBase
    network: PrivateNetwork
    vaults: Vaults
    services: DataServices
    image_pull: ImagePull


def ground(name: str, settings: Settings, plan: EnvironmentPlan) -> Ground:
    """Makes the resource groups.

    Args:
        name: prefix of the Pulumi names.
        settings: the settings.
        plan: the plan.
    """
    client = authorization.get_client_config_output()
    return Ground(
        placements=resource_groups(name, settings, plan, client.subscription_id), azure_tenant_id=client.tenant_id
    )


def environment_base(
    name: str,
    settings: Settings,
    plan: EnvironmentPlan,
    secrets: Secrets,
    place: Ground,
    *,
    runtime: Runtime,
    scaler: WorkloadIdentity | None = None,
) -> EnvironmentBase:
    """Makes it.

    Args:
        name: prefix of the Pulumi names.
        settings: the settings.
        plan: the plan.
        secrets: what is secret in the settings.
        place: where it goes.
        runtime: what Odoo runs on: the network lets through what that needs.
        scaler: identity of KEDA; None without a cluster.
    """
    people = identities(name, plan, place.placements["runtime"])
    monitoring = monitoring_base(name, settings, plan, secrets, place.placements["monitoring"], scaler)
    placements = {
        purpose: replace(placement, log_workspace_id=monitoring.log_workspace_id)
        for purpose, placement in place.placements.items()
    }
    network = private_network(name, settings.network, plan, placements["network"], monitoring, runtime=runtime)
    generation, tenant_id = settings.odoo.password_generation, place.azure_tenant_id
    readers = PasswordReaders(
        monitor={SCALER: scaler.principal_id} if scaler else {},
        login=_actors(people),
    )
    opened = vaults(name, plan, placements, network, tenant_id, people, generation, readers)
    flow_logs(name, plan, placements["network"], network, opened.keys["flow-logs"], monitoring)
    services = data_services(name, settings, plan, placements, network, opened, tenant_id, people)
    pull = ImagePull(
        f"{name}-image-pull",
        ImagePullArgs(placement=placements["data"], registry_id=services.registry.registry_id, pullers=_actors(people)),
    )
    return EnvironmentBase(
        placements=placements,
        azure_tenant_id=tenant_id,
        identities=people,
        monitoring=monitoring,
        network=network,
        vaults=opened,
        services=services,
        image_pull=pull,
    )


def _actors(people: Identities) -> Mapping[str, pulumi.Input[str]]:
    """Who logs in to the database as Odoo does, and pulls images: machines do it under these identities themselves.

    In a cluster they may too, although its nodes and a secret of the tenant do it for them: what was granted on a vault
    or a registry cannot be taken away below their locks (learn.microsoft.com azure/azure-resource-manager/management/
    lock-resources), and a change of the topology must not need them off.
    """
    return {ODOO: people.odoo.principal_id, OPERATIONS: people.operations.principal_id}


def environment_exports(
    base: EnvironmentBase, plan: EnvironmentPlan, *, url: pulumi.Output[str], ingress_address: pulumi.Output[str]
) -> EnvironmentExports:
    """What the environment shows, whatever Odoo runs on.

    Args:
        base: what Odoo stands on.
        plan: the plan.
        url: address that users type.
        ingress_address: address that its name must resolve to.
    """
    services, network = base.services, base.network
    return EnvironmentExports(
        topology=plan.topology,
        url=url,
        ingress_address=ingress_address,
        registry_login_server=services.registry.login_server,
        database_host=services.database.writer_host,
        database_reader_host=services.database.reader_host,
        cache_host=services.cache.host_name,
        secret_vault_uri=base.vaults.secrets.vault_uri,
        certificate_vault_name=base.vaults.certificates.vault_name,
        network_id=network.spoke.network_id,
        egress_addresses=network.spoke.egress_addresses,
        log_workspace_id=base.monitoring.log_workspace_id,
        plan=exported_plan(plan),
        reasons={reason.subject: f"{reason.value}: {reason.because}" for reason in plan.reasons},
        warnings=plan.warnings,
    )
