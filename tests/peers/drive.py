"""One client at work, in a process of its own: `python -m tests.peers.drive CLIENT WORK KUBECONFIG [ARGUMENT ...]`.

It prints a line when the client is ready, and then the result as JSON: what the client gave, or the error that it
raised.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import sys
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from typing import Any, Final

READY: Final = "ready"

_PATIENCE_S: Final = 8.0
"""Seconds until work that goes on is over."""


async def lists(driver: Any) -> list[str]:
    """List."""
    names: list[str] = await driver.names()
    return names


async def lists_often(driver: Any, count: str) -> list[str]:
    """List some times, and return the class of each error; empty for a success."""
    errors = []
    for _ in range(int(count)):
        try:
            await driver.names()
            errors.append("")
        # Whatever a client raises is its answer.
        except Exception as error:
            errors.append(type(error).__name__)
    return errors


async def creates(driver: Any) -> None:
    """Create an object."""
    await driver.create()


async def watches(driver: Any, count: str) -> list[str]:
    """Watch until some events came."""
    names = []
    async with contextlib.aclosing(driver.watch("10")) as events:
        async for name in events:
            names.append(name)
            if len(names) == int(count):
                break
    return names


async def replaces(driver: Any) -> None:
    """Read an object, change it, and store it as a whole."""
    await driver.replace()


async def shows_secret(driver: Any) -> str:
    """Read a secret, and show it as a log would."""
    return str(await driver.secret())


async def runs(driver: Any, text: str, *command: str) -> tuple[str, int]:
    """Run a command in a container."""
    output, code = await driver.run(list(command), text)
    return output, code


WORKS: Final[Mapping[str, Callable[..., Coroutine[Any, Any, object]]]] = {
    work.__name__: work for work in (lists, lists_often, creates, watches, replaces, shows_secret, runs)
}


async def _drive(client: str, work: str, kubeconfig: str, *arguments: str) -> object:
    driver = importlib.import_module(f"{__package__}.drivers.{client}").Driver()
    async with AsyncExitStack() as stack:
        await driver.open(kubeconfig, stack)
        print(READY, flush=True)
        async with asyncio.timeout(_PATIENCE_S):
            return await WORKS[work](driver, *arguments)


def main() -> None:
    """Work, and print what came of it."""
    try:
        outcome = {"result": asyncio.run(_drive(*sys.argv[1:]))}
    # Whatever a client raises is its answer.
    except Exception as error:
        outcome = {"error": type(error).__name__, "text": str(error)[:300]}
    print(json.dumps(outcome))


if __name__ == "__main__":
    main()
