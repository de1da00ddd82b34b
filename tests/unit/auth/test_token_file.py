"""Tokens from a file that another program rotates."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aiokube.runtime.config.config import Config
from aiokube.runtime.errors import ConfigError
from aiokube.runtime.http.aiohttp.transport import AiohttpTransport
from aiokube.runtime.http.auth.credentials import Credential, bearer
from aiokube.runtime.http.auth.select import select_credentials
from aiokube.runtime.http.auth.token_file import TokenFile

CANARY = "s3cr3t-canary"


class Clock:
    """A clock that only the test advances."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("a")
    return path


def write(path: Path, text: str) -> None:
    path.write_text(text)


async def token(source: TokenFile) -> str:
    return (await source.get()).headers["Authorization"].removeprefix("Bearer ")


async def test_the_token_is_stripped_of_white_space(path: Path) -> None:
    write(path, "\n  exampletoken\r\n\t")
    assert await token(TokenFile(path)) == "exampletoken"


@pytest.mark.parametrize(("wait", "expected"), [(0.0, "a"), (49.9, "a"), (50.0, "b"), (600.0, "b")])
async def test_the_file_is_read_again_after_fifty_seconds(path: Path, clock: Clock, wait: float, expected: str) -> None:
    source = TokenFile(path, clock=clock)
    write(path, "b")
    clock.now += wait
    assert await token(source) == expected


async def test_each_read_is_valid_for_fifty_seconds(path: Path, clock: Clock) -> None:
    source = TokenFile(path, clock=clock)
    clock.now += 60
    assert await token(source) == "a"
    write(path, "b")
    clock.now += 49.9
    assert await token(source) == "a"
    clock.now += 0.1
    assert await token(source) == "b"


async def test_concurrent_callers_share_a_read(path: Path, clock: Clock) -> None:
    source = TokenFile(path, clock=clock)
    clock.now += 50

    async def overwrite() -> str:
        write(path, "b")
        return "a"

    assert set(await asyncio.gather(token(source), overwrite(), *(token(source) for _ in range(100)))) == {"a"}


def missing(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_text(" \n")


def not_text(path: Path) -> None:
    path.write_bytes(CANARY.encode() + b"\xff\xfe")


def two_lines(path: Path) -> None:
    path.write_text(f"<html>\n{CANARY}")


def unreadable(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def huge(path: Path) -> None:
    path.write_text("x" * (1 << 20) + "x")


BAD = [
    (missing, "cannot be read: No such file"),
    (empty, "is empty"),
    (not_text, "is not UTF-8 text"),
    (two_lines, "contains a line break"),
    (unreadable, "cannot be read: Too many levels of symbolic links"),
    (directory, "is not a regular file"),
    (pipe, "is not a regular file"),
    (huge, "is not a regular file of at most 1048576 bytes"),
]


@pytest.mark.parametrize(("spoil", "problem"), BAD)
async def test_an_invalid_file_at_the_start_is_an_error(
    path: Path, spoil: Callable[[Path], None], problem: str
) -> None:
    spoil(path)
    with pytest.raises(ConfigError) as raised:
        TokenFile(path)
    assert f"the token file {path}" in str(raised.value)
    assert problem in str(raised.value)
    assert CANARY not in repr(raised.value)
    assert raised.value.__cause__ is None or isinstance(raised.value.__cause__, OSError)
    assert await token(TokenFile(path, fallback="other")) == "other"


@pytest.mark.parametrize(("spoil", "problem"), BAD)
async def test_an_invalid_file_later_keeps_the_last_token(
    path: Path, clock: Clock, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], None], problem: str
) -> None:
    source = TokenFile(path, clock=clock)
    spoil(path)
    clock.now += 50
    for _ in range(20):
        assert await token(source) == "a"
        clock.now += 10
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert [problem in record.getMessage() for record in warnings] == [True], "logged once"
    assert CANARY not in caplog.text


async def test_a_repaired_file_is_used_immediately(path: Path, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    source = TokenFile(path, clock=clock)
    for number in range(2):
        write(path, "")
        clock.now += 50
        last = await token(source)
        write(path, f"b{number}")
        assert await token(source) == f"b{number}" != last
    assert caplog.text.count("is empty") == 2, "logged again after a valid token"


async def test_the_file_is_read_again_after_401(path: Path, clock: Clock) -> None:
    source = TokenFile(path, clock=clock)
    refused = await source.get()
    write(path, "b")
    assert await token(source) == "a"
    source.refused(refused)
    assert await token(source) == "b"


async def test_a_401_for_an_older_token_is_ignored(path: Path, clock: Clock) -> None:
    source = TokenFile(path, clock=clock)
    first = await source.get()
    write(path, "b")
    source.refused(first)
    assert await token(source) == "b"
    write(path, "c")
    source.refused(first)
    assert await token(source) == "b"


async def test_a_rejected_token_stays_in_use_while_the_file_is_missing(path: Path, clock: Clock) -> None:
    source = TokenFile(path, clock=clock)
    missing(path)
    source.refused(await source.get())
    assert await token(source) == "a"
    write(path, "b")
    assert await token(source) == "b"


async def test_an_equal_credential_counts_as_the_rejected_one(path: Path, clock: Clock) -> None:
    source = TokenFile(path, clock=clock)
    clock.now += 50
    held = await source.get()
    write(path, "b")
    source.refused(Credential(headers=dict(held.headers)))
    assert await token(source) == "b"


async def test_a_rotation_by_a_symbolic_link_is_followed(tmp_path: Path, clock: Clock) -> None:
    """In a projected volume, `token` links to `..data/token`, and kubelet replaces the link `..data`."""

    def publish(version: str, content: str) -> None:
        folder = tmp_path / version
        folder.mkdir()
        (folder / "token").write_text(content)
        (tmp_path / "..data_tmp").symlink_to(version)
        (tmp_path / "..data_tmp").rename(tmp_path / "..data")

    publish("..2026_01_01", "first")
    (tmp_path / "token").symlink_to("..data/token")
    source = TokenFile(tmp_path / "token", clock=clock)
    assert await token(source) == "first"
    publish("..2026_01_02", "second")
    (tmp_path / "..2026_01_01" / "token").unlink()
    assert await token(source) == "first"
    clock.now += 50
    assert await token(source) == "second"


async def test_the_file_takes_precedence_over_the_token_of_the_config(path: Path) -> None:
    config = Config(server="https://127.0.0.1:1", token="expected", token_file=path)
    assert await select_credentials(config, connect=AiohttpTransport).get() == bearer("a")


async def test_the_token_of_the_config_is_used_until_the_file_exists(path: Path) -> None:
    missing(path)
    credentials = select_credentials(
        Config(server="https://127.0.0.1:1", token="expected", token_file=path), connect=AiohttpTransport
    )
    assert await credentials.get() == bearer("expected")
    write(path, "late")
    assert await credentials.get() == bearer("late")


async def test_a_read_does_not_block_the_event_loop(path: Path, clock: Clock) -> None:
    write(path, "x" * 2000)
    source = TokenFile(path, clock=clock)
    longest = []
    for _ in range(20):
        clock.now += 50
        started = time.perf_counter()
        await source.get()
        longest.append(time.perf_counter() - started)
    assert sorted(longest)[10] < 0.005


async def test_reprs_of_a_token_file_contain_no_token(path: Path) -> None:
    write(path, CANARY)
    source = TokenFile(path, fallback=CANARY)
    assert CANARY not in f"{source!r} {await source.get()!r}"
