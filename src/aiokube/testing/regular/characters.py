"""Classes of characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import cache

from .errors import ExpressionUnsupported

Characters = Callable[[str], bool]
"""A class: True for a character that is in it."""

_DIGIT, _LOWER, _UPPER, _WORD = "09", "az", "AZ", "09AZ__az"
_PERL = {"d": _DIGIT, "s": "\t\n\f\r  ", "w": _WORD}
_POSIX = {
    "alnum": "09AZaz",
    "alpha": "AZaz",
    "ascii": "\x00\x7f",
    "blank": "\t\t  ",
    "cntrl": "\x00\x1f\x7f\x7f",
    "digit": _DIGIT,
    "graph": "!~",
    "lower": _LOWER,
    "print": " ~",
    "punct": "!/:@[`{~",
    "space": "\t\r  ",
    "upper": _UPPER,
    "word": _WORD,
    "xdigit": "09AFaf",
}
_CATEGORIES: dict[str, str] = {
    "C": "cfnos",
    "L": "lmotu",
    "M": "cen",
    "N": "dlo",
    "P": "cdefios",
    "S": "ckmo",
    "Z": "lps",
}
"""The second letters of the general categories, by the first."""
# Above are no letters that have another case.
_LAST_OF_CASES = 0x1E943


def within(ranges: str) -> Characters:
    """Return the class of some ranges.

    Args:
        ranges: The first and the last character of each.
    """
    pairs = tuple(zip(ranges[::2], ranges[1::2], strict=True))
    if len(pairs) == 1:
        first, last = pairs[0]
        return lambda character: first <= character <= last
    return lambda character: any(first <= character <= last for first, last in pairs)


def one_of(classes: Iterable[Characters]) -> Characters:
    """Return the class of what is in any of some classes."""
    known = tuple(classes)
    return known[0] if len(known) == 1 else lambda character: any(one(character) for one in known)


def without(excluded: Characters) -> Characters:
    """Return the class of everything that is not in a class."""
    return lambda character: not excluded(character)


def in_any_case(characters: Characters) -> Characters:
    """Return the class of what is in a class in upper, lower or title case."""
    return lambda character: any(map(characters, _cases().get(character, character)))


def perl_class(name: str) -> Characters | None:
    r"""Return the class that an escape stands for, such as `d` of `\d`; None if it stands for none."""
    ranges = _PERL.get(name)
    return within(ranges) if ranges else None


def posix_class(name: str) -> Characters | None:
    """Return a class by its name between `[:` and `:]`; None if there is none."""
    ranges = _POSIX.get(name)
    return within(ranges) if ranges else None


def unicode_class(name: str) -> Characters | None:
    r"""Return the class of a general category, such as `Lu`; None if there cannot be one.

    Raises:
        ExpressionUnsupported: It may be a script, or the long name of a category.
    """
    words = "".join(one for one in name if one not in "_- ").capitalize()
    match words:
        case "Any":
            return lambda character: True
        case "Ascii":
            return within("\x00\x7f")
        case "Assigned":
            return lambda character: unicodedata.category(character) != "Cn"
        case "Lc":
            return lambda character: unicodedata.category(character) in ("Lu", "Ll", "Lt")
    if words[:1] in _CATEGORIES and words[1:] in ("", *_CATEGORIES[words[0]]):
        return lambda character: unicodedata.category(character).startswith(words)
    if len(words) > 1 and words.isalpha():
        raise ExpressionUnsupported(rf"the class \p{{{name}}} of a regular expression")
    return None


@cache
def _cases() -> Mapping[str, str]:
    """Return the characters that differ only in case, by each of them."""
    groups: dict[str, str] = {}
    for code in range(_LAST_OF_CASES + 1):
        character = chr(code)
        folded = character.casefold()
        if len(folded) != 1:
            folded = character.lower()
        if folded != character and len(folded) == 1:
            groups[folded] = groups.get(folded, folded) + character
    return {character: group for group in groups.values() for character in group}
