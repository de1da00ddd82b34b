"""API groups of paths, and the choice among them."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

_PATH: Final = re.compile(r"/(?:api|apis/(?P<group>[^/{}]+))(?:/(?P<version>[^/{}]*))?(?:/|$)")


def path_group(path: str) -> tuple[str, str] | None:
    """Return the group and version of a path; None for paths of the server as a whole, or of a group as a whole."""
    match = _PATH.match(path)
    return (match["group"] or "", match["version"]) if match and match["version"] else None


def path_resource(path: str) -> tuple[str, str, str] | None:
    """Return the group, version and plural of a resource's path; None for other paths."""
    match = _PATH.match(path)
    rest = path[match.end() :].split("/") if match and match["version"] else []
    if rest[:1] == ["namespaces"] and len(rest) > 2:
        rest = rest[2:]
    return (match["group"] or "", match["version"], rest[0]) if match and rest and rest[0] else None


def is_chosen(path: str, groups: Collection[str] | None) -> bool:
    """True for the paths of some groups, and for those of no group.

    Args:
        path: Path of an operation.
        groups: Full names of groups; the core group is `core` or empty. None: all.
    """
    match = _PATH.match(path)
    if groups is None or match is None or not (match["group"] or match["version"]):
        return True
    return (match["group"] or "") in groups or (not match["group"] and "core" in groups)
