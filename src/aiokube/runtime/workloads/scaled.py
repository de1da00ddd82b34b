"""The parts of a scale that its preconditions read."""

from __future__ import annotations

from ..codec.model import Model, field
from ..codec.partial_metadata import ObjectMetadata


class ScaleSpec(Model, kw_only=True):
    """The number of replicas that are to run."""

    replicas: int = 0


class Scaled(Model, kw_only=True):
    """A scale."""

    metadata: ObjectMetadata = field(default_factory=ObjectMetadata)
    spec: ScaleSpec = field(default_factory=ScaleSpec)
