"""The rules, one module a concern."""
