"""Measurements: ratios within one run, against a limit or a peer on the same machine and the same bytes."""
