"""The types that the verbs of workloads, nodes and pods return and report."""

from .runtime.workloads.results import Drained, DrainProgress, Revision, Rollout

__all__ = ["DrainProgress", "Drained", "Revision", "Rollout"]
