"""Rules of roles: what they allow, and what others cover of them. Rules are JSON data, as roles have them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .attributes import Attributes

Rule = Mapping[str, Any]

_FIELDS = {
    "apiGroups": "APIGroups",
    "resources": "Resources",
    "nonResourceURLs": "NonResourceURLs",
    "resourceNames": "ResourceNames",
    "verbs": "Verbs",
}


def _of(rule: Rule, field: str) -> Sequence[str]:
    return rule.get(field) or ()


def allows(rule: Rule, attributes: Attributes) -> bool:
    """Return True if a rule allows a request."""
    if not _has(_of(rule, "verbs"), attributes.verb):
        return False
    if not attributes.resource:
        return any(_covers_url(url, attributes.path) for url in _of(rule, "nonResourceURLs"))
    names = _of(rule, "resourceNames")
    return (
        _has(_of(rule, "apiGroups"), attributes.group)
        and _names_resource(_of(rule, "resources"), attributes.combined)
        and (not names or attributes.name in names)
    )


def _has(values: Sequence[str], value: str) -> bool:
    return "*" in values or value in values


def _names_resource(resources: Sequence[str], combined: str) -> bool:
    _, _, subresource = combined.partition("/")
    return _has(resources, combined) or bool(subresource and f"*/{subresource}" in resources)


def _covers_url(owned: str, url: str) -> bool:
    return owned == url or (owned.endswith("*") and url.startswith(owned.rstrip("*")))


def missing(owned: Sequence[Rule], wanted: Sequence[Rule]) -> list[Rule]:
    """Return what rules allow and others do not, in rules with one verb and one resource each."""
    return [part for rule in wanted for part in _parts(rule) if not any(_covers(one, part) for one in owned)]


def _parts(rule: Rule) -> Iterator[Rule]:
    for group in _of(rule, "apiGroups"):
        for resource in _of(rule, "resources"):
            for verb in _of(rule, "verbs"):
                part = {"apiGroups": [group], "resources": [resource], "verbs": [verb]}
                for name in _of(rule, "resourceNames"):
                    yield {**part, "resourceNames": [name]}
                if not _of(rule, "resourceNames"):
                    yield part
    for url in _of(rule, "nonResourceURLs"):
        for verb in _of(rule, "verbs"):
            yield {"nonResourceURLs": [url], "verbs": [verb]}


def _covers(owned: Rule, part: Rule) -> bool:
    names = _of(owned, "resourceNames")
    return (
        _has(_of(owned, "verbs"), part["verbs"][0])
        and all(_has(_of(owned, "apiGroups"), group) for group in _of(part, "apiGroups"))
        and all(_names_resource(_of(owned, "resources"), resource) for resource in _of(part, "resources"))
        and (not names or (bool(part.get("resourceNames")) and set(part["resourceNames"]) <= set(names)))
        and all(
            any(_covers_url(one, url) for one in _of(owned, "nonResourceURLs")) for url in _of(part, "nonResourceURLs")
        )
    )


def described(parts: Sequence[Rule]) -> list[str]:
    """Return rules with one verb and one resource each in Go's words, sorted, the verbs of each resource together."""
    compact: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for part in parts:
        place = tuple(f"{field}:{_of(part, field)}" for field in _FIELDS if field != "verbs")
        # What is no resource is not put together.
        key = (*place, *part["verbs"]) if part.get("nonResourceURLs") else place
        known = compact.setdefault(key, {**part, "verbs": []})
        known["verbs"] = [*known["verbs"], *part["verbs"]]
    return sorted({_shown(rule) for rule in compact.values()})


def _shown(rule: Rule) -> str:
    shown = [f"{title}:{quoted(rule[field])}" for field, title in _FIELDS.items() if rule.get(field)]
    return "{" + ", ".join(shown) + "}"


def quoted(texts: Sequence[str]) -> str:
    """Return a list as Go prints it."""
    return "[" + " ".join('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in texts) + "]"
