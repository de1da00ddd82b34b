"""Singulars of English plurals, for the classes of list items: `steps` -> `step`."""

from __future__ import annotations

from typing import Final

# In lower case, as the last word of a name.
_UNCHANGED: Final = frozenset(
    {
        "alias",
        "analysis",
        "apis",
        "atlas",
        "basis",
        "bias",
        "canvas",
        "chaos",
        "dns",
        "gas",
        "kubernetes",
        "lens",
        "news",
        "os",
        "redis",
        "sas",
        "series",
        "species",
        "this",
        "tls",
        "windows",
    }
)
_IRREGULAR: Final = {
    "analyses": "analysis",
    "apis": "api",
    "bases": "base",
    "caches": "cache",
    "children": "child",
    "criteria": "criterion",
    "headers": "header",
    "indices": "index",
    "matrices": "matrix",
    "people": "person",
    "vertices": "vertex",
}
_WITH_E: Final = ("ches", "shes", "sses", "xes", "zzes")
# Words in -us and -as whose plural adds -es; of others, only the s is dropped (`causes`, `databases`).
_ES: Final = ("aliases", "atlases", "biases", "buses", "canvases", "consensuses", "gases", "statuses", "viruses")


def singular(word: str) -> str:
    """Return the singular of the last word of a name in Pascal case: `InitContainers` -> `InitContainer`."""
    low = word.lower()
    for plural, one in _IRREGULAR.items():
        if low == plural or word.endswith(plural.capitalize()):
            return word[: len(word) - len(plural)] + (one.capitalize() if word[-len(plural)].isupper() else one)
    if any(low == same or word.endswith(same.capitalize()) for same in _UNCHANGED) or low.endswith(("ss", "us", "is")):
        return word
    if low.endswith("ies") and len(low) > 4:
        return f"{word[:-3]}y"
    if low.endswith((*_WITH_E, *_ES)):
        return word[:-2]
    return word[:-1] if low.endswith("s") and len(low) > 2 else word
