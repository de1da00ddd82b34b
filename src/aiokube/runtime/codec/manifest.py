"""Manifests as YAML, with kubectl's interpretation of scalars."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

import msgspec
import yaml

from ..errors import ConfigError, DecodeError, InvalidArgument, InvalidRequest
from . import yaml_reader
from .depth import shallow
from .json_types import json_type

# Plain scalars that kubectl reads as numbers or booleans, and PyYAML as text: `12e4`, `08`, `y`.
_NOT_TEXT_TO_KUBECTL = re.compile(
    r"[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|[-+]?0[oO][0-7]+|[-+]?0[bB][01]+|[-+]?0[xX][0-9a-fA-F]+|[yYnN]"
)

# Line breaks of YAML besides `\n`; only an escape preserves them.
_OTHER_LINE_BREAK = re.compile("[\r\x85\u2028\u2029]")


_BEGINS_AS_JSON = re.compile(rb"(?:%b)?\s*(?:---\s+)?\{" % codecs.BOM_UTF8)

# Objects of JSON follow each other with or without a separator of YAML.
_BETWEEN_JSON = re.compile(r"\s*(?:---\s+)?")


# Braces of a template that are not in quotes.
_TEMPLATE = re.compile(rb"^[^\"'#\n]*\{\{", re.MULTILINE)


class _Dumper(yaml.SafeDumper):
    pass


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None
    if _OTHER_LINE_BREAK.search(text):
        style = '"'
    elif "\n" in text:
        style = "|"
    elif _NOT_TEXT_TO_KUBECTL.fullmatch(text.replace("_", "")):
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def dump_yaml(data: dict[str, Any]) -> str:
    """Write plain data as a YAML document; keys keep their order.

    Raises:
        InvalidRequest: The data is nested too deep.
    """
    try:
        text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1 << 16)
    except RecursionError as error:
        name = data.get("kind", "the data")
        raise InvalidRequest(f"{name} cannot be written as YAML: nested too deep; write JSON instead") from error
    return text


def load_yaml(text: str | bytes) -> dict[str, Any]:
    """Read a single YAML document that is a mapping. Empty documents are ignored.

    Raises:
        DecodeError: The text is not YAML, has several documents, or is not a mapping; or it contains a tag, a repeated
            key, an alias to a node that contains it, or, after expanding aliases, too many values.
    """
    documents = load_documents(text)
    if len(documents) > 1:
        raise DecodeError(f"the text has {len(documents)} YAML documents; read them with load_all()")
    data = documents[0][1] if documents else None
    if not isinstance(data, dict):
        found = "nothing" if data is None else json_type(data)
        raise DecodeError(f"expected a YAML mapping with apiVersion and kind, got {found}")
    return data


def load_objects(text: str | bytes, kind: tuple[str, str] | None) -> Iterator[tuple[str, Any]]:
    """Read the objects of a YAML text of several documents, those of lists one by one.

    Args:
        text: YAML text.
        kind: apiVersion and kind of the objects, whose list is expanded too; None for a part of an object.

    Returns:
        For each object its place, `document 2 (line 7), items[0]`, and its data.

    Raises:
        DecodeError: The text is not YAML; see `load_yaml`. Or a list has no items, or other fields than a list has.
    """
    # Not a set: what was read may not be hashable.
    lists = [("v1", "List"), *([(kind[0], f"{kind[1]}List")] if kind else [])]
    # The apiVersion may be left out, as that of an object may.
    list_kinds = [(given, name) for version, name in lists for given in (version, None)]
    for place, data in load_documents(text):
        if isinstance(data, dict) and (data.get("apiVersion"), data.get("kind")) in list_kinds:
            yield from items_of(place, data)
        else:
            yield place, data


def items_of(place: str, data: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Return the items of the data of a list, each with its place.

    Raises:
        DecodeError: The list has no items, or other fields than a list has.
    """
    items = data.get("items", [])
    unknown = data.keys() - {"apiVersion", "kind", "metadata", "items"}
    if unknown or not isinstance(items, list | None):
        problem = f"unknown fields {sorted(unknown)}" if unknown else "items is not a list"
        raise DecodeError(f"{place}: {data['kind']}: {problem}; a list has metadata and items")
    yield from ((f"{place}, items[{index}]", item) for index, item in enumerate(items or []))


def load_documents(text: str | bytes, *, origin: str = "the text") -> list[tuple[str, Any]]:
    """Read the documents of a YAML text that are not empty.

    Args:
        text: YAML or JSON.
        origin: Source of the text, for errors.

    Returns:
        For each document its place, `document 2 (line 7)`, and its data.

    Raises:
        DecodeError: The text is not YAML; see `load_yaml`.
    """
    if not isinstance(text, (str, bytes)):
        raise InvalidArgument(f"text must be str or bytes, got {type(text).__name__}; read a file with read_text()")
    try:
        encoded = _encoded(text, origin) if isinstance(text, str) else text
        documents = _load_json(encoded) or yaml_reader.parse_all(encoded, origin=origin)
    except ConfigError as error:
        raise DecodeError(f"{error}{_advice_on_templates(text)}") from error
    filled = [(line, data) for line, data in documents if data is not None]
    return [(f"document {number} (line {line})", data) for number, (line, data) in enumerate(filled, start=1)]


def _encoded(text: str, origin: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        line = len(text[: error.end].splitlines())
        place = f"document {yaml_reader.document_at(text, line)}, line {line}"
        raise DecodeError(f"{origin}: {place}: a lone surrogate, which UTF-8 does not have") from None


def _advice_on_templates(text: str | bytes) -> str:
    data = text.encode("utf-8", "replace") if isinstance(text, str) else text
    return (
        "; if this is a template, with {{ }}, render it first, as in `helm template`" if _TEMPLATE.search(data) else ""
    )


def _load_json(encoded: bytes) -> list[tuple[int, object]] | None:
    """Read JSON objects one after another, which may have surrogate pairs that YAML refuses.

    Returns:
        The line on which each object begins, and its value; None to let the YAML reader read it, or say what is wrong.
    """
    if not _BEGINS_AS_JSON.match(encoded):
        return None
    documents: list[tuple[int, object]] = []
    line, end = 1, 0
    try:
        text = bytes(shallow(encoded)).decode("utf-8-sig")
        while (start := _BETWEEN_JSON.match(text, end).end()) < len(text):  # type: ignore[union-attr]  # it may be empty
            line += text.count("\n", end, start)
            data, after = _JSON.raw_decode(text, start)
            msgspec.json.encode(data)
            documents.append((line, data))
            line += text.count("\n", start, after)
            end = after
    except (ValueError, RecursionError):  # a lone surrogate is a ValueError
        return None
    return documents


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _without_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise ValueError("a key is repeated")
    return mapping


_JSON = json.JSONDecoder(
    object_pairs_hook=_without_repeated_keys,
    parse_constant=_refuse_constant,
    parse_float=lambda text: yaml_reader.whole_or_float(float(text)),
)
