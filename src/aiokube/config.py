"""The types of the fields of `aiokube.Config`, and the policy for exec plugins."""

from .runtime.config.identity import AuthProvider, ExecConfig, Impersonation
from .runtime.http.auth.plugin_policy import PluginPolicy

__all__ = ["AuthProvider", "ExecConfig", "Impersonation", "PluginPolicy"]
