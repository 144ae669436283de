"""The other halves of each control: the Azure Policy that holds it where Pulumi is not asked, and what proves it."""
