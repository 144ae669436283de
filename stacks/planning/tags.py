"""Tags of every resource: who answers for it, who pays, how sensitive it is."""

from __future__ import annotations

import re
from collections.abc import Mapping

from stacks.planning.ledger import Ledger
from stacks.sections import Environment, Governance


def plan_tags(environment: Environment, governance: Governance, ledger: Ledger) -> Mapping[str, str]:
    """Tags by key, in the order of their keys."""
    tags = {
        "application": environment.application,
        "business-unit": governance.business_unit,
        "cost-center": governance.cost_center,
        "criticality": governance.criticality.value,
        "data-classification": governance.data_classification.value,
        "environment": environment.name,
        "managed-by": "pulumi",
        "owner": governance.owner,
    }
    ledger.note(
        "tags",
        ", ".join(tags),
        "Inventory, cost reports and policies find a resource's owner, payer and sensitivity by its tags.",
        "learn.microsoft.com azure/cloud-adoption-framework/ready/azure-best-practices/resource-tagging",
    )
    return tags


# kubernetes.io docs/concepts/overview/working-with-objects/labels: 63 letters, digits and -_. with a letter or digit at
# the ends.
_LABEL_LENGTH = 63


def as_labels(tags: Mapping[str, str]) -> Mapping[str, str]:
    """Tags as labels of Kubernetes objects, with what labels do not take turned into hyphens."""
    return {key: re.sub(r"[^A-Za-z0-9._-]", "-", value)[:_LABEL_LENGTH].strip("-._") for key, value in tags.items()}


def plan_labels(tags: Mapping[str, str], ledger: Ledger) -> Mapping[str, str]:
    """Labels of Kubernetes objects."""
    labels = as_labels(tags)
    ledger.note(
        "cluster.labels",
        ", ".join(labels),
        "The tags again, so that cost and ownership are the same in Kubernetes as in Azure.",
        "kubernetes.io docs/concepts/overview/working-with-objects/labels",
    )
    return labels
