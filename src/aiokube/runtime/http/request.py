"""Requests and responses as plain values."""

import re
from collections.abc import AsyncIterable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

import msgspec

from ..arguments import is_unicode, kind_of
from ..codec.depth import MAX_DEPTH, decode_deep
from ..codec.model import dataclass, encode, encode_as_yaml
from ..config import validation
from ..config.validation import NOT_IN_HEADER
from ..errors import DecodeError, InvalidRequest
from ..public import public
from ..secret import SecretText, hides_arguments
from .selectors import SELECTORS, selector_text

JSON = "application/json"

_PATH = re.compile(r'/[!"$-z|~]*', re.ASCII)

# A name that needs neither a check nor an escape.
_is_plain = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9_.~-]*").fullmatch

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")

# A token of RFC 9110, section 5.6.2.
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")

_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})

PATCH_TYPES = {
    "json": "application/json-patch+json",
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "apply": "application/apply-patch+yaml",
}


def encode_body(body: object, content_type: str) -> bytes:
    """Encode the body of a request as JSON; where YAML is asked for, as JSON that is YAML too.

    Raises:
        InvalidRequest: A value cannot be represented in JSON, or the server would take it for something else.
    """
    return encode_as_yaml(body) if content_type.endswith("yaml") else encode(body)


@dataclass
class Request(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP request to the API server."""

    method: str
    path: str
    """The path, escaped."""
    template: str
    """The path in the OpenAPI document, such as `/api/v1/nodes/{name}`; suitable for grouping metrics."""
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    body: bytes | AsyncIterable[bytes] | None = None
    idle_timeout: float | None = None
    """Maximum time without data in seconds; None for no limit."""
    max_retries: int | None = None
    """Maximum number of retries; None for that of the client."""
    retries_429: bool = True
    """False if the caller repeats the request itself after a 429."""

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        # An API key may be in a header, the password of a command in the query.
        return [("method", self.method), ("path", self.path), ("template", self.template)]

    def __repr__(self) -> str:
        return _repr(self)

    def __str__(self) -> str:
        """Name the call in errors: `GET /api/v1/pods`."""
        return f"{self.method} {self.path}"

    @property
    def is_repeatable(self) -> bool:
        """True if the request can be sent again; a streamed body can be sent only once."""
        return self.body is None or isinstance(self.body, bytes)

    @property
    def namespace(self) -> str | None:
        """The namespace in the path; None if it has none."""
        segment = _segment_of_namespace(self.template)
        if segment is None:
            return None
        namespace = self.path.split("/", segment + 1)[segment]
        return unquote(namespace) if "%" in namespace else namespace

    @property
    def outcome(self) -> str:
        """The end of an error after a success: a caller must not repeat what has been carried out."""
        return "" if self.method == "GET" else "; the server has carried out the request"

    @property
    def is_watch(self) -> bool:
        """True if the request starts a watch."""
        return ("watch", "true") in self.query

    @property
    def target(self) -> str:
        """The path and the query, escaped."""
        if not self.query:
            return self.path
        return f"{self.path}?{'&'.join([f'{_quoted(name)}={_quoted(value)}' for name, value in self.query])}"


@lru_cache
def _segment_of_namespace(template: str) -> int | None:
    segments = template.split("/")
    return segments.index("{namespace}") if "{namespace}" in segments else None


@public("aiokube")
@dataclass
class Response(msgspec.Struct, frozen=True, kw_only=True):
    """A complete response of the API server."""

    status: int
    headers: Mapping[str, str]
    body: bytes | bytearray

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        # The body may be a Secret.
        return [("status", self.status), ("headers", self.headers)]

    def __repr__(self) -> str:
        return _repr(self)

    def json(self) -> Any:
        """Decode the body as plain JSON data.

        Raises:
            DecodeError: The body is not JSON.
        """
        try:
            return decode_deep(msgspec.json.decode, self.body)
        except RecursionError as error:
            raise DecodeError(f"the response is nested deeper than {MAX_DEPTH} levels") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise DecodeError(f"the response is not valid JSON: {error}") from error

    def text(self) -> str:
        """Decode the body as UTF-8 text; invalid bytes are replaced."""
        return self.body.decode("utf-8", "replace")


def _quoted(text: str) -> str:
    return text if _is_plain(text) else quote(text, safe="")


def _repr(value: Request | Response) -> str:
    return f"{type(value).__name__}({', '.join(f'{name}={part!r}' for name, part in value.__rich_repr__())})"


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
    """Build a request from a path template of the OpenAPI document.

    Args:
        method: HTTP method, in capitals.
        template: Path template with placeholders in braces, such as `/api/v1/nodes/{name}`.
        values: Values of the placeholders, not escaped.
        query: Query parameters, not escaped; those that are None are omitted, and lists are repeated.
        body: Body; None for a request without a body.
        content_type: Content type of the body.
        accept: Accepted content type of the response.

    Raises:
        InvalidRequest: A value would change the structure of the path, a query parameter has an unsupported type, or
            the method is invalid.
    """
    if method not in _METHODS and not (
        isinstance(method, str) and method.isascii() and method.isalpha() and method.isupper()
    ):
        raise InvalidRequest(f"method: {method!r} is invalid; use capital letters, such as 'GET'")
    # A check for an abstract class takes long.
    if type(query) is not dict and not isinstance(query, Mapping):
        raise InvalidRequest(f"query: must be a mapping of names to values, not {kind_of(query)}")
    headers = {"Accept": accept}
    if body is not None:
        headers["Content-Type"] = content_type
    return Request(
        method=method,
        path=fill(template, values),
        template=template,
        query=tuple(_query(query)) if query else (),
        headers=headers,
        body=body,
    )


def fill(template: str, values: Mapping[str, str | None]) -> str:
    """Replace the placeholders of a path template by escaped values.

    Raises:
        InvalidRequest: A value is missing, empty, `.`, `..`, or contains `/` or `%`; or the path is invalid.
    """
    if not isinstance(template, str):
        raise InvalidRequest(f"path: must be a string, not {kind_of(template)}")
    parsed = _parsed(template)
    if parsed is not None and parsed.names == tuple(values):
        return parsed.format % tuple([_escape(name, value, template) for name, value in values.items()])
    path = template
    for name, value in values.items():
        path = path.replace("{" + name + "}", _escape(name, value, template))
    if not _PATH.fullmatch(path):
        # A path without a leading slash would extend the host name, and lead to another host.
        raise InvalidRequest(
            f"path: {path!r} is invalid; it must start with '/', be escaped, and have a value for each placeholder"
        )
    return path


class _Template(NamedTuple):
    """A template that is a path with values for its placeholders."""

    names: tuple[str, ...]
    """The placeholders in their order."""
    format: str
    """The template with `%s` for each placeholder."""


@lru_cache(maxsize=4096)
def _parsed(template: str) -> _Template | None:
    """Return a template in parts; None if it is not a path."""
    if not _PATH.fullmatch(_PLACEHOLDER.sub("-", template)):
        return None
    return _Template(tuple(_PLACEHOLDER.findall(template)), _PLACEHOLDER.sub("%s", template.replace("%", "%%")))


def placeholders(template: str) -> tuple[str, ...]:
    """Return the names of the placeholders of a path template."""
    parsed = _parsed(template)
    return tuple(_PLACEHOLDER.findall(template)) if parsed is None else parsed.names


def check_name(name: str) -> None:
    """Check that a name can stand in a path.

    Raises:
        InvalidRequest: It is no string, empty, `.`, `..`, or contains `/` or `%`.
    """
    _escape("name", name, "")


@hides_arguments
def secret_headers(headers: Mapping[str, str], *, refused: tuple[str, ...]) -> dict[str, str]:
    """Check headers that a caller adds to a request, and return them with values whose repr is redacted.

    Args:
        headers: The headers.
        refused: Prefixes, in lower case, of the names that a caller may not set.

    Raises:
        ConfigError: The headers are not a mapping of strings to strings.
        InvalidRequest: A name is refused or invalid, or a value contains a control character.
    """
    validation.types.instance(headers, Mapping, "a mapping of names to values", "headers")
    for name, value in headers.items():
        validation.types.instance(name, str, "a string", "headers: a name")
        validation.types.instance(value, str, "a string", f"headers: {name}")
        if not _HEADER_NAME.fullmatch(name):
            raise InvalidRequest(f"headers: {name!r:.80} is not a valid header name")
        if name.lower().startswith(refused):
            raise InvalidRequest(f"headers: {name} cannot be set here; the client sets it")
        # The error does not show the value, which may be secret.
        if NOT_IN_HEADER.search(value) or not is_unicode(value):
            raise InvalidRequest(
                f"headers: the value of {name} must be a string without control characters and lone surrogates"
            )
    return {name: SecretText(value) for name, value in headers.items()}


def merged_headers(*sources: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of several sources, whose names are equal in any case; later sources take precedence."""
    merged = {name.lower(): (name, value) for source in sources for name, value in source.items()}
    return dict(merged.values())


def _escape(name: str, value: str | None, template: str) -> str:
    if isinstance(value, str) and _is_plain(value):
        return value
    return _escape_path(value or "", template) if name == "path" else _escape_segment(name, value, template)


def _escape_segment(name: str, value: str | None, template: str) -> str:
    where = f" in {template}" if template else ""
    if not isinstance(value, str):
        # The error does not show the value, because an object that is passed instead of its name may be a Secret.
        hint = "; pass its metadata.name" if hasattr(value, "metadata") else ""
        raise InvalidRequest(f"{name}: must be a string{where}, not {kind_of(value)}{hint}")
    if not value:
        meaning = f", which would change the meaning of {template}" if template else ""
        raise InvalidRequest(f"{name}: is empty{meaning}; pass a value")
    if value in (".", "..") or "/" in value or "%" in value:
        raise InvalidRequest(f"{name}: {value!r} is invalid{where}; it cannot be '.' or '..', nor contain '/' or '%'")
    return quote(_unicode(name, value), safe="")


def _escape_path(value: str, template: str) -> str:
    if any(part in (".", "..") for part in value.split("/")):
        raise InvalidRequest(f"path: {value!r} is invalid in {template}; it cannot contain '.' or '..' as a segment")
    return quote(_unicode("path", value), safe="/")


def _unicode(name: str, value: str) -> str:
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidRequest(f"{name}: {value!r} contains a lone surrogate, which cannot be encoded") from error
    return value


def _query(query: Mapping[str, object]) -> Iterable[tuple[str, str]]:
    for name, value in query.items():
        if value is None:
            continue
        if name in SELECTORS:
            value = selector_text(name, value)
        for item in value if isinstance(value, (list, tuple)) else [value]:
            yield name, _unicode(name, _query_text(name, item))


def _query_text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int)):
        return str(value)
    raise InvalidRequest(
        f"{name}: {value!r} is not a valid query parameter; use a string, an integer, a boolean or a list of these"
    )


def retry_after(headers: Mapping[str, str]) -> int | None:
    """Return the value of the Retry-After header in seconds; None if it is absent or not a whole number."""
    value = headers.get("Retry-After", "")
    return int(value) if re.fullmatch(r"[0-9]{1,9}", value, re.ASCII) else None
