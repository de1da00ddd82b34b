"""The identity provider: discovery of its token endpoint, and the refresh of tokens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus, urlencode, urlsplit

import msgspec

from ....codec.depth import shallow
from ....config import validation
from ....config.config import Config
from ....errors import ConfigError, ConnectionError, TLSError
from ....secret import REDACTED, SecretBytes, SecretMap, SecretText
from ...request import JSON, Request, Response
from ...tls import is_unaccepted
from ...transport import Transport
from ..credentials import basic
from .tokens import Tokens, claims_of

T = TypeVar("T")

_DISCOVERY = "/.well-known/openid-configuration"
_FORM = "application/x-www-form-urlencoded"

# Maximum size of a response in bytes.
_MAX_RESPONSE = 1 << 20
# Bytes of a refusal that are shown.
_SHOWN = 80


class RefreshRefused(ConfigError):
    """The identity provider rejected the refresh token or the client."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class UnusableIDToken(ConfigError):
    """The identity provider has taken the refresh token, but returned no ID token that can be used."""

    def __init__(self, message: str, refresh_token: str) -> None:
        super().__init__(message)
        self.refresh_token: SecretText = SecretText(refresh_token)
        """The refresh token for the next refresh."""


class _Discovery(msgspec.Struct):
    token_endpoint: str = ""


class _Grant(msgspec.Struct):
    id_token: str | None = None
    refresh_token: str | None = None
    error: str | None = None
    error_description: str | None = None

    def __repr__(self) -> str:
        return f"_Grant(error={self.error!r})"


