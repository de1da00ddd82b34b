"""The `Status` that ends an exec or attach: how the command went."""

from __future__ import annotations

import re

from ..codec.model import decode
from ..codec.status import Status
from ..errors import DecodeError, StreamError, api_error


def exit_code(body: bytes, *, what: str, path: str) -> int:
    """Read the exit code out of what came on the error channel.

    Args:
        body: everything that came.
        what: what ended, for errors: `exec in web-0`.
        path: the path of the request.

    Raises:
        ApiError: the command could not be run, or broke off.
        StreamError: nothing came, or nothing that says how the command went.
    """
    if not body:
        raise StreamError(f"{what}: it ended without saying how it went")
    try:
        status = decode(body, Status)
    except DecodeError as error:
        raise StreamError(f"{what}: it ended with something that is no Status: {error}") from error
    if status.status == "Success":
        return 0
    if status.status != "Failure":
        raise StreamError(f"{what}: it ended with the status {status.status!r}, neither Success nor Failure")
    if status.reason != "NonZeroExitCode":
        raise api_error(status, method="GET", path=path)
    for cause in status.details.causes:
        if cause.reason == "ExitCode":
            if not re.fullmatch(r"[0-9]{1,3}", cause.message, re.ASCII) or int(cause.message) > 255:
                raise StreamError(f"{what}: it ended with the exit code {cause.message!r}, which is none")
            return int(cause.message)
    raise StreamError(f"{what}: it ended with a non-zero exit code that is not told: {status.message}")
