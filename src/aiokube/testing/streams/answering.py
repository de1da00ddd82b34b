"""The subresources that stream, by their names."""

from __future__ import annotations

from aiohttp import web

from ..authorization.attributes import Attributes
from ..call import Call
from ..logs import Logs
from ..verbs.state import State
from .channels import Connected
from .commands import run_command
from .ports import forward_ports
from .proxying import answer_proxy
from .reading import read_log
from .sessions import Functions

STREAMED = frozenset({"exec", "attach", "log", "portforward", "proxy"})
"""The subresources that stream."""


_UPGRADED = frozenset({"exec", "attach", "portforward"})


class Streams:
    """Functions of the test that stand for the programs in pods.

    Args:
        state: The cluster.
        logs: The logs of its containers.
        functions: The functions of the test.
    """

    def __init__(self, state: State, logs: Logs, functions: Functions) -> None:
        self._state = state
        self._logs = logs
        self._functions = functions

    async def answer(self, request: web.BaseRequest, call: Call, connected: Connected) -> web.StreamResponse:
        """Answer a request for a subresource that streams.

        Args:
            request: The request.
            call: The request, understood.
            connected: Waits while a partition lets nothing pass.

        Raises:
            Failure: It is refused.
        """
        if call.subresource in _UPGRADED:
            # Whatever the method, as a WebSocket begins with GET.
            place = {"resource": call.resource.plural, "namespace": call.namespace, "name": call.name}
            self._state.authorizer.check(call.user, Attributes(verb="create", subresource=call.subresource, **place))
        functions = self._functions
        match call.subresource:
            case "exec":
                return await run_command(self._state, request, call, functions.exec, connected)
            case "attach":
                return await run_command(self._state, request, call, functions.attach, connected)
            case "portforward":
                return await forward_ports(self._state, request, call, functions.port_forward, connected)
            case "proxy":
                return await answer_proxy(self._state, request, call, functions.proxy, connected)
        return await read_log(self._state, self._logs, request, call, connected)
