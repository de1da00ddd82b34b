"""The configuration of a client: from a kubeconfig, from memory, or from the pod's service account."""

from __future__ import annotations

from ..errors import ConfigError, NotInCluster
from .config import Config
from .identity import AuthProvider, ExecConfig, Impersonation

__all__ = ["AuthProvider", "Config", "ConfigError", "ExecConfig", "Impersonation", "NotInCluster"]
