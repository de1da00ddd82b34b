"""`cluster.pods`: how pods go on, as a test decides it."""

from __future__ import annotations

from collections.abc import Callable

from ...runtime.arguments import types
from ...runtime.errors import ConfigError, InvalidArgument
from ...runtime.public import public
from ..logs import Line, Logs
from ..store import Key, Object
from ..threads import Thread, on_its_thread
from ..verbs.state import State
from .containers import Container, Sandbox
from .kubelets import Settings
from .runtime import Runtime


@public("aiokube.testing")
@on_its_thread
class Pods(Settings):
    """The pods of a cluster with `pods_run=True`.

    The scheduler binds a pod to a node: `node-1`, `node-2`, or one that you have created. It knows node selectors,
    node affinity, taints, cordons, and what pods request: a node has 8 cpus, 32Gi of memory and room for 110 pods,
    unless you change its status. A pod that no node fits has the condition `PodScheduled` with the reason
    `Unschedulable`; none makes way for another. The kubelet then starts its containers: those of `initContainers` one
    after the other, each to its end, then the others, which are ready and run until `finish`. `restartPolicy` is
    followed, with the delays of `CrashLoopBackOff` on the cluster's clock. A pod that is deleted stops at once. Both
    record events, as `Scheduled` and `BackOff`.

    Attributes to set: `start_delay` delays the start of pods, by seconds of the cluster's clock; images in
    `missing_images` cannot be pulled; `completes_init_containers = False` lets init containers run until `finish`, and
    `stops_at_once = False` lets pods that are deleted run through their grace periods.

    Args:
        state: The cluster.
        logs: The logs of its containers.
        runtime: What makes pods run; None if they do not.
        thread: Returns the thread of the cluster; None if it has none of its own.
    """

    def __init__(self, state: State, logs: Logs, runtime: Runtime | None, thread: Callable[[], Thread | None]) -> None:
        super().__init__()
        self._its_thread = thread
        self._state = state
        self._logs = logs
        self._runtime = runtime

    @property
    def _thread(self) -> Thread | None:
        return self._its_thread()

    def finish(
        self, name: str, *, exit_code: int = 0, reason: str = "", container: str = "", namespace: str = "default"
    ) -> None:
        """Let the containers of a pod end, as their programs do. What follows, such as a restart, is done at once.

        Args:
            name: Name of the pod.
            exit_code: The exit code, 0 to 255.
            reason: The reason, such as `OOMKilled`. Default: `Completed` for 0, else `Error`.
            container: Only this one. Default: all that run, but for sidecars.
            namespace: The namespace of the pod.

        Raises:
            ConfigError: The cluster was made without `pods_run=True`.
            InvalidArgument: There is no such pod or container, or it does not run, or the exit code is invalid.
        """
        if isinstance(exit_code, bool) or not isinstance(exit_code, int) or not 0 <= exit_code <= 255:
            raise InvalidArgument(f"exit_code: must be 0 to 255, not {exit_code!r}")
        key, sandbox = self._sandbox(name, namespace)
        running = [one for one in _containers(key, sandbox, container) if one.is_running]
        if not running:
            raise InvalidArgument(f"{_subject(key, container)} does not run: {_states(sandbox)}")
        for one in running:
            one.terminate(exit_code, reason, self._state.clock.timestamp())
        self._report(key)

    def set_ready(self, name: str, ready: bool, *, container: str = "", namespace: str = "default") -> None:
        """Let the readiness probes of a pod succeed, which they do by default, or fail.

        Args:
            name: Name of the pod.
            ready: The result of the probes.
            container: Only of this container. Default: of all but sidecars.
            namespace: The namespace of the pod.

        Raises:
            ConfigError: The cluster was made without `pods_run=True`.
            InvalidArgument: There is no such pod or container, or `ready` is neither True nor False.
        """
        types.flag(ready, "ready")
        key, sandbox = self._sandbox(name, namespace)
        for one in _containers(key, sandbox, container):
            one.passes_probe = ready
        self._report(key)

    def write_log(self, name: str, text: str | bytes, *, container: str = "", namespace: str = "default") -> None:
        """Write lines to the log of a container.

        Args:
            name: Name of the pod.
            text: One or several lines; the last line break may be left out.
            container: Name of the container; may be left out if there is one only.
            namespace: The namespace of the pod.

        Raises:
            InvalidArgument: There is no such pod or container, it has not been started, or `text` is no text.
        """
        types.instance(text, (str, bytes), "a string or bytes", "text")
        if self._runtime is not None:
            self._runtime.settle()
        record = self._state.store.get("pods", Key(namespace, name))
        if record is None:
            raise self._no_pod(Key(namespace, name))
        container_id = _container_id(record.obj, container)
        raw = text.encode() if isinstance(text, str) else text
        for line in raw.removesuffix(b"\n").split(b"\n"):
            self._logs.add(container_id, Line(self._state.clock.now(), line + b"\n"))

    def _sandbox(self, name: str, namespace: str) -> tuple[Key, Sandbox]:
        if self._runtime is None:
            raise ConfigError("pods do not run in this cluster; make it with FakeCluster(pods_run=True)")
        self._runtime.settle()
        key = Key(namespace, name)
        record = self._state.store.get("pods", key)
        if record is None:
            raise self._no_pod(key)
        sandbox = self._runtime.sandbox_of(record.obj)
        if sandbox is None:
            raise InvalidArgument(f"name: pod {_named(key)} is on no node, and has not been started")
        return key, sandbox

    def _no_pod(self, key: Key) -> InvalidArgument:
        others = [other.namespace for other, _ in self._state.store.records("pods") if other.name == key.name]
        hint = f"; there is one in {others[0]}: pass namespace={others[0]!r}" if others else ""
        return InvalidArgument(f"name: there is no pod {_named(key)}{hint}")

    def _report(self, key: Key) -> None:
        assert self._runtime is not None
        self._runtime.report(key)


