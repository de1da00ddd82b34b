"""Clients against API servers of several versions: `make matrix`."""
