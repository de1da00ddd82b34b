"""Manifests as YAML, read and written the way kubectl means them."""

from __future__ import annotations

import re
from typing import Any

import yaml

from ..errors import ConfigError, DecodeError
from . import yaml_reader as document

# Plain scalars that kubectl's YAML reads as a number or a bool, and PyYAML's YAML 1.1 as text: `12e4`, `08`, `y`.
_NO_TEXT_ELSEWHERE = re.compile(
    r"[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|[-+]?0[oO][0-7]+|[-+]?0[bB][01]+|[-+]?0[xX][0-9a-fA-F]+|[yYnN]"
)


# What YAML takes for the end of a line besides `\n`: only escapes keep them apart.
_OTHER_LINE_BREAK = re.compile("[\r\x85\u2028\u2029]")


class _Dumper(yaml.SafeDumper):
    pass


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None
    if _OTHER_LINE_BREAK.search(text):
        style = '"'
    elif "\n" in text:
        style = "|"
    elif _NO_TEXT_ELSEWHERE.fullmatch(text.replace("_", "")):
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def dump_yaml(data: dict[str, Any]) -> str:
    """Write plain data as one YAML document, keys in the order they have."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1 << 16)
    return text


def load_yaml(text: str) -> dict[str, Any]:
    """Read one YAML document that is a mapping.

    Raises:
        DecodeError: it is not YAML, not one document, or not a mapping; or it has a tag, a repeated key, an alias to
            itself, or more values, with aliases expanded, than any manifest has.
    """
    try:
        data = document.parse(text.encode(), origin="the text")
        documents = _count_documents(text)
    except (ConfigError, UnicodeEncodeError) as error:
        raise DecodeError(str(error)) from error
    if documents > 1:
        raise DecodeError(f"the text has {documents} YAML documents: split it at its `---` lines and read one by one")
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
        raise DecodeError(f"the text is not one YAML document: {error}") from error
