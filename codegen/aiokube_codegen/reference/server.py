"""Serves a folder of pages on this machine."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final
from urllib.parse import unquote

from ..errors import CodegenError

ADDRESS: Final = "127.0.0.1"


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that went on before it had a page."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(SimpleHTTPRequestHandler):
    def send_head(self) -> Any:
        """Answer only what is asked of this machine: a name of a page elsewhere may be made to lead here."""
        name = self.headers.get("Host", "").partition(":")[0].lower()
        if name not in (ADDRESS, "localhost"):
            return self.send_error(421, explain=f"These pages are those of {ADDRESS}.")
        if "\0" in unquote(self.path):
            return self.send_error(404)
        return super().send_head()

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: a page is many files."""

    def end_headers(self) -> None:
        """Add what keeps a browser from showing pages of an hour ago."""
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()

    def list_directory(self, path: Any) -> None:
        """List no folders."""
        self.send_error(404)


@contextmanager
def serving(folder: Path, port: int) -> Iterator[str]:
    """Serve a folder while the block runs; yields the address of its start page.

    Args:
        folder: The folder.
        port: Port of 127.0.0.1; 0 for a free one.

    Raises:
        CodegenError: The port is taken, or not for this user.
    """
    try:
        server = _Server((ADDRESS, port), partial(_Handler, directory=str(folder)))
    except OSError as error:
        raise CodegenError(
            f"port {port} of {ADDRESS} cannot be used: {error.strerror}; give --serve another"
        ) from error
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{ADDRESS}:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
