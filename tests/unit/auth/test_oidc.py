"""The ID token of the `oidc` auth-provider and its refresh."""

from __future__ import annotations

import asyncio
import base64
import os
import time
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from aiokube.runtime import errors
from aiokube.runtime.errors import ClientClosed, ConfigError, RequestTimeout
from aiokube.runtime.http.auth.credentials import bearer
from aiokube.runtime.http.auth.oidc.provider import OpenIDConnect
from tests.support.identity_provider import CLIENT_ID, CLIENT_SECRET, Answer, IdentityProvider, identity_provider

from .logins import jwt, oidc, subject_of, token_of, until

pytestmark = pytest.mark.slow  # its tests start servers or programs

NOW = 1_800_000_000.0


@pytest.fixture
def idp() -> Iterator[IdentityProvider]:
    with identity_provider() as provider:
        yield provider


def unrenewable(id_token: str) -> OpenIDConnect:
    config = {"idp-issuer-url": "https://127.0.0.1:1", "client-id": "c", "id-token": id_token}
    return oidc(config, now=lambda: NOW)


# claims


@pytest.mark.parametrize("expiry", ["1800003600", "1.8000036e9", "1800000011", "1800000011.9", f"{10**30}"])
async def test_an_id_token_is_used_until_its_expiry(expiry: str) -> None:
    token = jwt(f'{{"exp": {expiry}}}')
    assert await unrenewable(token).get() == bearer(token)


@pytest.mark.parametrize("claims", [f'{{"exp": {e}}}' for e in ("1799996400", "1800000010", "1800000010.9")] + ["{}"])
async def test_an_id_token_expires_ten_seconds_early(claims: str) -> None:
    with pytest.raises(ConfigError, match=r"the id-token has expired and there is no refresh-token; log in again"):
        await unrenewable(jwt(claims)).get()


@pytest.mark.parametrize(
    "token",
    [
        "notanidtoken",
        "two.parts",
        "a.b.c.d",
        jwt('{"exp": "foobar"}'),
        jwt('{"exp": null}'),
        jwt('{"exp": true}'),
        jwt('{"exp": 1e400}'),
        jwt("[]"),
        jwt("no json"),
        jwt('{"exp": 1800003600, "other": ' + "[" * 100_000),
        jwt('{"exp": 1800003600}') + ".more",
        jwt('{"exp": 1800003600}').rpartition(".")[0],
        jwt('{"exp": 1800003600}').replace(".", ".!!!!", 1),
        "e30.ä.e30",
        "e30.e.e30",
        "e30..e30",
    ],
)
async def test_an_invalid_json_web_token_is_rejected_and_not_shown(token: str) -> None:
    with pytest.raises(ConfigError, match=r"id-token: is not a JSON Web Token") as raised:
        await unrenewable(token).get()
    assert token not in "".join(traceback.format_exception(raised.value))


async def test_a_config_without_tokens_asks_for_a_login() -> None:
    with pytest.raises(ConfigError, match=r"neither an id-token nor a refresh-token; log in"):
        await unrenewable("").get()


def test_an_id_token_with_a_line_break_is_rejected() -> None:
    with pytest.raises(ConfigError, match=r"id-token: contains a line break") as raised:
        unrenewable(jwt("{}") + "\n")
    assert jwt("{}") not in str(raised.value)


# refresh


async def test_a_valid_token_needs_no_request_to_the_provider(idp: IdentityProvider) -> None:
    config = idp.config()
    assert await oidc(config).get() == bearer(config["id-token"])
    assert idp.requests == []


async def test_an_expiring_token_is_refreshed(idp: IdentityProvider) -> None:
    config = idp.config(lifetime=5)
    credentials = oidc(config)
    renewed = await credentials.get()
    assert subject_of(renewed) == "alice"
    assert token_of(renewed) != config["id-token"]
    assert await credentials.get() == renewed
    assert idp.requests == ["GET /.well-known/openid-configuration", "POST /token?tenant=a"]
    basic = base64.b64encode(b"kube%3Aclient:cl1ent%2Bs3cret%2F").decode()
    assert idp.forms == [
        {
            "grant_type": "refresh_token",
            "refresh_token": config["refresh-token"],
            "Authorization": f"Basic {basic}",
        }
    ]


async def test_a_refresh_token_alone_is_enough(idp: IdentityProvider) -> None:
    config = idp.config()
    del config["id-token"]
    assert subject_of(await oidc(config).get()) == "alice"


@pytest.mark.parametrize("rotates", [True, False])
async def test_each_expiry_causes_a_refresh(idp: IdentityProvider, rotates: bool) -> None:
    idp.rotates = rotates
    now = [time.time()]
    credentials = oidc(idp.config(), now=lambda: now[0])
    seen = set()
    for _ in range(4):
        seen.add(token_of(await credentials.get()))
        now[0] += idp.lifetime
    assert len(seen) == 4
    assert len({form["refresh_token"] for form in idp.forms}) == (3 if rotates else 1)


async def test_client_credentials_move_to_the_form_after_a_refusal(idp: IdentityProvider) -> None:
    idp.accepts = "form"
    now = [time.time()]
    credentials = oidc(idp.config(), now=lambda: now[0])
    for _ in range(3):
        await credentials.get()
        now[0] += idp.lifetime
    assert ["Authorization" in form for form in idp.forms] == [True, False, False], "the method that succeeded is kept"
    assert (idp.forms[1]["client_id"], idp.forms[1]["client_secret"]) == (CLIENT_ID, CLIENT_SECRET)


