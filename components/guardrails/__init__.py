"""What Azure itself refuses or reports, whoever asks it: policies, their exemptions, Defender's plans."""

from components.guardrails.args import AzureGuardrailsArgs, BuiltInMember, CustomMember, Exemption, Member
from components.guardrails.guardrails import AzureGuardrails

__all__ = ["AzureGuardrails", "AzureGuardrailsArgs", "BuiltInMember", "CustomMember", "Exemption", "Member"]
