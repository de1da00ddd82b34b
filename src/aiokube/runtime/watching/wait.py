"""Waiting until an object is what it should be: a list and a watch of that one object, no polling."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from contextlib import aclosing
from typing import Any, Final, Generic, TypeVar, final

from ..errors import DecodeError, Gone, InvalidArgument, WaitTimeout
from ..http.backoff import Backoff
from ..public import public
from .events import report_undecodable
from .list_watch import ListWatch
from .object_key import ObjectKey
from .pagination import list_all
from .watcher import watch

T = TypeVar("T")


@public("aiokube")
@final
class Deleted:
    """The condition of an object that is gone."""

    def __repr__(self) -> str:
        return "deleted"


deleted: Final = Deleted()
"""For `wait_for`: the object is gone, or another one has taken its name."""


@public("aiokube")
def created(obj: object) -> bool:
    """For `wait_for`: the object is there."""
    return True


Condition = str | Callable[[T], bool]
"""The type of a condition in `status.conditions` that has to be `True`, `type=status` for another status, or a
function that says whether an object is as it should be."""


async def wait_for(
    list_watch: ListWatch[T], name: str, condition: Condition[T] | Deleted, *, timeout: float | None
) -> T | None:
    """Wait until an object meets a condition.

    Args:
        list_watch: where the object is; selects it alone.
        name: its name.
        condition: what to wait for.
        timeout: seconds; None for no limit.

    Returns:
        The object that meets the condition; for `deleted`, as it was last, or None when it was not there at all.

    Raises:
        WaitTimeout: it did not in time; the message says what was seen last.
        InvalidArgument: the condition is empty, or its function is async.
    """
    waiting = _Waiting(list_watch, condition)
    limit = asyncio.timeout(timeout)
    try:
        async with limit:
            return await waiting.run()
    except TimeoutError as error:
        if not limit.expired():
            raise
        key = ObjectKey(list_watch.values.get("namespace"), name)
        raise WaitTimeout(
            f"{list_watch.plural} {key}: {waiting.what} did not come within {timeout:g} s; {waiting.last_seen()}"
        ) from (waiting.undecodable or error)


class _Waiting(Generic[T]):
    def __init__(self, list_watch: ListWatch[T], condition: Condition[T] | Deleted) -> None:
        if not condition:
            raise InvalidArgument(
                "condition is empty: name one of status.conditions, such as 'Ready', or give a function"
            )
        self._list_watch = list_watch
        self._condition = condition
        self._answered = False
        self._is_there = False
        self._seen: Any = None
        self.undecodable: DecodeError | None = None
        """Why the object as it is now does not fit its class."""
        self.what = _name_of(condition)

    async def run(self) -> T | None:
        backoff = Backoff()
        while True:
            page = await list_all(self._list_watch, version=None, page_size=None)
            self._answered = True
            if page.undecodable:
                raise page.undecodable[0].error
            if self._is_met_by(page.items[0] if page.items else None):
                return self._result()
            try:
                if await self._watch(page.version):
                    return self._result()
            except Gone:
                await asyncio.sleep(backoff.next())

    async def _watch(self, version: str) -> bool:
        events = watch(
            self._list_watch,
            {},
            version=version,
            seconds=None,
            show_bookmarks=False,
            on_undecodable=self._miss,
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

    def _miss(self, error: DecodeError) -> None:
        self.undecodable = error
        report_undecodable(error, None)

    def _result(self) -> T | None:
        result: T | None = self._seen
        return result

    def _is_met_by(self, obj: Any) -> bool:
        self._is_there = obj is not None
        self.undecodable = None
        if isinstance(self._condition, Deleted):
            if obj is None or (self._seen is not None and self._seen.metadata.uid != obj.metadata.uid):
                return True
            self._seen = obj
            return False
        if obj is None:
            return False
        self._seen = obj
        if isinstance(self._condition, str):
            return _has_condition(obj, self._condition)
        is_met: object = self._condition(obj)
        if inspect.iscoroutine(is_met):
            is_met.close()
            raise InvalidArgument("the condition is an async function, which is not awaited here: give one that is not")
        return bool(is_met)

    def last_seen(self) -> str:
        """What to tell a person about the object."""
        if not self._answered:
            return "the server has not told whether it exists"
        if self.undecodable is not None:
            return f"its last change cannot be read: {self.undecodable}"
        if not self._is_there:
            return "it does not exist"
        if isinstance(self._condition, str):
            conditions = [_told(one) for one in _conditions(self._seen)]
            return f"its conditions are {', '.join(conditions)}" if conditions else "it has no conditions"
        return f"it exists, at resource version {self._seen.metadata.resource_version}"


def _name_of(condition: object) -> str:
    """What to call a condition. The name of a lambda says nothing."""
    if isinstance(condition, (str, Deleted)):
        return repr(condition)
    name: str = getattr(condition, "__name__", "<lambda>")
    return "the condition" if name == "<lambda>" else name


def _has_condition(obj: Any, wanted: str) -> bool:
    type, _, status = wanted.partition("=")
    for condition in _conditions(obj):
        if str(_get(condition, "type")).casefold() == type.casefold():
            observed = _get(condition, "observed_generation") or _get(_get(obj, "status"), "observed_generation")
            # A condition of before the newest change says nothing of it. kubectl looks at that, too.
            is_current = not observed or not obj.metadata.generation or observed >= obj.metadata.generation
            return is_current and str(_get(condition, "status")).casefold() == (status or "True").casefold()
    return False


def _conditions(obj: Any) -> list[Any]:
    if not hasattr(obj, "status"):
        raise InvalidArgument(f"{type(obj).__name__} has no status.conditions to wait for: give a function instead")
    return list(_get(obj.status, "conditions") or ())


def _told(condition: Any) -> str:
    reason = _get(condition, "reason")
    return f"{_get(condition, 'type')}={_get(condition, 'status')}" + (f" ({reason})" if reason else "")


def _get(value: Any, name: str) -> Any:
    """A field of a model, or of plain data where the API has no schema."""
    if isinstance(value, Mapping):
        first, *rest = name.split("_")
        return value.get(first + "".join(part.title() for part in rest))
    return getattr(value, name, None)
