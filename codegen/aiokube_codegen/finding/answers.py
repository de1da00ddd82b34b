"""Answers about hits, as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..explain.page import short_rule
from ..reference.catalog import Kind, Method
from ..reference.python_examples import snippet
from .hits import Hit
from .notes import NOTES, RELATED


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The replacement for a name."""

    name: str
    client: str
    """Whose name it is."""
    target: str
    """The call, or a description of the hit."""
    text: str
    example: str
    """Lines of a program; empty where there are none."""
    facts: tuple[tuple[str, str], ...]
    """A label, and what there is to say."""


def answer_of(hit: Hit) -> Answer:
    """Return what there is to say of something that was found."""
    if hit.methods:
        text, facts = hit.methods[0].summary, tuple(_of_methods(hit, hit.methods[0]))
    elif hit.kind is not None and hit.fields:
        text, facts = hit.fields[-1].description, (("more", f"aiokube explain {hit.target}"),)
    elif hit.kind is not None:
        text, facts = hit.kind.description, tuple(_of_kind(hit.kind))
    else:
        text, facts = hit.note, ()
    example = snippet(hit.kind, hit.methods[0]) if hit.kind and hit.methods else ""
    return Answer(name=hit.name, client=hit.client, target=_target(hit), text=text, example=example, facts=facts)


def _target(hit: Hit) -> str:
    if hit.methods:
        return f"{hit.methods[0].usage} {hit.target}"
    if hit.fields:
        return f"{hit.target} <{hit.fields[-1].type.text}>"
    return hit.target


def _of_methods(hit: Hit, method: Method) -> Iterator[tuple[str, str]]:
    if hit.note:
        yield "note", hit.note
    yield "takes", f"({', '.join(method.arguments)})"
    yield "returns", method.returns
    yield "RBAC", "; ".join(short_rule(rule) for rule in method.rules if not rule.when) or "nothing"
    if hit.name.endswith("_for_all_namespaces"):
        yield "note", "`all_namespaces=True` covers every namespace."
    if hit.client != "aiokube" and (note := NOTES.get(method.runtime)):
        yield "note", note
    owner = method.call.rpartition(".")[0]
    known = [one.name for one in hit.kind.methods] if hit.kind else []
    more = [one.call.rpartition(".")[2] for one in hit.methods[1:]]
    more += [name for name in RELATED.get(method.name, ()) if name in known]
    if more:
        yield "or", ", ".join(f"{owner}.{name}" for name in dict.fromkeys(more))
    if hit.kind is not None:
        yield "more", f"aiokube explain {hit.kind.plural}.{method.name}"


def _of_kind(kind: Kind) -> Iterator[tuple[str, str]]:
    yield "verbs", f"kube.{kind.attribute}: {', '.join(method.name for method in kind.methods)}"
    yield "class", f"aiokube.models.{kind.python}"
    yield "more", f"aiokube explain {kind.plural}{f'.{kind.group}' if kind.group else ''}"
