"""Pod Security Standards, by the labels of a namespace."""

from __future__ import annotations


def pod_security_labels(level: str = "restricted") -> dict[str, str]:
    """Labels of a namespace whose pods are held to a level: refused, logged and warned of, by the current rules.

    (kubernetes.io/docs/concepts/security/pod-security-admission)

    Args:
        level: `restricted`, `baseline` or `privileged`.
    """
    return {
        f"pod-security.kubernetes.io/{mode}{suffix}": value
        for mode in ("enforce", "audit", "warn")
        for suffix, value in (("", level), ("-version", "latest"))
    }
