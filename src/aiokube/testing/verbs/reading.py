"""get and list: states of the present and of the past, in pages."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ..call import Call, number
from ..failures import Cause, Failure, bad_request, expired, not_found
from ..parsing import NotANumber, parse_uint
from ..rendering import encode
from ..selectors import Matches, field_matcher, label_matcher, name_of
from ..store import Compacted, Key, Record
from .state import Reply, State
from .views import view_of

_OF_TOKENS = "meta.k8s.io/v1"
_TOO_OLD_PAGE = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)
_TOO_OLD = "The resourceVersion for the provided list is too old."


def get(state: State, call: Call) -> Reply:
    """Return an object.

    Raises:
        Failure: It does not exist, or the version is of the future.
    """
    view = view_of(state, call)
    version = call.query.get("resourceVersion", "")
    try:
        parse_version(version)
    except InvalidVersion as error:
        raise Failure(500, "", str(error)) from None
    check_future(state, version)
    record = state.store.get(call.resource.collection, call.key)
    if record is None:
        raise not_found(call.version.resource, call.name)
    return Reply(body=view.of(record), content_type=view.content_type)


@dataclass(frozen=True)
class Selection:
    """Which objects of a collection a list or a watch is about."""

    namespace: str
    labels: Matches | None
    fields: Matches | None

    @property
    def is_whole(self) -> bool:
        """True if it has no selectors."""
        return self.labels is None and self.fields is None

    def covers(self, key: Key, record: Record) -> bool:
        """Return True if an object is selected."""
        return (
            (not self.namespace or key.namespace == self.namespace)
            and (self.labels is None or self.labels(record.obj))
            and (self.fields is None or self.fields(record.obj))
        )


def selection(call: Call) -> Selection:
    """Return what a list, a watch or the deletion of a collection selects.

    Raises:
        Failure: A selector is invalid.
    """
    labels = label_matcher(call.query.get("labelSelector", ""))
    wanted = call.query.get("fieldSelector", "")
    if call.name:
        # A watch of one object, by its path.
        if wanted and name_of(wanted) != call.name:
            raise bad_request("fieldSelector metadata.name doesn't match requested name")
        wanted = wanted or f"metadata.name={call.name}"
    fields = field_matcher(wanted, call.resource, call.version.resource)
    return Selection(call.namespace, labels, fields)


class _Token(msgspec.Struct):
    """The content of a continue token."""

    v: str | None = None
    rv: int | None = None
    start: str | None = None


@dataclass(frozen=True)
class _Page:
    """Where a list begins."""

    at: int | None
    after: Key | None = None


def limits(call: Call) -> tuple[int, int]:
    """Return `timeoutSeconds` and `limit` of a list, a watch or the deletion of a collection; 0 for none.

    Raises:
        Failure: One is no number.
    """
    return number(call.query, "timeoutSeconds"), number(call.query, "limit")


def list_(state: State, call: Call) -> Reply:
    """Return a list, or a page of it.

    Raises:
        Failure: A parameter is invalid, or the state is forgotten or of the future.
    """
    view = view_of(state, call, is_list=True)
    _, limit = limits(call)
    selected = selection(call)
    page = _page(state, call)
    collection = call.resource.collection
    if state.pages_expire and page.after is not None and page.at is not None:
        raise _expired(state, call, page)
    try:
        found = state.store.records(collection, namespace=call.namespace, at=page.at)
    except Compacted:
        raise _expired(state, call, page) from None
    rest = [
        (key, record)
        for key, record in found
        if (page.after is None or key > page.after) and selected.covers(key, record)
    ]
    revision = state.store.revision if page.at is None else page.at
    metadata: dict[str, Any] = {"resourceVersion": str(revision)}
    if limit > 0 and len(rest) > limit:
        metadata["continue"] = _token(revision, rest[limit - 1][0], call)
        if selected.is_whole:
            metadata["remainingItemCount"] = len(rest) - limit
        rest = rest[:limit]
    if call.resource.custom:
        # Lists of custom resources always have the field.
        metadata.setdefault("continue", "")
    records = [record for _, record in rest]
    return Reply(body=view.of_list(records, metadata), content_type=view.content_type)


def check_match(query: Mapping[str, str], *, is_watch: bool) -> None:
    """Check the combination of `resourceVersion` and `resourceVersionMatch`.

    Raises:
        Failure: It is invalid.
    """
    match, version = query.get("resourceVersionMatch", ""), query.get("resourceVersion", "")
    sends_initial = query.get("sendInitialEvents")
    continues = bool(query.get("continue"))
    causes = (
        _watch_causes(match, sends_initial, continues=continues)
        if is_watch
        else _list_causes(query, match, version, sends_initial)
    )
    if causes:
        text = ", ".join(dict.fromkeys(f"{cause.field}: {cause.message}" for cause in causes))
        details = {"group": "meta.k8s.io", "kind": "ListOptions", "causes": [cause.to_dict() for cause in causes]}
        shown = text if len(causes) == 1 else f"[{text}]"
        raise Failure(422, "Invalid", f'ListOptions.meta.k8s.io "" is invalid: {shown}', details=details)


def _watch_causes(match: str, sends_initial: str | None, *, continues: bool) -> list[Cause]:
    causes: list[Cause] = []
    if continues:
        causes.append(_forbidden("resourceVersionMatch is forbidden when continue is provided"))
    if sends_initial is None and not match:
        return causes
    if sends_initial is not None and match != "NotOlderThan":
        causes.append(_forbidden("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"))
    elif sends_initial is None:
        causes.append(_forbidden("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"))
    if match not in ("", "NotOlderThan"):
        causes.append(_unsupported(match, '"NotOlderThan"'))
    return causes


def _list_causes(query: Mapping[str, str], match: str, version: str, sends_initial: str | None) -> list[Cause]:
    causes: list[Cause] = []
    if sends_initial is not None:
        causes.append(_forbidden("sendInitialEvents is forbidden for list", "sendInitialEvents"))
    if not match:
        return causes
    if not version:
        causes.append(_forbidden("resourceVersionMatch is forbidden unless resourceVersion is provided"))
    if query.get("continue"):
        causes.append(_forbidden("resourceVersionMatch is forbidden when continue is provided"))
    if match not in ("Exact", "NotOlderThan"):
        causes.append(_unsupported(match, '"Exact", "NotOlderThan", ""'))
    if match == "Exact" and version == "0":
        causes.append(_forbidden('resourceVersionMatch "exact" is forbidden for resourceVersion "0"'))
    return causes


def _forbidden(text: str, field: str = "resourceVersionMatch") -> Cause:
    return Cause("FieldValueForbidden", f"Forbidden: {text}", field)


def _unsupported(match: str, choices: str) -> Cause:
    text = f'Unsupported value: "{match}": supported values: {choices}'
    return Cause("FieldValueNotSupported", text, "resourceVersionMatch")


class InvalidVersion(Exception):
    """A resource version is not a number."""


def parse_version(text: str) -> int:
    """Return a resource version as a number; 0 if it is absent.

    Raises:
        InvalidVersion: It is not a number.
    """
    try:
        return parse_uint(text) if text else 0
    except NotANumber as error:
        raise InvalidVersion(f'resourceVersion: Invalid value: "{text}": {error}') from None


def check_future(state: State, version: str) -> None:
    """Check that a resource version exists.

    Raises:
        Failure: It is not a number, or of the future. A real server waits for three seconds before it says so.
    """
    try:
        is_future = parse_version(version) > state.store.revision
    except InvalidVersion as error:
        raise bad_request(f"invalid resource version: {error}") from None
    if is_future:
        raise Failure(
            504,
            "Timeout",
            f"Timeout: Too large resource version: {version}, current: {state.store.revision}",
            details={
                "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
            },
            retry_after=1,
        )


def _page(state: State, call: Call) -> _Page:
    version, token = call.query.get("resourceVersion", ""), call.query.get("continue", "")
    check_match(call.query, is_watch=False)
    if token:
        if version not in ("", "0"):
            raise bad_request("specifying resource version is not allowed when using continue")
        page = _parse_token(token, call)
        check_future(state, str(page.at or ""))
        return page
    check_future(state, version)
    exact = call.query.get("resourceVersionMatch") == "Exact"
    # A page of a given version is of exactly that version, unless the client says otherwise.
    paged = number(call.query, "limit") > 0 and version not in ("", "0") and not call.query.get("resourceVersionMatch")
    return _Page(int(version)) if exact or paged else _Page(None)


def _expired(state: State, call: Call, page: _Page) -> Failure:
    if page.after is None:
        return expired(_TOO_OLD)
    return expired(_TOO_OLD_PAGE, continue_=_token(-1, page.after, call))


def _token(revision: int, last: Key, call: Call) -> str:
    """Return a continue token, in kube-apiserver's form."""
    start = last.name if call.namespace or not call.resource.namespaced else f"{last.namespace}/{last.name}"
    token = {"v": _OF_TOKENS, "rv": revision, "start": f"{start}\u0000"}
    return base64.urlsafe_b64encode(encode(token)).decode().rstrip("=")


def _parse_token(token: str, call: Call) -> _Page:
    try:
        padded = token + "=" * (-len(token) % 4)
        content = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=_Token)
    except (binascii.Error, msgspec.DecodeError, UnicodeError, ValueError):
        raise _invalid_token("not JSON in base64") from None
    version, start, revision = content.v or "", content.start or "", content.rv or 0
    if version != _OF_TOKENS:
        raise _invalid_token(f"server does not recognize this encoded version {version}")
    if not -(1 << 63) <= revision < 1 << 63:
        raise _invalid_token(f"{revision} is out of range")
    if not revision:
        raise _invalid_token(f"incorrect encoded start resourceVersion (version {version})")
    if not start:
        raise _invalid_token(f"encoded start key empty (version {version})")
    if any(part in ("", ".", "..") for part in start.removeprefix("/").split("/")):
        raise _invalid_token(start)
    namespace, _, name = start.removesuffix("\u0000").rpartition("/")
    return _Page(None if revision < 0 else revision, Key(namespace.removeprefix("/") or call.namespace, name))


def _invalid_token(problem: str) -> Failure:
    return bad_request(f"invalid continue token: continue key is not valid: {problem}")
