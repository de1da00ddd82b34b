"""Which credential plugins a client may run: KEP-3104, `credentialPluginPolicy` in kubectl's kuberc."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass

from ...errors import ConfigError
from ...public import public

ALLOW_ALL = "AllowAll"
DENY_ALL = "DenyAll"
ALLOWLIST = "Allowlist"


@public("aiokube.config")
@dataclass(frozen=True, slots=True, kw_only=True)
class PluginPolicy:
    """Which commands a kubeconfig may have run for credentials.

    A kubeconfig with an exec plugin runs a command of its author's choice. Where kubeconfigs come from others, allow
    the plugins that are known: `PluginPolicy.allowlist("aws", "/usr/local/bin/gke-gcloud-auth-plugin")`.

    The policy is about the executable alone: the arguments and variables of a plugin are the kubeconfig's, so that an
    allowlist with a shell or an interpreter in it allows everything.

    Args:
        type: `AllowAll`, `DenyAll` or `Allowlist`.
        names: the entries of an `Allowlist`, and None for the other types. A name without directory allows what it
            is found as in PATH; an absolute path allows that file.

    Raises:
        ConfigError: the type is unknown, or the names are not what it needs.
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
                raise ConfigError(f"plugin policy: {self.type} goes with no names; make it {ALLOWLIST} or remove them")
            return
        if self.names is None or isinstance(self.names, str):
            raise ConfigError(f"plugin policy: {ALLOWLIST} needs a tuple of names")
        if not self.names:
            raise ConfigError(f"plugin policy: the allowlist is empty; use {DENY_ALL} to run no plugin at all")
        for number, name in enumerate(self.names, start=1):
            _check_entry(name, f"plugin policy: entry {number} of the allowlist")

    @classmethod
    def allow_all(cls) -> PluginPolicy:
        """Run any plugin, as kubectl does by default."""
        return cls(type=ALLOW_ALL)

    @classmethod
    def deny_all(cls) -> PluginPolicy:
        """Run no plugin."""
        return cls(type=DENY_ALL)

    @classmethod
    def allowlist(cls, *names: str) -> PluginPolicy:
        """Run these plugins and no others.

        Args:
            names: names to look up in PATH, such as `aws`, or absolute paths.

        Raises:
            ConfigError: there is no name, or one is empty, relative or not normalised.
        """
        return cls(type=ALLOWLIST, names=names)

    def check(self, command: str, path: str | None, *, place: str, find: Callable[[str], str | None]) -> None:
        """Check that a plugin may run.

        Args:
            command: the command as it is configured.
            path: the file that would be executed; None when there is none.
            place: what to call the plugin in the error.
            find: gives the file that a name or path stands for, and None when there is none.

        Raises:
            ConfigError: it may not.
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
        # "aws" in the list and "/usr/bin/aws" in the kubeconfig are one when PATH says so.
        same_name = (name for name in names if os.path.basename(name) == os.path.basename(path))
        return any(find(name) == path for name in same_name)


def _check_entry(name: str, place: str) -> None:
    if not name:
        raise ConfigError(f"{place} is empty; write the name or the absolute path of a plugin")
    cleaned = _clean(name)
    if name != cleaned or name in (os.curdir, os.pardir):
        raise ConfigError(
            f"{place}: {name!r} is not a normalised path; write {os.path.basename(cleaned)!r}, or its path"
        )
    if os.path.dirname(name) and not os.path.isabs(name):
        raise ConfigError(
            f"{place}: {name!r} is a relative path; write {os.path.basename(name)!r}, or its absolute path"
        )


def _clean(path: str) -> str:
    # POSIX lets two slashes at the start mean something else, and normpath keeps them; Go's filepath.Clean doesn't.
    return re.sub(r"^//+", "/", os.path.normpath(path)) if path else path
