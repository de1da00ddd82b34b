"""Errors of expressions."""

from __future__ import annotations


class CelError(Exception):
    """An expression that does not compile, in the words of cel-go."""


class CelUnsupported(Exception):
    """An expression that may be valid, and uses something that is not known here."""


class EvaluationError(Exception):
    """The evaluation of an expression has failed."""


def compile_error(source: str, position: int, problem: str) -> CelError:
    """Return an error that shows its place.

    Args:
        source: The expression.
        position: Offset of the place.
        problem: What is wrong.
    """
    before = source[:position]
    line, column = before.count("\n"), position - (before.rfind("\n") + 1)
    text = source.split("\n")[line]
    return CelError(f"ERROR: <input>:{line + 1}:{column + 1}: {problem}\n | {text}\n | {'.' * column}^")
