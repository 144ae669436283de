"""A pack that costs as little as a pack can: the engine loads it, and asks it about every resource."""

from pulumi_policy import PolicyPack, ResourceValidationPolicy

PolicyPack(
    "empty",
    [ResourceValidationPolicy(name="nothing", description="Finds nothing.", validate=lambda args, report: None)],
)
