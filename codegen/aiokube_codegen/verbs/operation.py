"""An operation of the document, with everything that a verb may ask about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from ..models.types import TypeRef
from ..naming.docstrings import literal
from ..naming.names import attribute_name
from .arguments import Argument

CALL: Final = "call"
"""The action of an operation that no verb of Kubernetes stands for."""

_ANY: Final = TypeRef(text="Any")
# Their manifests hold secrets: keys and passwords, and a token to check.
_SECRET_KINDS: Final = (("", "Secret"), ("authentication.k8s.io", "TokenReview"))
_SUBRESOURCE_NAMES: Final = {"ephemeralcontainers": "ephemeral_containers"}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """An HTTP method of a path; of a proxy, all methods of both paths."""

    path: str
    """With `{namespace}` and `{name}` where they belong."""
    http_methods: tuple[str, ...]
    """In upper case."""
    action: str = ""
    """`x-kubernetes-action`, or what stands for it; `CALL` where none of its values does."""
    subresource: str = ""
    kind: str = ""
    """The kind of the resource."""
    sent_kind: tuple[str, str] = ("", "")
    """The group and kind of what is sent: those of the subresource, where there is one."""
    namespaced: bool = False
    """The path holds `{namespace}`."""
    named: bool = False
    """The path holds `{name}`."""
    all_namespaces_path: str | None = None
    """For lists of namespaced resources: the path that covers every namespace."""
    collection: str = ""
    """For methods that resources share: the path of the collection, which each resource states as `path`."""
    suffixed_path: str | None = None
    """For a proxy: the path that ends in `{path}`."""
    path_argument: str = ""
    """The argument for a last part of the path that may hold slashes."""
    path_arguments: tuple[Argument, ...] = ()
    """The arguments for the braces of the path other than `{namespace}`; of calls that no verb stands for."""
    name: str = ""
    """The method's name, where no verb gives it one."""
    description: str = ""
    """The document's description of such a call, as a sentence."""
    parameters: tuple[Argument, ...] = ()
    """The query parameters."""
    sent: TypeRef | None = None
    """The class of what is sent; for a patch, that of the whole object."""
    sent_required: bool = False
    """True if the body has required fields, so that it cannot be left out."""
    has_body: bool = False
    """The document asks for a body, which is an empty object where a caller gives none."""
    content_type: str = ""
    """The content type of what is sent, unless it is JSON."""
    response: TypeRef
    """The class of a successful response."""
    item: TypeRef = _ANY
    """The class of the resource's objects."""
    list_type: TypeRef = _ANY
    """The class of the resource's lists."""
    patch_types: tuple[str, ...] = ()
    """The types of patch that the server takes: `json`, `merge`, `strategic`."""
    has_status: bool = False
    """The resource has a subresource for its status, so that its own path does not store that."""
    takes_apply: bool = False
    """The server takes server-side apply."""
    deprecated: bool = False
    """The document marks the operation as deprecated."""

    @property
    def is_get(self) -> bool:
        """True if the operation can be made by GET."""
        return "GET" in self.http_methods

    @property
    def sends_secrets(self) -> bool:
        """True if what is sent may hold secrets."""
        return self.sent_kind in _SECRET_KINDS

    @property
    def opens_websocket(self) -> bool:
        """True if the document says in words that GET of a subresource is a WebSocket; it has no other way to."""
        return bool(self.is_get and self.subresource and "websocket" in self.description.lower())

    @property
    def has_typed_item(self) -> bool:
        """True if the resource's objects have a class, and therefore typed metadata."""
        return bool(self.item.modules)

    @property
    def has_typed_response(self) -> bool:
        """True if a successful response has a class."""
        return bool(self.response.modules)

    @property
    def is_watchable(self) -> bool:
        """The operation has the parameter `watch`."""
        return any(parameter.wire_name == "watch" for parameter in self.parameters)

    @property
    def calls(self) -> tuple[str, ...]:
        """The HTTP calls of the operation; tests read them in docstrings to compare a package with its document."""
        paths = [path for path in (self.path, self.suffixed_path, self.all_namespaces_path) if path]
        return tuple(f"{method} {self._told(path)}" for method in self.http_methods for path in paths)

    def _told(self, path: str) -> str:
        """The path as docstrings have it."""
        if not self.collection:
            return path
        return "{all_namespaces_path}" if path == self.all_namespaces_path else path.replace(self.collection, "{path}")

    def _source(self, path: str | None) -> str:
        """The path as Python source."""
        if path is None or not self.collection:
            return literal(path)
        if path in (self.collection, self.all_namespaces_path):
            return f"self.{'path' if path == self.collection else 'all_namespaces_path'}"
        rest = path.removeprefix(self.collection).replace("{", "{{").replace("}", "}}")
        return f'f"{{self.path}}{rest}"'

    @cached_property
    def fields(self) -> Mapping[str, str]:
        """Values for the placeholders in a verb's texts and types: `{kind}`, `{item}`, ..."""
        subresource = _SUBRESOURCE_NAMES.get(self.subresource) or attribute_name(self.subresource)
        a_kind = f"{'an' if self.kind[:1] in 'AEIOo' else 'a'} {self.kind}"
        return {
            "kind": self.kind,
            "a_kind": a_kind,
            "objects": "the objects" if self.collection else f"objects of kind {self.kind}",
            "subresource": subresource.replace("_", " "),
            "one": f"the {subresource.replace('_', ' ')} of {a_kind}" if self.subresource else a_kind,
            "suffix": f"_{subresource}" if self.subresource else "",
            "name": self.name,
            "description": self.description,
            "path_argument": self.path_argument,
            "path": self._source(self.path),
            "all_namespaces_path": self._source(self.all_namespaces_path),
            "suffixed_path": literal(self.suffixed_path),
            "item": self.item.text,
            "list": self.list_type.text,
            "response": self.response.text,
            "sent": self.sent.text if self.sent else "",
            "manifest": self.sent.manifest if self.sent else "",
            "has_status": str(self.has_status),
            "has_body": str(self.has_body),
            "content_type": f"content_type={literal(self.content_type)}" if self.content_type else "=False",
            "http_method": literal(self.http_methods[0]),
            "http_methods": ", ".join(map(literal, self.http_methods)),
            "patch_types": ", ".join(map(literal, self.patch_types)),
            "patch_types_text": ", ".join(f"`{one}`" for one in self.patch_types),
        }


def opens_stream(operation: Operation) -> bool:
    """For `Verb.applies`: a subresource can be opened by GET, as a stream."""
    return operation.is_get and operation.action != CALL
