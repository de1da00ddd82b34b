"""Temporary folders that no signal leaves behind; entries of a folder, replaced completely or not at all."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import CodegenError


@contextmanager
def temporary_folder(parent: Path | None = None, prefix: str = "aiokube-") -> Iterator[Path]:
    """Make a folder for the time of a block.

    It has its name before it is made, unlike those of `tempfile`: a signal at that moment does not leave it behind.

    Args:
        parent: The folder to make it in. None: that for temporary files.
        prefix: The beginning of its name.

    Raises:
        OSError: It cannot be made.
    """
    folder = (parent or Path(tempfile.gettempdir())) / f"{prefix}{secrets.token_hex(16)}"
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def replace_entries(files: Iterable[tuple[str, bytes]], output: Path, entries: Collection[str]) -> int:
    """Write files into a folder, in place of the entries that it holds; whatever else is in it stays.

    If anything fails, the old entries are restored.

    Args:
        files: Paths below the folder, each with its contents.
        output: The folder, which is made where it does not exist.
        entries: Names of the files and folders in it that are replaced or removed.

    Returns:
        The number of bytes written.

    Raises:
        CodegenError: The folder cannot be written.
    """
    is_new = not output.exists()
    size = 0
    reassurance = ""
    try:
        output.mkdir(parents=True, exist_ok=True)
        # On the same file system as the old files, so that moving them is renaming.
        with temporary_folder(output, ".aiokube-") as staging:
            reassurance = "; what was there is unchanged"
            for path, contents in files:
                target = staging / "new" / path
                target.parent.mkdir(parents=True, exist_ok=True)
                size += target.write_bytes(contents)
            _swap(staging, output, entries)
    except OSError as error:
        raise CodegenError(f"{output} cannot be written: {error.strerror}{reassurance}") from error
    finally:
        if is_new:
            # Only an empty folder can be removed so: one that nothing was written to.
            with suppress(OSError):
                output.rmdir()
    return size


def _swap(staging: Path, output: Path, entries: Collection[str]) -> None:
    (staging / "old").mkdir()
    moved: list[tuple[Path, Path]] = []
    try:
        for name in entries:
            for source, target in ((output / name, staging / "old" / name), (staging / "new" / name, output / name)):
                if source.exists():
                    moved.append((source, target))
                    source.rename(target)
    except BaseException:
        for source, target in reversed(moved):
            if target.exists() and not source.exists():
                target.rename(source)
        raise
