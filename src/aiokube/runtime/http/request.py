"""Requests and answers as values, before and after any I/O."""

import re
from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from ..config.validation import NOT_IN_HEADER
from ..errors import DecodeError, InvalidRequest
from ..public import public

JSON = "application/json"

_PATH = re.compile(r'/[!"$-z|~]*', re.ASCII)

# A token of RFC 9110, section 5.6.2.
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")

PATCH_TYPES = {
    "json": "application/json-patch+json",
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    # Every JSON text is YAML.
    "apply": "application/apply-patch+yaml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """An HTTP request to the API server."""

    method: str
    path: str
    """Filled in and escaped."""
    template: str
    """The path as the OpenAPI document has it, `{name}` and all: what metrics should be grouped by."""
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | AsyncIterable[bytes] | None = field(default=None, repr=False)
    idle_timeout: float | None = None
    """Seconds that a stream may stay silent; None for no limit."""
    max_retries: int | None = None
    """Attempts after the first; None for what the client has."""

    def __str__(self) -> str:
        """Name the call in errors: `GET /api/v1/pods`."""
        return f"{self.method} {self.path}"

    @property
    def is_repeatable(self) -> bool:
        """Whether it can be sent a second time: a body that streams is gone after the first."""
        return self.body is None or isinstance(self.body, bytes)

    @property
    def is_watch(self) -> bool:
        """Whether it asks for a watch."""
        return ("watch", "true") in self.query

    @property
    def target(self) -> str:
        """Path and query, escaped."""
        return f"{self.path}?{urlencode(self.query, quote_via=quote)}" if self.query else self.path


@public("aiokube")
@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The answer of the API server, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray = field(repr=False)

    def json(self) -> Any:
        """The body as plain JSON data.

        Raises:
            DecodeError: the body is not JSON.
        """
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise DecodeError(f"the answer is not JSON that can be read: {error}") from error

    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 are replaced."""
        return self.body.decode("utf-8", "replace")


def build(
    method: str,
    template: str,
    values: Mapping[str, str | None],
    query: Mapping[str, object],
    *,
    body: bytes | AsyncIterable[bytes] | None = None,
    content_type: str = JSON,
    accept: str = JSON,
) -> Request:
    """Make a request from a path of the OpenAPI document and the values for its braces.

    Raises:
        InvalidRequest: a value would make another path of it, a query value has no text form, or the method is none.
    """
    if not (method.isascii() and method.isalpha() and method.isupper()):
        raise InvalidRequest(f"the method is {method!r}: it is written in capitals, such as 'GET'")
    headers = {"Accept": accept}
    if body is not None:
        headers["Content-Type"] = content_type
    return Request(
        method=method,
        path=fill(template, values),
        template=template,
        query=tuple(_query(query)),
        headers=headers,
        body=body,
    )


def fill(template: str, values: Mapping[str, str | None]) -> str:
    """Put values into the braces of a path, escaped.

    Raises:
        InvalidRequest: a value is missing, empty, `.`, `..`, or holds `/` or `%`; or the path is none.
    """
    path = template
    for name, value in values.items():
        filled = _escape_path(value or "", template) if name == "path" else _escape_segment(name, value, template)
        path = path.replace("{" + name + "}", filled)
    if not _PATH.fullmatch(path):
        # Without the slash it would go on where the host's name ends, and lead to another host.
        raise InvalidRequest(f"{path!r} is no path: it starts with '/', is escaped, and has a value for each brace")
    return path


def checked_headers(headers: Mapping[str, str], *, refused: tuple[str, ...]) -> Mapping[str, str]:
    """Check headers that a caller adds to a request.

    Args:
        headers: The headers.
        refused: Beginnings, in small letters, of the names that a caller may not set.

    Raises:
        InvalidRequest: A name is refused or is not a token, or a value holds a control character.
    """
    for name, value in headers.items():
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
            raise InvalidRequest(f"headers: {name!r:.80} is not the name of a header")
        if name.lower().startswith(refused):
            raise InvalidRequest(f"headers: {name} cannot be set here; the client sets it")
        # The value may be a secret.
        if not isinstance(value, str) or NOT_IN_HEADER.search(value):
            raise InvalidRequest(f"headers: the value of {name} is not text without line breaks and control characters")
    return headers


def _escape_segment(name: str, value: str | None, template: str) -> str:
    if not isinstance(value, str):
        # Not the value itself: an object that is given in place of its name may be a Secret.
        hint = ", such as the object's metadata.name" if hasattr(value, "metadata") else ""
        raise InvalidRequest(
            f"{name} must be text, not {type(value).__name__}: it is a part of the path {template}{hint}"
        )
    if not value:
        raise InvalidRequest(f"{name} is empty: {template} would become the path of something else")
    if value in (".", "..") or "/" in value or "%" in value:
        raise InvalidRequest(
            f"{name} is {value!r}: a part of the path {template} cannot be '.' or '..', or hold '/' or '%'"
        )
    return quote(_unicode(name, value), safe="")


def _escape_path(value: str, template: str) -> str:
    if any(part in (".", "..") for part in value.split("/")):
        raise InvalidRequest(f"path is {value!r}: '.' and '..' would leave {template}")
    return quote(_unicode("path", value), safe="/")


def _unicode(name: str, value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidRequest(f"{name} is {value!r}, which is not Unicode text") from error
    return value


def _query(query: Mapping[str, object]) -> Iterable[tuple[str, str]]:
    for name, value in query.items():
        if value is None:
            continue
        many = value if isinstance(value, (list, tuple)) else [value]
        for one in many:
            yield name, _unicode(name, _query_text(name, one))


def _query_text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int)):
        return str(value)
    raise InvalidRequest(f"{name} is {value!r}: a query parameter is text, a whole number, a bool or a list of these")


def retry_after(headers: Mapping[str, str]) -> int | None:
    """The whole number of seconds that an answer asks to wait for; None where it asks for nothing, or otherwise."""
    value = headers.get("Retry-After", "")
    return int(value) if re.fullmatch(r"[0-9]{1,9}", value, re.ASCII) else None
