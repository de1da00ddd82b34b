"""Failures that a cluster responds with, in kube-apiserver's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .api.resources import Resource

_SIGNS = {
    '"': '\\"',
    "\\": r"\\",
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
}


@dataclass(frozen=True)
class Cause:
    """One of the reasons of a failure."""

    reason: str
    message: str
    field: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return it as JSON data."""
        cause = {"reason": self.reason, "message": self.message}
        return {**cause, "field": self.field} if self.field else cause


class Failure(Exception):
    """A failure, as the Status that the client gets.

    Args:
        code: The HTTP status.
        reason: The reason, in one word.
        message: The message.
        details: The details, as JSON data.
        retry_after: Seconds, sent as the header `Retry-After`.
        continue_: A continue token, for a list that goes on from a later state.
    """

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        details: Mapping[str, Any] | None = None,
        retry_after: int | None = None,
        continue_: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details: dict[str, Any] | None = None if details is None else dict(details)
        self.retry_after = retry_after
        self.continue_ = continue_
        self.warnings: Sequence[str] = ()
        """Warnings of the request, which the client gets, too."""
        if retry_after is not None:
            self.details = {**(self.details or {}), "retryAfterSeconds": retry_after}

    def status(self) -> dict[str, Any]:
        """Return the Status, as JSON data."""
        status: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {"continue": self.continue_} if self.continue_ else {},
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            status["reason"] = self.reason
        if self.details is not None:
            status["details"] = self.details
        return {**status, "code": self.code}


def not_implemented(what: str) -> Failure:
    """Return the refusal of something that a real cluster does, and this one does not."""
    return Failure(
        501, "NotImplemented", f"FakeCluster does not implement {what}; test it against a real cluster instead"
    )


def bad_request(message: str) -> Failure:
    """Return the failure of a request that makes no sense."""
    return Failure(400, "BadRequest", message)


def not_found(resource: Resource, name: str) -> Failure:
    """Return the failure of a request for an object that does not exist."""
    return Failure(404, "NotFound", f"{resource.collection} {quoted(name)} not found", details=_named(resource, name))


def unknown_path() -> Failure:
    """Return the failure of a request for a resource that is not served."""
    return Failure(404, "NotFound", "the server could not find the requested resource", details={})


def already_exists(resource: Resource, name: str) -> Failure:
    """Return the failure to create an object that exists."""
    message = f"{resource.collection} {quoted(name)} already exists"
    return Failure(409, "AlreadyExists", message, details=_named(resource, name))


def conflict(resource: Resource, name: str, message: str, *, by_kind: bool = False) -> Failure:
    """Return the failure to change an object in its present state.

    Args:
        resource: The resource.
        name: Name of the object.
        message: Why.
        by_kind: Name the kind, and not the resource, as kube-apiserver does for preconditions.
    """
    details = _named(resource, name)
    subject = resource.collection
    if by_kind:
        details["kind"] = resource.kind
        subject = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
    text = f"Operation cannot be fulfilled on {subject} {quoted(name)}: {message}"
    return Failure(409, "Conflict", text, details=details)


def modified(resource: Resource, name: str) -> Failure:
    """Return the failure to change an object that has changed meanwhile."""
    return conflict(
        resource,
        name,
        "the object has been modified; please apply your changes to the latest version and try again",
    )


def forbidden(resource: Resource, name: str, message: str, *, causes: Sequence[Cause] = ()) -> Failure:
    """Return the refusal of a request."""
    subject = f"{resource.collection} {quoted(name)}" if name else resource.collection
    details = _named(resource, name)
    if causes:
        details["causes"] = [cause.to_dict() for cause in causes]
    return Failure(403, "Forbidden", f"{subject} is forbidden: {message}", details=details)


def invalid(resource: Resource, name: str, causes: Sequence[Cause], *, kind: str = "") -> Failure:
    """Return the failure of the validation of an object.

    Args:
        resource: The resource.
        name: Name of the object.
        causes: What is wrong.
        kind: What is named as the kind; by default, that of the resource.
    """
    unique = list(
        dict.fromkeys(f"{cause.field}: {cause.message}" if cause.field else cause.message for cause in causes)
    )
    text = unique[0] if len(unique) == 1 else f"[{', '.join(unique)}]"
    details: dict[str, Any] = {"name": name} if name else {}
    if resource.group:
        details["group"] = resource.group
    kind = kind or resource.kind
    if kind:
        details["kind"] = kind
    details["causes"] = [cause.to_dict() for cause in causes]
    shown = f"{kind}.{resource.group}" if resource.group else kind
    return Failure(422, "Invalid", f"{shown} {quoted(name)} is invalid: {text}", details=details)


def invalid_patch(patched: str, problem: str) -> Failure:
    """Return the failure of a patch whose result is no object of the kind."""
    text = f"Invalid value: {quoted(patched)}: {problem}"
    causes = [Cause("FieldValueInvalid", text, "patch").to_dict()]
    return Failure(422, "Invalid", f' "" is invalid: patch: {text}', details={"causes": causes})


def expired(message: str, *, continue_: str = "") -> Failure:
    """Return the failure of a request for a state that is forgotten."""
    return Failure(410, "Expired", message, continue_=continue_)


def _named(resource: Resource, name: str) -> dict[str, Any]:
    details: dict[str, Any] = {"name": name} if name else {}
    if resource.group:
        details["group"] = resource.group
    details["kind"] = resource.plural
    return details


def quoted(text: str) -> str:
    """Return a text as Go quotes it."""
    return '"' + "".join(_SIGNS.get(one) or (one if one.isprintable() else _escaped(one)) for one in text) + '"'


def _escaped(character: str) -> str:
    code = ord(character)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
