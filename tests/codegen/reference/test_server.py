"""The server of pages answers what is asked of this machine, and nothing that is made to lead to it."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from aiokube_codegen.reference.server import ADDRESS, serving


# One for all tests, because its end takes half a second.
@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a server of a small page and a large one."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "pages").mkdir()
    (folder / "pages" / "index.html").write_text("the page")
    (folder / "pages" / "large.html").write_bytes(bytes(10_000_000))
    (folder / "secret.txt").write_text("the secret")
    with serving(folder / "pages", 0) as address:
        port = urlsplit(address).port
        assert port is not None
        yield port


def answer(port: int, path: str, host: str, method: str = "GET") -> str:
    with socket.create_connection((ADDRESS, port), timeout=10) as connection:
        connection.sendall(f"{method} {path} HTTP/1.0\r\n{host}\r\n".encode())
        with connection.makefile("rb") as received:
            return received.read().decode()


@pytest.mark.parametrize("name", ["127.0.0.1:80", "127.0.0.1", "localhost:80", "LOCALHOST"])
def test_this_machine_is_answered(port: int, name: str) -> None:
    assert answer(port, "/", f"Host: {name}\r\n").endswith("the page")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("host", ["Host: evil.example:80\r\n", "Host: 127.0.0.1.evil.example\r\n", "Host: [\r\n", ""])
def test_a_name_of_another_site_is_not_answered(port: int, host: str, method: str) -> None:
    """A page elsewhere whose name is made to lead here could read everything otherwise."""
    found = answer(port, "/", host, method)
    assert found.startswith("HTTP/1.0 421 ")
    assert "the page" not in found


@pytest.mark.parametrize("path", ["/../secret.txt", "/%2e%2e/secret.txt", "//secret.txt", "/..%5csecret.txt", "/%00"])
def test_nothing_outside_of_the_folder_is_served(port: int, path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(port, path, "Host: localhost\r\n").startswith("HTTP/1.0 404 ")
    assert capsys.readouterr().err == ""


def test_a_browser_that_goes_away_is_no_error(port: int, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(5):
        with socket.create_connection((ADDRESS, port), timeout=10) as connection:
            connection.sendall(b"GET /large.html HTTP/1.0\r\nHost: localhost\r\n\r\n")
            connection.recv(10)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert answer(port, "/", "Host: localhost\r\n").endswith("the page")
    assert capsys.readouterr().err == ""
