"""The report of what a package lacks, by reason."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from ..errors import CodegenError
from ..naming.docstrings import printable
from ..skipped import Skipped

_SHOWN: Final = 5
"""Parts that are listed unasked, of each reason."""


def write_report(skipped: Iterable[Skipped], file: Path) -> None:
    """Write every part that a package lacks to a file.

    Raises:
        CodegenError: The file cannot be written.
    """
    try:
        file.write_text("".join(f"{line}\n" for line in _lines(skipped, None)), encoding="utf-8")
    except OSError as error:
        raise CodegenError(f"{file} cannot be written: {error.strerror}") from error


def print_report(skipped: Iterable[Skipped], *, verbose: bool, file: Path | None) -> None:
    """Print what a package lacks: a count for each reason, and the first parts.

    Args:
        skipped: The parts.
        verbose: Print every part.
        file: File that has every part. None: there is none.
    """
    skipped = list(skipped)
    for line in _lines(skipped, None if verbose else _SHOWN):
        print(line)
    if not verbose and max(Counter(one.why for one in skipped).values(), default=0) > _SHOWN:
        print(f"all of them: {file}" if file else "all of them: --verbose, or --report FILE")


def _lines(skipped: Iterable[Skipped], most: int | None) -> Iterator[str]:
    reasons: dict[str, list[str]] = defaultdict(list)
    for one in skipped:
        reasons[one.why].append(one.what)
    for why, parts in sorted(reasons.items()):
        yield f"skipped {len(parts)}: {printable(why)}"
        yield from (f"  {printable(part)}" for part in parts[:most])
        if most is not None and len(parts) > most:
            yield f"  and {len(parts) - most} more"
