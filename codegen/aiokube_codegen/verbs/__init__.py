"""Paths of the document as methods."""
