"""Manifests as YAML, read and written the way kubectl means them."""

from __future__ import annotations

import re
from typing import Any

import yaml

from .errors import DecodeError

# Plain scalars that kubectl's YAML reads as a number, and PyYAML's YAML 1.1 as text: an image digest such as 12e4.
_NUMBER_ELSEWHERE = re.compile(r"[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|0o[0-7]+|[-+]?0[bB][01_]+")


class _Dumper(yaml.SafeDumper):
    pass


class _Loader(yaml.SafeLoader):
    # A manifest's timestamps are text to every reader but PyYAML.
    yaml_implicit_resolvers = {  # noqa: RUF012 - that is how PyYAML has it
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    if "\n" in text:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")
    style = "'" if _NUMBER_ELSEWHERE.fullmatch(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def dump_yaml(data: dict[str, Any]) -> str:
    """Write plain data as one YAML document, keys in the order they have."""
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1 << 16)
    return text


def load_yaml(text: str) -> dict[str, Any]:
    """Read one YAML document that is a mapping.

    Raises:
        DecodeError: it is not YAML, not one document, or not a mapping.
    """
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DecodeError(f"the text is not one YAML document: {error}") from error
    if not isinstance(data, dict):
        raise DecodeError(f"expected a YAML mapping with apiVersion and kind, got {type(data).__name__}")
    return data
