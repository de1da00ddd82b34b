"""Replacements for names of other clients and commands of kubectl, and for parts of either: `aiokube find`."""
