"""Fixtures of the plugin for pytest-asyncio: the client of a test, on whichever event loop runs the test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, get_args

import pytest_asyncio

_Scope = Literal["function", "class", "module", "package", "session"]


def _of_loop(scope: _Scope) -> Any:
    @pytest_asyncio.fixture(loop_scope=scope, name=f"_aiokube_client_of_{scope}_loop")
    async def fixture(_aiokube_client: AbstractAsyncContextManager[Any]) -> AsyncIterator[Any]:
        async with _aiokube_client as made:
            yield made

    return fixture


for _scope in get_args(_Scope):
    globals()[f"of_{_scope}_loop"] = _of_loop(_scope)
