"""The exit code in the `Status` that ends an exec or attach stream."""

from __future__ import annotations

import re

from ..codec.model import decode
from ..codec.status import Status
from ..errors import DecodeError, StreamError
from ..failures import api_error


def exit_code(body: bytes, *, what: str, path: str) -> int:
    """Return the exit code from the content of the error channel.

    Args:
        body: The content of the error channel.
        what: Name of the stream in error messages: `exec in web-0`.
        path: The path of the request.

    Raises:
        ApiError: The command could not be run, or was interrupted.
        StreamError: The content is empty, is not a `Status`, or has no exit code.
    """
    if not body:
        raise StreamError(f"{what}: the stream ended without a Status; the exit code is unknown")
    try:
        status = decode(body, Status)
    except DecodeError as error:
        raise StreamError(f"{what}: the stream ended with an invalid Status: {error}") from error
    if status.status == "Success":
        return 0
    if status.status != "Failure":
        raise StreamError(f"{what}: the stream ended with the status {status.status!r}, not Success or Failure")
    if status.reason != "NonZeroExitCode":
        raise api_error(status, method="GET", path=path)
    for cause in status.details.causes:
        if cause.reason == "ExitCode":
            if not re.fullmatch(r"[0-9]{1,3}", cause.message, re.ASCII) or not 0 < int(cause.message) < 256:
                raise StreamError(f"{what}: the stream ended with an invalid exit code: {cause.message!r}")
            return int(cause.message)
    raise StreamError(f"{what}: the command failed with an unknown exit code: {status.message}")
