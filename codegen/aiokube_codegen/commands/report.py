"""The report of what a package lacks, by reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from ..errors import CodegenError
from ..naming.docstrings import printable
from ..skipped import Skipped

_SHOWN: Final = 5
"""Parts that are listed unasked, of each reason."""


def report(skipped: Iterable[Skipped], *, verbose: bool, quiet: bool, file: Path | None) -> None:
    """Print what a package lacks: a count for each reason, and the first parts.

    Args:
        skipped: The parts.
        verbose: Print every part.
        quiet: Print nothing.
        file: File to write every part to. None: no file.

    Raises:
        CodegenError: The file cannot be written.
    """
    reasons: dict[str, list[str]] = defaultdict(list)
    for one in skipped:
        reasons[one.why].append(one.what)
    for line in () if quiet else _lines(reasons, None if verbose else _SHOWN):
        print(line)
    if not (verbose or quiet) and any(len(parts) > _SHOWN for parts in reasons.values()):
        print("all of them: --verbose, or --report FILE")
    if file is not None:
        try:
            file.write_text("".join(f"{line}\n" for line in _lines(reasons, None)), encoding="utf-8")
        except OSError as error:
            raise CodegenError(f"{file} cannot be written: {error.strerror}") from error


def _lines(reasons: Mapping[str, list[str]], most: int | None) -> Iterator[str]:
    for why, parts in sorted(reasons.items()):
        yield f"skipped {len(parts)}: {printable(why)}"
        yield from (f"  {printable(part)}" for part in parts[:most])
        if most is not None and len(parts) > most:
            yield f"  and {len(parts) - most} more"
