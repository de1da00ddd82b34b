"""Functions of a test that a cluster calls."""

import inspect

from ..runtime.errors import InvalidArgument


def check_async(name: str, function: object) -> None:
    """Check that a function is async.

    Args:
        name: The name of the argument.
        function: What was given.

    Raises:
        InvalidArgument: It is not an async function, nor an object that is called as one.
    """
    called = function if inspect.isroutine(function) or not callable(function) else type(function).__call__
    if not inspect.iscoroutinefunction(called) and not inspect.iscoroutinefunction(function):
        shown = getattr(function, "__qualname__", None) or repr(function)
        raise InvalidArgument(f"{name}: must be an async function, `async def`; {shown} is none")
