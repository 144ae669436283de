"""Who can do what: every role assignment, active or eligible, of every stack is in the tables of the access model."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from ipaddress import IPv4Network

import pytest

from components.access import PEOPLES_ROLES, Role
from components.access_model import identities
from components.access_model.deployer import DEPLOYER
from components.access_model.duties import DUTIES, PIPELINE_DUTIES, Hold
from components.access_model.identities import CLUSTER_GRANTS, IDENTITY_GRANTS
from components.access_model.roles import AnyRole, BuiltInRole
from components.network.subnets import SubnetKind, subnet_name
from sandbox.azure import paths
from stacks.deploy import deploy
from stacks.scalars import EnvironmentClass
from stacks.settings import CommonSettings, PlatformSettings, load_settings_of
from stacks.stack_config import Secrets
from tests.stacks.topologies import ENVIRONMENTS, ROOT, resources, settings_of
from tests.unit.components.access_example import GROUPS, PREFIX, declared_model
from tests.unit.components.harness import Declared, declare_stack, of_type

NO_SECRETS = Secrets(on_call_webhook_url=None)
PLATFORM = "subsidiaries"
"""With its tenants: one with a stack of its own declares there what it would declare here."""
STACKS = (*ENVIRONMENTS, PLATFORM)
ACTIVE = "authorization:RoleAssignment"
ELIGIBLE = "authorization:PimRoleEligibilitySchedule"
IDENTITY = "managedidentity:UserAssignedIdentity"
# By how the names of identities end (stacks/planning/naming.py), most telling first.
IDENTITIES = {
    r"id-kv-.*-cluster": identities.CLUSTER,
    r"id-kv-.*": identities.ENCRYPTION,
    r"id-psql-.*": identities.ENCRYPTION,
    r"id-st.*-writer": identities.FLOW_LOGS,
    r".*-kubelet": identities.KUBELET,
    r".*-odoo": identities.ODOO,
    r".*-operations": identities.OPERATIONS,
    r".*-administration": identities.ADMINISTRATION,
    r".*-ingress": identities.INGRESS,
    r".*-scaler": identities.SCALER,
    r".*-metrics": identities.METRICS,
}
# By the last type in an ARM id, as Azure or the tests' mocks spell it.
SCOPES = {
    "secret": "a secret",
    "vault": "a vault",
    "key": "a key",
    "storageaccount": "a storage account",
    "blobcontainer": "a container of blobs",
    "container": "a container of blobs",
    "registry": "the registry",
    "registrie": "the registry",
    "datacollectionrule": "a data collection rule",
    "azuremonitorworkspace": "the Prometheus workspace",
    "account": "the Prometheus workspace",
    "userassignedidentity": "an identity",
    "subnet": "a subnet",
    "virtualnetwork": "the virtual network",
    "privatezone": "a private zone",
    "privatednszone": "a private zone",
    "diskencryptionset": "the disk encryption set",
    "managedcluster": "the cluster",
}


@dataclass(frozen=True)
class Grant:
    """One assignment: whose, of which role (GUID), on what kind of scope."""

    name: str
    principal: str
    is_group: bool
    role: str
    scope: str


def common_settings(stack: str) -> CommonSettings:
    """Settings of a stack."""
    if stack == PLATFORM:
        return load_settings_of(PlatformSettings, ROOT / "Pulumi.subsidiaries.yaml")
    return settings_of(stack)


@cache
def declared(stack: str) -> list[Declared]:
    """All that a stack declares."""
    if stack == PLATFORM:
        settings = load_settings_of(PlatformSettings, ROOT / "Pulumi.subsidiaries.yaml")
        return declare_stack(lambda: deploy(settings, NO_SECRETS, ROOT), stack=PLATFORM).resources
    return resources(stack)


def grants_of(found: Sequence[Declared], groups: Mapping[str, str]) -> Iterator[Grant]:
    """Every role assignment, active and eligible, with its principal by name.

    Args:
        found: what a stack declares.
        groups: names of groups, by object id.
    """
    own = {each.outputs["principalId"]: each.inputs["resourceName"] for each in of_type(found, IDENTITY)}
    for each in (*of_type(found, ACTIVE), *of_type(found, ELIGIBLE)):
        principal = each.inputs["principalId"]
        yield Grant(
            each.name,
            groups.get(principal) or _identity(own.get(principal, principal)),
            principal in groups,
            each.inputs["roleDefinitionId"].rpartition("/")[2],
            _scope(each.inputs["scope"]),
        )


def _identity(name: str) -> str:
    return next((what for pattern, what in IDENTITIES.items() if re.fullmatch(pattern, name)), name)


def _scope(identifier: str) -> str:
    kind = identifier.split("/")[-2].casefold().removesuffix("s")
    return SCOPES.get(kind, identifier)


def access_of(stack: str) -> tuple[dict[str, str], bool]:
    """Groups of a stack by object id, and whether it is of production."""
    settings = common_settings(stack)
    names = settings.access.model_dump(exclude={"database_administrators_name"})
    production = settings.environment.environment_class is EnvironmentClass.PRODUCTION
    return {group: name for name, group in names.items()}, production


@cache
def grants(stack: str) -> tuple[Grant, ...]:
    """Every grant of an environment, a platform or a tenant."""
    return tuple(grants_of(declared(stack), access_of(stack)[0]))


@pytest.mark.parametrize("stack", STACKS)
def test_no_principal_has_a_role_that_the_tables_do_not_have(stack: str) -> None:
    _, production = access_of(stack)
    rows = {(row.identity, row.role.value, row.scope) for row in IDENTITY_GRANTS} | {
        (row.group, row.role.value, "the cluster")
        for row in CLUSTER_GRANTS
        if (row.in_production if production else row.elsewhere)
    }
    assert grants(stack)
    assert [grant for grant in grants(stack) if (grant.principal, grant.role, grant.scope) not in rows] == []


def test_every_row_of_the_tables_is_held_somewhere() -> None:
    seen = {(grant.principal, grant.role, grant.scope) for stack in STACKS for grant in grants(stack)}
    rows = {(row.identity, row.role.value, row.scope) for row in IDENTITY_GRANTS} | {
        (row.group, row.role.value, "the cluster") for row in CLUSTER_GRANTS
    }
    assert rows - seen == set()


@pytest.mark.parametrize("stack", STACKS)
def test_people_hold_their_own_roles_and_identities_the_others(stack: str) -> None:
    peoples = {role.value for role in PEOPLES_ROLES}
    assert [grant for grant in grants(stack) if (grant.role in peoples) is not grant.is_group] == []


@pytest.mark.parametrize("stack", STACKS)
def test_no_group_has_a_standing_role_that_writes_in_production(stack: str) -> None:
    _, production = access_of(stack)
    writing = [grant for grant in grants(stack) if grant.is_group and grant.role == Role.AKS_RBAC_CLUSTER_ADMIN.value]
    assert bool(writing) is (not production and any(grant.is_group for grant in grants(stack)))


def held_at_subscription(found: Sequence[Declared], groups: Mapping[str, str], prefix: str) -> set[tuple[str, str]]:
    """Who holds, or may activate, which role (GUID), all at the subscription; pipelines by their short name."""
    pipelines = {
        each.outputs["principalId"]: each.inputs["resourceName"].removeprefix(f"id-{prefix}-")
        for each in of_type(found, IDENTITY)
    }
    held = list(grants_of(found, {**groups, **pipelines}))
    assert [grant for grant in held if not re.fullmatch(r"/subscriptions/[0-9a-f-]{36}", grant.scope)] == []
    return {(grant.principal, grant.role) for grant in held}


def duties_at_subscription(prefix: str, *, production: bool) -> set[tuple[str, str]]:
    """The same, as the tables say."""
    people = [duty for duty in DUTIES if duty.held(production=production) is not Hold.NONE]
    return {(duty.group.value, duty.role.guid(prefix)) for duty in people} | {
        ("deploy" if duty.deploys else "preview", duty.role.guid(prefix)) for duty in PIPELINE_DUTIES
    }


@pytest.mark.parametrize("production", [True, False])
def test_at_the_subscription_people_and_pipelines_hold_what_their_duties_say(production: bool) -> None:
    groups = {group: name for name, group in vars(GROUPS).items() if isinstance(group, str)}
    held = held_at_subscription(declared_model(production=production), groups, PREFIX)
    assert held == duties_at_subscription(PREFIX, production=production)


@pytest.mark.parametrize("stack", STACKS)
def test_the_deploying_pipeline_may_make_all_that_stacks_declare(stack: str) -> None:
    """But role assignments, which another role of its lets it make."""
    kinds = {paths.arm_type(paths.path_of(each.type).template) for each in declared(stack) if is_azures(each)}
    kinds -= {"Microsoft.Authorization/roleAssignments"}
    wanted = {kind.replace("Microsoft.Resources/", "Microsoft.Resources/subscriptions/") for kind in kinds}
    patterns = [pattern.casefold() for pattern in DEPLOYER.allowed()]
    missing = {kind for kind in wanted if not any(fnmatchcase(f"{kind}/write".casefold(), each) for each in patterns)}
    assert missing == set()


def test_the_deploying_pipeline_may_make_nothing_that_no_stack_declares() -> None:
    kinds = {
        f"{paths.arm_type(paths.path_of(each.type).template)}/write".casefold().replace(
            "microsoft.resources/resourcegroups", "microsoft.resources/subscriptions/resourcegroups"
        )
        for stack in STACKS
        for each in declared(stack)
        if is_azures(each)
    }
    unused = [
        pattern
        for pattern in DEPLOYER.allowed()
        if pattern != "*/read" and not any(fnmatchcase(kind, pattern.casefold()) for kind in kinds)
    ]
    assert unused == []


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_the_pack_lists_for_identities_the_roles_of_the_tables(environment: str) -> None:
    file = ROOT / "policies" / f"enforcement.{environment}.json"
    listed = json.loads(file.read_text(encoding="utf-8"))["rbac-roles-listed"]["identities"]
    environments = [
        (ending(pattern), {row.role.value for row in IDENTITY_GRANTS if row.identity == identity})
        for pattern, identity in IDENTITIES.items()
    ]
    pipelines = [
        (name, {role.guid("") for role in roles_of_pipeline(deploys=deploys) if isinstance(role, BuiltInRole)})
        for name, deploys in (("deploy", True), ("preview", False))
    ]
    assert [(ending(each["name"]), set(each["roles"])) for each in listed] == [*environments, *pipelines]


def ending(pattern: str) -> str:
    """The last word of a pattern of names, in either notation."""
    return pattern.rpartition("-")[2].replace(".*", "*")


def roles_of_pipeline(*, deploys: bool) -> list[AnyRole]:
    """What the pipeline that deploys, or that which previews, holds."""
    return [duty.role for duty in PIPELINE_DUTIES if duty.deploys is deploys]


def is_azures(each: Declared) -> bool:
    return each.type.startswith("azure-native:")


@pytest.mark.parametrize("stack", [*ENVIRONMENTS, PLATFORM])
def test_postgresql_answers_no_network_of_people(stack: str) -> None:
    """Neither users, nor the hub, nor the bastion: only nodes or machines, and the runner that the bastion leads to."""
    found = declared(stack)
    subnets = {
        subnet["name"]: (subnet["addressPrefix"], subnet.get("networkSecurityGroup", {}).get("id"))
        for network in of_type(found, "network:VirtualNetwork")
        for subnet in network.inputs["subnets"]
    }
    mine = {subnet_name(kind) for kind in (SubnetKind.SYSTEM, SubnetKind.WEB, SubnetKind.JOBS, SubnetKind.RUNNER)}
    mine |= {subnet_name(SubnetKind.DATABASE)}
    allowed = {subnets[name][0] for name in mine if name in subnets}
    database, group = subnets[subnet_name(SubnetKind.DATABASE)]
    rules = next(
        each.inputs["securityRules"]
        for each in of_type(found, "network:NetworkSecurityGroup")
        if each.outputs["id"] == group
    )
    inbound = sorted((rule for rule in rules if rule["direction"] == "Inbound"), key=lambda rule: rule["priority"])
    assert inbound[-1]["access"] == "Deny"
    assert inbound[-1]["sourceAddressPrefix"] == "*"
    sources = {
        source
        for rule in inbound[:-1]
        for source in rule.get("sourceAddressPrefixes") or [rule["sourceAddressPrefix"]]
        if rule["access"] == "Allow"
    }
    assert sources <= allowed
    assert database in sources
    settings = common_settings(stack)
    people = [*settings.network.client_ranges, *(settings.network.hub.address_space if settings.network.hub else ())]
    bastion = [subnets[name][0] for name in ("AzureBastionSubnet",) if name in subnets]
    for theirs in (*people, *bastion):
        assert not [source for source in sources if IPv4Network(source).overlaps(IPv4Network(theirs))]
