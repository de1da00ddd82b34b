"""Benchmarks: ratios to a target or a peer, within one run on the same machine and the same bytes."""
