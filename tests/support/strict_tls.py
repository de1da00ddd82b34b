"""A TLS server that refuses clients as Go and OpenSSL do: with an alert, which asyncio's servers never send."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from types import TracebackType
from typing import Self


class StrictTLSServer:
    """Makes the TLS handshake with one client after the other, on 127.0.0.1, and answers none of them.

    Args:
        context: what it asks of its clients.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._run)
        self._closing = False

    @property
    def url(self) -> str:
        """The address for a config."""
        return f"https://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._closing = True
        # One connection more ends the wait for the next.
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
                    # The refusal is what the client is to see; what the client then does ends the connection.
                    with contextlib.suppress(OSError):
                        tls.do_handshake()
                    with contextlib.suppress(OSError):
                        # Until the client has left: a close with unread data would be a reset.
                        while socket.socket.recv(tls, 1 << 16):
                            continue
