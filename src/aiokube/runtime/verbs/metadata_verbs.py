"""The verbs of kubectl on the metadata of any object: label and annotate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeVar

from ..arguments import kind_of, types
from ..codec.absent import absent
from ..codec.model import Model
from ..codec.partial_metadata import ObjectMetadata
from ..codec.status import Status
from ..errors import Conflict, InvalidRequest
from ..http.parameters import checked_query
from ..http.retry_on_conflict import retry_past_others
from ..watching.list_watch import Query
from .base import ResourceBase

T = TypeVar("T")


class _WithMetadata(Model, kw_only=True):
    metadata: ObjectMetadata = absent(ObjectMetadata)


class MetadataVerbs(ResourceBase):
    """The verbs of `Resource` on labels and annotations."""

    async def _set_metadata(
        self,
        path: str,
        response_type: type[T],
        query: Query,
        *,
        field: Literal["labels", "annotations"],
        values: Mapping[str, str | None],
        name: str,
        overwrite: bool = False,
        namespace: str | None = None,
    ) -> T:
        """PATCH labels or annotations of an object, as `kubectl label` and `kubectl annotate`.

        Args:
            path: Path template of the object.
            response_type: Class of the object.
            query: Query parameters of the PATCH.
            field: Field of the metadata.
            values: Values to set; None removes.
            name: Name of the object.
            overwrite: Replace other values, without reading the object first.
            namespace: Namespace of the object. Default: that of the client.

        Raises:
            NotFound: The object does not exist.
            Conflict: There is another value, and `overwrite` is not set; or others changed the object ten times.
            InvalidRequest: A value is neither a string nor None.
        """
        _check(field, values)
        types.flag(overwrite, "overwrite")
        query = checked_query(query)

        async def send(version: str | None) -> T:
            body = {"metadata": {**({"resourceVersion": version} if version else {}), field: dict(values)}}
            return await self._send_patch(path, response_type, query, body, "merge", name, namespace)

        async def attempt() -> T | str:
            obj, part = await self._read(path, response_type, _WithMetadata, name, namespace)
            found = part.metadata.labels if field == "labels" else part.metadata.annotations
            others = [
                # An annotation may hold a whole Secret, as that of the last `kubectl apply` does.
                f"{key!r} is {found[key]!r}" if field == "labels" else repr(key)
                for key, value in values.items()
                if value is not None and found.get(key, value) != value
            ]
            if others:
                return f"{name} has other {field}, and overwrite is not set: {', '.join(others)}"
            if all(found.get(key) == value for key, value in values.items()):
                return obj
            return await send(part.metadata.resource_version)

        if overwrite:
            return await send(None)
        outcome = await retry_past_others(attempt)
        if isinstance(outcome, str):
            raise Conflict(Status(status="Failure", reason="Conflict", message=outcome, code=409), method="PATCH")
        return outcome


def _check(field: str, values: object) -> None:
    if not isinstance(values, Mapping) or not values:
        problem = "empty" if isinstance(values, Mapping) else f"of the type {kind_of(values)}"
        raise InvalidRequest(f"{field} is {problem}; pass a dict of strings, with None for what is to be removed")
    for key, value in values.items():
        if not isinstance(key, str):
            raise InvalidRequest(f"{field} has the key {key!r:.80}; pass a string as the name")
        if not (value is None or isinstance(value, str)):
            # The value may be a Secret, as that of an annotation of `kubectl apply` is.
            raise InvalidRequest(
                f"{field}[{key!r}] is of the type {kind_of(value)}; pass a string, or None to remove it"
            )
