"""Small real servers that write down what a client sends to them."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import trustme


@dataclass(frozen=True)
class Request:
    """One request as the server saw it."""

    base: str
    """Scheme, host and port of the server, and the path before `/version`."""
    headers: list[tuple[str, str]]
    certificate: bytes | None
    """The client certificate, DER."""

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass
class Recorder:
    """A server on 127.0.0.1, and the requests that it got."""

    url: str
    requests: list[Request] = field(default_factory=list)
    tunnels: list[str] = field(default_factory=list)
    """What was asked for with CONNECT: the recorder as a proxy, which then refuses."""


@contextmanager
def recording(authority: trustme.CA | None = None) -> Iterator[Recorder]:
    """Serve plain HTTP; HTTPS when an authority is given, which also signs the client certificates to ask for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            prefix = self.path.removesuffix("/version")
            connection = self.connection
            certificate = connection.getpeercert(binary_form=True) if isinstance(connection, ssl.SSLSocket) else None
            recorder.requests.append(Request(recorder.url + prefix, self.headers.items(), certificate))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def do_CONNECT(self) -> None:
            recorder.tunnels.append(self.path)
            self.send_error(502)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the test output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    recorder = Recorder(f"{'https' if authority else 'http'}://127.0.0.1:{server.server_port}")
    if authority is not None:
        # Not the default context, which from Python 3.13 on refuses what kubectl sends and API servers take.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.verify_mode = ssl.CERT_OPTIONAL
        authority.configure_trust(context)
        authority.issue_cert("127.0.0.1", "apiserver.internal").configure_cert(context)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
