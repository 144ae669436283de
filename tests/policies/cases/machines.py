import base64
import bz2
import gzip

from tests.policies.cases import Case, StackCase, of
from tests.policies.harness import Declared

VM, SET, LB = "compute:VirtualMachine", "compute:VirtualMachineScaleSet", "network:LoadBalancer"
AUTOSCALE, NIC, EXTENSION = "monitor:AutoscaleSetting", "network:NetworkInterface", "compute:VirtualMachineExtension"
TRUSTED = {"securityType": "TrustedLaunch", "uefiSettings": {"secureBootEnabled": True, "vTpmEnabled": True}}
OPEN_BOOT = {"securityType": "TrustedLaunch", "uefiSettings": {"secureBootEnabled": False, "vTpmEnabled": True}}
OUR_KEY = {"createOption": "FromImage", "managedDisk": {"diskEncryptionSet": {"id": "/subscriptions/s/des"}}}
THEIR_KEY = {"createOption": "FromImage", "managedDisk": {"storageAccountType": "Premium_LRS"}}
UBUNTU = {"imageReference": {"publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server"}}
GALLERY = {"imageReference": {"id": "/subscriptions/s/providers/Microsoft.Compute/galleries/g/images/erp/versions/1"}}
HEALTH = {"name": "health", "publisher": "Microsoft.ManagedServices", "type": "ApplicationHealthLinux"}
AGENT = {"name": "agent", "publisher": "Microsoft.Azure.Monitor", "type": "AzureMonitorLinuxAgent"}
SCRIPT = {"name": "setup", "publisher": "Microsoft.Azure.Extensions", "type": "CustomScript"}
PLATFORM = {"patchSettings": {"patchMode": "AutomaticByPlatform"}}
AUTOMATIC = {"upgradePolicy": {"automaticOSUpgradePolicy": {"enableAutomaticOSUpgrade": True}}}
REPLACED = {"upgradePolicy": {"mode": "Rolling", "rollingUpgradePolicy": {"maxSurge": True}}}
NOTICE = {"scheduledEventsProfile": {"terminateNotificationProfile": {"enable": True}}}
SCALE_OUT, SCALE_IN = ({"scaleAction": {"direction": direction}} for direction in ("Increase", "Decrease"))


def _profile(**profile: object) -> dict[str, object]:
    return {"virtualMachineProfile": profile}


def _extensions(*extensions: object) -> dict[str, object]:
    return _profile(extensionProfile={"extensions": list(extensions)})


def _data(text: str, compressed: bool = False) -> dict[str, object]:
    data = gzip.compress(text.encode(), mtime=0) if compressed else text.encode()
    return {"osProfile": {"customData": base64.b64encode(data).decode()}}


def _packed(text: str) -> str:
    """A packed file in cloud-init's data."""
    return f"write_files:\n- content: {base64.b64encode(bz2.compress(text.encode())).decode()}\n"


def _autoscale(minimum: str = "2", maximum: str = "6", rules: object = (), enabled: object = True) -> dict[str, object]:
    profile = {"name": "always", "capacity": {"minimum": minimum, "maximum": maximum}, "rules": list(rules)}  # type: ignore[call-overload]
    return {"enabled": enabled, "profiles": [profile]}


IN_A_CLOSE = {
    "enabled": True,
    "profiles": [
        {
            "capacity": {"minimum": "4", "maximum": "6"},
            "rules": [SCALE_OUT],
            "fixedDate": {"start": "2026-12-28T00:00:00", "end": "2027-01-08T00:00:00"},
        }
    ],
}


def _rolling(mode: str = "Rolling", percent: int = 50, capacity: int = 4) -> dict[str, object]:
    policy = {"mode": mode, "rollingUpgradePolicy": {"maxBatchInstancePercent": percent}}
    return {"upgradePolicy": policy, "sku": {"name": "Standard_D4ads_v5", "capacity": capacity}}


