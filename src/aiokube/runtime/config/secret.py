"""Values that do not show themselves where a tool prints local variables, as in a traceback."""

from __future__ import annotations

from .validation import REDACTED


class SecretText(str):
    """A text whose repr is redacted."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(REDACTED)


class SecretBytes(bytes):
    """Bytes whose repr is redacted."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(REDACTED)


class SecretMap(dict[str, str]):
    """A mapping whose repr shows the keys only."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(dict.fromkeys(self, REDACTED))
