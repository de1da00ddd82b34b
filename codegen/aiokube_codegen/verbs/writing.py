"""Verbs that write: create, replace, patch, edit, apply, delete, and those of subresources that act on an object."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .arguments import NAME, NAMESPACE, NAMESPACE_OF_OBJECT, PARAMETERS, Argument
from .operation import Operation
from .verb import INVALID, NOT_FOUND, Raises, Verb, all_but

# Whatever the document says, the server answers these kinds with the Status of a success once it has acted on them.
_ANSWERED_BY_STATUS: Final = (("policy", "Eviction"), ("", "Binding"))

_WITHOUT_RESPONSE: Final = ("{path}", "{sent}", "{query}")

_OBJECT: Final = Argument(
    name="{sent_name}",
    annotation="{sent} | {manifest}",
    text="The object, or its manifest.",
    positional=True,
    passed_as="body",
)
_NO_NAMESPACE: Final = Raises(
    error="NotFound", reason="The namespace does not exist", when=lambda operation: operation.namespaced
)


def _creates(operation: Operation) -> bool:
    return operation.action == "post" and not operation.named and operation.sent_kind not in _ANSWERED_BY_STATUS


def _submits(operation: Operation) -> bool:
    return operation.action == "post" and operation.sent_kind in _ANSWERED_BY_STATUS


CREATE: Final = Verb(
    name="create",
    applies=_creates,
    summary="Create {a_kind}.",
    arguments=(_OBJECT, NAMESPACE_OF_OBJECT, PARAMETERS),
    returns="{response}",
    calls="_create",
    passes=("{path}", "{sent}", "{response}", "{query}"),
    raises=(Raises(error="AlreadyExists", reason="The name is taken"), _NO_NAMESPACE, INVALID),
)

SUBMIT: Final = replace(
    CREATE,
    applies=lambda operation: _submits(operation) and not operation.named,
    returns="None",
    calls="_submit",
    passes=_WITHOUT_RESPONSE,
)

CREATE_SUBRESOURCE: Final = replace(
    CREATE,
    name="create{suffix}",
    applies=lambda operation: operation.action == "post" and operation.named,
    summary="Create {one}.",
    arguments=(NAME, _OBJECT, NAMESPACE, PARAMETERS),
    raises=(NOT_FOUND, INVALID),
)

CREATE_TOKEN: Final = Verb(
    name="create_token",
    applies=lambda operation: operation.action == "post" and operation.sent_kind[1] == "TokenRequest",
    subresource="token",
    summary="Create a token of {a_kind}, by `create_token_request`, as `kubectl create token`.",
    is_composed=True,
    arguments=(
        NAME,
        Argument(
            name="seconds",
            annotation="int | None",
            default="None",
            text="Lifetime in seconds, at least 600. Default: the server chooses, usually an hour.",
        ),
        Argument(
            name="audiences",
            annotation="Sequence[str]",
            default="()",
            text="Audiences that accept the token. Default: the API server.",
        ),
        NAMESPACE,
    ),
    returns="str",
    calls="_create_token",
    passes=("{path}",),
    raises=(NOT_FOUND, INVALID),
)

CREATE_TOKEN_REQUEST: Final = replace(
    CREATE_SUBRESOURCE,
    name="create_token_request",
    applies=CREATE_TOKEN.applies,
    subresource="token",
)

EVICT: Final = replace(
    CREATE_SUBRESOURCE,
    name="evict",
    applies=_submits,
    subresource="eviction",
    summary="Evict {a_kind}, unless a disruption budget forbids it.",
    arguments=(
        NAME,
        replace(_OBJECT, annotation="{sent} | {manifest} | None", default="None"),
        Argument(
            name="grace_period_seconds",
            annotation="int | None",
            default="None",
            text="Seconds to terminate in. Default: that of the {kind}.",
            wire_name="gracePeriodSeconds",
        ),
        NAMESPACE,
        PARAMETERS,
    ),
    returns="None",
    calls="_evict",
    passes=_WITHOUT_RESPONSE,
    raises=(
        NOT_FOUND,
        Raises(error="TooManyRequests", reason="A disruption budget does not allow it now"),
    ),
)

BIND: Final = replace(
    CREATE_SUBRESOURCE,
    name="bind",
    applies=_submits,
    subresource="binding",
    summary="Assign {a_kind} to a node.",
    returns="None",
    calls="_submit",
    passes=_WITHOUT_RESPONSE,
    raises=(NOT_FOUND, Raises(error="Conflict", reason="It is assigned to a node already"), INVALID),
)

REPLACE: Final = Verb(
    name="replace{suffix}",
    applies=lambda operation: operation.action == "put",
    summary="Replace {one}. Fields that the class does not know are lost.",
    arguments=(_OBJECT, NAMESPACE_OF_OBJECT, PARAMETERS),
    returns="{response}",
    calls="_replace",
    raises=(
        NOT_FOUND,
        Raises(error="Conflict", reason="The object has changed since the `resource_version` that was sent"),
        INVALID,
    ),
)

PATCH: Final = Verb(
    name="patch{suffix}",
    applies=lambda operation: operation.action == "patch" and bool(operation.patch_types),
    summary="Change parts of {one}.",
    arguments=(
        NAME,
        Argument(
            name="body",
            annotation="{sent} | {manifest} | Sequence[Mapping[str, Any]]",
            text="The fields to change; for a JSON patch, a list of operations.",
            positional=True,
        ),
        Argument(
            name="type",
            annotation="Literal[{patch_types}] | None",
            default="None",
            text="Type of the patch: {patch_types_text}. Default: `json` for a list, else `merge`.",
        ),
        NAMESPACE,
        PARAMETERS,
    ),
    sends=all_but("force"),
    returns="{response}",
    calls="_patch",
    passes=("{path}", "{response}", "{query}", "has_status={has_status}"),
    raises=(
        NOT_FOUND,
        Raises(error="Conflict", reason="The object has changed since the `resourceVersion` in the patch"),
        Raises(error="InvalidRequest", reason="Another method stores what is to be changed, such as the status"),
        INVALID,
    ),
)


def _can_be_edited(operation: Operation) -> bool:
    return (
        PATCH.applies(operation)
        and operation.has_typed_response
        and operation.subresource in ("", "scale", "status")
        and "json" in operation.patch_types
    )


EDIT: Final = Verb(
    name="edit{suffix}",
    applies=_can_be_edited,
    summary="Read {one} (`get{suffix}`), change it, and `patch{suffix}` only the places that differ.",
    is_composed=True,
    arguments=(
        NAME,
        Argument(
            name="change",
            annotation="Change[{response}]",
            text="Function that changes the object or returns a changed copy; may be async. Repeated on conflict.",
            positional=True,
        ),
        NAMESPACE,
        PARAMETERS,
    ),
    sends=all_but("force"),
    returns="{response}",
    calls="_edit",
    passes=("{path}", "{response}", "{query}", "has_status={has_status}"),
    raises=(
        NOT_FOUND,
        Raises(error="Conflict", reason="The object was changed by others during each of five attempts"),
        Raises(
            error="InvalidRequest",
            reason="The status was changed, which `edit_status` stores",
            when=lambda operation: operation.has_status and not operation.subresource,
        ),
        Raises(
            error="InvalidRequest",
            reason="Something else was changed than the {subresource}, which `edit` stores",
            when=lambda operation: bool(operation.subresource),
        ),
        INVALID,
    ),
)

APPLY: Final = Verb(
    name="apply{suffix}",
    applies=lambda operation: operation.action == "patch" and operation.takes_apply,
    summary="Create or change {one} by server-side apply.",
    arguments=(
        replace(_OBJECT, text="The fields to own, as an object or its manifest."),
        Argument(
            name="field_manager",
            annotation="str | None",
            default="None",
            text="Field manager that will own the fields. Default: that of the client, which must have one then.",
            wire_name="fieldManager",
        ),
        Argument(
            name="force",
            annotation="bool",
            default="False",
            text="Take over fields that other managers own.",
            wire_name="force",
        ),
        NAMESPACE_OF_OBJECT,
        PARAMETERS,
    ),
    returns="{response}",
    calls="_apply",
    passes=("{path}", "{response}", "{query}", "has_status={has_status}"),
    raises=(
        Raises(error="ApplyConflict", reason="Other managers own fields with other values, and `force` is not set"),
        Raises(
            error="InvalidRequest",
            reason="There is nothing but a status, which `apply_status` stores",
            when=lambda operation: operation.has_status and not operation.subresource,
        ),
        Raises(error="NotFound", reason="The namespace, or the object of a subresource, does not exist"),
        INVALID,
    ),
)

_OPTIONS: Final = Argument(
    name="options",
    annotation="{sent} | {manifest} | None",
    default="None",
    text="More options, such as `preconditions`.",
    when=lambda operation: operation.sent is not None,
)

DELETE: Final = Verb(
    name="delete{suffix}",
    applies=lambda operation: operation.action == "delete",
    summary="Delete {one}. Returns it, or None where the server sends no more than its success.",
    arguments=(NAME, NAMESPACE, _OPTIONS, PARAMETERS),
    returns="{item} | None",
    calls="_delete",
    passes=("{path}", "{item}", "{query}"),
    raises=(NOT_FOUND, Raises(error="Conflict", reason="A precondition does not hold")),
)

DELETE_COLLECTION: Final = replace(
    DELETE,
    name="delete_collection",
    applies=lambda operation: operation.action == "deletecollection",
    summary="Delete {objects} that match the selectors; without selectors, all. Returns them as `delete` does.",
    sends=all_but("watch", "allowWatchBookmarks", "sendInitialEvents"),
    returns="{list} | None",
    passes=("{path}", "{list}", "{query}"),
    raises=(),
)

VERBS: Final = (
    CREATE,
    SUBMIT,
    CREATE_SUBRESOURCE,
    CREATE_TOKEN,
    CREATE_TOKEN_REQUEST,
    EVICT,
    BIND,
    REPLACE,
    PATCH,
    EDIT,
    APPLY,
    DELETE,
    DELETE_COLLECTION,
)
