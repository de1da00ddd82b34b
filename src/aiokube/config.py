"""The types of the fields of `aiokube.Config`, its contexts, the policy for exec plugins, and tokens of the program."""

from .runtime.config.identity import AuthProvider, Context, ExecConfig, Impersonation, Token, TokenSource
from .runtime.http.auth.plugin_policy import PluginPolicy

__all__ = ["AuthProvider", "Context", "ExecConfig", "Impersonation", "PluginPolicy", "Token", "TokenSource"]
