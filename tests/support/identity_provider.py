"""A small OpenID Connect provider on 127.0.0.1: discovery, keys, and the refresh of tokens."""

from __future__ import annotations

import base64
import functools
import itertools
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus

import trustme
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

CLIENT_ID = "kube:client"
CLIENT_SECRET = "cl1ent+s3cret/"


@functools.cache
def _signing_key() -> rsa.RSAPrivateKey:
    """Return the shared key, because generating one takes long."""
    return rsa.generate_private_key(65537, 2048)


@dataclass(frozen=True)
class Answer:
    """A response of the provider instead of the regular one."""

    status: int
    body: str = ""
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)


@dataclass
class IdentityProvider:
    """The provider, its faults, and the requests that it received."""

    url: str
    authority: trustme.CA = field(repr=False)
    rotates: bool = True
    """True if each refresh token is valid for one refresh only."""
    accepts: str = "header"
    """Where it accepts the credentials of the client: `header`, `form` or `nowhere`."""
    lifetime: float = 3600.0
    """Lifetime of ID tokens in seconds."""
    with_id_token: bool = True
    discovery: Answer | None = None
    token: Answer | None = None
    requests: list[str] = field(default_factory=list)
    """Method and path of each request."""
    forms: list[dict[str, str]] = field(default_factory=list)
    """The forms posted to the token endpoint, each with the Authorization header."""
    open: threading.Event = field(default_factory=threading.Event)
    """While not set, the token endpoint delays its responses."""
    _key: rsa.RSAPrivateKey = field(default_factory=_signing_key, repr=False)
    _subjects: dict[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.open.set()

    @property
    def ca_pem(self) -> bytes:
        """The CA that signed its certificate, in PEM format."""
        return self.authority.cert_pem.bytes()

    def config(self, subject: str = "alice", *, lifetime: float | None = None) -> dict[str, str]:
        """Return the config of an auth-provider for a user who has logged in.

        Args:
            subject: The user.
            lifetime: Lifetime of the ID token in seconds, instead of the provider's.
        """
        return {
            "idp-issuer-url": self.url,
            "client-id": CLIENT_ID,
            "client-secret": CLIENT_SECRET,
            "id-token": self.id_token(subject, lifetime=lifetime),
            "refresh-token": self.refresh_token(subject),
            "idp-certificate-authority-data": base64.b64encode(self.ca_pem).decode(),
        }

    def refresh_token(self, subject: str) -> str:
        """Return a new refresh token."""
        token = f"refresh/{subject}+{next(self._numbers)}"
        self._subjects[token] = subject
        return token

    def id_token(self, subject: str, *, lifetime: float | None = None) -> str:
        """Return a signed ID token."""
        now = time.time()
        claims = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": subject,
            "iat": int(now),
            "exp": int(now + (self.lifetime if lifetime is None else lifetime)),
            "jti": str(next(self._numbers)),
        }
        signed = f"{_base64url(json.dumps({'alg': 'RS256', 'kid': 'key'}))}.{_base64url(json.dumps(claims))}"
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), SHA256())
        return f"{signed}.{_base64url(signature)}"

    def refreshes(self) -> int:
        """Return the number of requests to the token endpoint."""
        return len(self.forms)

    def _discover(self) -> Answer:
        if self.discovery is not None:
            return self.discovery
        document = {
            "issuer": self.url,
            "token_endpoint": f"{self.url}/token?tenant=a",
            "jwks_uri": f"{self.url}/keys",
            "authorization_endpoint": f"{self.url}/authorize",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        return Answer(200, json.dumps(document))

    def _keys(self) -> Answer:
        numbers = self._key.public_key().public_numbers()
        modulus = _base64url(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big"))
        key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "key", "n": modulus, "e": "AQAB"}
        return Answer(200, json.dumps({"keys": [key]}))

    def _refresh(self, form: dict[str, str]) -> Answer:
        self.open.wait(30)
        if self.token is not None:
            return self.token
        given: tuple[str | None, ...] = ()
        if self.accepts == "header" and "client_id" not in form:
            given = _basic(form.get("Authorization", ""))
        elif self.accepts == "form":
            given = (form.get("client_id"), form.get("client_secret"))
        if given != (CLIENT_ID, CLIENT_SECRET):
            return Answer(401, json.dumps({"error": "invalid_client"}))
        token = form.get("refresh_token", "")
        if form.get("grant_type") != "refresh_token" or token not in self._subjects:
            description = f"the refresh token {token} is not valid"
            return Answer(400, json.dumps({"error": "invalid_grant", "error_description": description}))
        subject = self._subjects.pop(token) if self.rotates else self._subjects[token]
        answer: dict[str, Any] = {"access_token": "opaque", "token_type": "Bearer", "expires_in": 60}
        if self.with_id_token:
            answer["id_token"] = self.id_token(subject)
        if self.rotates:
            answer["refresh_token"] = self.refresh_token(subject)
        return Answer(200, json.dumps(answer))


@contextmanager
def identity_provider(authority: trustme.CA | None = None, *, host: str = "127.0.0.1") -> Iterator[IdentityProvider]:
    """Run a provider.

    Args:
        authority: The CA that signs its certificate; a new one by default.
        host: The host name in its certificate.
    """
    authority = authority or trustme.CA()
    provider = IdentityProvider(url="", authority=authority)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider))
    server.daemon_threads = True
    provider.url = f"https://127.0.0.1:{server.server_port}"
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(host).configure_cert(context)
    # The handshake takes place in the thread of the connection.
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.open.set()
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(provider: IdentityProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.requests.append(f"GET {self.path}")
            answers = {"/.well-known/openid-configuration": provider._discover, "/keys": provider._keys}
            self._say(answers[self.path]() if self.path in answers else Answer(404))

        def do_POST(self) -> None:
            provider.requests.append(f"POST {self.path}")
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {key: values[0] for key, values in parse_qs(body, strict_parsing=True).items()}
            if "Authorization" in self.headers:
                form["Authorization"] = self.headers["Authorization"]
            provider.forms.append(form)
            self._say(provider._refresh(form) if self.path == "/token?tenant=a" else Answer(404))

        def _say(self, answer: Answer) -> None:
            content = answer.body.encode()
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                self.close_connection = True  # the client rejected the certificate, or has disconnected

        def log_message(self, format: str, *args: object) -> None:
            """Log nothing."""

    return Handler


def _basic(header: str) -> tuple[str, ...]:
    pair = base64.b64decode(header.removeprefix("Basic ")).decode()
    return tuple(unquote_plus(part) for part in pair.split(":"))


def _base64url(data: str | bytes) -> str:
    return base64.urlsafe_b64encode(data.encode() if isinstance(data, str) else data).rstrip(b"=").decode()