class Issuer:
    """The identity provider of an `auth-provider`.

    Only https is used, and redirects are not followed. The certificate is always verified with
    `idp-certificate-authority-data`, or else `idp-certificate-authority`, or else the CAs of the system. The proxy is
    that of the environment.

    Args:
        config: The config of the auth-provider.
        place: Description of the auth-provider, for errors.
        directory: Base of a relative `idp-certificate-authority`.
        connect: Factory of the transport to the provider.

    Raises:
        ConfigError: A field is missing or cannot be used.
    """

    def __init__(
        self,
        config: Mapping[str, str],
        *,
        place: str,
        directory: Path | None,
        connect: Callable[[Config], Transport],
    ) -> None:
        self._place = place
        self._connect = connect
        for field in ("idp-issuer-url", "client-id"):
            if not config.get(field):
                raise ConfigError(f"{place}: {field}: is missing")
        self._url = self._secure(config["idp-issuer-url"], "idp-issuer-url")
        self._client_id = config["client-id"]
        self._client_secret = SecretText(config.get("client-secret", ""))
        self._authority = _authority(config, directory, place)
        # None until one of the methods has succeeded.
        self._credentials_in_form: bool | None = None
        if self._authority:
            self._transport(self._url)

    async def refresh(self, refresh_token: str) -> Tokens:
        """Exchange a refresh token for new tokens: GET the discovery document, POST to its `token_endpoint`.

        The client authenticates with the Authorization header or, if that is rejected, with form parameters (RFC 6749,
        section 2.3.1); later refreshes use the method that succeeded. A refresh token that the provider has rejected is
        not sent again, because some providers end the whole login when a token is used twice.

        Raises:
            RefreshRefused: The provider rejected the refresh token or the client.
            UnusableIDToken: The provider returned no ID token, or an invalid one.
            ConfigError: The server is not an OpenID Connect provider.
            ConnectionError: The provider cannot be reached, or is unavailable.
        """
        endpoint = await self._token_endpoint()
        if self._credentials_in_form is not None:
            return await self._grant(endpoint, refresh_token, in_form=self._credentials_in_form)
        try:
            tokens = await self._grant(endpoint, refresh_token, in_form=False)
            self._credentials_in_form = False
        except RefreshRefused as refused:
            # With invalid_grant, the provider has accepted the credentials of the client.
            if refused.code == "invalid_grant":
                self._credentials_in_form = False
                raise
            tokens = await self._grant(endpoint, refresh_token, in_form=True)
            self._credentials_in_form = True
        return tokens

    async def _token_endpoint(self) -> str:
        url = self._url + _DISCOVERY
        response = await self._exchange(url)
        if response.status != 200:
            raise ConfigError(
                f"{self._place}: idp-issuer-url: {url} responded with {response.status} "
                f"{self._shown(response.body.decode(errors='replace'))}; is it an OpenID Connect issuer?"
            )
        endpoint = self._decoded(response, _Discovery, url).token_endpoint
        if not endpoint:
            raise ConfigError(
                f"{self._place}: idp-issuer-url: {url} contains no token_endpoint, so tokens cannot be refreshed"
            )
        return self._secure(endpoint, f"idp-issuer-url: token_endpoint in {url}", keep_query=True)

    async def _grant(self, endpoint: str, refresh_token: str, *, in_form: bool) -> Tokens:
        form = SecretMap({"grant_type": "refresh_token", "refresh_token": refresh_token})
        headers = {"Content-Type": _FORM}
        authorization = basic(quote_plus(self._client_id), quote_plus(self._client_secret))
        if in_form:
            form["client_id"] = self._client_id
            if self._client_secret:
                form["client_secret"] = self._client_secret
        else:
            headers["Authorization"] = authorization
        response = await self._exchange(endpoint, headers=headers, body=SecretBytes(urlencode(form).encode()))
        secrets = (refresh_token, self._client_secret, SecretText(authorization.removeprefix("Basic ")))
        if not 200 <= response.status <= 299:
            raise self._refusal(response, secrets)
        grant = self._decoded(response, _Grant, endpoint)
        if grant.error:
            # Some providers report errors with a status of 200, contrary to RFC 6749.
            raise self._refusal(response, secrets)
        tokens = Tokens(id_token=grant.id_token or "", refresh_token=grant.refresh_token or refresh_token)
        try:
            if not tokens.id_token:
                raise ConfigError(
                    f"{self._place}: {endpoint} returned no id_token: the scope 'openid' was not requested at login, "
                    "or the provider does not renew ID tokens; log in again"
                )
            claims_of(tokens.id_token, f"{self._place}: the id_token from {endpoint}")
            validation.token(tokens.id_token, f"{self._place}: the id_token from {endpoint}")
        except ConfigError as error:
            raise UnusableIDToken(str(error), tokens.refresh_token) from None
        return tokens

    def _refusal(self, response: Response, secrets: tuple[str, ...]) -> RefreshRefused:
        try:
            grant = msgspec.json.decode(shallow(response.body), type=_Grant)
        except (ValueError, RecursionError):
            grant = _Grant()
        text = response.body.decode(errors="replace")
        if grant.error:
            text = f"{grant.error}: {grant.error_description}" if grant.error_description else grant.error
        way_out = "log in again"
        if grant.error in ("invalid_client", "unauthorized_client"):
            way_out = "correct client-id and client-secret"
        return RefreshRefused(
            f"{self._place}: the id-token cannot be refreshed: {self._url} responded with {response.status} "
            f"{self._shown(text, *secrets)}; {way_out}",
            code=grant.error or "",
        )

    async def _exchange(
        self, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Response:
        parts = urlsplit(url)
        # A new transport for each refresh, because these are hours apart and the CA file may have changed; in a thread,
        # because reading it may block.
        transport = await asyncio.to_thread(self._transport, f"{parts.scheme}://{parts.netloc}")
        request = Request(
            method="GET" if body is None else "POST",
            path=parts.path + (f"?{parts.query}" if parts.query else ""),
            template=parts.path,
            headers={"Accept": JSON, **(headers or {})},
            body=body,
        )
        try:
            async with transport.stream(request) as stream:
                response = Response(
                    status=stream.status, headers=stream.headers, body=await stream.read(_MAX_RESPONSE + 1)
                )
        except TLSError as error:
            raise self._tls_error(error, url) from error
        finally:
            await transport.close()
        if len(response.body) > _MAX_RESPONSE:
            raise ConnectionError(f"{self._place}: the response of {url} is larger than {_MAX_RESPONSE} bytes")
        if 300 <= response.status <= 399:
            raise ConfigError(
                f"{self._place}: {url} responded with a redirect ({response.status}), which is not followed; set "
                "idp-issuer-url to the URL of the provider"
            )
        if response.status == 429 or response.status >= 500:
            raise ConnectionError(
                f"{self._place}: the identity provider is unavailable: {url} responded with {response.status}"
            )
        return response

    def _transport(self, server: str) -> Transport:
        try:
            return self._connect(Config(server=server, **self._authority))
        except ConfigError as error:
            # The CA fields of an auth-provider have the names of those of a cluster, with this prefix.
            prefix = "idp-" if str(error).startswith("certificate-authority") else ""
            raise ConfigError(f"{self._place}: {prefix}{error}") from None

    def _tls_error(self, error: TLSError, url: str) -> TLSError:
        cause = error.__cause__
        cause = getattr(cause, "certificate_error", cause)
        reason = getattr(cause, "verify_message", None) or cause
        if is_unaccepted(cause):
            return TLSError(
                f"{self._place}: no TLS connection to the identity provider {url}: {reason}; renew its certificate or "
                "its CA, or try `Client(x509_strict=False)`"
            )
        return TLSError(
            f"{self._place}: no TLS connection to the identity provider {url}: {reason}; if its certificate is signed "
            "by a private CA, set idp-certificate-authority or idp-certificate-authority-data to that CA"
        )

    def _secure(self, url: str, field: str, *, keep_query: bool = False) -> str:
        normal = validation.server_url(url, f"{self._place}: {field}")
        if not normal.startswith("https://"):
            raise ConfigError(
                f"{self._place}: {field}: {normal} does not use TLS and would expose the tokens; use https://"
            )
        query = urlsplit(url).query if keep_query else ""
        return f"{normal}?{quote(query, safe='%=&+;/:@!$,~')}" if query else normal

    def _decoded(self, response: Response, kind: type[T], url: str) -> T:
        try:
            return msgspec.json.decode(shallow(response.body), type=kind)
        except (ValueError, RecursionError):
            # Neither shown nor chained, because the response may contain tokens.
            raise ConfigError(
                f"{self._place}: {url} returned an invalid OpenID Connect response; is it an issuer?"
            ) from None

    def _shown(self, text: str, *secrets: str) -> str:
        """Return the beginning of a text without secrets."""
        for secret in secrets:
            for form in {secret, quote(secret, safe=""), quote_plus(secret)} - {""}:
                text = text.replace(form, REDACTED)
        start = text.encode()[:_SHOWN].decode(errors="ignore")
        return f"{start!r}..." if start != text else repr(start)


def _authority(config: Mapping[str, str], directory: Path | None, place: str) -> dict[str, Any]:
    """Return the fields of a `Config` with the provider's CA; none for the CAs of the system."""
    if data := config.get("idp-certificate-authority-data"):
        return {"certificate_authority_data": validation.base64_data(data, f"{place}: idp-certificate-authority-data")}
    path = config.get("idp-certificate-authority")
    if not path:
        return {}
    if directory is None and not Path(path).is_absolute():
        raise ConfigError(f"{place}: idp-certificate-authority: {path!r} is a relative path; use an absolute one")
    return {"certificate_authority": (directory or Path()) / path}
