"""Manifests as YAML, with kubectl's interpretation of scalars."""

from __future__ import annotations

import re
from typing import Any

import yaml

from ..errors import ConfigError, DecodeError
from . import yaml_reader

# Plain scalars that kubectl reads as numbers or booleans, and PyYAML as text: `12e4`, `08`, `y`.
_NOT_TEXT_TO_KUBECTL = re.compile(
    r"[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|[-+]?0[oO][0-7]+|[-+]?0[bB][01]+|[-+]?0[xX][0-9a-fA-F]+|[yYnN]"
)

# Line breaks of YAML besides `\n`; only an escape preserves them.
_OTHER_LINE_BREAK = re.compile("[\r\x85\u2028\u2029]")


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
    """Write plain data as a YAML document; keys keep their order."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1 << 16)
    return text


def load_yaml(text: str) -> dict[str, Any]:
    """Read a single YAML document that is a mapping.

    Raises:
        DecodeError: The text is not YAML, has several documents, or is not a mapping; or it contains a tag, a repeated
            key, an alias to a node that contains it, or, after expanding aliases, too many values.
    """
    try:
        data = yaml_reader.parse(text.encode(), origin="the text")
        documents = _count_documents(text)
    except (ConfigError, UnicodeEncodeError) as error:
        raise DecodeError(str(error)) from error
    if documents > 1:
        raise DecodeError(
            f"the text has {documents} YAML documents; split it at its `---` lines and read them one by one"
        )
    if not isinstance(data, dict):
        raise DecodeError(f"expected a YAML mapping with apiVersion and kind, got {type(data).__name__}")
    return data


def _count_documents(text: str) -> int:
    if "\n---" not in text and "\n..." not in text:
        return 1
    try:
        events = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return sum(isinstance(event, yaml.DocumentStartEvent) for event in events)
    except yaml.YAMLError as error:
        raise DecodeError(f"the text is not a single YAML document: {error}") from error