PROGRAM = """
def connect(password: str, *, sslmode: str = "require") -> None:
    password = read(PASSWORD_FILE)
    settings = {"password": password, "private_key": key, "user": "odoo"}
    password=settings["password"]
"""
HARMLESS = f"""#cloud-config
write_files:
- path: /etc/odoo/odoo.conf
  content: |
    admin_passwd = False
    db_password = False
    password_encryption = scram-sha-256
    Environment=PGPASSFILE=/run/odoo/pgpass
- path: /usr/local/bin/secrets
  content: |{PROGRAM.replace(chr(10), chr(10) + "    ")}
users:
- name: operator
  lock_passwd: true
"""
CASES = [
    Case(
        "vm-trusted-launch",
        good=[(VM, {"securityProfile": TRUSTED}), (SET, _profile(securityProfile=TRUSTED))],
        bad=[
            (VM, {"securityProfile": OPEN_BOOT}),
            (SET, _profile(securityProfile={**TRUSTED, "securityType": "Standard"})),
            (SET, {}),
        ],
    ),
    Case(
        "vm-disks-cmk",
        good=[
            (VM, {"storageProfile": {"osDisk": OUR_KEY, "dataDisks": [{"createOption": "Attach", "lun": 0}]}}),
            (SET, _profile(storageProfile={"osDisk": OUR_KEY, "dataDisks": [OUR_KEY]})),
        ],
        bad=[
            (VM, {"storageProfile": {"osDisk": THEIR_KEY}}),
            (SET, _profile(storageProfile={"osDisk": OUR_KEY, "dataDisks": [THEIR_KEY]})),
        ],
    ),
    Case(
        "vm-patch-mode",
        good=[
            (SET, AUTOMATIC),
            (SET, REPLACED | _profile(storageProfile={"imageReference": {"version": "latest"}})),
            (SET, _profile(osProfile={"linuxConfiguration": PLATFORM})),
            (VM, {"osProfile": {"linuxConfiguration": PLATFORM}}),
            (VM, {"osProfile": {"windowsConfiguration": PLATFORM}}),
        ],
        bad=[
            (SET, _profile(osProfile={"linuxConfiguration": {"patchSettings": {"patchMode": "ImageDefault"}}})),
            (SET, REPLACED | _profile(storageProfile={"imageReference": {"version": "24.04.202411010"}})),
            (VM, AUTOMATIC),
        ],
    ),
    Case(
        "vm-zones",
        good=[
            (VM, {"zones": ["1"]}),
            (VM, {"virtualMachineScaleSet": {"id": "/subscriptions/s/vmss"}}),
            (SET, {"zones": ["1", "2"]}),
            (SET, {"sku": {"capacity": 1}}),
        ],
        bad=[(VM, {"zones": []}), (SET, {"zones": ["1"]}), (SET, {})],
    ),
    Case(
        "vm-boot-diagnostics-managed",
        good=[
            (VM, {"diagnosticsProfile": {"bootDiagnostics": {"enabled": True}}}),
            (SET, _profile(diagnosticsProfile={"bootDiagnostics": {"enabled": True}})),
        ],
        bad=[
            (VM, {"diagnosticsProfile": {"bootDiagnostics": {"enabled": True, "storageUri": "https://st.example"}}}),
            (SET, _profile(diagnosticsProfile={"bootDiagnostics": {"enabled": False}})),
        ],
    ),
    Case(
        "vm-identity-user-assigned",
        good=[(VM, {"identity": {"type": "UserAssigned"}}), (SET, {"identity": {"type": "UserAssigned"}})],
        bad=[
            (VM, {"identity": {"type": "SystemAssigned"}}),
            (SET, {"identity": {"type": "SystemAssigned, UserAssigned"}}),
        ],
    ),
    Case(
        "vm-image-approved",
        good=[
            (VM, {"storageProfile": UBUNTU}),
            (VM, {"storageProfile": {"osDisk": {"createOption": "Attach"}}}),
            (SET, _profile(storageProfile=GALLERY)),
        ],
        bad=[
            (VM, {"storageProfile": {"imageReference": {"publisher": "somebody"}}}),
            (
                VM,
                {"storageProfile": {"imageReference": {"id": "/subscriptions/s/providers/Microsoft.Compute/images/i"}}},
            ),
            (SET, _profile(storageProfile={"imageReference": {"communityGalleryImageId": "/communityGalleries/g"}})),
        ],
    ),
    Case(
        "vm-extension-allowed",
        good=[(SET, _extensions(HEALTH, AGENT)), (VM, {"osProfile": {"computerName": "vm"}}), (EXTENSION, AGENT)],
        bad=[(EXTENSION, SCRIPT), (SET, _extensions(HEALTH, SCRIPT))],
    ),
    Case(
        "vm-no-ip-forwarding",
        good=[
            (NIC, {"enableIPForwarding": False}),
            (SET, _profile(networkProfile={"networkInterfaceConfigurations": [{"name": "nic"}]})),
        ],
        bad=[
            (NIC, {"enableIPForwarding": True}),
            (
                SET,
                _profile(
                    networkProfile={"networkInterfaceConfigurations": [{"name": "n", "enableIPForwarding": True}]}
                ),
            ),
        ],
    ),
    Case(
        "vm-no-secrets-in-customdata",
        good=[
            (SET, _profile(**_data(HARMLESS))),
            (VM, _data(HARMLESS, compressed=True)),
            (VM, _data(_packed(HARMLESS))),
            (VM, {"userData": "bm90aGluZw=="}),
            (SET, _extensions({**HEALTH, "settings": {"port": 8081, "requestPath": "/health"}})),
            (EXTENSION, {"settings": {"fileUris": ["https://st.example/setup.sh"]}}),
        ],
        bad=[
            (SET, _profile(**_data("#cloud-config\nchpasswd:\n  password: correct-horse\n"))),
            (VM, _data("export PGPASSWORD='correct'\n", compressed=True)),
            (VM, _data("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n")),
            (VM, _data("url = postgresql://odoo:horse@server/odoo\n")),
            (VM, _data(_packed("db_password = c0rrect\n"))),
            (VM, {"userData": "password=hunter2"}),
            (SET, _extensions({**SCRIPT, "settings": {"storageAccountKey": "correct-horse"}})),
            (EXTENSION, {"settings": {"commandToExecute": "mount -o x https://a?sig=abcdefghijklmnopqrstuvwx"}}),
        ],
    ),
    of(
        "vmss-health-watched",
        SET,
        [_extensions(AGENT, HEALTH), _profile(networkProfile={"healthProbe": {"id": "/subscriptions/s/probe"}})],
        [_extensions(AGENT), {}],
    ),
    of(
        "vmss-repairs",
        SET,
        [{"automaticRepairsPolicy": {"enabled": True}}],
        [{"automaticRepairsPolicy": {"enabled": False}}],
    ),
    of(
        "vmss-rolls",
        SET,
        [_rolling(), _rolling(mode="Manual", capacity=1)],
        [_rolling(mode="Automatic"), _rolling(percent=100)],
    ),
    of("vmss-notice-before-delete", SET, [_profile(**NOTICE)], [_profile(scheduledEventsProfile={})]),
    of(
        "autoscale-bounds",
        AUTOSCALE,
        [_autoscale(), _autoscale(rules=[SCALE_OUT, SCALE_IN]), IN_A_CLOSE],
        [
            _autoscale(enabled=False),
            _autoscale(minimum="1"),
            _autoscale(maximum="100"),
            _autoscale(maximum="many"),
            _autoscale(rules=[SCALE_OUT]),
        ],
    ),
    of(
        "lb-internal-only",
        LB,
        [
            {"frontendIPConfigurations": [{"name": "front", "subnet": {"id": "/subscriptions/s/subnet"}}]},
            {"frontendIPConfigurations": [{"name": "front", "gatewayLoadBalancer": {"id": "/subscriptions/s/lb"}}]},
        ],
        [
            {"frontendIPConfigurations": [{"name": "front", "publicIPAddress": {"id": "/subscriptions/s/pip"}}]},
            {"frontendIPConfigurations": [{"name": "front"}]},
        ],
    ),
    of("lb-standard-sku", LB, [{"sku": {"name": "Standard"}}], [{"sku": {"name": "Basic"}}, {}]),
]

