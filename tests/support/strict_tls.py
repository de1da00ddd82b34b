"""A TLS server that rejects clients with an alert, like those of Go and OpenSSL; asyncio's servers never send one."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from types import TracebackType
from typing import Self


class StrictTLSServer:
    """A server on 127.0.0.1 that makes TLS handshakes with one client after another, and sends no responses.

    Args:
        context: The TLS context of the server.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._run)
        self._closing = False

    @property
    def url(self) -> str:
        """The URL of the server."""
        return f"https://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._closing = True
        # This connection wakes the thread up.
        socket.create_connection(self._listener.getsockname()).close()
        self._thread.join()
        self._listener.close()

    def _run(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection:
                if self._closing:
                    return
                connection.settimeout(5)
                with self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False) as tls:
                    # A rejected handshake is expected.
                    with contextlib.suppress(OSError):
                        tls.do_handshake()
                    with contextlib.suppress(OSError):
                        # Read until the client disconnects, because closing with unread data would send a reset.
                        while socket.socket.recv(tls, 1 << 16):
                            continue
