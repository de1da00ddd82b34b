"""Credentials from an exec plugin: a command that the kubeconfig names, such as a cloud provider's."""

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
from ...errors import ClientClosed, ConfigError
from . import exec_credential
from . import plugin_process as process
from .credentials import Credential
from .exec_credential import Reply
from .plugin_policy import PluginPolicy
from .single_flight import SingleFlight

_log = logging.getLogger("aiokube.auth")


TIMEOUT = 60.0
"""Seconds that a plugin gets."""
INTERACTIVE_TIMEOUT = 900.0
"""Seconds that a plugin at a terminal gets: a person may have to log in, and device codes are good for 15 minutes."""

_LEEWAY = 60.0
"""Seconds before its expiry that a credential is renewed, so that no request arrives with one that has just expired."""
_LEEWAY_SHARE = 0.25
"""At most this part of the time that it was good for on arrival: else a plugin that hands out short-lived credentials,
or the rest of a cached one's life, would run for every request."""

_ALLOW_ALL = PluginPolicy.allow_all()


@dataclass(slots=True)
class _Held:
    """The credential in use."""

    credential: Credential
    expires: float
    renew_at: float


class ExecPlugin:
    """Credentials that a plugin prints, kept until a minute before they expire or until the server refuses them.

    The plugin runs once for all requests that wait for it, and is killed, with its children, when nobody waits any
    more. It is executed directly, never through a shell. A renewal ahead of time that fails leaves the credential in
    use until it expires.

    Args:
        plugin: what to run.
        config: the cluster and user that it is for.
        policy: which plugins may run.
        timeout: seconds that the plugin gets; by default 60, and 900 when it is connected to a terminal.
        clock: the time, in seconds since the epoch.
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
        """The credential of the next request; runs the plugin when there is none, or only an expiring one.

        Raises:
            ConfigError: the plugin may not run, cannot run, fails, or answers with what is no credential.
            ClientClosed: the client was closed.
        """
        if self._closed:
            raise ClientClosed("the client is closed: make a new one, and use it inside its `async with`")
        if self._held is not None and self._clock() < self._held.renew_at:
            return self._held.credential
        if self._flight is None or not self._flight.is_open:
            self._flight = SingleFlight(self._renew())
        return await self._flight.wait()

    def refused(self, credential: Credential) -> None:
        """Run the plugin again for the next request, unless that has happened since."""
        if self._held is not None and credential is self._held.credential:
            self._held = None

    async def close(self) -> None:
        """Kill the plugin if it runs."""
        self._closed = True
        self._held = None
        if self._flight is not None:
            await self._flight.end()

    async def _renew(self) -> Credential:
        try:
            reply = await self._run()
        except ConfigError as error:
            held = self._held
            if held is None or held.expires <= self._clock():
                raise
            # One try ahead of time is enough: the next would make every request wait for a plugin that hangs.
            held.renew_at = held.expires
            _log.warning("using the last credential until it expires: %s", error)
            return held.credential
        left = reply.expires - self._clock()
        if left <= 0:
            _log.warning(
                "%s answered with a credential that expired at %s; is the clock right?",
                self._place,
                datetime.fromtimestamp(reply.expires, UTC).isoformat(),
            )
        leeway = min(_LEEWAY, left * _LEEWAY_SHARE)
        self._held = _Held(reply.credential, reply.expires, reply.expires - leeway)
        return reply.credential

    async def _run(self) -> Reply:
        terminal = self._terminal()
        timeout = self._timeout
        if timeout is None:
            timeout = TIMEOUT if terminal is None else INTERACTIVE_TIMEOUT
        # PATH and the CA may be on a file system that makes one wait.
        path, environ = await asyncio.to_thread(self._prepare, interactive=terminal is not None)
        try:
            outcome = await process.run(
                [path, *self._plugin.args], environ=environ, terminal=terminal, time_limit=timeout
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            interpreter = (
                " (is the interpreter on its first line there?)" if isinstance(error, FileNotFoundError) else ""
            )
            raise ConfigError(f"{self._place} cannot be started as {path}: {reason}{interpreter}") from error
        said = f"; it said: {outcome.complaint}" if outcome.complaint else ""
        if outcome.failure:
            raise ConfigError(f"{self._place} {outcome.failure}{said}")
        try:
            reply = exec_credential.reply(outcome.stdout, api_version=self._plugin.api_version, place=self._place)
        except ConfigError as error:
            raise ConfigError(f"{error}{said}") from error.__cause__
        if said:
            _log.warning("%s%s", self._place, said)
        return reply

    def _terminal(self) -> int | None:
        """The file descriptor of the terminal that the plugin reads from; None when it reads nothing."""
        if self._plugin.interactive_mode == "Never":
            return None
        # It is None in a process without a console, and closed in a daemon.
        if sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty():
            return sys.stdin.fileno()
        if self._plugin.interactive_mode == "Always":
            raise ConfigError(
                f"{self._place} needs a terminal (interactiveMode: Always), and standard input is not one; "
                "run this at a terminal, or use a plugin that asks nothing"
            )
        return None

    def _prepare(self, *, interactive: bool) -> tuple[str, dict[str, str]]:
        """The file to execute, and its environment."""
        plugin = self._plugin
        path = process.find(plugin.command)
        self._policy.check(plugin.command, path, place=self._place, find=process.find)
        if path is None:
            raise ConfigError(self._not_found())
        request = exec_credential.request(plugin, self._config, interactive=interactive)
        return path, {**os.environ, **plugin.env, "KUBERNETES_EXEC_INFO": request}

    def _not_found(self) -> str:
        command = self._plugin.command
        hint = f"\n\n{self._plugin.install_hint}" if self._plugin.install_hint else ""
        if os.path.isfile(command) and os.path.isabs(command):
            return f"{self._place} cannot be run: {command} is not executable; use `chmod +x`{hint}"
        where = "there is no such file" if os.path.isabs(command) else "it is not in PATH"
        return f"{self._place} is not found: {where}; install it{hint}"