MACHINE = Declared(type=VM, name="vm")
WATCHED = Declared(type=SET, name="vmss", properties=_extensions(AGENT))
UNWATCHED = Declared(type=SET, name="vmss", properties=_extensions(HEALTH))
AGENT_OF_MACHINE = Declared(type=EXTENSION, name="agent", properties=AGENT, uses={"vmName": ["vm"]})
SCRIPT_OF_MACHINE = Declared(type=EXTENSION, name="script", properties=SCRIPT, uses={"vmName": ["vm"]})


def _association(machine: str, **properties: object) -> Declared:
    uses = {"resourceUri": [machine], "dataCollectionRuleId": ["dcr"]}
    return Declared(type="monitor:DataCollectionRuleAssociation", name="association", properties=properties, uses=uses)


COLLECTION = Declared(type="monitor:DataCollectionRule", name="dcr")
SEVERAL = Declared(type=SET, name="vmss", properties={"sku": {"capacity": 3}})
ONE = Declared(type=SET, name="vmss", properties={"sku": {"capacity": 1}})
SETTING = Declared(type=AUTOSCALE, name="autoscale", uses={"targetResourceUri": ["vmss"]})
UPGRADED = Declared(type=SET, name="vmss", properties=AUTOMATIC)
ASSIGNED = Declared(type="maintenance:ConfigurationAssignment", name="window", uses={"resourceName": ["vmss"]})
ELSEWHERE = Declared(type="maintenance:ConfigurationAssignment", name="window", uses={"resourceName": ["other"]})
STACK_CASES = [
    StackCase(
        "machines-are-monitored",
        good=[
            [WATCHED, COLLECTION, _association("vmss")],
            [MACHINE, AGENT_OF_MACHINE, COLLECTION, _association("vm")],
            [],
        ],
        bad=[
            ([WATCHED], {"vmss"}),
            ([UNWATCHED, COLLECTION, _association("vmss")], {"vmss"}),
            ([WATCHED, COLLECTION, _association("other")], {"vmss"}),
            ([MACHINE, SCRIPT_OF_MACHINE, COLLECTION, _association("vm")], {"vm"}),
        ],
    ),
    StackCase("vmss-scales", good=[[SEVERAL, SETTING], [ONE]], bad=[([SEVERAL], {"vmss"})]),
    StackCase(
        "vmss-upgrade-window",
        good=[[UPGRADED, ASSIGNED], [SEVERAL]],
        bad=[([UPGRADED], {"vmss"}), ([UPGRADED, ELSEWHERE], {"vmss"})],
    ),
]
