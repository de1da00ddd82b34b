"""The local variables of tracebacks, which some tools print or send elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import FrameType


def frames_of(error: BaseException | None) -> Iterator[FrameType]:
    """Yield the frames of an error and of those that led to it, as a traceback shows them."""
    while error is not None:
        traceback = error.__traceback__
        while traceback is not None:
            yield traceback.tb_frame
            traceback = traceback.tb_next
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def revealed(error: BaseException, secrets: Iterable[str]) -> list[str]:
    """Return the local variables outside the tests whose repr contains one of the secrets."""
    secrets = tuple(secrets)
    found = []
    for frame in frames_of(error):
        if frame.f_globals.get("__name__", "").startswith("tests."):
            continue
        for name, value in frame.f_locals.items():
            if any(secret in repr(value) for secret in secrets):
                found.append(f"{name} of {frame.f_code.co_qualname} in {frame.f_globals.get('__name__')}")
    return found
