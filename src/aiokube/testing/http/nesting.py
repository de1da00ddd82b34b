"""A limit of how deeply the values of a request are nested."""

from __future__ import annotations

import re

from ..failures import not_implemented

DEEPEST = 200
"""Levels of nested values, which are followed by recursion. kube-apiserver has 10,000."""

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")


def check_nesting(body: bytes) -> None:
    """Refuse JSON that is nested too deeply. What has brackets that do not match is left to the parser.

    Raises:
        Failure: It is.
    """
    if body.count(b"{") + body.count(b"[") <= DEEPEST:
        return
    depth = deepest = 0
    for found in _BRACKET.finditer(_STRING.sub(b"", body)):
        depth += 1 if found[0] in b"[{" else -1
        deepest = max(depth, deepest)
    if deepest > DEEPEST and depth == 0:
        raise not_implemented(f"values that are nested in more than {DEEPEST} levels")
