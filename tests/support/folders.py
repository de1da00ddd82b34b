"""Folders of generated files, compared and remembered."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file below a folder by its path, and every folder that is empty; but nothing that Python caches."""
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        if "__pycache__" in path.parts:
            continue
        if path.is_file():
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
        elif not any(path.iterdir()):
            found[f"{path.relative_to(folder).as_posix()}/"] = b""
    return found


def differences(expected: dict[str, bytes], actual: dict[str, bytes], names: Iterable[str] = ()) -> Iterator[str]:
    """A unified diff of each file that differs or is only in one of two snapshots.

    Args:
        expected: as it was.
        actual: as it is now.
        names: the files and folders at the top to compare; all when empty.
    """
    chosen = set(names)
    for path in sorted(expected.keys() | actual.keys()):
        before, after = expected.get(path), actual.get(path)
        if before == after or (chosen and path.partition("/")[0] not in chosen):
            continue
        lines = difflib.unified_diff(
            [] if before is None else before.decode("utf-8", "backslashreplace").splitlines(),
            [] if after is None else after.decode("utf-8", "backslashreplace").splitlines(),
            fromfile="/dev/null" if before is None else f"expected/{path}",
            tofile="/dev/null" if after is None else f"generated/{path}",
            lineterm="",
        )
        # Bytes may differ where lines don't: in how they end.
        yield "\n".join(lines) or f"{path}: the same lines with other endings"
