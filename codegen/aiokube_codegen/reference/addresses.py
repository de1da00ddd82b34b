"""Addresses of pages and of places in them, the same for the same catalog. No name of a document leaves the folder."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from .catalog import Catalog, Kind, Method
from .visible import visible

INDEX: Final = "index.html"
KINDS: Final = "kinds"
TYPES: Final = "types"
"""Folders of the pages of kinds and of types."""
SEARCH: Final = "search"
"""Folder of the index of the search."""

_ODD: Final = re.compile(r"[^a-z0-9.-]+")
_DEVICES: Final = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9])(?:\..*)?")
"""Names that no file has on Windows, with any extension."""
_LONGEST: Final = 100
_IN_FRAGMENT: Final = "[]{}.$@/:,;!*()'~+=&?"


class Addresses:
    """The pages of a catalog, as paths below the folder of the reference.

    Args:
        catalog: The catalog.
        types: Keys of the types that have pages of their own; kinds always have one.
    """

    def __init__(self, catalog: Catalog, types: Iterable[str]) -> None:
        taken: set[str] = set()
        self._kinds = {
            kind.key: _unlike(f"{KINDS}/{_name(kind.group or 'core')}/{_name(kind.version)}/{_name(kind.name)}", taken)
            for kind in catalog.kinds()
        }
        of_kinds = {key: self._kinds[kind.key] for key, kind in catalog.kind_of_type.items()}
        self._types = {
            key: of_kinds.get(key) or _unlike(f"{TYPES}/{_name(key)}", taken) for key in (*of_kinds, *sorted(types))
        }

    def kind(self, kind: Kind) -> str:
        """Return the page of a kind: `kinds/apps/v1/deployment.html`."""
        return self._kinds[kind.key]

    def type(self, key: str) -> str:
        """Return the page of a type, which is that of its kind if it is one; empty if it has none."""
        return self._types.get(key, "")

    def field(self, kind: Kind, path: str) -> str:
        """Return the address of a field in the page of a kind: `kinds/core/v1/pod.html#Pod.spec.containers[].image`.

        Args:
            kind: The kind.
            path: Path of the field in an object: `spec.containers[].image`.
        """
        return f"{self.kind(kind)}#{fragment(field_id(kind.name, path))}"

    def method(self, kind: Kind, method: Method) -> str:
        """Return the address of a method in the page of a kind: `kinds/core/v1/pod.html#kube.core_v1.pods.list`."""
        return f"{self.kind(kind)}#{fragment(method.call)}"


def field_id(root: str, path: str) -> str:
    """Return the id of a field: `Pod.spec.containers[].image`."""
    return f"{root}.{path}"


def fragment(id: str) -> str:
    """Return the part of an address that leads to an id."""
    return quote(visible(id), safe=_IN_FRAGMENT)


def relative(page: str, target: str) -> str:
    """Return the address of a target as a page links to it.

    Args:
        page: Path of the page.
        target: Path below the same folder, with or without a fragment.
    """
    path, hash, rest = target.partition("#")
    if path == page:
        return f"#{rest}" if hash else path.rpartition("/")[2]
    return "../" * page.count("/") + target


def _name(text: str) -> str:
    """Return a text as a part of a path on any file system, short and without dots at its ends."""
    name = _ODD.sub("_", text.lower()).strip(".") or "_"
    if _DEVICES.fullmatch(name):
        name = f"_{name}"
    if len(name) <= _LONGEST:
        return name
    return f"{name[:_LONGEST]}-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:8]}"


def _unlike(path: str, taken: set[str]) -> str:
    """Return the path of a page that no other has, with a number from 2 on where it needs one."""
    found, number = path, 2
    while found in taken:
        found = f"{path}-{number}"
        number += 1
    taken.add(found)
    return f"{found}.html"
