"""The kubelets of all nodes: each pod on a node goes on step by step, and every step is a status.

A step is made at once, unless something takes time: it is then made when the cluster's clock has come so far.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ..store import Change, Key, Object
from ..verbs.finalizing import is_finished, with_less_grace
from ..verbs.state import State
from .containers import FIRST_DELAY, LONGEST_DELAY, Container, Sandbox
from .events import Recorder
from .nodes import Nodes
from .statuses import status_of
from .storing import store

_MANAGER = "kubelet"


class Settings:
    """How all pods are treated."""

    def __init__(self) -> None:
        self.start_delay: float = 0.0
        """Seconds from a pod's arrival on its node until its first container starts, on the cluster's clock."""
        self.missing_images: set[str] = set()
        """Images that cannot be pulled. A container waits until the kubelet tries again, in 10 s, 20 s and so on, on
        the cluster's clock, and finds that its image is not among them any more."""
        self.completes_init_containers: bool = True
        """False lets init containers run until `finish`."""
        self.stops_at_once: bool = True
        """False lets a pod that is deleted run through its whole grace period, on the cluster's clock."""


class Kubelets:
    """The kubelets of all nodes.

    Args:
        state: The cluster.
        nodes: The nodes.
        events: Records what happens.
        settings: How pods are treated.
        later: Makes a call once the present request is done.
    """

    def __init__(
        self,
        state: State,
        nodes: Nodes,
        events: Recorder,
        settings: Settings,
        later: Callable[[Callable[[], None]], None],
    ) -> None:
        self._state = state
        self._nodes = nodes
        self._events = events
        self._settings = settings
        self._later = later
        self._sandboxes: dict[str, Sandbox] = {}
        self._hosts: dict[str, int] = {}
        """The last number in the network of each node."""
        self._free: dict[str, list[str]] = {}
        """Addresses of pods that are gone, by node."""
        self._unsubscribe = [
            state.store.subscribe("pods", self._on_pod),
            state.store.subscribe("nodes", self._on_node),
        ]

    def close(self) -> None:
        """Stop."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()

    def sandbox_of(self, pod: Object) -> Sandbox | None:
        """Return the containers of a pod; None if it is on no node."""
        return self._sandboxes.get(pod["metadata"]["uid"])

    def report(self, key: Key) -> None:
        """Report the containers of a pod as they are."""
        record = self._state.store.get("pods", key)
        if record is None or (sandbox := self.sandbox_of(record.obj)) is None:
            return
        pod = record.obj
        host = self._nodes.address(pod["spec"]["nodeName"])
        status = status_of(pod, sandbox, host, self._state.clock.timestamp())
        store(self._state, "pods", key, pod, {**pod, "status": status}, _MANAGER)

    def _on_pod(self, change: Change) -> None:
        pod = change.new.obj
        if change.type == "DELETED":
            sandbox = self._sandboxes.pop(pod["metadata"]["uid"], None)
            if sandbox is not None and not pod["spec"].get("hostNetwork"):
                self._free.setdefault(pod["spec"]["nodeName"], []).append(sandbox.address)
        elif pod["spec"].get("nodeName"):
            # What the kubelet itself reports brings it to the next step, too.
            self._later(lambda: self._sync(change.key))

    def _on_node(self, change: Change) -> None:
        if change.type == "ADDED":
            for key, record in self._state.store.records("pods"):
                if record.obj["spec"].get("nodeName") == change.key.name:
                    self._later(partial(self._sync, key))

    def _sync(self, key: Key) -> None:
        """Make the next step of a pod, and report it."""
        record = self._state.store.get("pods", key)
        if record is None:
            return
        pod = record.obj
        node = self._state.store.get("nodes", Key("", pod["spec"].get("nodeName", "")))
        if node is None or (pod["status"]["phase"] in ("Succeeded", "Failed") and self.sandbox_of(pod) is None):
            return
        sandbox = self.sandbox_of(pod)
        if sandbox is None:
            self._admit(key, pod)
        elif pod["metadata"].get("deletionTimestamp"):
            if not self._settings.stops_at_once:
                return
            if not any(one.is_running for one in sandbox.containers.values()):
                self._remove(key, pod)
                return
            sandbox.is_stopping = True
            self._stop(pod, sandbox)
        elif sandbox.has_network and not sandbox.is_stopping:
            self._step(pod, sandbox, key)
        self.report(key)

    def _admit(self, key: Key, pod: Object) -> None:
        sandbox = Sandbox(pod, self._state.clock.timestamp(), self._address(pod))
        self._sandboxes[pod["metadata"]["uid"]] = sandbox
        if (seconds := pod["spec"].get("activeDeadlineSeconds")) is not None:
            self._state.clock.call_later(seconds, lambda: self._exceed_deadline(key, sandbox))
        if self._settings.start_delay:
            self._state.clock.call_later(self._settings.start_delay, lambda: self._connect(key, sandbox))
        else:
            self._later(lambda: self._connect(key, sandbox))

    def _connect(self, key: Key, sandbox: Sandbox) -> None:
        sandbox.has_network = True
        self._sync(key)

    def _address(self, pod: Object) -> str:
        """Return the address of the node for a pod of its network, else one that no pod has."""
        node = pod["spec"]["nodeName"]
        if pod["spec"].get("hostNetwork"):
            return self._nodes.address(node)
        if free := self._free.get(node):
            return free.pop()
        host = self._hosts[node] = self._hosts.get(node, 1) + 1
        return f"10.{244 + host // 256}.{self._nodes.number(node)}.{host % 256}"

    def _step(self, pod: Object, sandbox: Sandbox, key: Key) -> None:
        sandbox.update(pod)
        if sandbox.has_finished:
            self._stop(pod, sandbox)
            return
        for container in sandbox.of("init", "sidecar"):
            if sandbox.is_initialized and container.role == "init":
                continue
            if container.role == "init" and container.is_running:
                if self._settings.completes_init_containers:
                    container.terminate(0, "", self._state.clock.timestamp())
                return
            if not container.is_running and not container.has_completed:
                self._start(key, pod, container)
                if not container.is_running or container.role == "init":
                    return
        for container in sandbox.of("main", "ephemeral"):
            image = _image_of(pod, container.name)
            if container.is_running and container.image != image:
                container.terminate(0, "", self._state.clock.timestamp())
                container.last_state, container.image = container.state, image
                self._run(pod, container)
            elif not container.is_running and not container.has_completed:
                self._start(key, pod, container)

    def _start(self, key: Key, pod: Object, container: Container) -> None:
        """Start a container; or let it wait, and try again later."""
        if container.is_held:
            return
        if container.exit_code is not None:
            container.last_state = container.state
            if delay := container.back_off(self._state.clock.seconds()):
                name = f"{key.name}_{key.namespace}({pod['metadata']['uid']})"
                text = f"back-off {_duration(delay)} restarting failed container={container.name} pod={name}"
                container.wait("CrashLoopBackOff", text)
                text = f"Back-off restarting failed container {container.name} in pod {name}"
                self._events.by_kubelet(pod, container.name, "Warning", "BackOff", text)
                self._hold(key, container, delay)
                return
        if container.image not in self._settings.missing_images:
            self._run(pod, container)
        elif container.state.get("waiting", {}).get("reason") == "ErrImagePull":
            text = f'Back-off pulling image "{container.image}"'
            container.wait("ImagePullBackOff", text)
            container.delay = min(LONGEST_DELAY, container.delay * 2 or FIRST_DELAY)
            self._events.by_kubelet(pod, container.name, "Normal", "BackOff", text)
            self._hold(key, container, container.delay)
        else:
            problem = f'failed to pull and unpack image "{container.image}": not found'
            container.wait("ErrImagePull", problem)
            text = f'Failed to pull image "{container.image}": {problem}'
            self._events.by_kubelet(pod, container.name, "Warning", "Failed", text)

    def _run(self, pod: Object, container: Container) -> None:
        container.start(pod, self._state.clock.timestamp(), self._state.clock.seconds())
        text = f'Container image "{container.image}" already present on machine and can be accessed by the pod'
        for reason, message in (("Pulled", text), ("Created", "Container created"), ("Started", "Container started")):
            self._events.by_kubelet(pod, container.name, "Normal", reason, message)

    def _hold(self, key: Key, container: Container, seconds: float) -> None:
        """Do not start a container for a while."""

        def release() -> None:
            container.is_held = False
            self._sync(key)

        container.is_held = True
        self._state.clock.call_later(seconds, release)

    def _exceed_deadline(self, key: Key, sandbox: Sandbox) -> None:
        record = self._state.store.get("pods", key)
        if record is None or self.sandbox_of(record.obj) is not sandbox or sandbox.has_finished:
            return
        self._stop(record.obj, sandbox, 137)
        sandbox.reason = "DeadlineExceeded"
        sandbox.message = "Pod was active on the node longer than the specified deadline"
        self._sync(key)

    def _stop(self, pod: Object, sandbox: Sandbox, exit_code: int = 0) -> None:
        for container in sandbox.containers.values():
            if container.is_running:
                container.terminate(exit_code, "", self._state.clock.timestamp())
                text = f"Stopping container {container.name}"
                self._events.by_kubelet(pod, container.name, "Normal", "Killing", text)

    def _remove(self, key: Key, pod: Object) -> None:
        """Let the API server remove a pod whose containers have stopped."""
        last = {**pod, "metadata": with_less_grace(pod["metadata"], 0)}
        if is_finished(last):
            self._state.store.remove("pods", key, last)
        elif last != pod:
            self._state.store.put("pods", key, last)


def _image_of(pod: Object, name: str) -> str:
    found = (one for field in ("containers", "ephemeralContainers") for one in pod["spec"].get(field) or ())
    return next((one.get("image", "") for one in found if one["name"] == name), "")


def _duration(seconds: int) -> str:
    """Return a duration as Go writes it: 10s, 2m40s."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
