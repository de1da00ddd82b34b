"""Manifests of many objects: reading them, and the results of `apply`, `delete` and `diff` of a client."""

from .runtime.manifests.diffing import ObjectDiff
from .runtime.manifests.loading import load
from .runtime.manifests.reading import Source
from .runtime.manifests.results import Action, ObjectResult, Results

__all__ = ["Action", "ObjectDiff", "ObjectResult", "Results", "Source", "load"]
