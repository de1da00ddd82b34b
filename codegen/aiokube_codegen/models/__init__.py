"""Definitions of the document -> modules of dataclasses."""