async def test_client_credentials_stay_in_the_header_after_a_success(idp: IdentityProvider) -> None:
    now = [time.time()]
    credentials = oidc(idp.config(), now=lambda: now[0] + idp.lifetime)
    await credentials.get()
    idp.token = Answer(400)
    with pytest.raises(ConfigError):
        await credentials.get()
    assert ["Authorization" in form for form in idp.forms] == [True, True]


async def test_a_trailing_slash_of_the_issuer_is_removed(idp: IdentityProvider) -> None:
    assert await oidc(idp.config(lifetime=0) | {"idp-issuer-url": idp.url + "/"}).get()
    assert idp.requests[0] == "GET /.well-known/openid-configuration"


# concurrent callers


async def test_concurrent_callers_share_a_refresh(idp: IdentityProvider) -> None:
    credentials = oidc(idp.config(lifetime=0))
    assert len({token_of(each) for each in await asyncio.gather(*(credentials.get() for _ in range(50)))}) == 1
    assert idp.refreshes() == 1


async def waiting(idp: IdentityProvider) -> None:
    """Wait until the provider has received a refresh."""
    await until(lambda: idp.forms)


@asynccontextmanager
async def left_hanging(idp: IdentityProvider) -> AsyncIterator[None]:
    """Delay the responses of the provider, and check at the end that no connection is left."""
    before = len(os.listdir("/dev/fd"))
    idp.open.clear()
    yield
    idp.open.set()
    await until(lambda: len(os.listdir("/dev/fd")) <= before)


async def test_a_refresh_continues_when_one_of_its_callers_is_cancelled(idp: IdentityProvider) -> None:
    idp.open.clear()
    credentials = oidc(idp.config(lifetime=0))
    first, second = asyncio.create_task(credentials.get()), asyncio.create_task(credentials.get())
    await waiting(idp)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    idp.open.set()
    assert subject_of(await second) == "alice"
    assert idp.refreshes() == 1


async def test_a_refresh_continues_when_all_of_its_callers_are_cancelled(idp: IdentityProvider) -> None:
    """The response may contain the only refresh token that is still valid."""
    idp.open.clear()
    credentials = oidc(idp.config(lifetime=0))
    only = asyncio.create_task(credentials.get())
    await waiting(idp)
    only.cancel()
    with pytest.raises(asyncio.CancelledError):
        await only
    idp.open.set()
    assert subject_of(await credentials.get()) == "alice"
    assert idp.refreshes() == 1


async def test_a_failed_refresh_fails_its_callers_and_not_the_next(idp: IdentityProvider) -> None:
    idp.token = Answer(503)
    credentials = oidc(idp.config(lifetime=0))
    failed = await asyncio.gather(*(credentials.get() for _ in range(5)), return_exceptions=True)
    assert [type(each) for each in failed] == [errors.ConnectionError] * 5
    assert idp.refreshes() == 1, "the other method of authentication is not tried"
    idp.token = None
    assert subject_of(await credentials.get()) == "alice"


@pytest.mark.slow
async def test_a_refresh_times_out(idp: IdentityProvider) -> None:
    started = time.monotonic()
    async with left_hanging(idp):
        with pytest.raises(RequestTimeout, match=r"did not refresh the id-token within 0\.3 s"):
            await oidc(idp.config(lifetime=0), timeout=0.3).get()
        assert time.monotonic() - started < 2


async def test_close_waits_for_a_pending_refresh(idp: IdentityProvider) -> None:
    idp.open.clear()
    credentials = oidc(idp.config(lifetime=0))
    request = asyncio.create_task(credentials.get())
    await waiting(idp)
    closing = asyncio.create_task(credentials.close())
    await asyncio.sleep(0.05)
    assert not closing.done()
    idp.open.set()
    await closing
    assert subject_of(await request) == "alice"


@pytest.mark.slow
async def test_close_cancels_a_refresh_that_takes_too_long(idp: IdentityProvider) -> None:
    credentials = oidc(idp.config(lifetime=0))
    async with left_hanging(idp):
        request = asyncio.create_task(credentials.get())
        await waiting(idp)
        started = time.monotonic()
        await credentials.close()
        assert time.monotonic() - started < 4
        with pytest.raises(ClientClosed):
            await request
        with pytest.raises(ClientClosed):
            await credentials.get()


# 401


async def test_a_token_is_refreshed_after_401(idp: IdentityProvider) -> None:
    now = [time.time()]
    credentials = oidc(idp.config(), now=lambda: now[0])
    first = await credentials.get()
    credentials.refused(first)
    second = await credentials.get()
    assert second != first
    now[0] += 60
    credentials.refused(first)
    assert await credentials.get() == second, "the 401 was for the old token"
    assert idp.refreshes() == 1


async def test_a_new_token_is_not_refreshed_after_401(idp: IdentityProvider) -> None:
    now = [time.time()]
    credentials = oidc(idp.config(lifetime=0), now=lambda: now[0])
    for _ in range(5):
        credentials.refused(await credentials.get())
    assert idp.refreshes() == 1
    now[0] += 10
    credentials.refused(await credentials.get())
    await credentials.get()
    assert idp.refreshes() == 2


async def test_a_rejected_token_without_a_replacement_stays_in_use() -> None:
    token = jwt('{"exp": 1800003600}')
    credentials = unrenewable(token)
    for _ in range(3):
        credentials.refused(await credentials.get())
    assert await credentials.get() == bearer(token)
