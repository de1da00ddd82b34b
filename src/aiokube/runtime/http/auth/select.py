"""The choice of credentials from a config."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...config import validation
from ...config.config import Config
from ...errors import ConfigError
from .credentials import Credential, Credentials, FixedCredentials, basic, bearer

if TYPE_CHECKING:
    from ...config.identity import TokenSource
    from ..transport import Transport
    from .plugin_policy import PluginPolicy


def select_credentials(
    config: Config,
    policy: PluginPolicy | None = None,
    *,
    source: TokenSource | None = None,
    connect: Callable[[Config], Transport],
) -> Credentials:
    """Return the credentials of the user, by the precedence of client-go.

    Args:
        config: The config.
        policy: The exec plugins that may run; None allows all.
        source: Source of tokens, instead of the credentials of the config.
        connect: Factory of the transport to an identity provider.

    Raises:
        ConfigError: The credentials cannot be used.
    """
    if policy is not None:
        from .plugin_policy import PluginPolicy

        validation.types.instance(policy, PluginPolicy, "a PluginPolicy", "plugin_policy")
    if source is not None:
        from .token_source import SourceOfTokens

        validation.types.function(source, "credentials")
        if not config.is_tls:
            raise ConfigError(f"credentials: {config.server} does not use TLS and would expose them; use https://")
        return SourceOfTokens(source)
    if config.token_file is not None:
        from .token_file import TokenFile

        return TokenFile(config.token_file, fallback=config.token)
    if config.token is not None:
        return FixedCredentials(bearer(config.token))
    if config.username is not None:
        header = basic(config.username, config.password or "")
        return FixedCredentials(Credential(headers={"Authorization": header}))
    if config.auth_provider is not None:
        from .oidc.provider import OpenIDConnect

        return OpenIDConnect(config.auth_provider, connect=connect)
    if config.exec is not None and not config.has_client_certificate:
        from .exec_plugin import ExecPlugin
        from .plugin_policy import PluginPolicy

        return ExecPlugin(config.exec, config, policy=policy or PluginPolicy.allow_all())
    return FixedCredentials(Credential())
