"""What Azure Resource Manager and its resource providers refuse, one module a family.

Importing this package registers every rule with `sandbox.azure.rulebook`.
"""
