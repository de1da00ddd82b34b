"""The repr of models: without absent fields, and without secrets."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from .absent import is_absent
from .open_types import EXTRA_FIELDS, is_open

# Text of a Secret, of a token request and of a token review; bytes are never shown.
_SECRET_FIELDS: Final = frozenset({"string_data", "token", "password"})
# Each takes three frames of Python, and a repr must not fail.
_MAX_LEVELS: Final = 50
# `kubectl apply` keeps the whole manifest there, that of a Secret too.
_SECRET_KEYS: Final = frozenset({"kubectl.kubernetes.io/last-applied-configuration"})

# For each class, what its fields are if they are absent; NODEFAULT if they are required.
_defaults: dict[type[Any], dict[str, Any]] = {}


def represent(obj: msgspec.Struct, levels: int = _MAX_LEVELS) -> str:
    """Return `Pod(metadata=ObjectMeta(name='web'))`: the fields that are not absent, lengths in place of secrets.

    Args:
        obj: The object.
        levels: Number of levels to show; what is deeper is `...`.
    """
    fields = ((name, getattr(obj, name, absent), absent) for name, absent in _absent_values(obj.__class__).items())
    shown = [
        f"{name}={_show(value, levels - 1, is_secret=name in _SECRET_FIELDS)}"
        for name, value, absent in fields
        if not _is_absent(value, absent)
    ]
    extra = obj.extra_fields if is_open(obj.__class__) else None  # type: ignore[attr-defined] # of open classes
    if extra:
        shown.append(f"extra_fields={{{', '.join(f'{key!r}: {_outline(value)}' for key, value in extra.items())}}}")
    return f"{obj.__class__.__name__}({', '.join(shown)})"


def _absent_values(cls: type[Any]) -> dict[str, Any]:
    if cls not in _defaults:
        _defaults[cls] = {
            field.name: field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
            for field in msgspec.structs.fields(cls)
            if field.encode_name != EXTRA_FIELDS
        }
    return _defaults[cls]


def _is_absent(value: Any, absent: Any) -> bool:
    if value is absent or value is msgspec.UNSET:
        return True
    return (
        type(value) is type(absent) and isinstance(value, (list, dict, str, msgspec.Struct)) and bool(value == absent)
    )


def _show(value: Any, levels: int, *, is_secret: bool = False) -> str:
    if not levels and isinstance(value, (msgspec.Struct, dict, list)):
        return "..."
    if isinstance(value, msgspec.Struct) and not is_absent(value):
        return represent(value, levels)
    if isinstance(value, (bytes, bytearray, memoryview, msgspec.Raw)):
        return f"<{memoryview(value).nbytes} bytes>"
    if isinstance(value, dict):
        return f"{{{', '.join(_show_item(key, item, levels - 1, is_secret=is_secret) for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(_show(item, levels - 1, is_secret=is_secret) for item in value)}]"
    if is_secret and isinstance(value, str):
        return f"<{len(value)} characters>"
    return repr(value)


def _outline(value: Any) -> str:
    """The repr of a value without a type, any text of which may be a secret."""
    if isinstance(value, (dict, list)):
        return f"<{'mapping' if isinstance(value, dict) else 'list'} of {len(value)}>"
    return _show(value, 1, is_secret=True)


def _show_item(key: Any, value: Any, levels: int, *, is_secret: bool) -> str:
    return f"{key!r}: {_show(value, levels, is_secret=is_secret or key in _SECRET_KEYS)}"
