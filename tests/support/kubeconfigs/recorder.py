"""Small real servers that record the requests of clients."""

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
    """A request that the server received."""

    base: str
    """The scheme, host and port of the server, and the path before `/version`."""
    headers: list[tuple[str, str]]
    certificate: bytes | None
    """The client certificate in DER format."""

    def all(self, name: str) -> list[str]:
        """Return all values of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass
class Recorder:
    """A server on 127.0.0.1, and the requests that it received."""

    url: str
    requests: list[Request] = field(default_factory=list)
    tunnels: list[str] = field(default_factory=list)
    """The targets of CONNECT requests, all of which are refused."""


@contextmanager
def recording(authority: trustme.CA | None = None) -> Iterator[Recorder]:
    """Run an HTTP server; with an authority, an HTTPS server that also requests client certificates of it."""

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
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    recorder = Recorder(f"{'https' if authority else 'http'}://127.0.0.1:{server.server_port}")
    if authority is not None:
        # The default context of Python 3.13 rejects certificates that kubectl sends and API servers accept.
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
