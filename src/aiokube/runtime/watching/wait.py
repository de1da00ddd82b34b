"""Waiting until an object meets a condition, by a list and a watch of that object."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from contextlib import aclosing
from typing import Any, Final, Generic, TypeVar, final

from ..codec.open_types import is_open
from ..errors import DecodeError, Gone, InvalidArgument, ObjectDeleted, ServerTimeout, Unauthorized, WaitTimeout
from ..http.backoff import Backoff
from ..public import public
from .events import report_undecodable
from .list_watch import ListWatch
from .object_key import ObjectKey, key_of
from .pagination import list_all
from .restart import is_version_too_large
from .watcher import watch

T = TypeVar("T")


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
or a function of the object that returns a bool."""


async def wait_for(
    list_watch: ListWatch[T], name: str, condition: Condition[T] | Deleted, *, timeout: float | None
) -> T | None:
    """Wait until an object meets a condition.

    Args:
        list_watch: A selection of this object alone.
        name: Name of the object.
        condition: The condition to wait for.
        timeout: Timeout in seconds; None for no limit.

    Returns:
        The object that meets the condition. For `deleted`, its last state, or None if it never existed.

    Raises:
        WaitTimeout: The condition was not met in time; the message describes the last state seen.
        ObjectDeleted: The object was deleted while something else was waited for.
        InvalidArgument: The condition is empty, or an async function.
    """
    waiter = _Waiter(list_watch, condition)
    limit = asyncio.timeout(timeout)
    try:
        async with limit:
            return await waiter.run()
    except TimeoutError as error:
        if not limit.expired():
            raise
        key = ObjectKey(list_watch.values.get("namespace"), name)
        raise WaitTimeout(
            f"{list_watch.plural} {key}: {_describe(condition)} was not met within {timeout:g} s; {waiter.last_seen()}"
        ) from (waiter.undecodable or error)


class _Waiter(Generic[T]):
    def __init__(self, list_watch: ListWatch[T], condition: Condition[T] | Deleted) -> None:
        if not condition:
            raise InvalidArgument(
                "condition is empty; pass the type of a status condition, such as 'Ready', or a function"
            )
        self._list_watch = list_watch
        self._condition = condition
        self._has_listed = False
        self._exists = False
        self._seen: Any = None
        self.undecodable: DecodeError | None = None
        """The error of the current state of the object, if it is undecodable."""

    async def run(self) -> T | None:
        backoff = Backoff()
        is_refused = False
        while True:
            try:
                page = await list_all(self._list_watch, version=None, page_size=None)
            except Unauthorized:
                # The credential is renewed after it was refused.
                if is_refused or not self._has_listed:
                    raise
                is_refused = True
                await asyncio.sleep(backoff.next())
                continue
            is_refused = False
            self._has_listed = True
            if page.undecodable:
                raise page.undecodable[0].error
            if self._is_met_by(page.items[0] if page.items else None):
                return self._result()
            try:
                if await self._watch(page.version):
                    return self._result()
            except (Gone, ServerTimeout) as error:
                if not (isinstance(error, Gone) or is_version_too_large(error)):
                    raise
                await asyncio.sleep(backoff.next())

    async def _watch(self, version: str) -> bool:
        events = watch(
            self._list_watch,
            {},
            version=version,
            seconds=None,
            show_bookmarks=False,
            on_undecodable=self._report,
            connected=True,
        )
        async with aclosing(events):
            async for event in events:
                if event.type != "DELETED":
                    is_met = self._is_met_by(event.object)
                else:
                    self._seen = event.object
                    is_met = self._is_met_by(None)
                if is_met:
                    return True
        return False

    def _report(self, error: DecodeError) -> None:
        self.undecodable = error
        report_undecodable(error, None)

    def _result(self) -> T | None:
        result: T | None = self._seen
        return result

    def _is_met_by(self, obj: Any) -> bool:
        self._exists = obj is not None
        self.undecodable = None
        if isinstance(self._condition, Deleted):
            if obj is None or (self._seen is not None and self._seen.metadata.uid != obj.metadata.uid):
                return True
            self._seen = obj
            return False
        if self._seen is not None and (obj is None or self._seen.metadata.uid != obj.metadata.uid):
            key = key_of(self._seen)
            raise ObjectDeleted(
                f"{self._list_watch.plural} {key}: the object was deleted before {_describe(self._condition)} was met"
            )
        if obj is None:
            return False
        self._seen = obj
        if isinstance(self._condition, str):
            return _has_condition(obj, self._condition)
        is_met: object = self._condition(obj)
        if inspect.iscoroutine(is_met):
            is_met.close()
            raise InvalidArgument("the condition is an async function; pass a regular one")
        return bool(is_met)

    def last_seen(self) -> str:
        """Describe the last known state of the object, for a message."""
        if not self._has_listed:
            return "the server has not responded yet"
        if self.undecodable is not None:
            return f"its latest state is undecodable: {self.undecodable}"
        if not self._exists:
            return "it does not exist"
        if isinstance(self._condition, str):
            conditions = [_format(condition) for condition in _conditions(self._seen)]
            return f"its conditions are {', '.join(conditions)}" if conditions else "it has no conditions"
        return f"it exists, at resource version {self._seen.metadata.resource_version}"


def _describe(condition: object) -> str:
    if isinstance(condition, (str, Deleted)):
        return f"condition {condition!r}"
    name: str = getattr(condition, "__name__", "<lambda>")
    return "the condition" if name == "<lambda>" else f"condition {name}"


def _has_condition(obj: Any, wanted: str) -> bool:
    type, _, status = wanted.partition("=")
    for condition in _conditions(obj):
        if str(_get(condition, "type")).casefold() == type.casefold():
            observed = _get(condition, "observed_generation") or _get(_get(obj, "status"), "observed_generation")
            # A condition of an older generation is out of date, as in `kubectl wait`.
            is_current = not observed or not obj.metadata.generation or observed >= obj.metadata.generation
            return is_current and str(_get(condition, "status")).casefold() == (status or "True").casefold()
    return False


def _conditions(obj: Any) -> list[Any]:
    if not (hasattr(obj, "status") or is_open(type(obj))):
        raise InvalidArgument(f"{type(obj).__name__} has no status.conditions to wait for; pass a function instead")
    return list(_get(_get(obj, "status"), "conditions") or ())


def _format(condition: Any) -> str:
    reason = _get(condition, "reason")
    return f"{_get(condition, 'type')}={_get(condition, 'status')}" + (f" ({reason})" if reason else "")


def _get(value: Any, name: str) -> Any:
    """Return a field of a model, or of a dict where the API has no schema."""
    if hasattr(value, name):
        return getattr(value, name)
    fields = value.extra_fields if is_open(type(value)) else value
    first, *rest = name.split("_")
    return fields.get(first + "".join(part.title() for part in rest)) if isinstance(fields, Mapping) else None
