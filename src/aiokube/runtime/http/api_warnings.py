"""The Warning headers of answers, as Python warnings or as calls of a handler (RFC 7234, section 5.5)."""

from __future__ import annotations

import logging
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from ..public import public

_log = logging.getLogger("aiokube.http")

# code, agent, quoted text, and the date that nobody reads.
_WARNING = re.compile(
    r'\s*(?P<code>\d{3}) (?P<agent>[^\s",]+) "(?P<text>(?:[^"\\]|\\.)*)"(?: "[^"]*")?\s*(?P<end>,|$)',
    re.ASCII | re.DOTALL,
)
_MISCELLANEOUS = 299


@public("aiokube")
class ApiWarning(UserWarning):
    """Something that the API server wants its caller to know: a deprecated version, an unknown field."""


class Warning(NamedTuple):
    """One warning of a header."""

    code: int
    agent: str
    text: str


class ApiFrames:
    """Base of the classes whose methods a warning looks past, to point at the code that called them."""


class Warnings:
    """Where the warnings of a client go.

    Args:
        handler: called with the text of each; None reports it as an `ApiWarning` through `warnings.warn`.
    """

    def __init__(self, handler: Callable[[str], object] | None = None) -> None:
        self._handler = handler

    def report(self, headers: Mapping[str, str]) -> None:
        """Report the warnings among the headers of an answer. A handler that fails is logged; the call goes on."""
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
            _log.exception("the handler of warnings failed")


def _level_of_caller() -> int:
    """How far above the caller of this function the code is that has called the client."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None:
        module = frame.f_globals.get("__name__", "")
        ours = module.startswith("aiokube.") or module == "contextlib"
        # Generated packages have names of their own.
        if not ours and not isinstance(frame.f_locals.get("self"), ApiFrames):
            break
        level, frame = level + 1, frame.f_back
    return level


def parse_warnings(header: str) -> Iterator[Warning]:
    """Read the warnings of one header value; ends at the first part that is not one."""
    position = 0
    while match := _WARNING.match(header, position):
        text = re.sub(r"\\(.)", r"\1", match["text"], flags=re.DOTALL)
        if not text.isprintable() or not match["agent"].isprintable():
            return
        yield Warning(int(match["code"]), match["agent"], text)
        if not match["end"]:
            return
        position = match.end()
