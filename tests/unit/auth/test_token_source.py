"""`Client(credentials=...)`: tokens from a function of the program, shared and renewed as those of plugins."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from aiokube import Client, Config
from aiokube.config import Token
from aiokube.errors import ClientClosed, ConfigError, Unauthorized
from aiokube.runtime.http.auth.token_source import SourceOfTokens
from tests.support.frames import revealed
from tests.support.server import Answer, ScriptedServer
from tests.support.tls import Authority

POD = Answer(body=b'{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web"}}')
NOW = 1_000_000.0


class Source:
    """Returns the tokens t0, t1, ... that expire after some seconds."""

    def __init__(self, lifetime: float | None = 900.0) -> None:
        self.calls = 0
        self.lifetime = lifetime
        self.now = NOW
        self.failure: Exception | None = None
        self._numbers: Iterator[int] = count()

    async def __call__(self) -> Token:
        self.calls += 1
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        expires = None if self.lifetime is None else datetime.fromtimestamp(self.now + self.lifetime, UTC)
        return Token(f"t{next(self._numbers)}", expires)


def credentials_of(source: Source) -> SourceOfTokens:
    return SourceOfTokens(source, clock=lambda: source.now)


async def token_of(credentials: SourceOfTokens) -> str:
    return (await credentials.get()).headers["Authorization"]


async def test_concurrent_requests_share_a_call_and_the_token_is_kept() -> None:
    source = Source()
    credentials = credentials_of(source)
    assert set(await asyncio.gather(*(token_of(credentials) for _ in range(5)))) == {"Bearer t0"}
    source.now += 839
    assert await token_of(credentials) == "Bearer t0"
    assert source.calls == 1


async def test_a_token_is_renewed_a_minute_before_it_expires() -> None:
    source = Source()
    credentials = credentials_of(source)
    await token_of(credentials)
    source.now += 841
    assert await token_of(credentials) == "Bearer t1"


async def test_a_token_without_expiry_is_kept_until_it_is_refused() -> None:
    source = Source(lifetime=None)
    credentials = credentials_of(source)
    first = await credentials.get()
    source.now += 1e9
    assert await credentials.get() is first
    credentials.refused(first)
    assert await token_of(credentials) == "Bearer t1"
    credentials.refused(first)
    assert await token_of(credentials) == "Bearer t1", "an older token was refused"


async def test_a_failed_renewal_keeps_the_token_until_it_expires(caplog: pytest.LogCaptureFixture) -> None:
    source = Source()
    credentials = credentials_of(source)
    await token_of(credentials)
    source.failure = ValueError("no network")
    source.now += 850
    assert await token_of(credentials) == "Bearer t0"
    assert "using the last credential until it expires: credentials: the function failed with ValueError" in caplog.text
    source.now += 60
    with pytest.raises(ConfigError, match="credentials: the function failed with ValueError: no network") as caught:
        await credentials.get()
    assert caught.value.__cause__ is source.failure


@pytest.mark.parametrize("returned", [None, "t0k3n", b"t0k3n", ("t0k3n", None)], ids=repr)
async def test_anything_but_a_token_is_an_error_that_does_not_show_it(returned: Any) -> None:
    async def source() -> Any:
        return returned

    with pytest.raises(ConfigError, match="credentials: the function must return a Token, not ") as caught:
        await SourceOfTokens(source).get()
    assert "t0k3n" not in str(caught.value)


@pytest.mark.parametrize("returned", [Token("t0k3n"), "t0k3n", None], ids=repr)
async def test_a_function_that_is_not_async_is_an_error_that_says_so(returned: Any) -> None:
    source: Any = lambda: returned  # noqa: E731 - what a program may pass
    with pytest.raises(
        ConfigError, match=r"^credentials: the function must be async, as in `async def fetch"
    ) as caught:
        await SourceOfTokens(source).get()
    assert "t0k3n" not in str(caught.value)


async def test_close_cancels_a_pending_call() -> None:
    async def source() -> Token:
        await asyncio.Event().wait()
        raise AssertionError

    credentials = SourceOfTokens(source)
    waiting = asyncio.create_task(credentials.get())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await credentials.close()
    with pytest.raises(ClientClosed):
        await waiting


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"value": ""}, "token: value: is empty"),
        ({"value": b"t"}, "token: value: must be a string, not bytes"),
        ({"value": "s3cret\r\nX: 1"}, "token: value: contains a line break"),
        ({"value": "s3cret", "expires": datetime(2026, 1, 1)}, "token: expires: has no time zone"),
        ({"value": "s3cret", "expires": 1e9}, "token: expires: must be a datetime, not float"),
    ],
)
def test_an_invalid_token_is_an_error_that_does_not_show_it(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem) as caught:
        Token(**fields)
    assert "s3cret" not in str(caught.value)


async def test_the_token_of_the_function_replaces_the_credentials_of_the_config() -> None:
    authority = Authority()
    source = Source()
    source.now = datetime.now(UTC).timestamp()
    async with ScriptedServer(Answer(401), POD, context=authority.server_context()) as server:
        config = Config(server=server.url, certificate_authority_data=authority.pem, token="of the config")
        async with Client(config, credentials=source) as client:
            with pytest.raises(Unauthorized) as caught:
                await client.core_v1.pods.get("web")
            await client.core_v1.pods.get("web")
        assert [request.headers["Authorization"] for request in server.requests] == ["Bearer t0", "Bearer t1"]
    assert revealed(caught.value, ["t0", "of the config"]) == []


def test_a_function_is_refused_without_tls_and_anything_else_at_once() -> None:
    with pytest.raises(ConfigError, match=r"credentials: http://127.0.0.1:1 does not use TLS"):
        Client(Config(server="http://127.0.0.1:1"), credentials=Source())
    wrong: Any = "t0k3n"
    with pytest.raises(ConfigError, match=r"^credentials: must be a function, not str$"):
        Client(Config(server="https://127.0.0.1:1"), credentials=wrong)


def test_the_repr_of_a_token_does_not_show_it() -> None:
    assert repr(Token("s3cret")) == "Token(value='--- REDACTED ---')"
