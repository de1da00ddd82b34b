"""Reading and replacing the tokens of an `oidc` user in a kubeconfig."""

from __future__ import annotations

import codecs
import copy
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment] # checked where it is used

from ....codec.yaml_reader import MAX_BYTES, parse
from ....errors import ConfigError
from .tokens import Claims, Tokens, claims_of

_LOCK_TIMEOUT_S = 5.0
_LOCK_POLL_S = 0.05

_BELOW_USER = ("user", "auth-provider", "config")


class TokenStore:
    """The entries of a kubeconfig with tokens of a certain issuer and client.

    The methods read and write files, and wait for other programs, so call them in a thread.

    Args:
        path: Path of the kubeconfig.
        issuer: The `idp-issuer-url`.
        client_id: The `client-id`.
        lock_timeout: Maximum time in seconds to wait for the lock of another program; 5 by default.
    """

    def __init__(self, path: Path, *, issuer: str, client_id: str, lock_timeout: float = _LOCK_TIMEOUT_S) -> None:
        self._path = path
        self._issuer = issuer
        self._client_id = client_id
        self._lock_timeout = lock_timeout

    def begin_refresh(self) -> IO[bytes] | None:
        """Lock the kubeconfig against refreshes of other processes; closing the returned file ends it.

        This is a lock of the system, which ends with the process, and which kubectl does not know. The file that
        kubectl uses as a lock is created for a write only: kubectl fails at once if it exists, and would lose its login
        if it has used its refresh token.

        Returns:
            The locked file; None if another process holds the lock.

        Raises:
            OSError: The file cannot be opened, or this system has no such locks.
        """
        if fcntl is None:
            raise OSError("this system has no locks of files")
        file = self._path.open("rb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Another process may have replaced the file in the meantime.
            if os.path.samestat(os.fstat(file.fileno()), os.stat(self._path)):
                return file
        except BlockingIOError:
            pass
        except BaseException:
            file.close()
            raise
        file.close()
        return None

    def find(self, known: Tokens) -> Tokens | None:
        """Return the tokens of the same login, or newer ones of the same user, if the file contains them.

        Raises:
            ConfigError: The file is no longer a kubeconfig.
            OSError: The file cannot be read.
        """
        stored = [_tokens(config) for _, config in self._entries(self._parse(self._read()))]
        for tokens in stored:
            if _overlap(tokens, known):
                return tokens
        last = _claims(known)
        # Older tokens mean that the new ones could not be written to the file.
        return next((each for each in stored if last.sub and _is_newer(_claims(each), last)), None)

    def replace(self, old: Tokens, new: Tokens) -> None:
        """Replace old tokens by new ones, and leave the rest of the file unchanged.

        The file is replaced atomically, by one that only its owner can read, while holding the lock that kubectl uses.

        Raises:
            ConfigError: The file is read-only, locked, not a kubeconfig, or does not contain the old tokens.
            OSError: The file cannot be read or written.
        """
        with self._locked():
            # Replace the target of a symbolic link, not the link.
            path = Path(os.path.realpath(self._path))
            if not path.stat().st_mode & 0o222 or not os.access(path, os.W_OK):
                raise ConfigError(f"{self._path} is read-only; make it writable")
            data = self._read()
            encoding = _encoding_of(data)
            tree = self._parse(data)
            indexes = [index for index, config in self._entries(tree) if _overlap(_tokens(config), old)]
            if not indexes:
                raise ConfigError(f"no user in {self._path} has the old tokens")
            text = self._edited(data.decode(encoding), tree, indexes, new)
            _write(path, text.encode(encoding))

    def _read(self) -> bytes:
        with self._path.open("rb") as file:
            return file.read(MAX_BYTES + 1)

    def _parse(self, data: bytes) -> object:
        return parse(data, origin=str(self._path))

    def _entries(self, tree: object) -> Iterator[tuple[int, dict[str, Any]]]:
        users = tree.get("users") if isinstance(tree, dict) else None
        for index, config in enumerate(users if isinstance(users, list) else []):
            for key in _BELOW_USER:
                config = config.get(key) if isinstance(config, dict) else None
            if (
                isinstance(config, dict)
                and config.get("idp-issuer-url") == self._issuer
                and config.get("client-id") == self._client_id
            ):
                yield index, config

    def _edited(self, text: str, tree: object, indexes: list[int], new: Tokens) -> str:
        """Return the text with new tokens for the users at these indexes.

        Comments and layout are preserved, unless the tokens cannot be edited separately, for example because of an
        alias; then the whole document is serialized again.
        """
        wanted = copy.deepcopy(tree)
        for index, config in self._entries(wanted):
            if index in indexes:
                config.update({"id-token": new.id_token, "refresh-token": new.refresh_token})
        edited = _patched(text, indexes, new)
        if edited is not None and self._reads_as(edited, wanted):
            return edited
        return json.dumps(wanted, indent=2, ensure_ascii=False) + "\n"

    def _reads_as(self, text: str, wanted: object) -> bool:
        try:
            return self._parse(text.encode()) == wanted
        except ConfigError:
            return False

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = Path(f"{self._path}.lock")
        deadline = time.monotonic() + self._lock_timeout
        while True:
            try:
                os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
                break
            except FileExistsError:
                if time.monotonic() >= deadline:
                    raise ConfigError(
                        f"{lock} has existed for {self._lock_timeout:g} s; remove it if no program is writing "
                        f"{self._path}"
                    ) from None
                time.sleep(_LOCK_POLL_S)
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def _tokens(config: dict[str, Any]) -> Tokens:
    id_token, refresh_token = config.get("id-token"), config.get("refresh-token")
    return Tokens(
        id_token=id_token if isinstance(id_token, str) else "",
        refresh_token=refresh_token if isinstance(refresh_token, str) else "",
    )


def _overlap(one: Tokens, other: Tokens) -> bool:
    same_refresh_token = one.refresh_token and one.refresh_token == other.refresh_token
    same_id_token = one.id_token and one.id_token == other.id_token
    return bool(same_refresh_token or same_id_token)


def _claims(tokens: Tokens) -> Claims:
    try:
        return claims_of(tokens.id_token, "id-token")
    except ConfigError:
        return Claims()


def _is_newer(one: Claims, other: Claims) -> bool:
    return one.sub == other.sub and one.exp > other.exp


def _encoding_of(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8"


def _patched(text: str, indexes: list[int], new: Tokens) -> str | None:
    """Return the text with only the two values replaced; None if the config of a user cannot be located."""
    edits: set[tuple[int, int, str]] = set()
    for index in indexes:
        config = _node(text, index)
        if config is None:
            return None
        edits.add(_edit(text, config, "id-token", new.id_token))
        edits.add(_edit(text, config, "refresh-token", new.refresh_token))
    for start, end, replacement in sorted(edits, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text


def _node(text: str, index: int) -> Any:
    import yaml

    try:
        node: Any = next(yaml.compose_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    except yaml.YAMLError:
        # Such as an anchor that is used twice, which kubectl accepts.
        return None
    for key in ("users", index, *_BELOW_USER):
        if isinstance(key, int):
            node = node.value[key]
        else:
            node = next((value for name, value in node.value if name.value == key), None)
        if node is None:
            return None
    return node


def _edit(text: str, config: Any, key: str, value: str) -> tuple[int, int, str]:
    """Return the start, the end and the text of an edit that sets a key: its value is replaced, or the key added."""
    quoted = json.dumps(value)
    for name, node in config.value:
        if name.value == key:
            start, end = node.start_mark.index, node.end_mark.index
            # The range of an absent value is empty, after the colon; that of a block scalar extends to the next key.
            space = " " if start == end else ""
            return start, end, space + quoted + text[max(start, len(text[:end].rstrip())) : end]
    mark = config.value[0][0].start_mark
    separator = ", " if config.flow_style else "\n" + " " * mark.column
    return mark.index, mark.index, f"{key}: {quoted}{separator}"


def _write(path: Path, data: bytes) -> None:
    """Replace a file atomically."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # has mode 0600
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
