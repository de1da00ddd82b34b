"""The parts of a configuration; the configuration itself is `aiokube.Config`."""

from .runtime.config.identity import AuthProvider, ExecConfig, Impersonation
from .runtime.http.auth.plugin_policy import PluginPolicy

__all__ = ["AuthProvider", "ExecConfig", "Impersonation", "PluginPolicy"]
