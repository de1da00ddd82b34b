"""Waiting until an object meets a condition, by a list and a watch of that object."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable, Mapping
from contextlib import aclosing
from typing import Any, Final, Generic, TypeGuard, TypeVar, final

from ..arguments import types
from ..codec.model import Model
from ..codec.open_types import is_open
from ..codec.status import Status
from ..errors import (
    ApiError,
    ConnectionError,
    DecodeError,
    Gone,
    InvalidArgument,
    NotFound,
    ObjectDeleted,
    Unauthorized,
    WaitTimeout,
    printable,
)
from ..failures import is_transient
from ..http.backoff import Backoff
from ..http.request import JSON
from ..public import public
from .description import describe_condition, describe_state
from .events import UndecodableObject, report_undecodable
from .json_path import PREFIX, json_path_condition
from .list_watch import ListWatch
from .object_key import ObjectKey, key_of, metadata_of
from .pages import Page
from .pagination import list_all
from .restart import Refusals
from .watcher import watch

T = TypeVar("T")

_log = logging.getLogger("aiokube.watching")


@public("aiokube")
@final
class Deleted:
    """The type of `aiokube.deleted`, the condition that an object is deleted."""

    def __repr__(self) -> str:
        return "deleted"

    def __reduce__(self) -> str:
        return "deleted"


deleted: Final = Deleted()
"""Condition for `wait_for`: the object does not exist, or was deleted and created again."""


@public("aiokube")
def created(obj: object) -> bool:
    """Condition for `wait_for`: the object exists. Always returns True."""
    return True


Condition = str | Callable[[T], bool]
"""Type of a condition in `status.conditions` that must be `True`, such as `Ready`; `Ready=False` for another status;
`jsonpath={.status.phase}=Running` for any place; or a function of the object that returns a bool. kubectl's spellings
`condition=Ready` and `condition=Ready=False` mean the same."""

_CONDITION: Final = "condition="
_AS_VALUES: Final[Mapping[str, str]] = {
    "create": "aiokube.created",
    "created": "aiokube.created",
    "delete": "aiokube.deleted",
    "deleted": "aiokube.deleted",
}
"""Texts that kubectl takes, or that are near to them, for what is a value here."""


async def wait_for(
    list_watch: ListWatch[T],
    name: str,
    condition: Condition[T] | Deleted,
    *,
    timeout: float | None,
    unmet: str = "",
    must_exist: bool = False,
) -> T | None:
    """Wait until an object meets a condition.

    Args:
        list_watch: A selection of this object alone.
        name: Name of the object.
        condition: The condition to wait for.
        timeout: Timeout in seconds; 0 for a single look, None for no limit.
        unmet: Text for messages, such as "the rollout was not complete". Default: one about the condition.
        must_exist: Raise an error if the object does not exist at the start, instead of waiting for it.

    Returns:
        The object that meets the condition. For `deleted`, its last decodable state, or None if there was none.

    Raises:
        WaitTimeout: The condition was not met in time; the message describes the last state seen.
        NotFound: The object must exist, and does not.
        ObjectDeleted: The object was deleted while something else was waited for.
        ConnectionError: The server listed other objects only.
        InvalidArgument: The condition is invalid or an async function, or the timeout is negative or no number.
    """
    check_wait(condition, timeout)
    unmet = unmet or f"{_describe(condition)} was not met"
    waiter = _Waiter(list_watch, name, _short(condition), unmet, must_exist=must_exist)
    if timeout == 0:
        if await waiter.look() is None:
            return waiter.result()
        raise WaitTimeout(f"{waiter.title}: {unmet}; {waiter.last_seen()}", waiter.known()) from waiter.undecodable
    limit = asyncio.timeout(timeout)
    try:
        async with limit:
            return await waiter.run()
    except TimeoutError:
        if not limit.expired():
            raise
        message = f"{waiter.title}: {unmet} within {timeout:g} s; {waiter.last_seen()}"
        raise WaitTimeout(message, waiter.known()) from waiter.undecodable


def check_wait(condition: object, timeout: float | None) -> None:
    """Check what is waited for, and for how long.

    Raises:
        InvalidArgument: The condition is invalid, or the timeout is negative or no number.
    """
    types.timeout(timeout, "timeout")
    wanted = "pass the type of a status condition, such as 'Ready', or a function"
    if not condition:
        raise InvalidArgument(f"condition is empty; {wanted}")
    if not (isinstance(condition, (str, Deleted)) or callable(condition)):
        raise InvalidArgument(f"condition is a {type(condition).__name__}; {wanted}")
    if _is_json_path(condition):
        json_path_condition(condition)
    elif isinstance(condition, str):
        if condition.casefold() in _AS_VALUES:
            raise InvalidArgument(
                f"condition is {condition!r}; pass {_AS_VALUES[condition.casefold()]}, without quotes"
            )
        kind, has_status, status = _short(condition).partition("=")
        if not kind.strip():
            raise InvalidArgument(f"condition is {condition!r}, without a type; {wanted}")
        if has_status and not status.strip():
            raise InvalidArgument(f"condition is {condition!r}, with nothing after '='; add the status, such as False")


class _Waiter(Generic[T]):
    def __init__(
        self, list_watch: ListWatch[T], name: str, condition: Condition[T] | Deleted, unmet: str, *, must_exist: bool
    ) -> None:
        self._list_watch = list_watch
        self._key = ObjectKey(list_watch.values.get("namespace"), name)
        self._condition = condition
        self._unmet = unmet
        self._must_exist = must_exist
        self._has_listed = False
        self._exists = False
        self._seen: Any = None
        # Empty if the object exists, but its UID is unknown; None if it has never existed.
        self._uid: str | None = None
        self.title = f"{list_watch.plural} {self._key}"
        self.undecodable: DecodeError | None = None
        """The error of the current state of the object, if it is undecodable."""

    async def run(self) -> T | None:
        backoff = Backoff()
        refusals = Refusals()
        while True:
            try:
                version = await self.look()
            except (ApiError, ConnectionError) as error:
                # A credential is renewed after it was refused, the first one, too.
                may_begin = self._has_listed or isinstance(error, Unauthorized)
                if not (refusals.may_retry(error, None) and may_begin):
                    raise
                await self._pause(backoff, error)
                continue
            refusals.clear()
            if version is None:
                return self.result()
            try:
                if await self._watch(version):
                    return self.result()
            except (ApiError, ConnectionError) as error:
                # Lists go on where watches fail, or are blocked.
                if not (isinstance(error, Gone) or is_transient(error)):
                    raise
                await self._pause(backoff, error)
            else:
                await asyncio.sleep(backoff.next())

    async def _pause(self, backoff: Backoff, failure: Exception) -> None:
        delay = backoff.next()
        _log.warning("%s will be listed again in %.1f s: %s", self.title, delay, failure)
        await asyncio.sleep(delay)

    async def look(self) -> str | None:
        """List the object. Return None if it meets the condition, else the version to watch from."""
        page = await list_all(self._list_watch, version=None, page_size=None)
        found = self._find(page)
        if found is None and self._must_exist and not self._has_listed:
            raise self._not_found()
        self._has_listed = True
        return None if self._is_met_by(found) else page.version

    async def _watch(self, version: str) -> bool:
        """Watch until the condition is met; return False if only another list can tell."""
        events = watch(
            self._list_watch,
            {},
            version=version,
            seconds=None,
            show_bookmarks=False,
            connected=True,
            lists_again=True,
        )
        async with aclosing(events):
            async for event in events:
                state = event if isinstance(event, UndecodableObject) else event.object
                if not self._is_object(state):
                    continue
                if isinstance(state, UndecodableObject) and state.key is None:
                    report_undecodable(state.error, None)
                    return False
                if self._is_deleted_by(state) if event.type == "DELETED" else self._is_met_by(state):
                    return True
        return False

    def _find(self, page: Page[T]) -> T | UndecodableObject | None:
        """Return the object from a list; None if it does not exist."""
        listed: list[T | UndecodableObject] = [*page.items, *page.undecodable]
        found = next((item for item in listed if self._is_object(item)), None)
        if listed and found is None:
            raise ConnectionError(
                f"{self.title}: the server listed other objects instead; check whether a proxy mixes up responses"
            )
        return found

    def _is_object(self, state: T | UndecodableObject) -> bool:
        """Return whether this may be the object that is waited for; an intermediary may mix up responses."""
        key = state.key if isinstance(state, UndecodableObject) else key_of(state)
        if key is None:
            return True
        has_namespaces = key.namespace and self._key.namespace
        return key == self._key if has_namespaces else key.name == self._key.name

    def _not_found(self) -> NotFound:
        status = Status(status="Failure", reason="NotFound", message=f"{self.title} does not exist", code=404)
        return NotFound(status, method="GET", path=self._list_watch.request({}, accept=JSON).path)

    def result(self) -> T | None:
        """Return the last known state of the object."""
        result: T | None = self._seen
        return result

    def _is_deleted_by(self, last: T | UndecodableObject) -> bool:
        self._uid = _uid(last)
        if not isinstance(last, UndecodableObject):
            self._seen = last
        return self._is_met_by(None)

    def _is_met_by(self, state: Any) -> bool:
        """Note the current state of the object, None if it does not exist, and return whether the condition is met."""
        uid = "" if state is None else _uid(state)
        is_deleted = self._uid is not None if state is None else bool(self._uid and uid and self._uid != uid)
        self._exists = state is not None
        self.undecodable = state.error if isinstance(state, UndecodableObject) else None
        if isinstance(self._condition, Deleted):
            if state is None or is_deleted:
                return True
        elif is_deleted:
            raise ObjectDeleted(f"{self.title}: the object was deleted, and {self._unmet}")
        if state is None:
            return False
        self._uid = uid or self._uid or ""
        if isinstance(state, UndecodableObject):
            report_undecodable(state.error, None)
            return False
        self._seen = state
        return not isinstance(self._condition, Deleted) and _meets(state, self._condition)

    def known(self) -> T | None:
        """Return the current state of the object; None if it does not exist or is undecodable."""
        return self.result() if self._exists and self.undecodable is None else None

    def last_seen(self) -> str:
        """Describe the last known state of the object, for a message."""
        if not self._has_listed:
            return "the server has not responded yet"
        if self.undecodable is not None:
            return f"its latest state is undecodable: {self.undecodable}"
        if not self._exists:
            return "it does not exist"
        if _is_json_path(self._condition):
            path = json_path_condition(self._condition)
            return printable(
                f"its {{{path.path}}} is {', '.join(map(str, path.values(_manifest(self._seen)))) or 'absent'}"
            )
        manifest = _manifest(self._seen)
        state = describe_state(manifest) if isinstance(manifest, Mapping) else ""
        if not isinstance(self._condition, str):
            known = f"it exists, at resource version {self._seen.metadata.resource_version}"
        else:
            known = "" if _conditions(self._seen) else "it has no conditions"
        return "; ".join(filter(None, (known, state)))


def _uid(state: object) -> str:
    uid: str = state.uid if isinstance(state, UndecodableObject) else metadata_of(state).uid
    return uid


def _short(condition: T) -> T | str:
    """Return a condition without the prefix that kubectl has for one of the status."""
    return condition.removeprefix(_CONDITION) if isinstance(condition, str) else condition


def _describe(condition: object) -> str:
    if isinstance(condition, (str, Deleted)):
        return f"condition {condition!r}"
    return describe_condition(condition)


def _meets(obj: T, condition: Condition[T]) -> bool:
    if _is_json_path(condition):
        return json_path_condition(condition).is_met_by(_manifest(obj))
    if isinstance(condition, str):
        return _has_condition(obj, condition)
    is_met: object = condition(obj)
    if inspect.iscoroutine(is_met):
        is_met.close()
        raise InvalidArgument("the condition is an async function; pass a regular one")
    return bool(is_met)


def _is_json_path(condition: object) -> TypeGuard[str]:
    return isinstance(condition, str) and condition.startswith(PREFIX)


def _manifest(obj: Any) -> Any:
    return obj.to_dict() if isinstance(obj, Model) else obj


def _has_condition(obj: Any, wanted: str) -> bool:
    type, _, status = wanted.partition("=")
    for condition in _conditions(obj):
        if str(_get(condition, "type")).casefold() == type.casefold():
            observed = _get(condition, "observed_generation")
            if observed is None:
                observed = _get(_get(obj, "status"), "observed_generation")
            # A condition of an older generation is out of date, as in `kubectl wait`.
            is_current = observed is None or not obj.metadata.generation or observed >= obj.metadata.generation
            return is_current and str(_get(condition, "status")).casefold() == (status or "True").casefold()
    return False


def _conditions(obj: Any) -> list[Any]:
    if not (hasattr(obj, "status") or is_open(type(obj))):
        raise InvalidArgument(f"{type(obj).__name__} has no status.conditions to wait for; pass a function instead")
    return list(_get(_get(obj, "status"), "conditions") or ())


def _get(value: Any, name: str) -> Any:
    """Return a field of a model, or of a dict where the API has no schema."""
    if hasattr(value, name):
        return getattr(value, name)
    fields = value.extra_fields if is_open(type(value)) else value
    first, *rest = name.split("_")
    return fields.get(first + "".join(part.title() for part in rest)) if isinstance(fields, Mapping) else None
