from collections.abc import Mapping
from typing import Any

from tests.policies.cases import Case, StackCase
from tests.policies.harness import Declared

VM, VMSS = "compute:VirtualMachine", "compute:VirtualMachineScaleSet"
BUDGET, GROUP, SCHEDULE = "consumption:Budget", "resources:ResourceGroup", "devtestlab:GlobalSchedule"
SUBSCRIPTION = "/subscriptions/7c1d9a52-3f60-4f0e-9b7e-52d1c0a4e8f1"


def _waste(rule: str, kind: str, user: str, users_property: str) -> StackCase:
    """What nobody uses is blamed, and nothing else."""

    def stack(*names: str) -> list[Declared]:
        return [
            *(Declared(type=kind, name=name) for name in ("used", *names)),
            Declared(type=user, name="user", uses={users_property: ["used"]}),
        ]

    return StackCase(rule, good=[stack(), []], bad=[(stack("left"), {"left"})])


def _filter(*names: str, name: str = "ResourceGroupName") -> dict[str, Any]:
    return {"dimensions": {"name": name, "operator": "In", "values": list(names)}}


def _tags(*values: str) -> dict[str, Any]:
    return {"tags": {"name": "tenant", "operator": "In", "values": list(values)}}


def _budgeted(
    group: Mapping[str, Any] | None = None, other: Mapping[str, Any] | None = None, **budget: Any
) -> list[Declared]:
    return [
        Declared(type=GROUP, name="rg-data", properties=other or {}),
        Declared(type=GROUP, name="group", properties={"resourceGroupName": "rg-network", **(group or {})}),
        Declared(type=BUDGET, name="budget", properties={"scope": SUBSCRIPTION, **budget}),
    ]


def _budgeted_on(group: str) -> list[Declared]:
    """Once it is there, a budget does not say its scope."""
    return [*_budgeted()[:2], Declared(type=BUDGET, name="budget", uses={"scope": [group]})]


def _balancer(**properties: Any) -> Declared:
    return Declared(type="network:LoadBalancer", name="balancer", properties=properties)


def _blobs(versioned: bool, *policies: str) -> list[Declared]:
    return [
        Declared(type="storage:StorageAccount", name="files"),
        Declared(
            type="storage:BlobServiceProperties",
            name="service",
            properties={"accountName": "files", "isVersioningEnabled": versioned},
        ),
        *(
            Declared(
                type="storage:ManagementPolicy",
                name="aging",
                properties={"accountName": account},
                uses={"accountName": [account]},
            )
            for account in policies
        ),
    ]


def _machine(*schedules: dict[str, Any], **tags: str) -> list[Declared]:
    return [
        Declared(type=VM, name="runner", properties={"tags": tags}),
        *(
            Declared(
                type="devtestlab:GlobalSchedule", name="night", properties=each, uses={"targetResourceId": ["runner"]}
            )
            for each in schedules
        ),
    ]


ERP, SALES = ({"tags": {"tenant": tenant}} for tenant in ("erp", "sales"))
NIGHTLY = {"taskType": "ComputeVmShutdownTask", "status": "Enabled"}
PLACED = {"location": "westeurope"}
REGISTRY = "containerregistry:Registry"

CASES: list[Case] = []
STACK_CASES = [
    StackCase(
        "budget-exists",
        good=[
            [],
            _budgeted(),
            _budgeted(filter=_filter("rg-data", "RG-Network")),
            _budgeted(filter={"and": [_filter("rg-data", "rg-network"), _filter("Compute", name="ServiceName")]}),
            _budgeted(filter=_filter("Compute", name="ServiceName")),
            _budgeted(scope=None),
            _budgeted(ERP, SALES, filter=_tags("erp", "sales")),
        ],
        bad=[
            (_budgeted()[:2], {"rg-data", "group"}),
            (_budgeted(filter=_filter("rg-data")), {"group"}),
            (_budgeted(filter={"and": [_filter("rg-network"), _filter("rg-network")]}), {"rg-data"}),
            (_budgeted(scope=f"{SUBSCRIPTION}/resourceGroups/rg-data"), {"group"}),
            (_budgeted_on("rg-data"), {"group"}),
            (_budgeted(ERP, filter=_tags("erp")), {"rg-data"}),
            (_budgeted(ERP, ERP, filter=_tags()), {"rg-data", "group"}),
            (
                _budgeted(ERP, filter={"and": [_tags("erp"), _filter("rg-data")]}),
                {"rg-data", "group"},
            ),
        ],
    ),
    _waste("cost-address-used", "network:PublicIPAddress", "network:BastionHost", "ipConfigurations"),
    _waste("cost-disk-attached", "compute:Disk", VM, "storageProfile"),
    _waste("cost-interface-attached", "network:NetworkInterface", VM, "networkProfile"),
    _waste("cost-nat-used", "network:NatGateway", "network:VirtualNetwork", "subnets"),
    _waste("cost-app-plan-used", "web:AppServicePlan", "web:WebApp", "serverFarmId"),
    StackCase(
        "cost-balancer-used",
        good=[
            [_balancer(), Declared(type=VMSS, name="set", uses={"virtualMachineProfile": ["balancer"]})],
            [_balancer(backendAddressPools=[{"loadBalancerBackendAddresses": [{"ipAddress": "10.0.0.4"}]}])],
        ],
        bad=[
            ([_balancer()], {"balancer"}),
            ([_balancer(backendAddressPools=[{"name": "machines"}])], {"balancer"}),
        ],
    ),
    StackCase(
        "cost-shared-once",
        good=[
            [
                Declared(type=REGISTRY, name="one", properties=PLACED),
                Declared(type=REGISTRY, name="two", properties={"location": "northeurope"}),
                Declared(type="network:BastionHost", name="three", properties=PLACED),
            ]
        ],
        bad=[
            (
                [
                    Declared(type=REGISTRY, name="one", properties=PLACED),
                    Declared(type=REGISTRY, name="two", properties={"location": "West Europe"}),
                    Declared(type=REGISTRY, name="three", properties={"location": "northeurope"}),
                ],
                {"one", "two"},
            )
        ],
    ),
    StackCase(
        "cost-blob-lifecycle",
        good=[_blobs(True, "files"), _blobs(False)],
        bad=[(_blobs(True), {"files"}), (_blobs(True, "others"), {"files"})],
    ),
    StackCase(
        "cost-idle-machines-stop",
        good=[_machine(NIGHTLY, environment="dev"), _machine(environment="prod"), _machine()],
        bad=[
            (_machine(environment="dev"), {"runner"}),
            (_machine({**NIGHTLY, "status": "Disabled"}, environment="test"), {"runner"}),
            (_machine({"taskType": "LabVmsShutdownTask"}, environment="test"), {"runner"}),
        ],
    ),
]
