"""A request, understood: the verb, the resource, and the options of the query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .api.resources import Resource
from .failures import Cause, Failure, bad_request
from .parsing import NotANumber, parse_bool, parse_int
from .store import Key
from .versions.version import Version

_ESCAPES = {
    **{character: f"\\{letter}" for character, letter in zip("\a\b\f\n\r\t\v", "abfnrtv", strict=True)},
    '"': '\\"',
    "\\": "\\\\",
}


@dataclass(frozen=True)
class User:
    """Who sends a request."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(kw_only=True)
class Call:
    """A request for a resource."""

    verb: str
    """In the API's words: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`."""
    resource: Resource
    """In the version in which its objects are stored."""
    namespace: str
    """Empty for objects of the cluster, and for lists of all namespaces."""
    name: str
    """Empty for a whole collection."""
    subresource: str
    query: Mapping[str, str]
    """The first value of each parameter."""
    body: bytes
    content_type: str
    accept: str
    user_agent: str
    user: User
    dry_runs: Sequence[str] = ()
    """All values of `dryRun` in the query."""
    warnings: list[str] = field(default_factory=list)
    """For the header `Warning` of the response."""
    asked: Version | None = None
    """The version of the path, if it is not that of `resource`, in which objects are stored."""

    @property
    def version(self) -> Version:
        """The version of the path."""
        return self.asked or Version(self.resource)

    @property
    def key(self) -> Key:
        """The key of the object in the path."""
        return Key(self.namespace, self.name)

    @property
    def dry_run(self) -> bool:
        """True if nothing is to be stored."""
        return "All" in self.dry_runs

    @property
    def field_validation(self) -> str:
        """How unknown and repeated fields are treated: `Ignore`, `Warn` or `Strict`."""
        return self.query.get("fieldValidation") or "Warn"

    @property
    def field_manager(self) -> str:
        """The name under which the fields of a write are booked."""
        return self.query.get("fieldManager") or self.user_agent.partition("/")[0][:128]

    def flag(self, name: str) -> bool:
        """Return a boolean of the query."""
        return name in self.query and parse_bool(self.query[name])

    def check_options(self) -> None:
        """Check the options that every write has.

        Raises:
            Failure: One is invalid.
        """
        kind = {"create": "CreateOptions", "update": "UpdateOptions", "patch": "PatchOptions"}.get(self.verb)
        causes: list[Cause] = []
        if any(one != "All" for one in self.dry_runs):
            causes.append(_not_supported("dryRun", self.dry_runs, ["All"], is_list=True))
        mode = self.query.get("fieldValidation")
        if mode and mode not in ("Ignore", "Warn", "Strict"):
            causes.append(_not_supported("fieldValidation", mode, ["", "Ignore", "Strict", "Warn"]))
        manager = self.query.get("fieldManager", "")
        if len(manager) > 128:
            causes.append(Cause("FieldValueTooLong", "Too long: may not be more than 128 bytes", "fieldManager"))
        causes += _unprintable(manager)
        if kind is not None and causes:
            raise invalid_options(kind, causes)


def _quoted(character: str) -> str:
    """Return a character of a text as Go quotes it."""
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x80 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _unprintable(manager: str) -> list[Cause]:
    quoted = "".join(map(_quoted, manager))
    return [
        Cause(
            "FieldValueInvalid",
            f'Invalid value: "{quoted}": invalid character U+{ord(character):04X} '
            f"(at position {len(manager[:place].encode())})",
            "fieldManager",
        )
        for place, character in enumerate(manager)
        if not character.isprintable()
    ]


def invalid_options(kind: str, causes: list[Cause]) -> Failure:
    """Return the failure of a request with invalid options."""
    text = ", ".join(f"{cause.field}: {cause.message}" for cause in causes)
    text = text if len(causes) == 1 else f"[{text}]"
    return Failure(
        422,
        "Invalid",
        f'{kind}.meta.k8s.io "" is invalid: {text}',
        details={"group": "meta.k8s.io", "kind": kind, "causes": [cause.to_dict() for cause in causes]},
    )


def _not_supported(name: str, value: Any, known: list[str], *, is_list: bool = False) -> Cause:
    shown = "[" + ",".join(f'"{one}"' for one in value) + "]" if is_list else f'"{value}"'
    choices = ", ".join(f'"{one}"' for one in known)
    return Cause("FieldValueNotSupported", f"Unsupported value: {shown}: supported values: {choices}", name)


def number(query: Mapping[str, str], name: str) -> int:
    """Return a number of the query; 0 if it is absent.

    Raises:
        Failure: It is not a number.
    """
    try:
        return parse_int(query[name]) if name in query else 0
    except NotANumber as error:
        raise bad_request(str(error)) from None
