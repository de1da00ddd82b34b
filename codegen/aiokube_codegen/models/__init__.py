"""Definitions of the document as modules of dataclasses."""
