"""Manifests of many objects: read, ordered, applied, compared, pruned and deleted."""
