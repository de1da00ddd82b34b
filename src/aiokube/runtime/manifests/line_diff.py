"""Unified diffs of long texts, in time that grows with their length.

`difflib` alone takes seconds for ten thousand lines that are alike, such as those of a dashboard in JSON. So texts are
split at the lines that both have once, as in a patience diff, and `difflib` compares what is between them.
"""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence

# Lines before times lines after that difflib compares; beyond, they are replaced as a whole.
_MAX_COMPARISONS = 100_000

_Block = tuple[int, int, int]
"""Positions of equal lines before and after, and their number."""


def unified_diff(before: Sequence[str], after: Sequence[str], before_name: str, after_name: str) -> Iterator[str]:
    """Return the lines of a unified diff, without line ends; none if the texts are equal."""
    groups = list(_Matcher(before, after).get_grouped_opcodes())
    if groups:
        yield from (f"--- {before_name}", f"+++ {after_name}")
    for group in groups:
        yield f"@@ -{_range(group[0][1], group[-1][2])} +{_range(group[0][3], group[-1][4])} @@"
        for tag, start, end, start_after, end_after in group:
            if tag == "equal":
                yield from (f" {line}" for line in before[start:end])
            else:
                yield from (f"-{line}" for line in before[start:end])
                yield from (f"+{line}" for line in after[start_after:end_after])


def _range(start: int, end: int) -> str:
    """The lines of a group as `diff -u` writes them."""
    length = end - start
    return str(start + 1) if length == 1 else f"{start + 1 if length else start},{length}"


class _Matcher(difflib.SequenceMatcher[str]):
    """Groups the differences like difflib, which finds only a part of them."""

    def __init__(self, before: Sequence[str], after: Sequence[str]) -> None:
        super().__init__(None, before, after, autojunk=False)
        self._texts = (before, after)

    def get_matching_blocks(self) -> list[difflib.Match]:
        before, after = self._texts
        merged: list[_Block] = []
        for at, at_after, size in sorted(_equal_blocks(before, after)):
            last = merged[-1] if merged else (0, 0, 0)
            if (last[0] + last[2], last[1] + last[2]) == (at, at_after) and merged:
                merged[-1] = (last[0], last[1], last[2] + size)
            else:
                merged.append((at, at_after, size))
        return [difflib.Match(*block) for block in [*merged, (len(before), len(after), 0)]]


def _equal_blocks(before: Sequence[str], after: Sequence[str]) -> Iterator[_Block]:
    regions = [(0, len(before), 0, len(after))]
    while regions:
        low, high, low_after, high_after = regions.pop()
        while low < high and low_after < high_after and before[low] == after[low_after]:
            yield low, low_after, 1
            low, low_after = low + 1, low_after + 1
        while low < high and low_after < high_after and before[high - 1] == after[high_after - 1]:
            high, high_after = high - 1, high_after - 1
            yield high, high_after, 1
        part, part_after = before[low:high], after[low_after:high_after]
        anchors = _anchors(part, part_after)
        if not anchors and len(part) * len(part_after) <= _MAX_COMPARISONS:
            found = difflib.SequenceMatcher(None, part, part_after, autojunk=False).get_matching_blocks()
            yield from ((low + one.a, low_after + one.b, one.size) for one in found if one.size)
        elif anchors:
            ends = [(low + at, low_after + at_after) for at, at_after in anchors] + [(high, high_after)]
            start, start_after = low, low_after
            for end, end_after in ends:
                regions.append((start, end, start_after, end_after))
                start, start_after = end + 1, end_after + 1
            yield from ((at, at_after, 1) for at, at_after in ends[:-1])


def _anchors(before: Sequence[str], after: Sequence[str]) -> list[tuple[int, int]]:
    """Return the positions of lines that both have once: the most that are in the same order in both."""
    positions = {line: at for at, line in enumerate(after)}
    counts, counts_after = Counter(before), Counter(after)
    pairs = [
        (at, positions[line]) for at, line in enumerate(before) if counts[line] == 1 and counts_after.get(line) == 1
    ]
    # The longest increasing subsequence, by patience sorting: the tops of the piles, and what is below each card.
    tops: list[int] = []
    indexes: list[int] = []
    below: list[int | None] = []
    for index, (_, at_after) in enumerate(pairs):
        pile = bisect_left(tops, at_after)
        below.append(indexes[pile - 1] if pile else None)
        tops[pile : pile + 1] = [at_after]
        indexes[pile : pile + 1] = [index]
    chosen: list[tuple[int, int]] = []
    index_or_none = indexes[-1] if indexes else None
    while index_or_none is not None:
        chosen.append(pairs[index_or_none])
        index_or_none = below[index_or_none]
    return chosen[::-1]
