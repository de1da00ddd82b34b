"""What can go wrong on the way from a document to a package."""

from __future__ import annotations


class CodegenError(Exception):
    """The package cannot be generated; the message says why in one sentence."""


class SpecError(CodegenError):
    """The OpenAPI document cannot be read, or says something that no class can be made of."""
