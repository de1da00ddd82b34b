"""Copies of files and folders to and from a container, through its tar as in `kubectl cp`, without a shell."""

from __future__ import annotations

import asyncio
import os
import posixpath
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from ..arguments import types
from ..errors import AiokubeError, CopyError, InternalError, InvalidRequest, NotSupported, StreamError
from .archive import END, Member, Source, pack, sources, unpack
from .copy_result import Copied, CopyProgress
from .process import Process

_CHUNK = 1 << 18  # bytes
_MAX_STDERR = 1 << 12
"""Bytes of the end of tar's standard error that an error message quotes."""

Run = Callable[..., AbstractAsyncContextManager[Process]]
OnProgress = Callable[[CopyProgress], object]


class _CallerFailed(Exception):
    """An exception of the caller's own function, which says nothing about the copy."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def _of_caller(progress: OnProgress | None) -> OnProgress | None:
    """Return a function of the caller whose exceptions are told from those of the copy."""
    types.callback(progress, "progress")
    if progress is None:
        return None

    def call(value: CopyProgress) -> None:
        try:
            progress(value)
        except Exception as error:
            raise _CallerFailed(error) from error

    return call


@asynccontextmanager
async def _raising_errors_of_caller() -> AsyncIterator[None]:
    try:
        yield
    except _CallerFailed as failure:
        raise failure.error from None


@_raising_errors_of_caller()
async def copy_to(run: Run, source: str | os.PathLike[str], target: str, progress: OnProgress | None) -> Copied:
    """Copy a file or folder into a container.

    Args:
        run: Starts a command in the container, without stdout.
        source: The local file or folder.
        target: The path in the container; if it ends with `/` or is a folder, the folder to copy into.
        progress: Called after each piece of content.

    Raises:
        CopyError: A file cannot be read, or tar failed.
        InvalidRequest: The target is not a path, or names no file.
        NotSupported: The server does not support v5, and so cannot end tar's input.
    """
    path = types.path(source, "source")
    types.instance(target, str, "a string", "target")
    progress = _of_caller(progress)
    own_name = (path.name.strip(".") and path.name) or (await asyncio.to_thread(path.resolve)).name
    folder, name = _split(target, own_name)
    members = await asyncio.to_thread(sources, path, name)
    if not target.endswith("/") and await _is_folder(run, target):
        # tar would replace an empty folder, or a link to one, by the file.
        folder, into = _split(f"{target}/", own_name)
        members = [replace(member, name=into + member.name.removeprefix(name)) for member in members]
    what = f"copying {os.fspath(source)} to {target}"
    # Without -p, tar would apply the umask of the container to the permissions.
    async with run("tar", "-xmpf", "-", "-C", folder, stdin=True) as process:
        if process.stdin is None or not process.stdin.can_write_eof():
            raise NotSupported(f"{what}: needs v5.channel.k8s.io; the server chose {process.subprotocol}")
        async with _read_stderr(process) as stderr_end:
            all_sent = False
            try:
                await _send(process.stdin, members, progress)
                all_sent = True
            except CopyError:
                raise
            except (OSError, StreamError):
                # Either tar or the connection has ended: `wait` raises if it was the connection.
                pass
            code = await process.wait()
            if code or not all_sent:
                raise CopyError(f"{what}: tar exited with code {code}: {await stderr_end()}")
    return Copied(files=sum(member.is_file for member in members), size=sum(member.size for member in members))


async def _is_folder(run: Run, target: str) -> bool:
    """Return True if a path in the container is a folder, or a link to one; False if the container has no `test`."""
    try:
        async with run("test", "-d", target) as process:
            return await process.wait() == 0
    except InternalError:
        return False


@_raising_errors_of_caller()
async def copy_from(
    run: Run,
    source: str,
    target: str | os.PathLike[str],
    progress: OnProgress | None,
    *,
    follow_links: bool,
    max_bytes: int | None,
    max_files: int | None,
) -> Copied:
    """Copy a file or folder out of a container.

    Args:
        run: Starts a command in the container.
        source: The file or folder in the container.
        target: The local path; if it ends with `/`, the folder to copy into. A file is copied into a folder that
            exists, and a folder is merged with it.
        progress: Called after each piece of content.
        follow_links: Copy what links point to in the container; else they are skipped.
        max_bytes: Maximum content in bytes; None sets no limit.
        max_files: Maximum number of files, folders, links and devices; None sets no limit.

    Raises:
        CopyError: A file cannot be written, tar failed, a limit was exceeded, or the archive was tampered with.
        InvalidRequest: The source is not a path.
    """
    types.instance(source, str, "a string", "source")
    types.path(target, "target")
    progress = _of_caller(progress)
    folder, name = _split(posixpath.normpath(source), "")
    root = os.fspath(target)
    root = os.path.join(root, name) if root.endswith(os.sep) else root
    what = f"copying {source} to {root}"
    files = _Files(Path(root), name, what, progress, max_bytes=max_bytes, max_files=max_files)
    async with (
        run("tar", "-chf" if follow_links else "-cf", "-", "-C", folder, "--", name) as process,
        _read_stderr(process) as stderr_end,
    ):
        assert process.stdout is not None
        try:
            async for member in unpack(process.stdout):
                await files.take(member)
        except CopyError:
            if process.stdout.at_eof() and (code := await process.wait()):
                raise CopyError(f"{what}: tar exited with code {code}: {await stderr_end()}") from None
            raise
        except OSError as error:
            if isinstance(error, AiokubeError):
                raise
            raise CopyError(f"{what}: {error}") from error
        if code := await process.wait():
            raise CopyError(f"{what}: tar exited with code {code}: {await stderr_end()}")
    return files.finish()


class _Files:
    """The local side of a copy from a container; treats the archive as untrusted."""

    def __init__(
        self,
        root: Path,
        name: str,
        what: str,
        progress: OnProgress | None,
        *,
        max_bytes: int | None,
        max_files: int | None,
    ) -> None:
        self._root = root
        self._name = name
        self._what = what
        self._progress = progress
        self._max_bytes = max_bytes
        self._max_files = max_files
        self._folders: list[tuple[Path, int]] = []
        self._members = 0
        self._files = 0
        self._size = 0
        self._skipped: list[str] = []
        self._written: set[str] = set()

    async def take(self, member: Member) -> None:
        """Write one member, if it belongs inside the copied folder.

        Raises:
            CopyError: A limit was exceeded, or the archive was tampered with.
        """
        self._members += 1
        if self._max_files is not None and self._members > self._max_files:
            raise CopyError(f"{self._what}: more than {self._max_files} files; raise max_files")
        self._check_size(member.size)
        if member.is_file and member.name == self._name and self._root.is_dir():
            self._root /= self._name
        path = self._local_path(member.name)
        if member.is_folder:
            path.mkdir(mode=0o700, exist_ok=True)
            self._folders.append((path, member.mode))
        elif member.is_file:
            await self._write(path, member, member.chunks())
        elif member.link in self._written and member.link != member.name:
            # A second name of a file in the archive, as tar stores what several links point to.
            await self._write(path, member, _read(self._local_path(member.link)))
        else:
            self._skipped.append(member.name)

    def finish(self) -> Copied:
        """Set the permissions of folders, which may forbid writing into them, and return the result.

        Raises:
            CopyError: The source is a link or a device.
        """
        for path, mode in reversed(self._folders):
            path.chmod(mode & 0o777)
        if self._skipped and not self._files and not self._folders:
            raise CopyError(
                f"{self._what}: links and devices are not copied; pass follow_links=True to copy what a link points to"
            )
        return Copied(files=self._files, size=self._size, skipped=self._skipped)

    def _local_path(self, name: str) -> Path:
        """Return the local path of a member, which is always inside the copied folder."""
        parts = name.split("/")
        inside = name == self._name or name.startswith(f"{self._name}/")
        if not inside or ".." in parts or "\0" in name or os.sep in "".join(parts) or name.startswith("/"):
            raise CopyError(f"{self._what}: the archive was tampered with: it contains {name!r}")
        path = self._root.joinpath(*name[len(self._name) :].split("/"))
        for checked in (path.parent, path) if path != self._root else ():
            if not checked.resolve().is_relative_to(self._root.resolve()):
                raise CopyError(f"{self._what}: {checked} is a link out of the target folder; remove it")
        return path

    async def _write(self, path: Path, member: Member, content: AsyncIterator[bytes]) -> None:
        with _create(path, member.mode) as file:
            async for chunk in content:
                await asyncio.to_thread(file.write, chunk)
                self._size += len(chunk)
                self._check_size(0)
                if self._progress is not None:
                    self._progress(CopyProgress(member.name, self._size, None))
        self._files += 1
        self._written.add(member.name)

    def _check_size(self, more: int) -> None:
        if self._max_bytes is not None and self._size + more > self._max_bytes:
            raise CopyError(f"{self._what}: more than {self._max_bytes} bytes; raise max_bytes")


async def _read(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk


def _create(path: Path, mode: int) -> BinaryIO:
    """Open an empty file for writing, without following a link."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600)
    file = os.fdopen(descriptor, "wb")
    try:
        # The set-user-ID and set-group-ID bits are dropped.
        path.chmod(mode & 0o777)
    except OSError:
        file.close()
        raise
    return file


