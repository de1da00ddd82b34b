"""No local variable in the traceback of a failed refresh shows a token or the secret of the client."""

from __future__ import annotations

import base64
from urllib.parse import quote_plus

import pytest

from aiokube.errors import AiokubeError
from tests.support.frames import revealed
from tests.support.identity_provider import CLIENT_ID, CLIENT_SECRET, Answer, identity_provider

from .logins import oidc

pytestmark = pytest.mark.slow  # its tests start servers or programs

FAULTS = {
    "500": Answer(500, "oops"),
    "refused": Answer(400, '{"error": "invalid_grant"}'),
    "no token": Answer(200, "{}"),
    "refresh token only": Answer(200, '{"refresh_token": "new-t0ken"}'),
    "no JSON": Answer(200, "new-t0ken"),
    "two parts": Answer(200, '{"id_token": "new-t0ken.a"}'),
    "no claims": Answer(200, '{"id_token": "a.new-t0ken.c"}'),
    "line break": Answer(200, '{"id_token": "a.e30.new-t0ken\\n"}'),
    "redirect": Answer(302, "new-t0ken", (("Location", "https://example.com"),)),
    "too large": Answer(200, "new-t0ken" * 200_000),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_failed_refresh_shows_no_token(fault: Answer) -> None:
    with identity_provider() as provider:
        config = provider.config(lifetime=-9)
        pair = base64.b64encode(f"{quote_plus(CLIENT_ID)}:{quote_plus(CLIENT_SECRET)}".encode()).decode()
        refresh = config["refresh-token"]
        secrets = [refresh, quote_plus(refresh), config["id-token"], CLIENT_SECRET, pair, "new-t0ken"]
        provider.token = fault
        with pytest.raises(AiokubeError) as caught:
            await oidc(config).get()
        assert provider.refreshes()
        assert revealed(caught.value, secrets) == []


async def test_an_untrusted_provider_shows_no_token() -> None:
    with identity_provider() as provider, identity_provider() as other:
        config = provider.config(lifetime=-9) | {
            "idp-certificate-authority-data": base64.b64encode(other.ca_pem).decode()
        }
        with pytest.raises(AiokubeError) as caught:
            await oidc(config).get()
        assert revealed(caught.value, [config["refresh-token"], config["id-token"], CLIENT_SECRET]) == []


def test_an_id_token_that_is_invalid_from_the_start_shows_nothing() -> None:
    with identity_provider() as provider:
        config = provider.config() | {"id-token": "new-t0ken\r\n"}
        with pytest.raises(AiokubeError) as caught:
            oidc(config)
        assert revealed(caught.value, ["new-t0ken", config["refresh-token"], CLIENT_SECRET]) == []
