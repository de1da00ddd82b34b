"""The types that the verbs of workloads, nodes and pods return and report."""

from .runtime.workloads.results import Drained, DrainProgress, NodeUsage, PodUsage, Revision, Rollout

__all__ = ["DrainProgress", "Drained", "NodeUsage", "PodUsage", "Revision", "Rollout"]
