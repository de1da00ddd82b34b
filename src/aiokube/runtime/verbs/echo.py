"""Errors of patches without the whole object, which servers repeat in them."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from ..errors import Invalid

_ECHO: Final = re.compile(r'(patch: Invalid value): "\{(?:[^"\\]|\\.)*"', re.DOTALL)


def without_echo(error: Invalid) -> Invalid:
    """Return an error without the patched object, which is long and may be a Secret; the same error if it has none."""
    status = error.status
    message = _ECHO.sub(r"\1", status.message)
    if message == status.message:
        return error
    details = msgspec.structs.replace(
        status.details,
        causes=[
            msgspec.structs.replace(cause, message=_ECHO.sub(r"\1", f"patch: {cause.message}").removeprefix("patch: "))
            for cause in status.details.causes
        ],
    )
    status = msgspec.structs.replace(status, message=message, details=details)
    return Invalid(status, method=error.method, path=error.path)
