"""A tenant's share of the file store, as a volume that all its pods mount."""

from __future__ import annotations

import pulumi
from pulumi_kubernetes import core

from components.base import Component
from components.tenant.args import OdooTenantArgs
from components.tenant.objects import metadata
from components.tenant.services import TenantFiles

CLAIM = "files"
"""Name of the claim."""
CLAIMED = "1Gi"
"""The claim is to the whole share whatever it asks for, and cannot ask for more later: then only its volume grows
(kubernetes.io/docs/concepts/storage/persistent-volumes, expanding persistent volume claims)."""
DRIVER = "file.csi.azure.com"


def declare_files(
    component: Component, name: str, args: OdooTenantArgs, namespace: core.v1.Namespace, files: TenantFiles
) -> list[pulumi.Resource]:
    """Declares the volume of an NFS share, and the claim to it.

    Args:
        component: the component that owns them.
        name: prefix of the Pulumi names.
        args: the tenant.
        namespace: its namespace.
        files: the share.
    """
    volume_name = f"{args.tenant}-{CLAIM}"
    volume = core.v1.PersistentVolume(
        f"{name}-volume",
        metadata=metadata(args, volume_name),
        spec=core.v1.PersistentVolumeSpecArgs(
            access_modes=["ReadWriteMany"],
            capacity={"storage": f"{files.capacity_gib}Gi"},
            # No class: a claim of another namespace must not find it.
            storage_class_name="",
            claim_ref=core.v1.ObjectReferenceArgs(namespace=namespace.metadata.name.apply(str), name=CLAIM),
            persistent_volume_reclaim_policy="Retain",
            csi=_share(files),
            # `noresvport` lets a broken connection come back on another port (learn.microsoft.com
            # troubleshoot/azure/azure-kubernetes/storage/mountoptions-settings-azure-files). `lookupcache=positive`
            # shows a session or an attachment to all pods as soon as one has written it (nfs(5)). The driver adds the
            # options of NFS 4.1 itself.
            mount_options=["noresvport", "lookupcache=positive"],
        ),
        opts=component.child(provider=args.provider),
    )
    claim = core.v1.PersistentVolumeClaim(
        f"{name}-claim",
        metadata=metadata(args, CLAIM, namespace),
        spec=core.v1.PersistentVolumeClaimSpecArgs(
            access_modes=["ReadWriteMany"],
            storage_class_name="",
            volume_name=volume_name,
            resources=core.v1.VolumeResourceRequirementsArgs(requests={"storage": CLAIMED}),
        ),
        opts=component.child(provider=args.provider, depends_on=[volume]),
    )
    return [volume, claim]


def _share(files: TenantFiles) -> core.v1.CSIPersistentVolumeSourceArgs:
    """github.com/kubernetes-sigs/azurefile-csi-driver docs/driver-parameters.md."""
    return core.v1.CSIPersistentVolumeSourceArgs(
        driver=DRIVER,
        volume_handle=pulumi.Output.concat(files.account_name, "_", files.share_name),
        volume_attributes={
            "resourceGroup": files.resource_group_name,
            "storageAccount": files.account_name,
            "shareName": files.share_name,
            # The name resolves to the private endpoint.
            "server": pulumi.Output.concat(files.account_name, ".file.core.windows.net"),
            "protocol": "nfs",
            # The account refuses a mount without TLS. Ubuntu nodes carry the mount helper that it takes.
            "encryptInTransit": "true",
            # Odoo's group, which the driver gives the share to, and nobody else; the default is 0777.
            "mountPermissions": "0770",
        },
    )
