"""Arguments of methods, and those that many verbs share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .operation import Operation


@dataclass(frozen=True, kw_only=True)
class Argument:
    """An argument of a method.

    All texts may hold the fields of `Operation.fields`, such as `{kind}`.
    """

    name: str
    annotation: str
    text: str
    """Its line in the docstring."""
    default: str = ""
    """Python source; empty where the argument is required."""
    positional: bool = False
    """It may be given by position; all others are keywords."""
    wire_name: str = ""
    """Query parameter that carries the argument, replacing the document's parameter of its name; empty if none does."""
    path_name: str = ""
    """Brace of the path that the argument fills by a general call; empty if none."""
    passed_as: str = ""
    """The runtime's name for an argument that is not sent in the query; empty where it is the same."""
    when: Callable[[Operation], bool] = lambda operation: True
    """The operations for which methods have it."""


PARAMETERS: Final = Argument(name="", annotation="", text="")
"""Marks the place of the document's query parameters among a verb's own arguments."""

PATH_ARGUMENTS: Final = Argument(name="", annotation="", text="")
"""Marks the place of the arguments for the braces of an unusual path among a verb's own arguments."""

NAME: Final = Argument(
    name="name",
    annotation="str",
    text="Name of the {kind}.",
    positional=True,
    when=lambda operation: operation.named,
)
POD_OR_OWNER: Final = replace(
    NAME, text="Name of the {kind}, or a type and a name as kubectl takes them: `svc/web`, `deploy/web`."
)
NAMESPACE: Final = Argument(
    name="namespace",
    annotation="str | None",
    default="None",
    text="Default: the namespace of the client.",
    when=lambda operation: operation.namespaced,
)
NAMESPACE_OF_OBJECT: Final = Argument(
    name="namespace",
    annotation="str | None",
    default="None",
    text="Default: the namespace in the object's metadata, else that of the client.",
    when=lambda operation: operation.namespaced,
)
ALL_NAMESPACES: Final = Argument(
    name="all_namespaces",
    annotation="bool",
    default="False",
    text="Cover every namespace.",
    when=lambda operation: operation.all_namespaces_path is not None,
)
ON_UNDECODABLE: Final = Argument(
    name="on_undecodable",
    annotation="Callable[[DecodeError], object] | None",
    default="None",
    text="Called with the error of each object that does not fit its class. Default: log a warning.",
)
