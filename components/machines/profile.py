"""The model of a machine, as ARM takes it: image, disk, identity of the host, network, and the agents of Azure."""

from __future__ import annotations

import base64

import pulumi
from pulumi_azure_native import compute

from components.machines.args import OdooVirtualMachinesArgs
from components.machines.model import HEALTH_PORT

ADMINISTRATOR = "odooadmin"
# Ubuntu 24.04 of Canonical, of the second generation, which Trusted Launch needs; `latest` is the newest at the time
# that a machine is made (documentation.ubuntu.com/azure/azure-how-to/instances/find-ubuntu-images).
IMAGE = {"publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"}
LONGEST_CUSTOM_DATA_BYTES = 65_535
"""Before base64 (learn.microsoft.com azure/virtual-machines/custom-data)."""
_STATE_PATH = "/state"
_PROBE_SECONDS = 5
_PROBES = 3
_TERMINATION_NOTICE = "PT15M"
"""Longest there is (azure/virtual-machine-scale-sets/virtual-machine-scale-sets-terminate-notification); meanwhile
connections drain. A machine that is done with it says so, and goes at once (components/machines/host/drain.py)."""


def vm_profile(
    args: OdooVirtualMachinesArgs, backend_pool_id: pulumi.Input[str] | None
) -> compute.VirtualMachineScaleSetVMProfileArgs:
    """The model that every machine of a set is made from.

    Args:
        args: arguments of the set.
        backend_pool_id: pool of the load balancer, if one stands in front.
    """
    return compute.VirtualMachineScaleSetVMProfileArgs(
        priority=compute.VirtualMachinePriorityTypes.REGULAR,
        security_profile=compute.SecurityProfileArgs(
            security_type=compute.SecurityTypes.TRUSTED_LAUNCH,
            encryption_at_host=True,
            uefi_settings=compute.UefiSettingsArgs(secure_boot_enabled=True, v_tpm_enabled=True),
        ),
        storage_profile=_storage(args),
        os_profile=_operating_system(args),
        network_profile=_network(args, backend_pool_id),
        extension_profile=compute.VirtualMachineScaleSetExtensionProfileArgs(
            extensions=[_health(args), _monitor_agent(args)]
        ),
        scheduled_events_profile=compute.ScheduledEventsProfileArgs(
            terminate_notification_profile=compute.TerminateNotificationProfileArgs(
                enable=True, not_before_timeout=_TERMINATION_NOTICE
            )
        ),
        # Without an account of one's own Azure keeps them in one that it manages.
        diagnostics_profile=compute.DiagnosticsProfileArgs(boot_diagnostics=compute.BootDiagnosticsArgs(enabled=True)),
    )


def _storage(args: OdooVirtualMachinesArgs) -> compute.VirtualMachineScaleSetStorageProfileArgs:
    # Not ephemeral: the key of such a disk cannot be rotated (learn.microsoft.com azure/virtual-machines/
    # ephemeral-os-disks#customer-managed-key).
    return compute.VirtualMachineScaleSetStorageProfileArgs(
        image_reference=compute.ImageReferenceArgs(**IMAGE),
        os_disk=compute.VirtualMachineScaleSetOSDiskArgs(
            create_option=compute.DiskCreateOptionTypes.FROM_IMAGE,
            delete_option=compute.DiskDeleteOptionTypes.DELETE,
            caching=compute.CachingTypes.READ_WRITE,
            disk_size_gb=args.machine.os_disk_gib,
            managed_disk=compute.VirtualMachineScaleSetManagedDiskParametersArgs(
                storage_account_type=compute.StorageAccountTypes.PREMIUM_LRS,
                disk_encryption_set=compute.DiskEncryptionSetParametersArgs(id=args.access.disk_encryption_set_id),
            ),
        ),
    )


def _operating_system(args: OdooVirtualMachinesArgs) -> compute.VirtualMachineScaleSetOSProfileArgs:
    return compute.VirtualMachineScaleSetOSProfileArgs(
        computer_name_prefix=args.machine.computer_name_prefix,
        admin_username=ADMINISTRATOR,
        custom_data=pulumi.Output.from_input(args.machine.custom_data).apply(_encoded),
        allow_extension_operations=True,
        linux_configuration=compute.LinuxConfigurationArgs(
            disable_password_authentication=True,
            provision_vm_agent=True,
            ssh=compute.SshConfigurationArgs(
                public_keys=[
                    compute.SshPublicKeyArgs(
                        key_data=args.access.ssh_public_key, path=f"/home/{ADMINISTRATOR}/.ssh/authorized_keys"
                    )
                ]
            ),
            patch_settings=_patches(),
        ),
    )


