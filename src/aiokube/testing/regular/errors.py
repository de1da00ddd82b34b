"""Why a regular expression is not compiled."""

from __future__ import annotations


class ExpressionError(Exception):
    """An expression that Go does not compile, in Go's words.

    Args:
        problem: What is wrong.
        text: The part that is wrong.
    """

    def __init__(self, problem: str, text: str) -> None:
        super().__init__(f"error parsing regexp: {problem}: `{text}`")


class ExpressionUnsupported(Exception):
    """An expression that may be valid, and uses something that is not known here."""
