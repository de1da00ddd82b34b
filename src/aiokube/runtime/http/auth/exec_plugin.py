"""Credentials from an exec plugin, a command that the kubeconfig specifies."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable

from ...config.config import Config
from ...config.identity import ExecConfig
from ...errors import ConfigError
from ...secret import SecretMap, SecretText
from . import exec_credential
from . import plugin_process as process
from .plugin_policy import PluginPolicy
from .renewed import Fetched, RenewedCredentials

_log = logging.getLogger("aiokube.auth")


TIMEOUT_S = 60.0
"""Timeout of a plugin without a terminal."""
INTERACTIVE_TIMEOUT_S = 900.0
"""Timeout of a plugin with a terminal: its user may have to log in, and device codes are valid for 15 minutes."""

_ALLOW_ALL = PluginPolicy.allow_all()


class ExecPlugin(RenewedCredentials):
    """Credentials that a plugin prints.

    When all requests that wait for the plugin are cancelled, or the client is closed, the plugin and its children are
    killed. The plugin is executed directly, never through a shell.

    Args:
        plugin: The plugin.
        config: The cluster and the user.
        policy: The plugins that may run; all by default.
        timeout: Timeout of the plugin in seconds; by default 60, or 900 if it is connected to a terminal.
        clock: Clock in seconds since the epoch.
    """

    def __init__(
        self,
        plugin: ExecConfig,
        config: Config,
        *,
        policy: PluginPolicy = _ALLOW_ALL,
        timeout: float | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(exec_credential.place_of(plugin, config), clock=clock)
        self._plugin = plugin
        self._config = config
        self._policy = policy
        self._timeout = timeout

    async def _fetch(self) -> Fetched:
        terminal = self._terminal()
        timeout = self._timeout
        if timeout is None:
            timeout = TIMEOUT_S if terminal is None else INTERACTIVE_TIMEOUT_S
        # In a thread, because PATH and the CA may be on a slow file system.
        path, environ = await asyncio.to_thread(self._prepare, interactive=terminal is not None)
        try:
            outcome = await process.run(
                [path, *map(SecretText, self._plugin.args)], environ=environ, terminal=terminal, time_limit=timeout
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            interpreter = (
                " (does the interpreter on its first line exist?)" if isinstance(error, FileNotFoundError) else ""
            )
            # Not chained, because the frames of `subprocess` hold the environment.
            raise ConfigError(f"{self._place} cannot be started as {path}: {reason}{interpreter}") from None
        stderr = f"; stderr: {outcome.complaint}" if outcome.complaint else ""
        if outcome.failure:
            raise ConfigError(f"{self._place} {outcome.failure}{stderr}")
        try:
            output = exec_credential.parse_output(
                outcome.stdout, api_version=self._plugin.api_version, place=self._place
            )
        except ConfigError as error:
            raise ConfigError(f"{error}{stderr}") from None
        if outcome.complaint:
            _log.warning("%s wrote to stderr: %s", self._place, outcome.complaint)
        return output

    def _terminal(self) -> int | None:
        """Return the file descriptor of the plugin's terminal; None to run it without one."""
        if self._plugin.interactive_mode == "Never":
            return None
        # sys.stdin is None in a process without a console, and closed in a daemon.
        if sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty():
            return sys.stdin.fileno()
        if self._plugin.interactive_mode == "Always":
            raise ConfigError(
                f"{self._place} needs a terminal (interactiveMode: Always), but standard input is not one; "
                "run this program in a terminal, or use a plugin that is not interactive"
            )
        return None

    def _prepare(self, *, interactive: bool) -> tuple[str, dict[str, str]]:
        """Return the file to execute and its environment."""
        plugin = self._plugin
        path = process.find(plugin.command)
        self._policy.check(plugin.command, path, place=self._place, find=process.find)
        if path is None:
            raise ConfigError(self._not_found())
        exec_info = exec_credential.exec_info(plugin, self._config, interactive=interactive)
        return path, SecretMap({**os.environ, **plugin.env, "KUBERNETES_EXEC_INFO": exec_info})

    def _not_found(self) -> str:
        command = self._plugin.command
        hint = f"\n\n{self._plugin.install_hint}" if self._plugin.install_hint else ""
        if os.path.isfile(command) and os.path.isabs(command):
            return f"{self._place} cannot be run: {command} is not executable; use `chmod +x`{hint}"
        reason = "the file does not exist" if os.path.isabs(command) else "it is not in PATH"
        return f"{self._place} was not found: {reason}; install it{hint}"
