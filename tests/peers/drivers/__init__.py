"""Drivers of checks, in each client's own words: a class `Driver` in a module named after it.

Type checkers leave these modules out: the clients are installed by `make peers` only, and some have no types.
"""
