"""The scheduler, the nodes and the kubelets of a cluster, and the order of their work."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from ..store import Key, Object
from ..verbs.state import State
from .containers import Sandbox
from .events import Recorder
from .kubelets import Kubelets, Settings
from .nodes import FIRST_NODES, Nodes
from .scheduler import Scheduler


class Runtime:
    """The scheduler and the kubelets of a cluster.

    Args:
        state: The cluster.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._due: deque[Callable[[], None]] = deque()
        self._kubelets: Kubelets | None = None

    def start(self, settings: Settings) -> Callable[[], None]:
        """Register the first nodes, and let pods run; return what ends that."""
        nodes = Nodes(self._state, self._later)
        events = Recorder(self._state)
        scheduler = Scheduler(self._state, events, self._later)
        self._kubelets = kubelets = Kubelets(self._state, nodes, events, settings, self._later)
        for name in FIRST_NODES:
            nodes.add(name)

        def stop() -> None:
            for one in (nodes, scheduler, kubelets):
                one.close()
            self._due.clear()
            self._kubelets = None

        return stop

    def sandbox_of(self, pod: Object) -> Sandbox | None:
        """Return the containers of a pod; None if it is on no node."""
        return self._kubelets.sandbox_of(pod) if self._kubelets is not None else None

    def report(self, key: Key) -> None:
        """Report the containers of a pod, and do all that follows from it."""
        if self._kubelets is not None:
            self._kubelets.report(key)
        self.settle()

    def settle(self) -> None:
        """Do all work that is due."""
        while self._due:
            self._due.popleft()()

    def _later(self, call: Callable[[], None]) -> None:
        # After the answer to the request that has made it necessary.
        if not self._due:
            asyncio.get_running_loop().call_soon(self.settle)
        self._due.append(call)
