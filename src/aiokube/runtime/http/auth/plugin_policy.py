"""The policy for credential plugins: KEP-3104, `credentialPluginPolicy` in kubectl's kuberc."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass

from ...config import validation
from ...errors import ConfigError
from ...public import public

ALLOW_ALL = "AllowAll"
DENY_ALL = "DenyAll"
ALLOWLIST = "Allowlist"


@public("aiokube.config")
@dataclass(frozen=True, slots=True, kw_only=True)
class PluginPolicy:
    """The exec plugins that a client may run.

    The author of a kubeconfig with an exec plugin chooses a command that its users run. For kubeconfigs from other
    people, allow only known plugins: `PluginPolicy.allowlist("aws", "/usr/local/bin/gke-gcloud-auth-plugin")`.

    The policy applies to the executable only. The kubeconfig determines the arguments and environment variables, so an
    allowlist that contains a shell or an interpreter allows every command.

    Args:
        type: `AllowAll`, `DenyAll` or `Allowlist`.
        names: The entries of an `Allowlist`; None for other types. A name without a directory allows the file of that
            name in PATH; an absolute path allows that file.

    Raises:
        ConfigError: The type is unknown, or the names do not match the type.
    """

    type: str = ALLOW_ALL
    names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.type not in (ALLOW_ALL, DENY_ALL, ALLOWLIST):
            raise ConfigError(
                f"plugin policy: {self.type!r:.80} is unknown; choose from {ALLOW_ALL}, {DENY_ALL}, {ALLOWLIST}"
            )
        if self.type != ALLOWLIST:
            if self.names is not None:
                raise ConfigError(
                    f"plugin policy: {self.type} cannot be combined with names; use {ALLOWLIST}, or remove them"
                )
            return
        if self.names is None or isinstance(self.names, str):
            raise ConfigError(f"plugin policy: {ALLOWLIST} needs a tuple of names")
        object.__setattr__(self, "names", validation.types.texts(self.names, "plugin policy: names"))
        if not self.names:
            raise ConfigError(f"plugin policy: the allowlist is empty; use {DENY_ALL} to run no plugin at all")
        for number, name in enumerate(self.names, start=1):
            _check_entry(name, f"plugin policy: entry {number} of the allowlist")

    @classmethod
    def allow_all(cls) -> PluginPolicy:
        """Return a policy that allows all plugins, like kubectl's default."""
        return cls(type=ALLOW_ALL)

    @classmethod
    def deny_all(cls) -> PluginPolicy:
        """Return a policy that allows no plugin."""
        return cls(type=DENY_ALL)

    @classmethod
    def allowlist(cls, *names: str) -> PluginPolicy:
        """Return a policy that allows only these plugins.

        Args:
            names: Names of executables in PATH, such as `aws`, or absolute paths.

        Raises:
            ConfigError: There are no names; or a name is empty, a relative path or not normalized.
        """
        return cls(type=ALLOWLIST, names=names)

    def check(self, command: str, path: str | None, *, place: str, find: Callable[[str], str | None]) -> None:
        """Check whether a plugin may run.

        Args:
            command: The configured command.
            path: The executable file; None if it was not found.
            place: Description of the plugin, for the error.
            find: Function that returns the executable file of a name or path, or None.

        Raises:
            ConfigError: The plugin may not run.
        """
        if self.type == DENY_ALL:
            raise ConfigError(
                f"{place} is not run: the client's plugin policy is {DENY_ALL}; "
                f"allow it with PluginPolicy.allowlist({command!r}), or use a token or a client certificate"
            )
        if self.names is not None and not self._lists(command, path, find):
            found = f" (found as {path})" if path and path != command else ""
            raise ConfigError(
                f"{place} is not run: {command!r}{found} is not in the allowlist of the client's plugin policy, "
                f"which has {', '.join(map(repr, self.names))}; add it to PluginPolicy.allowlist(...) if you trust it"
            )

    def _lists(self, command: str, path: str | None, find: Callable[[str], str | None]) -> bool:
        names = self.names or ()
        if path is None:
            return command in names
        # "aws" in the list allows "/usr/bin/aws" in the kubeconfig if that is the "aws" in PATH.
        same_name = (name for name in names if os.path.basename(name) == os.path.basename(path))
        return any(find(name) == path for name in same_name)


def _check_entry(name: str, place: str) -> None:
    if not name:
        raise ConfigError(f"{place} is empty; use the name or the absolute path of a plugin")
    cleaned = _clean(name)
    if name != cleaned or name in (os.curdir, os.pardir):
        raise ConfigError(
            f"{place}: {name!r} is not a normalized path; use {os.path.basename(cleaned)!r}, or its absolute path"
        )
    if os.path.dirname(name) and not os.path.isabs(name):
        raise ConfigError(f"{place}: {name!r} is a relative path; use {os.path.basename(name)!r}, or its absolute path")


def _clean(path: str) -> str:
    # normpath keeps two leading slashes, which POSIX leaves to the system; Go's filepath.Clean merges them.
    return re.sub(r"^//+", "/", os.path.normpath(path)) if path else path
