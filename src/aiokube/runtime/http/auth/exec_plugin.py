"""Credentials from an exec plugin, a command that the kubeconfig specifies."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from ...config.config import Config
from ...config.identity import ExecConfig
from ...config.secret import SecretMap, SecretText
from ...errors import ClientClosed, ConfigError
from . import exec_credential
from . import plugin_process as process
from .credentials import Credential
from .exec_credential import PluginOutput
from .plugin_policy import PluginPolicy
from .single_flight import SingleFlight

_log = logging.getLogger("aiokube.auth")


TIMEOUT_S = 60.0
"""Timeout of a plugin without a terminal."""
INTERACTIVE_TIMEOUT_S = 900.0
"""Timeout of a plugin with a terminal: its user may have to log in, and device codes are valid for 15 minutes."""

_LEEWAY_S = 60.0
"""Time before its expiry when a credential is renewed, so that no request arrives with an expired one."""
_MAX_LEEWAY_RATIO = 0.25
"""Maximum ratio of that time to the remaining lifetime of a new credential. Without it, a plugin whose credentials are
short-lived, or cached until shortly before their expiry, would run for every request."""

_ALLOW_ALL = PluginPolicy.allow_all()


@dataclass(slots=True)
class _Held:
    """A credential and its times, in seconds since the epoch."""

    credential: Credential
    expires: float
    renew_at: float


class ExecPlugin:
    """Credentials that a plugin prints, kept until a minute before they expire, or until the server rejects them.

    Requests that need a credential at the same time share one run of the plugin. When all of them are cancelled, the
    plugin and its children are killed. The plugin is executed directly, never through a shell. If a renewal before
    the expiry fails, the credential stays in use until it expires.

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
        self._plugin = plugin
        self._config = config
        self._policy = policy
        self._timeout = timeout
        self._clock = clock
        self._place = exec_credential.place_of(plugin, config)
        self._held: _Held | None = None
        self._flight: SingleFlight[Credential] | None = None
        self._closed = False

    async def get(self) -> Credential:
        """Return the credential for the next request; runs the plugin if there is none, or if it expires soon.

        Raises:
            ConfigError: The plugin is not allowed, was not found, failed, or did not print a credential.
            ClientClosed: The client is closed.
        """
        if self._closed:
            raise ClientClosed("the client is closed; create a new one and use it with `async with`")
        if self._held is not None and self._clock() < self._held.renew_at:
            return self._held.credential
        if self._flight is None or not self._flight.is_open:
            self._flight = SingleFlight(self._renew())
        return await self._flight.wait()

    def refused(self, credential: Credential) -> None:
        """Run the plugin again for the next request, unless the credential has been renewed already."""
        if self._held is not None and credential is self._held.credential:
            self._held = None

    async def close(self) -> None:
        """Kill the plugin if it is running."""
        self._closed = True
        self._held = None
        if self._flight is not None:
            await self._flight.end()

    async def _renew(self) -> Credential:
        try:
            output = await self._run()
        except ConfigError as error:
            held = self._held
            if held is None or held.expires <= self._clock():
                raise
            # No second attempt before the expiry, because every request would wait for a plugin that hangs.
            held.renew_at = held.expires
            _log.warning("using the last credential until it expires: %s", error)
            return held.credential
        left = output.expires - self._clock()
        if left <= 0:
            _log.warning(
                "%s printed a credential that expired at %s; is the clock right?",
                self._place,
                datetime.fromtimestamp(output.expires, UTC).isoformat(),
            )
        leeway = min(_LEEWAY_S, left * _MAX_LEEWAY_RATIO)
        self._held = _Held(output.credential, output.expires, output.expires - leeway)
        return output.credential

    async def _run(self) -> PluginOutput:
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
