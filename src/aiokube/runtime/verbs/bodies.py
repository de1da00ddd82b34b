"""The bodies of requests: names, types and options that an object or manifest states or leaves out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from ..arguments import kind_of
from ..codec.model import Model, encode, expected_kind
from ..codec.untyped import UntypedManifest
from ..errors import ConnectionError, InvalidRequest
from ..http.request import Request
from ..watching.list_watch import Query

T = TypeVar("T")

Body = Model | Mapping[str, Any] | UntypedManifest
"""An object, or a manifest in wire form."""

Change = Callable[[T], T | Awaitable[T | None] | None]
"""A function or coroutine function that modifies an object and returns None, or returns a changed copy."""


def name_in(body: Body) -> str:
    """Return the name in the metadata of an object or manifest.

    Raises:
        InvalidRequest: The metadata has no name, or the body is no object.
    """
    _check_body(body)
    name = metadata_field(body, "name")
    if not name:
        raise InvalidRequest(f"the {type(body).__name__} has no metadata.name; set it to the name of the object")
    return name


def metadata_field(body: Body, key: str) -> str | None:
    """Return a field of the metadata of an object or manifest; None if it is absent or not a string."""
    metadata = _field(body, "metadata")
    return None if metadata is None else _text(metadata, key)


def _text(part: object, name: str) -> str | None:
    value = _field(part, name)
    return value if isinstance(value, str) else None


def _field(part: object, name: str) -> object:
    # The common types first, because a check for an abstract class takes long.
    if type(part) is dict:
        return part.get(name)
    if not isinstance(part, Model) and isinstance(part, Mapping):
        return part.get(name)
    return getattr(part, name, None)


def check_object(request: Request, obj: object, name: str | None) -> None:
    """Check that a response has the object that was asked for, as far as it says.

    Args:
        request: The request, with the namespace of the object in its path.
        obj: The object in the response.
        name: Name of the object; None if the server makes one.

    Raises:
        ConnectionError: It has another object, so it was sent for another request.
    """
    if not isinstance(obj, (Model, Mapping)):
        return
    metadata = _field(obj, "metadata")
    if isinstance(metadata, Model):
        found, namespace = getattr(metadata, "name", None), getattr(metadata, "namespace", None)
    else:
        found, namespace = _text(metadata, "name"), _text(metadata, "namespace")
    problem = ""
    # OpenShift resolves `~` to the current user, and `stream@sha256:` with the start of a digest to the whole.
    if found and name and found != name and name != "~" and "@" not in name:
        problem = f"the object {found!r:.300}, not {name!r}"
    elif namespace and (wanted := request.namespace) and namespace != wanted:
        problem = f"an object in the namespace {namespace!r:.300}, not in {wanted!r}"
    if problem:
        outcome = "" if request.method == "GET" else "; the server may have carried out the request"
        raise ConnectionError(
            f"{request}: the response is {problem}; check whether a proxy mixes up responses{outcome}"
        )


def with_type(model: type[Any], body: Body) -> Body:
    """Return a manifest with `apiVersion` and `kind`, which may be left out where the method implies them.

    Raises:
        InvalidRequest: The body is not an object or a mapping.
    """
    _check_body(body)
    expected = expected_kind(model)
    if isinstance(body, Model) or expected is None:
        return body
    return {"apiVersion": expected[0], "kind": expected[1], **body}


def with_name(model: type[Any], body: Body | None, name: str) -> Body:
    """Return the body of a subresource such as `eviction`, with the name of its object unless it has one.

    Raises:
        InvalidRequest: The body is not an object or a mapping.
    """
    manifest = {} if body is None else _manifest(body)
    metadata = manifest.get("metadata")
    manifest["metadata"] = {"name": name, **metadata} if isinstance(metadata, Mapping) else {"name": name}
    return with_type(model, manifest)


def with_grace_period(model: type[Any], body: Body | None, seconds: int) -> Body:
    """Return the body of an eviction with a grace period, unless its options of the deletion have one."""
    manifest = {} if body is None else _manifest(body)
    options = manifest.get("deleteOptions") or {}
    if isinstance(options, Model):
        options = options.to_dict()
    manifest["deleteOptions"] = {"gracePeriodSeconds": seconds, **options}
    return with_type(model, manifest)


def without_managed_fields(body: Body) -> Body:
    """Return an object or manifest without `metadata.managedFields`, as the server requires it for an apply."""
    metadata = body.get("metadata") if isinstance(body, Mapping) else getattr(body, "metadata", None)
    if isinstance(metadata, Mapping):
        if "managedFields" not in metadata:
            return body
    elif not getattr(metadata, "managed_fields", None):
        return body
    manifest = _manifest(body)
    manifest["metadata"] = {key: value for key, value in manifest["metadata"].items() if key != "managedFields"}
    return manifest


def delete_options(query: Query, options: Body | None) -> tuple[Query, bytes | None]:
    """Return the query and the body of a DELETE request.

    The server reads the options from either the body or the query, so that with a body all options go there.

    Raises:
        InvalidRequest: The options are not an object or a mapping.
    """
    if options is None:
        return query, None
    body = _manifest(options)
    rest: dict[str, object] = {}
    for key, value in query.items():
        if value is None:
            continue
        if key in ("gracePeriodSeconds", "orphanDependents", "propagationPolicy") or key.startswith("ignoreStoreRead"):
            body[key] = value
        elif key == "dryRun":
            body[key] = [value]
        else:
            rest[key] = value
    return rest, encode({"apiVersion": "v1", "kind": "DeleteOptions", **body})


def _manifest(body: Body) -> dict[str, Any]:
    """Return a new manifest of an object, or of a mapping whose metadata may be typed."""
    _check_body(body)
    manifest: dict[str, Any] = body.to_dict() if isinstance(body, Model) else dict(body)
    if isinstance(metadata := manifest.get("metadata"), Model):
        manifest["metadata"] = metadata.to_dict()
    return manifest


def check_patch(body: object) -> None:
    """Check the body of a patch.

    Raises:
        InvalidRequest: It is neither an object, nor a mapping, nor a list of operations.
    """
    if isinstance(body, (Model, Mapping)):
        return
    if not isinstance(body, (list, tuple)):
        raise InvalidRequest(
            f"body: must be a mapping of the fields to change, or a list of operations, not {kind_of(body)}"
        )
    for index, operation in enumerate(body):
        if not isinstance(operation, (Model, Mapping)):
            raise InvalidRequest(
                f"body[{index}]: must be an operation, a mapping with 'op' and 'path', not {kind_of(operation)}"
            )


def _check_body(body: object) -> None:
    if type(body) is not dict and not isinstance(body, (Model, Mapping)):
        raise InvalidRequest(f"body: must be an object, or its manifest as a mapping, not {kind_of(body)}")
