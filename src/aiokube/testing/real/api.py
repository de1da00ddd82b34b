"""The few HTTP calls that a cluster makes to its own API server, without an event loop."""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...runtime.http.request import encode_body
from .certificates import Credentials
from .ports import LOOPBACK

TIMEOUT = 10.0
"""Seconds for one call."""


@dataclass(frozen=True)
class Reply:
    """A response of the API server."""

    status: int
    text: str

    @property
    def json(self) -> dict[str, Any]:
        """The body as an object."""
        value: dict[str, Any] = json.loads(self.text)
        return value


def call(
    port: int,
    method: str,
    path: str,
    *,
    ca_file: Path | None,
    credentials: Credentials | None = None,
    token: str | None = None,
    body: Mapping[str, Any] | None = None,
    content_type: str = "application/json",
) -> Reply:
    """Make one HTTP call to a port of 127.0.0.1.

    Args:
        port: The port.
        method: The HTTP method.
        path: The path, with its query.
        ca_file: Authority of the server's certificate; None for plain HTTP.
        credentials: A client certificate.
        token: A bearer token.
        body: Sent as JSON.
        content_type: Media type of the body.

    Raises:
        OSError: No connection, or a certificate that fails verification.
        http.client.HTTPException: The response is not HTTP.
    """
    connection: http.client.HTTPConnection
    if ca_file is None:
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=TIMEOUT)
    else:
        context = ssl.create_default_context(cafile=str(ca_file))
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        if credentials is not None:
            context.load_cert_chain(credentials.certificate, credentials.key)
        connection = http.client.HTTPSConnection(LOOPBACK, port, timeout=TIMEOUT, context=context)
    headers = {"Content-Type": content_type, "Accept": "application/json", "User-Agent": "aiokube-testing"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    try:
        connection.request(
            method, path, body=None if body is None else encode_body(body, content_type), headers=headers
        )
        response = connection.getresponse()
        return Reply(response.status, response.read().decode())
    finally:
        connection.close()
