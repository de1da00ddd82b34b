"""The parts of a `Config` that describe the user: exec plugin, auth-provider and impersonation."""

import os
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeAlias

from ..errors import ConfigError
from ..public import public
from ..secret import REDACTED, hides_fields
from . import validation

# Not a Sequence: a text is one.
Texts: TypeAlias = list[str] | tuple[str, ...]

# How a repr shows a field, as the metadata of the field.
Show = dict[str, Callable[[Any], str]]

SECRET: Show = {"show": lambda _: repr(REDACTED)}
SECRET_ITEMS: Show = {"show": lambda items: f"[{len(items)} x {REDACTED!r}]"}
SECRET_VALUES: Show = {"show": lambda items: repr(dict.fromkeys(items, REDACTED))}
LONG: Show = {"show": lambda data: f"<{len(data)} bytes>"}
URL: Show = {"show": lambda url: repr(validation.redact_url(url))}


class Redacted:
    """A mixin whose repr shows the fields that are set, without their secrets."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __repr__(self) -> str:
        set_fields = ((item, getattr(self, item.name)) for item in fields(self))
        shown = (f"{item.name}={item.metadata.get('show', repr)(value)}" for item, value in set_fields if value)
        return f"{type(self).__name__}({', '.join(shown)})"


@public("aiokube.config")
@hides_fields
@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class ExecConfig(Redacted):
    """A credential plugin: a command that prints an ExecCredential of `client.authentication.k8s.io`.

    Its repr contains neither its arguments nor the values of its environment variables.

    Raises:
        ConfigError: A field cannot be used.
    """

    command: str
    """The name of an executable in PATH, or an absolute path."""
    args: Texts = field(default=(), metadata=SECRET_ITEMS)
    """Kept as a tuple."""
    env: Mapping[str, str] = field(default_factory=dict, metadata=SECRET_VALUES)
    """Environment variables, added to those of this process."""
    api_version: str
    """`client.authentication.k8s.io/v1` or `client.authentication.k8s.io/v1beta1`."""
    interactive_mode: str
    """`Never`, `IfAvailable` or `Always`."""
    provide_cluster_info: bool = False
    """True if KUBERNETES_EXEC_INFO describes the cluster."""
    install_hint: str = ""
    """Help for a user who has not installed the command; without terminal escape sequences."""
    cluster_config: Any = field(default=None, metadata=SECRET)
    """The extension `client.authentication.k8s.io/exec` of the cluster, sent as `spec.cluster.config`."""

    def __post_init__(self) -> None:
        for name in ("command", "api_version", "interactive_mode", "install_hint"):
            validation.types.instance(getattr(self, name), str, "a string", f"exec: {name}")
        validation.types.flag(self.provide_cluster_info, "exec: provide_cluster_info")
        object.__setattr__(self, "args", validation.types.texts(self.args, "exec: args"))
        object.__setattr__(self, "env", validation.types.text_map(self.env, "exec: env"))
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
@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """A context of a kubeconfig; see `Config.contexts`."""

    name: str
    cluster: str
    """The name of its cluster; empty if it has none."""
    user: str
    """The name of its user; empty for an anonymous one."""
    namespace: str
    """The namespace of calls without a namespace; `default` if the context has none."""
    is_current: bool
    """True if it is the current-context."""


@public("aiokube.config")
@hides_fields
@dataclass(frozen=True, slots=True, repr=False)
class Token(Redacted):
    """A bearer token of a `TokenSource`. Its repr does not contain it.

    Raises:
        ConfigError: The token is empty or does not fit into a header, or the time has no zone.
    """

    value: str = field(metadata=SECRET)
    expires: datetime | None = None
    """The time of expiry, with a time zone; None if it is unknown. Default: None."""

    def __post_init__(self) -> None:
        validation.types.instance(self.value, str, "a string", "token: value")
        if not self.value:
            raise ConfigError("token: value: is empty")
        validation.token(self.value, "token: value")
        if self.expires is not None:
            validation.types.instance(self.expires, datetime, "a datetime", "token: expires")
            if self.expires.tzinfo is None:
                raise ConfigError("token: expires: has no time zone; use datetime.now(timezone.utc) + timedelta(...)")


@public("aiokube.config")
class TokenSource(Protocol):
    """An async function that returns a token, for `Client(credentials=...)`."""

    async def __call__(self) -> Token:
        """Return a new token."""
        ...


@public("aiokube.config")
@hides_fields
@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class AuthProvider(Redacted):
    """The `auth-provider` of a user; only `oidc` is supported. Its repr contains no values of `config`."""

    name: str
    config: Mapping[str, str] = field(default_factory=dict, metadata=SECRET_VALUES)
    source: Path | None = None
    """The kubeconfig file, for refreshed tokens; None if the config was not read from a file."""

    def __post_init__(self) -> None:
        validation.types.instance(self.name, str, "a string", "auth_provider: name")
        if self.name != "oidc":
            raise ConfigError(f"auth_provider: name: {self.name!r:.80} is not supported; only 'oidc' is")
        object.__setattr__(self, "config", validation.types.text_map(self.config, "auth_provider: config"))
        if self.source is not None:
            object.__setattr__(self, "source", validation.types.path(self.source, "auth_provider: source"))


@public("aiokube.config")
@dataclass(frozen=True, kw_only=True, slots=True)
class Impersonation:
    """The user to impersonate, with the `Impersonate-*` headers of every request.

    Raises:
        ConfigError: The user is empty, or a value does not fit into a header.
    """

    user: str
    uid: str | None = None
    groups: Texts = ()
    """Kept as a tuple."""
    extra: Mapping[str, Texts] = field(default_factory=dict)
    """Its values are kept as tuples."""

    def __post_init__(self) -> None:
        validation.types.instance(self.user, str, "a string", "impersonate: user")
        validation.types.text(self.uid, "impersonate: uid")
        object.__setattr__(self, "groups", validation.types.texts(self.groups, "impersonate: groups"))
        object.__setattr__(self, "extra", validation.types.texts_map(self.extra, "impersonate: extra"))
        if not self.user:
            raise ConfigError("impersonate: user: is missing; uid, groups and extra need it")
        validation.header_value(self.user, "impersonate: user")
        validation.header_value(self.uid or "", "impersonate: uid")
        for group in self.groups:
            validation.header_value(group, "impersonate: groups")
        if "" in self.extra:
            raise ConfigError("impersonate: extra: a key is empty")
        for key, values in self.extra.items():
            for value in values:
                validation.header_value(value, f"impersonate: extra[{key!r:.80}]")
