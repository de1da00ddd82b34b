"""A verb as data: what there is to say about a method, once for all resources.

Texts, types and names may hold the fields of `Operation.fields`, such as `{kind}`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from .arguments import Argument
from .operation import Operation

HIDES_ARGUMENTS: Final = "hides_arguments"
"""The decorator of the runtime for methods whose arguments show in no traceback."""


@dataclass(frozen=True, kw_only=True)
class Raises:
    """An error that a caller should expect."""

    error: str
    reason: str
    when: Callable[[Operation], bool] = lambda operation: True
    """The operations for which it is documented."""


@dataclass(frozen=True, kw_only=True)
class Overload:
    """A signature for some types of the arguments."""

    annotations: Mapping[str, str]
    """By argument; the others are as in the method itself."""
    returns: str


@dataclass(frozen=True, kw_only=True)
class Verb:
    """A method generated for every class with a matching operation."""

    name: str
    applies: Callable[[Operation], bool]
    subresource: str = ""
    """If set, the verb applies to this subresource only, and replaces the general verbs there."""
    summary: str
    is_composed: bool = False
    """True if it is built on other methods, named in its summary; its docstring then lists no HTTP calls."""
    arguments: tuple[Argument, ...]
    """In their order, `PARAMETERS` among them."""
    sends: Callable[[str], bool] = lambda wire_name: True
    """The query parameters of the document that the method has, by wire name."""
    meanings: Mapping[str, str] = field(default_factory=dict)
    """Texts of query parameters that mean something else here, by wire name."""
    returns: str
    overloads: tuple[Overload, ...] = ()
    is_async: bool = True
    """Print `async def`; methods that return a context manager or an iterator are plain."""
    decorator: str = ""
    """A decorator of the runtime for the method; that of methods which send secrets is added."""
    calls: str
    """The method of the runtime."""
    passes: tuple[str, ...] = ("{path}", "{response}", "{query}")
    """The arguments of that call, by position or as `keyword=...`. Arguments that are not in the query follow as
    keywords."""
    raises: tuple[Raises, ...] = ()


def all_but(*wire_names: str) -> Callable[[str], bool]:
    """For `Verb.sends`: every query parameter except some."""
    return lambda wire_name: wire_name not in wire_names


NOT_FOUND: Final = Raises(error="NotFound", reason="The object does not exist")
INVALID: Final = Raises(error="Invalid", reason="The server does not accept the value of a field")
NO_WEBSOCKET: Final = Raises(error="Forbidden", reason="The user is not allowed to do this, or not over WebSocket")
STREAM_FAILED: Final = Raises(error="StreamError", reason="The other side failed, or ended without a result")
