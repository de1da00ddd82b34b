"""Warning headers of responses (RFC 7234, section 5.5), reported as Python warnings or to a handler."""

from __future__ import annotations

import logging
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from ..public import public

_log = logging.getLogger("aiokube.http")

# The code, the agent, the quoted text and the date, which is ignored.
_WARNING = re.compile(
    r'\s*(?P<code>\d{3}) (?P<agent>[^\s",]+) "(?P<text>(?:[^"\\]|\\.)*)"(?: "[^"]*")?\s*(?P<end>,|$)',
    re.ASCII | re.DOTALL,
)
_MISCELLANEOUS = 299


@public("aiokube")
class ApiWarning(UserWarning):
    """A warning of the API server, such as about a deprecated version or an unknown field."""


class Warning(NamedTuple):
    """One warning of a header."""

    code: int
    agent: str
    text: str


class ApiFrames:
    """Base of the classes whose methods are skipped in the search for the caller that a warning points to."""


class Warnings:
    """The reporting of a client's warnings.

    Args:
        handler: Callback for the text of each warning; by default `warnings.warn` is called with an `ApiWarning`.
    """

    def __init__(self, handler: Callable[[str], object] | None = None) -> None:
        self._handler = handler

    def report(self, headers: Mapping[str, str]) -> None:
        """Report the warnings in the headers of a response. An exception of the handler is logged and ignored."""
        getall = getattr(headers, "getall", None)
        values = getall("Warning", []) if getall else [headers[name] for name in headers if name.lower() == "warning"]
        for value in values:
            for warning in parse_warnings(value):
                if warning.code == _MISCELLANEOUS and warning.text:
                    self._report(warning.text)

    def _report(self, text: str) -> None:
        if self._handler is None:
            warnings.warn(text, ApiWarning, stacklevel=_level_of_caller())
            return
        try:
            self._handler(text)
        except Exception:
            _log.exception("the on_warning callback raised")


def _level_of_caller() -> int:
    """Return the stack level, counted from the caller of this function, of the code that called the client."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None:
        module = frame.f_globals.get("__name__", "")
        is_ours = module.startswith("aiokube.") or module == "contextlib"
        # Packages that users generate have other names.
        if not is_ours and not isinstance(frame.f_locals.get("self"), ApiFrames):
            break
        level, frame = level + 1, frame.f_back
    return level


def parse_warnings(header: str) -> Iterator[Warning]:
    """Parse the warnings in the value of a header, up to the first part that is not a warning."""
    position = 0
    while match := _WARNING.match(header, position):
        text = re.sub(r"\\(.)", r"\1", match["text"], flags=re.DOTALL)
        if not text.isprintable() or not match["agent"].isprintable():
            return
        yield Warning(int(match["code"]), match["agent"], text)
        if not match["end"]:
            return
        position = match.end()