async def _send(stdin: asyncio.StreamWriter, members: list[Source], progress: OnProgress | None) -> None:
    done, total = 0, sum(source.size for source in members)

    def advance(size: int) -> None:
        nonlocal done
        done += size
        if progress is not None:
            progress(CopyProgress(source.name, done, total))

    for source in members:
        async for chunk in pack(source, advance):
            stdin.write(chunk)
            await stdin.drain()
    stdin.write(END)
    stdin.close()


@asynccontextmanager
async def _read_stderr(process: Process) -> AsyncIterator[Callable[[], asyncio.Task[str]]]:
    """Read standard error in the background, and yield a function that returns the end of it."""

    async def read() -> str:
        assert process.stderr is not None
        end = b""
        while chunk := await process.stderr.read(1 << 16):
            end = (end + chunk)[-_MAX_STDERR:]
        return " ".join(end.decode("utf-8", "replace").split()) or "nothing on standard error"

    task = asyncio.create_task(read())
    try:
        yield lambda: task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _split(path: str, own_name: str) -> tuple[str, str]:
    """Split a path in a container into folder and name; a path that ends with `/` is a folder, and gets `own_name`."""
    if not path or "\0" in path:
        raise InvalidRequest(f"invalid path in a container: {path!r}")
    if own_name and path.endswith("/"):
        folder, name = path, own_name
    else:
        folder, _, name = path.rstrip("/").rpartition("/")
        folder = folder or ("/" if path.startswith("/") else ".")
        name = name or "."
    if name == ".." or (own_name and name == "."):
        raise InvalidRequest(f"{path!r} does not name a file; end it with '/' to copy into that folder")
    # tar reads a name that begins with a dash as an option.
    return (f"./{folder}" if folder.startswith("-") else folder), name
