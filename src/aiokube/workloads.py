"""The types that the verbs of workloads, nodes and pods return: progress, revisions and usage."""

from .runtime.workloads.drain import Drained, DrainProgress
from .runtime.workloads.rollout import Rollout

__all__ = ["DrainProgress", "Drained", "Rollout"]