def _containers(key: Key, sandbox: Sandbox, name: str) -> list[Container]:
    if not name:
        return list(sandbox.of("init", "main"))
    if name not in sandbox.containers:
        known = ", ".join(sandbox.containers)
        raise InvalidArgument(f"container: pod {_named(key)} has no container {name!r}; it has {known}")
    return [sandbox.containers[name]]


def _container_id(pod: Object, name: str) -> str:
    """Return the id of the container of a pod that runs, or has run last."""
    key = Key(pod["metadata"]["namespace"], pod["metadata"]["name"])
    fields = ("initContainers", "containers", "ephemeralContainers")
    names = [one["name"] for field in fields for one in pod["spec"].get(field) or ()]
    if not name and len(pod["spec"]["containers"]) == 1:
        name = pod["spec"]["containers"][0]["name"]
    if name not in names:
        problem = f"has no container {name!r}; it has" if name else "has several containers; name one of"
        raise InvalidArgument(f"container: pod {_named(key)} {problem} {', '.join(names)}")
    statuses = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")
    for field in statuses:
        for one in (pod.get("status") or {}).get(field) or ():
            if one["name"] == name and one.get("containerID"):
                return str(one["containerID"])
    raise InvalidArgument(f"container: {name} of pod {_named(key)} has not been started, and has no log")


def _subject(key: Key, container: str) -> str:
    return f"container: {container} of pod {_named(key)}" if container else f"name: pod {_named(key)}"


def _named(key: Key) -> str:
    return f"{key.namespace}/{key.name}"


def _states(sandbox: Sandbox) -> str:
    shown = []
    for one in sandbox.containers.values():
        ((state, detail),) = one.state.items()
        shown.append(f"{one.name} is {state}" + (f" ({detail['reason']})" if "reason" in detail else ""))
    return ", ".join(shown)