def _patches() -> compute.LinuxPatchSettingsArgs:
    """By a schedule of one's own only (learn.microsoft.com azure/update-manager/prerequsite-for-schedule-patching).

    A machine is never restarted, but replaced: a new one has the newest image, and so the newest kernel.
    """
    return compute.LinuxPatchSettingsArgs(
        patch_mode=compute.LinuxVMGuestPatchMode.AUTOMATIC_BY_PLATFORM,
        assessment_mode=compute.LinuxPatchAssessmentMode.AUTOMATIC_BY_PLATFORM,
        automatic_by_platform_settings=compute.LinuxVMGuestPatchAutomaticByPlatformSettingsArgs(
            reboot_setting=compute.LinuxVMGuestPatchAutomaticByPlatformRebootSetting.NEVER,
            bypass_platform_safety_checks_on_user_schedule=True,
        ),
    )


def _encoded(custom_data: str) -> str:
    data = custom_data.encode()
    if len(data) > LONGEST_CUSTOM_DATA_BYTES:
        raise ValueError(f"custom data of {len(data)} bytes: Azure takes {LONGEST_CUSTOM_DATA_BYTES}")
    return base64.b64encode(data).decode()


def _network(
    args: OdooVirtualMachinesArgs, backend_pool_id: pulumi.Input[str] | None
) -> compute.VirtualMachineScaleSetNetworkProfileArgs:
    pools = [compute.SubResourceArgs(id=backend_pool_id)] if backend_pool_id is not None else None
    address = compute.VirtualMachineScaleSetIPConfigurationArgs(
        name="machine",
        primary=True,
        private_ip_address_version=compute.IPVersion.I_PV4,
        subnet=compute.ApiEntityReferenceArgs(id=args.subnet_id),
        load_balancer_backend_address_pools=pools,
    )
    return compute.VirtualMachineScaleSetNetworkProfileArgs(
        # Flexible orchestration refuses a model without it (learn.microsoft.com azure/virtual-machine-scale-sets/
        # flexible-virtual-machine-scale-sets-rest-api).
        network_api_version=compute.NetworkApiVersion.NETWORK_API_VERSION_2020_11_01,
        network_interface_configurations=[
            compute.VirtualMachineScaleSetNetworkConfigurationArgs(
                name="machine",
                primary=True,
                delete_option=compute.DeleteOptions.DELETE,
                enable_accelerated_networking=True,
                enable_ip_forwarding=False,
                ip_configurations=[address],
            )
        ],
    )


def _health(args: OdooVirtualMachinesArgs) -> compute.VirtualMachineScaleSetExtensionArgs:
    # Rich states, so that a machine that still starts is not one that is ill (learn.microsoft.com azure/
    # virtual-machine-scale-sets/virtual-machine-scale-sets-health-extension).
    return compute.VirtualMachineScaleSetExtensionArgs(
        name="ApplicationHealth",
        publisher="Microsoft.ManagedServices",
        type="ApplicationHealthLinux",
        type_handler_version="2.0",
        auto_upgrade_minor_version=True,
        enable_automatic_upgrade=True,
        settings={
            "protocol": "http",
            "port": HEALTH_PORT,
            "requestPath": _STATE_PATH,
            "intervalInSeconds": _PROBE_SECONDS,
            "numberOfProbes": _PROBES,
            "gracePeriod": args.machine.start_minutes * 60,
        },
    )


def _monitor_agent(args: OdooVirtualMachinesArgs) -> compute.VirtualMachineScaleSetExtensionArgs:
    return compute.VirtualMachineScaleSetExtensionArgs(
        name="AzureMonitorAgent",
        publisher="Microsoft.Azure.Monitor",
        type="AzureMonitorLinuxAgent",
        # First with Ubuntu 24.04 (azure/azure-monitor/agents/azure-monitor-agent-extension-versions).
        type_handler_version="1.33",
        auto_upgrade_minor_version=True,
        enable_automatic_upgrade=True,
        # A machine with several identities must say which (azure/azure-monitor/agents/
        # azure-monitor-agent-requirements#permissions).
        settings={
            "authentication": {
                "managedIdentity": {
                    "identifier-name": "mi_res_id",
                    "identifier-value": args.access.agent_identity_id,
                }
            }
        },
    )
