"""The parts of a `Config` that say who the user is: exec plugins, auth-providers, impersonation."""

import os
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar

from ..errors import ConfigError
from ..public import public
from . import validation
from .validation import REDACTED

# How a repr shows a field, as the metadata of the field.
Show = dict[str, Callable[[Any], str]]

SECRET: Show = {"show": lambda _: repr(REDACTED)}
SECRET_ITEMS: Show = {"show": lambda items: f"[{len(items)} x {REDACTED!r}]"}
SECRET_VALUES: Show = {"show": lambda items: repr(dict.fromkeys(items, REDACTED))}
LONG: Show = {"show": lambda data: f"<{len(data)} bytes>"}
URL: Show = {"show": lambda url: repr(validation.redact_url(url))}


class Redacted:
    """A repr of the fields that are set, without their secrets."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __repr__(self) -> str:
        set_fields = ((item, getattr(self, item.name)) for item in fields(self))
        shown = (f"{item.name}={item.metadata.get('show', repr)(value)}" for item, value in set_fields if value)
        return f"{type(self).__name__}({', '.join(shown)})"


@public("aiokube.config")
@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class ExecConfig(Redacted):
    """A credential plugin: a command that prints an ExecCredential of `client.authentication.k8s.io`.

    Its repr holds neither the values of arguments nor those of environment variables.

    Raises:
        ConfigError: A field cannot be used.
    """

    command: str
    """A name to look up in PATH, or an absolute path."""
    args: tuple[str, ...] = field(default=(), metadata=SECRET_ITEMS)
    env: Mapping[str, str] = field(default_factory=dict, metadata=SECRET_VALUES)
    """Variables to set besides those of this process."""
    api_version: str
    """`client.authentication.k8s.io/v1` or `client.authentication.k8s.io/v1beta1`."""
    interactive_mode: str
    """`Never`, `IfAvailable` or `Always`."""
    provide_cluster_info: bool = False
    """Whether the plugin is told about the cluster, in KUBERNETES_EXEC_INFO."""
    install_hint: str = ""
    """What to tell a user who lacks the command; free of terminal escape sequences."""
    cluster_config: Any = field(default=None, metadata=SECRET)
    """The cluster's extension `client.authentication.k8s.io/exec`, for the plugin's `spec.cluster.config`."""

    def __post_init__(self) -> None:
        if not self.command or (os.path.dirname(self.command) and not os.path.isabs(self.command)):
            raise ConfigError(
                f"exec: command: {self.command!r:.80} must be a name to look up in PATH, or an absolute path"
            )
        if self.api_version not in validation.EXEC_VERSIONS:
            raise ConfigError(
                f"exec: apiVersion: {self.api_version!r:.80} is not supported; use {validation.EXEC_VERSIONS[0]}"
            )
        validation.interactive_mode(self.interactive_mode, "exec: interactiveMode")
        if any("\0" in text for text in (self.command, *self.args, *self.env, *self.env.values())):
            raise ConfigError("exec: the command, an argument or a variable contains a NUL character; remove it")
        if any(not name or "=" in name for name in self.env):
            raise ConfigError("exec: env: the name of a variable is empty or contains '='")


@public("aiokube.config")
@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class AuthProvider(Redacted):
    """The `auth-provider` of a user; only `oidc` is left of them. Its repr holds no value of `config`."""

    name: str
    config: Mapping[str, str] = field(default_factory=dict, metadata=SECRET_VALUES)
    source: Path | None = None
    """The file to write refreshed tokens to; None for a config that came from no file."""


@public("aiokube.config")
@dataclass(frozen=True, kw_only=True, slots=True)
class Impersonation:
    """Whom to act as: the `Impersonate-*` headers of every request.

    Raises:
        ConfigError: no user, or a value that no header can hold.
    """

    user: str
    uid: str | None = None
    groups: tuple[str, ...] = ()
    extra: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.user:
            raise ConfigError("impersonate: a uid, groups or extra need a user as well")
        validation.header_value(self.user, "impersonate: user")
        validation.header_value(self.uid or "", "impersonate: uid")
        for group in self.groups:
            validation.header_value(group, "impersonate: groups")
        for key, values in self.extra.items():
            for value in values:
                validation.header_value(value, f"impersonate: extra[{key!r:.80}]")
