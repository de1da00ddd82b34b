"""Errors of the generator."""

from __future__ import annotations


class CodegenError(Exception):
    """The package cannot be generated. The message says why, in one sentence."""


class SpecError(CodegenError):
    """The OpenAPI document cannot be read, or no package can be made of its contents."""


class EmptyDocument(CodegenError):
    """The response to a request for an OpenAPI document is empty, as for a moment after a CRD has come or gone."""
