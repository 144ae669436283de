"""The roles of the access model: what each of them allows, and which of them a pipeline may hand out."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

import pulumi
import pytest

from components.access import PEOPLES_ROLES, Role
from components.access_model.access_model import AccessModel
from components.access_model.args import Pipeline
from components.access_model.delegation import delegation
from components.access_model.deployer import DEPLOYER
from components.access_model.duties import DUTIES, PIPELINE_DUTIES, custom_roles
from components.access_model.roles import AUDITOR, DEVELOPER, FUNCTIONAL_OPERATOR, CustomRole
from sandbox.azure.rules.authorization import roles as azures_roles
from tests.unit.components.access_example import (
    ARGS,
    ASSIGNMENT,
    CUSTOM,
    PEOPLES,
    PREFIX,
    SUBSCRIPTION,
    declare_with,
    declared_model,
)
from tests.unit.components.harness import of_type, one, resolve

# What lets somebody into the database, past those who administer it.
DATABASE_DOORS = (
    "Microsoft.DBforPostgreSQL/flexibleServers/administrators/action",
    "Microsoft.DBforPostgreSQL/flexibleServers/administrators/write",
    "Microsoft.DBforPostgreSQL/flexibleServers/firewallRules/write",
    "Microsoft.DBforPostgreSQL/flexibleServers/privateEndpointConnections/write",
    "Microsoft.DBforPostgreSQL/flexibleServers/virtualendpoints/write",
    "Microsoft.DBforPostgreSQL/flexibleServers/write",
    "Microsoft.KeyVault/vaults/secrets/write",
    "Microsoft.Network/networkSecurityGroups/securityRules/write",
    "Microsoft.Network/networkSecurityGroups/write",
    "Microsoft.Network/virtualNetworks/write",
)
# What lets somebody become more than he is, or take part as somebody else.
LADDERS = (
    "Microsoft.Authorization/elevateAccess/action",
    "Microsoft.Authorization/policyAssignments/delete",
    "Microsoft.Authorization/policyExemptions/write",
    "Microsoft.Authorization/roleAssignments/write",
    "Microsoft.Authorization/roleDefinitions/write",
    "Microsoft.Authorization/roleEligibilityScheduleRequests/write",
    "Microsoft.Authorization/roleManagementPolicies/write",
)
KEYS = (
    "Microsoft.Cache/redisEnterprise/databases/listKeys/action",
    "Microsoft.ContainerRegistry/registries/listCredentials/action",
    "Microsoft.ContainerService/managedClusters/listClusterAdminCredential/action",
    "Microsoft.ContainerService/managedClusters/runCommand/action",
    "Microsoft.OperationalInsights/workspaces/sharedKeys/action",
    "Microsoft.OperationalInsights/workspaces/sharedKeys/read",
    "Microsoft.Storage/storageAccounts/listKeys/action",
)


def permits(role: CustomRole, operation: str) -> bool:
    """Whether a role allows an operation, as Azure reckons (azure/role-based-access-control/role-definitions)."""

    def among(patterns: list[str]) -> bool:
        return any(fnmatchcase(operation.casefold(), pattern.casefold()) for pattern in patterns)

    return among(role.allowed()) and not among(role.denied())


class TestRoles:
    @pytest.mark.parametrize("role", PEOPLES)
    @pytest.mark.parametrize("operation", [*DATABASE_DOORS, *LADDERS, *KEYS])
    def test_of_people_open_no_door_to_the_database_no_ladder_and_no_keys(
        self, role: CustomRole, operation: str
    ) -> None:
        assert not permits(role, operation)

    @pytest.mark.parametrize(
        "operation", [*LADDERS, *KEYS, "Microsoft.DBforPostgreSQL/flexibleServers/firewallRules/write"]
    )
    def test_of_the_pipeline_has_no_ladder_no_keys_and_no_firewall(self, operation: str) -> None:
        assert not permits(DEPLOYER, operation)

    def test_that_do_not_write_change_nothing(self) -> None:
        changing = re.compile(r"/(write|delete|\*)$")
        for role in (FUNCTIONAL_OPERATOR, DEVELOPER, AUDITOR):
            assert not role.writes
            assert not [action for action in role.allowed() if changing.search(action)]
        assert {
            action for role in (FUNCTIONAL_OPERATOR, DEVELOPER) for action in role.allowed() if "action" in action
        } == set()

    @pytest.mark.parametrize(
        "table", ["AuditLogs", "SigninLogs", "AzureDiagnostics", "PGSQLServerLogs", "AZKVAuditLogs"]
    )
    def test_of_developers_and_functional_people_read_no_log_but_odoos(self, table: str) -> None:
        for role in (DEVELOPER, FUNCTIONAL_OPERATOR):
            assert not permits(role, f"Microsoft.OperationalInsights/workspaces/query/{table}/read")
            assert permits(role, "Microsoft.OperationalInsights/workspaces/query/ContainerLogV2/read")

    def test_are_defined_once_with_a_guid_that_is_known_before(self) -> None:
        declared = of_type(declared_model(), "authorization:RoleDefinition")
        assert {each.inputs["roleDefinitionId"] for each in declared} == {role.guid(PREFIX) for role in CUSTOM}
        assert len({role.guid(prefix) for role in CUSTOM for prefix in (PREFIX, "other")}) == 2 * len(CUSTOM)
        for each in declared:
            assert each.inputs["assignableScopes"] == [SUBSCRIPTION]
            assert each.inputs["roleName"].startswith(f"{PREFIX} ")

    def test_of_azures_have_the_names_that_the_page_gives_them(self) -> None:
        known = azures_roles()
        used = {*(duty.role for duty in DUTIES), *(duty.role for duty in PIPELINE_DUTIES)} - set(CUSTOM)
        assert {role.title for role in used} == {known[role.guid("")] for role in used}

    def test_in_use_are_all_declared(self) -> None:
        assert set(custom_roles(production=True)) == set(CUSTOM)


class TestPipelines:
    def test_trust_exact_subjects_one_after_another(self) -> None:
        credentials = of_type(declared_model(), "managedidentity:FederatedIdentityCredential")
        trusted = {each.name: each.inputs["subject"] for each in credentials}
        assert trusted == {
            "access-preview-pull": "repo:acme/erp:environment:preview",
            "access-deploy-production": "repo:acme/erp:environment:production",
            "access-deploy-tenants": "repo:acme/erp:environment:tenants",
        }
        assert (
            "access-deploy-production"
            in one(credentials, "managedidentity:FederatedIdentityCredential", "access-deploy-tenants").depends_on
        )

    @pytest.mark.parametrize(
        "subjects", [{}, {"any": "repo:acme/*"}, {"any": " "}, {str(n): f"s{n}" for n in range(21)}]
    )
    def test_trust_no_pattern_and_not_everybody(self, subjects: dict[str, str]) -> None:
        pipeline = Pipeline(issuer="https://issuer.example", subjects=subjects, deploys=True)
        with pytest.raises(ValueError, match="pipeline deploy"):
            declare_with(pipelines={"deploy": pipeline})

    def test_that_preview_change_nothing(self) -> None:
        assert not [duty for duty in PIPELINE_DUTIES if not duty.deploys and duty.role.writes]

    def test_hand_out_roles_under_a_condition_only(self) -> None:
        conditional = [each for each in of_type(declared_model(), ASSIGNMENT) if "condition" in each.inputs]
        assert [each.name for each in conditional] == ["access-deploy-role-based-access-control-administrator"]
        assert conditional[0].inputs["conditionVersion"] == "2.0"

    @pytest.mark.parametrize("production", [True, False])
    def test_hand_out_to_identities_and_groups_what_components_grant_them(self, production: bool) -> None:
        condition = delegation(production=production)
        kinds = re.findall(r"GuidEquals \{([^}]*)\} AND @\w+\[[^]]*\] \w+:\w+ \{'(\w+)'\}", condition)
        assert [kind for _, kind in kinds] == ["ServicePrincipal", "Group"] * 2
        given = [{*guids.split(", ")} for guids, _ in kinds]
        people = {role.value for role in PEOPLES_ROLES}
        administers = Role.AKS_RBAC_CLUSTER_ADMIN.value
        assert given[0] == given[2] == {role.value for role in Role} - people
        assert given[1] == given[3] == (people - {administers} if production else people)

    def test_have_outputs_to_log_in_with(self) -> None:
        outputs = resolve(lambda: {"clients": pulumi.Output.all(**AccessModel("access", ARGS).pipeline_client_ids)})
        assert set(outputs["clients"]) == {"preview", "deploy"}
