"""Bodies of requests, read as objects of the resource that they are sent to."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from ..runtime.codec import yaml_reader
from ..runtime.errors import ConfigError
from .api.resources import Resource
from .call import Call
from .failures import Cause, Failure, bad_request, invalid, not_implemented
from .protobuf.envelope import PROTOBUF
from .protobuf.envelope import decode as decode_protobuf
from .protobuf.wire import Malformed
from .schema.decoding import WrongType, decode, parse_json
from .schema.node import Node
from .schema.values import InvalidValue
from .store import Object

_MEDIA = re.compile(r"""\s*([^\s;]+)(?:\s*;\s*[^\s;=,"]+=(?:[^\s;,"]+|"[^"]*"))*\s*;?\s*""")
_NO_YAML = "not valid YAML"
_SHOWN = 36
"""Characters of a body that an error shows a second time."""

_ACCEPTED = (
    "the body of the request was in an unknown format - accepted media types include: application/json, "
    "application/yaml, application/vnd.kubernetes.protobuf"
)


def read_json(call: Call, kind: str) -> object:
    """Return the body of a request as JSON data: it is JSON, YAML or protobuf.

    Raises:
        Failure: It is neither.
    """
    media = _media(call.content_type)
    if media == PROTOBUF:
        return _read_protobuf(call, kind)
    if media not in ("", "application/json", "application/yaml"):
        raise Failure(415, "UnsupportedMediaType", _ACCEPTED)
    try:
        if media == "application/yaml":
            return yaml_reader.parse(call.body, origin="body")
        return parse_json(call.body)
    except (ValueError, RecursionError, ConfigError) as error:
        if isinstance(error, ConfigError) and _NO_YAML not in str(error):
            # Tags, repeated keys, and what is large or deep.
            raise not_implemented(f"some YAML ({error})") from None
        shown = call.body.decode("utf-8", "replace")[:100] or "<empty>"
        problem = f"json parse error: {error if call.body else 'unexpected end of JSON input'} ({shown})"
        raise bad_request(
            f"the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; {problem}"
        ) from None


def _media(content_type: str) -> str:
    """Return the media type of a header in lower case.

    Raises:
        Failure: Its parameters cannot be parsed.
    """
    if not content_type.strip():
        return ""
    match = _MEDIA.fullmatch(content_type)
    if match is None:
        raise Failure(415, "UnsupportedMediaType", _ACCEPTED)
    return match[1].lower()


def _read_protobuf(call: Call, kind: str) -> object:
    if call.resource.custom and kind == call.resource.kind:
        raise not_implemented("custom resources as protobuf, at which kube-apiserver breaks the connection,")
    try:
        return decode_protobuf(call.body, call.version.resource.api_version, kind)
    except Malformed as error:
        raise bad_request(
            f"the object provided is unrecognized (must be of type {kind}): {error} ({call.body[:100].hex()})"
        ) from None


def read_object(call: Call, resource: Resource, node: Node) -> Object:
    """Return the object in the body of a request, without version and kind.

    Raises:
        Failure: It is not an object of the resource; or it has fields that the resource does not have, and the client
            wants to know.
    """
    return to_object(call, read_json(call, resource.kind), resource, node)


def to_object(call: Call, value: object, resource: Resource, node: Node) -> Object:
    """Return an object as its schema has it, without version and kind; `read_object` says what it raises."""
    kind, version = resource.kind, resource.version
    if value is None:
        value = {}
    if not isinstance(value, dict):
        found = {list: "array", str: "string", bool: "bool", type(None): "null"}.get(type(value), "number")
        raise bad_request(
            f"the object provided is unrecognized (must be of type {kind}): couldn't get version/kind; json parse "
            f"error: json: cannot unmarshal {found} into Go value of type struct {{ APIVersion string; Kind string }}"
        )
    value = dict(value)
    sent_kind = value.pop("kind", None)
    sent_version = value.pop("apiVersion", None)
    if resource.custom:
        _check_custom_kind(call, resource, sent_version, sent_kind, value)
    sent_kind, sent_version = sent_kind or kind, sent_version or resource.api_version
    if (sent_kind, sent_version) != (kind, resource.api_version):
        raise _other_kind(resource, str(sent_version), str(sent_kind))
    try:
        decoded = decode(value, node)
    except (WrongType, InvalidValue) as error:
        raise bad_request(f'{kind} in version "{version}" cannot be handled as a {kind}: {error}') from None
    call.warnings += check_problems(decoded.problems, call.field_validation, kind, version)
    decoded.obj.setdefault("metadata", {})
    return decoded.obj


def check_problems(problems: list[str], mode: str, kind: str, version: str) -> list[str]:
    """Return the warnings for unknown and repeated fields.

    Args:
        problems: Found while decoding.
        mode: The parameter `fieldValidation`: `Ignore`, `Warn` or `Strict`.
        kind: The kind of the object.
        version: Its version.

    Raises:
        Failure: The mode is strict, and there are problems.
    """
    if mode == "Ignore" or not problems:
        return []
    if mode == "Strict":
        problem = f"strict decoding error: {', '.join(problems)}"
        raise bad_request(f'{kind} in version "{version}" cannot be handled as a {kind}: {problem}')
    return problems


def _check_custom_kind(call: Call, resource: Resource, version: Any, kind: Any, value: Object) -> None:
    """Check version and kind of a custom resource, which have to be there.

    Raises:
        Failure: They are missing, or others.
    """
    if not kind or not version:
        missing = "Kind" if not kind else "apiVersion"
        body = call.body.decode("utf-8", "replace")
        shown = body if len(body) <= _SHOWN else f"{body[:_SHOWN]} ..."
        raise bad_request(
            f"the object provided is unrecognized (must be of type {resource.kind}): Object '{missing}' is missing in "
            f"'{body}' ({shown})"
        )
    if version != resource.api_version:
        raise bad_request(
            f"the API version in the data ({version}) does not match the expected API version ({resource.api_version})"
        )
    if kind != resource.kind:
        cause = Cause("FieldValueInvalid", f'Invalid value: "{kind}": must be {resource.kind}', "kind")
        metadata = value.get("metadata")
        name = metadata.get("name", "") if isinstance(metadata, dict) else ""
        raise invalid(resource, name, [cause], kind=str(kind))


def _other_kind(resource: Resource, api_version: str, kind: str) -> Failure:
    version = api_version.rpartition("/")[2]
    problem = f'no kind "{kind}" is registered for version "{api_version}" in scheme "pkg/runtime/scheme.go:111"'
    return bad_request(f'{kind} in version "{version}" cannot be handled as a {resource.kind}: {problem}')


def parse_yaml(body: bytes) -> Any:
    """Parse a YAML document; JSON, which most clients send, is decoded as such.

    Raises:
        Failure: It is not YAML.
    """
    if body.lstrip().startswith(b"{"):
        try:
            return msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError):
            # A flow mapping of YAML begins like JSON.
            return _parse_yaml(body)
    return _parse_yaml(body)


def _parse_yaml(body: bytes) -> Any:
    try:
        return yaml_reader.parse(body, origin="body")
    except ConfigError as error:
        raise bad_request(f"error encoding patch: yaml: {error}") from None
