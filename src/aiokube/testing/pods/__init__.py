"""Pods that run: the scheduler and the kubelets of a cluster, one step after the other, by its clock."""
