"""Warning headers of responses (RFC 7234, section 5.5), reported as Python warnings or to a handler."""

from __future__ import annotations

import logging
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import NamedTuple

from ..public import public

_log = logging.getLogger("aiokube.http")

# The code, the agent, the quoted text and the date, which is ignored.
_WARNING = re.compile(
    r'\s*(?P<code>\d{3}) (?P<agent>[^\s",]+) "(?P<text>(?:[^"\\]|\\.)*)"(?: "[^"]*")?\s*(?P<end>,|$)',
    re.ASCII | re.DOTALL,
)
_MISCELLANEOUS = 299

# Warnings of one file that are remembered; then they are shown again.
_MAX_REGISTERED = 1000


@public("aiokube")
class ApiWarning(UserWarning):
    """A warning of the API server, such as about a deprecated version or an unknown field."""


class HeaderWarning(NamedTuple):
    """One warning of a header."""

    code: int
    agent: str
    text: str


class ApiFrames:
    """Base of the classes whose methods are skipped in the search for the caller that a warning points to."""


class Warnings:
    """The reporting of a client's warnings.

    Args:
        handler: Callback for the text of each warning; by default each is a Python warning, `ApiWarning`.
    """

    def __init__(self, handler: Callable[[str], object] | None = None) -> None:
        self._handler = handler
        # The warnings that were shown, by file, for the filters that show one once.
        self._registries: dict[str, dict[str | tuple[str, type[Warning], int], int]] = {}

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
            self._warn(text)
            return
        try:
            self._handler(text)
        except Exception:
            _log.exception("the on_warning callback raised")

    def _warn(self, text: str) -> None:
        caller = _caller()
        filename, module = caller.f_code.co_filename, caller.f_globals.get("__name__", "")
        # Not the registry of the caller's module, which would keep each text of the server for ever.
        registry = self._registries.setdefault(filename, {})
        if len(registry) > _MAX_REGISTERED:
            registry.clear()
        try:
            warnings.warn_explicit(text, ApiWarning, filename, caller.f_lineno, module, registry)
        except Exception:
            # The filters make warnings errors, but the server has carried out the call.
            _log.warning("the server warns: %s", text)


def _caller() -> FrameType:
    """Return the frame of the code that called the client."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        module = frame.f_globals.get("__name__", "")
        is_ours = module.startswith("aiokube.") or module == "contextlib"
        # Packages that users generate have other names.
        if not is_ours and not isinstance(frame.f_locals.get("self"), ApiFrames):
            break
        frame = frame.f_back
    return frame


def parse_warnings(header: str) -> Iterator[HeaderWarning]:
    """Parse the warnings in the value of a header, up to the first part that is not a warning."""
    position = 0
    while match := _WARNING.match(header, position):
        text = re.sub(r"\\(.)", r"\1", match["text"], flags=re.DOTALL)
        if not text.isprintable() or not match["agent"].isprintable():
            return
        yield HeaderWarning(int(match["code"]), match["agent"], text)
        if not match["end"]:
            return
        position = match.end()
