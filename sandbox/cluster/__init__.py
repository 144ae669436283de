"""A real Kubernetes control plane on loopback, with nodes that only seem to be there.

etcd, kube-apiserver, kube-controller-manager and kube-scheduler are the real programs; kwok plays the kubelets. Objects
are admitted, defaulted, validated, scheduled and counted as on AKS; no container runs, no packet is filtered.
"""
