"""Read-only values that programs build upon: addresses, host names, principals, URIs; one module a family of types.

Importing this package registers them with `sandbox.azure.answerbook`. Shapes follow what the services return (host
names: learn.microsoft.com azure/security/fundamentals/azure-domains).
"""
