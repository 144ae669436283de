"""AccessModel: who may do what in a subscription, for how long, and who hears of it."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
from pulumi_azure_native import authorization

from components.access_model.activation import ELIGIBLE_FOR, activation_rules
from components.access_model.alerts import declare_alerts
from components.access_model.args import AccessModelArgs
from components.access_model.delegation import CONDITION_VERSION, delegation
from components.access_model.duties import DUTIES, PIPELINE_DUTIES, Duty, Hold, custom_roles, eligible_roles
from components.access_model.pipelines import declare_pipeline
from components.access_model.roles import AnyRole, CustomRole
from components.base import Component

_GROUP = authorization.PrincipalType.GROUP
_IDENTITY = authorization.PrincipalType.SERVICE_PRINCIPAL


class AccessModel(Component):
    """Custom roles, what groups of people hold, what they may activate, the pipelines' identities, and alerts.

    All of it is at the subscription of the placement, as `components.access_model.duties` says. In production no group
    holds a role that writes: it is eligible, by Privileged Identity Management (Entra ID P2), with multi-factor
    authentication, a reason, a ticket and an approval; break-glass needs no approval, and has an hour.

    Args:
        name: prefix of the Pulumi names.
        args: what it is made from.
        opts: options of the component.

    Attributes:
        role_ids: ARM ids of the custom roles, by key.
        pipeline_client_ids: client ids of the pipelines' identities, by name.

    Raises:
        ValueError: for approvers who may ask themselves, subjects that are not exact, and a role in production whose
            role management policy is not named while others are.
    """

    role_ids: Mapping[str, pulumi.Output[str]]
    pipeline_client_ids: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: AccessModelArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.placement, opts)
        _check(args)
        self.__prefix = args.prefix
        self.__subscription = pulumi.Output.concat("/subscriptions/", args.placement.subscription_id)
        self.__custom = {role.key: self.__make_role(name, role) for role in custom_roles(production=args.production)}
        for duty in DUTIES:
            hold = duty.held(production=args.production)
            if hold is Hold.STANDING:
                self.__grant_group(name, args, duty)
            elif hold is Hold.ELIGIBLE and args.activation_policies:
                self.__make_eligible(name, args, duty)
        clients = {}
        for pipeline_name, pipeline in args.pipelines.items():
            identity = declare_pipeline(self, name, pipeline_name, pipeline, args)
            self.__grant_pipeline(name, args, pipeline_name, identity.principal_id)
            clients[pipeline_name] = identity.client_id
        declare_alerts(self, name, args, self.__subscription)
        self.role_ids = {key: role.id for key, role in self.__custom.items()}
        self.pipeline_client_ids = clients
        self.finish({"roleIds": self.role_ids, "pipelineClientIds": clients})

    def __make_role(self, name: str, role: CustomRole) -> authorization.RoleDefinition:
        return authorization.RoleDefinition(
            f"{name}-{role.key}",
            scope=self.__subscription,
            role_definition_id=role.guid(self.__prefix),
            role_name=f"{self.__prefix} {role.title}",
            role_type="CustomRole",
            description=role.purpose,
            assignable_scopes=[self.__subscription],
            permissions=[authorization.PermissionArgs(actions=role.allowed(), not_actions=role.denied())],
            opts=self.child(),
        )

    def __role_id(self, role: AnyRole) -> pulumi.Output[str]:
        """Known in a preview, too: rules on who holds what would else not know the role."""
        return pulumi.Output.concat(
            self.__subscription, "/providers/Microsoft.Authorization/roleDefinitions/", role.guid(self.__prefix)
        )

    def __after(self, role: AnyRole) -> pulumi.ResourceOptions:
        return self.child(depends_on=[self.__custom[role.key]] if isinstance(role, CustomRole) else None)

    def __grant_group(self, name: str, args: AccessModelArgs, duty: Duty) -> None:
        authorization.RoleAssignment(
            f"{name}-{_slug(duty)}",
            scope=self.__subscription,
            principal_id=getattr(args.groups, duty.group),
            principal_type=_GROUP,
            role_definition_id=self.__role_id(duty.role),
            description=duty.why,
            opts=self.__after(duty.role),
        )

    def __make_eligible(self, name: str, args: AccessModelArgs, duty: Duty) -> None:
        """The role's policy first: under Azure's own, an activation needs neither an approval nor a ticket."""
        activation = duty.activation(args.activation)
        policy = authorization.RoleManagementPolicy(
            f"{name}-{_slug(duty)}-activation",
            scope=self.__subscription,
            role_management_policy_name=args.activation_policies[duty.role.guid(args.prefix)],
            rules=activation_rules(activation, args.groups.approvers),
            # Of a custom role there is one once the role is there.
            opts=self.__after(duty.role),
        )
        reviewed = f" Members reviewed on {activation.reviewed}." if activation.reviewed else ""
        authorization.PimRoleEligibilitySchedule(
            f"{name}-{_slug(duty)}",
            scope=self.__subscription,
            principal_id=getattr(args.groups, duty.group),
            role_definition_id=self.__role_id(duty.role),
            justification=f"{duty.why}{reviewed}",
            schedule_info=authorization.RoleEligibilityScheduleRequestPropertiesScheduleInfoArgs(
                expiration=authorization.RoleEligibilityScheduleRequestPropertiesExpirationArgs(
                    type=authorization.Type.AFTER_DURATION, duration=ELIGIBLE_FOR
                )
            ),
            opts=self.child(depends_on=[policy]),
        )

    def __grant_pipeline(
        self, name: str, args: AccessModelArgs, pipeline_name: str, principal_id: pulumi.Output[str]
    ) -> None:
        for duty in PIPELINE_DUTIES:
            if duty.deploys is not args.pipelines[pipeline_name].deploys:
                continue
            authorization.RoleAssignment(
                f"{name}-{pipeline_name}-{_words(duty.role)}",
                scope=self.__subscription,
                principal_id=principal_id,
                principal_type=_IDENTITY,
                role_definition_id=self.__role_id(duty.role),
                description=duty.why,
                condition=delegation(production=args.production) if duty.conditional else None,
                condition_version=CONDITION_VERSION if duty.conditional else None,
                opts=self.__after(duty.role),
            )


def _slug(duty: Duty) -> str:
    return f"{duty.group.replace('_', '-')}-{_words(duty.role)}"


def _words(role: AnyRole) -> str:
    return role.key if isinstance(role, CustomRole) else role.title.lower().replace(" ", "-")


def _check(args: AccessModelArgs) -> None:
    groups = args.groups
    if groups.approvers in (groups.platform_administrators, groups.break_glass):
        raise ValueError("approvers must be a group of their own: nobody approves for himself")
    eligible = eligible_roles(args.prefix, production=args.production)
    missing = {guid: title for guid, title in eligible.items() if guid not in args.activation_policies}
    if not missing:
        return
    listed = ", ".join(f"{guid} ({title})" for guid, title in missing.items())
    if args.activation_policies:
        raise ValueError(
            f"activation_policies has no role management policy for {listed}: list the subscription's with `az rest`,"
            " as AccessModelArgs says, and name it; a role without is not handed out"
        )
    pulumi.log.warn(
        f"Nobody can activate a role yet: name the role management policies of {listed} in activation_policies,"
        " once the custom roles are there."
    )
