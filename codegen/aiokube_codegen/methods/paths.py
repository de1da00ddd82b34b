"""The paths of a document, taken apart by the conventions of Kubernetes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_BRACE: Final = re.compile(r"\{([^{}]*)\}")
_SLASHES: Final = ("*", ".*", ".+")
"""Patterns of a last brace that holds the rest of a path."""


@dataclass(frozen=True, kw_only=True)
class Path:
    """A path: a call of the server, of a group or a group-version, or one of a resource."""

    template: str
    """The path without the patterns in its braces: `/apis/apps/v1/deployments/{name}`."""
    group: str | None = None
    """The API group, empty for the core group; None for a path of the server as a whole."""
    version: str | None = None
    """None for a path of the server or of a group as a whole."""
    namespaced: bool = False
    """It goes on from `namespaces/{namespace}/`."""
    plural: str = ""
    """The resource; empty where the path has not the form of one."""
    named: bool = False
    """It holds `{name}`, after the plural."""
    words: tuple[str, ...] = ()
    """The parts without braces after the group-version, or after `{name}`: `("sev", "setupsession")`."""
    arguments: tuple[str, ...] = ()
    """The braces other than `{namespace}` and a resource's `{name}`."""
    suffix: str = ""
    """The last of them, where it may hold slashes; in the template it is `{path}`."""

    @property
    def subresource(self) -> str:
        """The subresource of a resource: `status`, `sev/setupsession`."""
        return "/".join(self.words) if self.named else ""

    @property
    def is_watch(self) -> bool:
        """True for the deprecated paths below `/watch/`, unless the resource is called so."""
        return self.version is not None and not self.plural and self.words[:1] == ("watch",) and len(self.words) > 1


def parse_path(path: str) -> Path | None:
    """Take a path apart; None if its braces do not match, hold no name, or hold one twice."""
    parts = list(_parts(path))
    names = [name for name, _ in parts if name is not None]
    if "".join(text for _, text in parts) != path or not all(names) or len(set(names)) < len(names):
        return None
    template = "".join(text if name is None else f"{{{name}}}" for name, text in parts)
    suffix = ""
    if parts and (last := parts[-1])[0] is not None:
        _, _, pattern = last[1][1:-1].partition(":")
        # Those of the server as a whole are few, and serve files: `/logs/{logpath}`.
        is_open = (
            last[0] == "path" or pattern in _SLASHES or (len(names) == 1 and not path.startswith(("/api/", "/apis/")))
        )
        suffix = last[0] if is_open else ""
    return _shaped(template, suffix)


def _parts(path: str) -> Iterator[tuple[str | None, str]]:
    """Yield the parts of a path as they stand, with the name of each brace; a pattern may hold braces, too."""
    start = depth = 0
    for index, char in enumerate(path):
        if char == "{":
            if depth == 0 and start < index:
                yield None, path[start:index]
                start = index
            depth += 1
        elif char == "}":
            depth -= 1
            if depth < 0:
                return
            if depth == 0:
                yield path[start + 1 : index].partition(":")[0].strip(), path[start : index + 1]
                start = index + 1
    if depth == 0 and start < len(path):
        yield None, path[start:]


def _shaped(template: str, suffix: str) -> Path:
    names = tuple(name for name in _BRACE.findall(template) if name != "namespace")
    renamed = template.removesuffix(f"{{{suffix}}}") + "{path}" if suffix else template
    match template.strip("/").split("/"):
        case ["api", version, *rest] if version and "{" not in version:
            group = ""
        case ["apis", group, version, *rest] if group and version and "{" not in group + version:
            pass
        case ["apis", group] if group and "{" not in group:
            return Path(template=renamed, group=group)
        case rest:
            return Path(template=renamed, words=_words(rest), arguments=names, suffix=suffix)
    namespaced = rest[:2] == ["namespaces", "{namespace}"] and len(rest) > 2
    if namespaced:
        rest = rest[2:]
    plural = rest[0] if rest and "{" not in rest[0] else ""
    named = bool(plural) and rest[1:2] == ["{name}"]
    if named:
        names = tuple(name for name in names if name != "name")
    elif len(rest) > 1:
        plural = ""
    return Path(
        template=renamed,
        group=group,
        version=version,
        namespaced=namespaced,
        plural=plural,
        named=named,
        words=_words(rest[2:] if named else rest),
        arguments=names,
        suffix=suffix,
    )


def _words(parts: list[str]) -> tuple[str, ...]:
    return tuple(part for part in parts if part and "{" not in part)
