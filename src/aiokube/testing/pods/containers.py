"""Containers of a pod on its node, and their states: waiting, running, terminated."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from ..store import Object

Role = Literal["init", "sidecar", "main", "ephemeral"]

FIRST_DELAY = 10
"""Seconds before the second restart of a container, and before an image is pulled again; doubled each time."""

LONGEST_DELAY = 300
"""The longest of these delays in seconds; a container that ran for twice as long begins anew."""


@dataclass
class Container:
    """A container on its node."""

    name: str
    role: Role
    image: str
    restart_policy: str
    """`Always`, `OnFailure` or `Never`: its own, or that of the pod."""
    state: Object
    last_state: Object = field(default_factory=dict)
    id: str = ""
    restarts: int = 0
    passes_probe: bool = True
    """False while its readiness probe fails."""
    delay: int = 0
    """Seconds of the next delay; 0 for the first time."""
    since: float = 0.0
    """When it started, on the cluster's clock."""
    is_held: bool = False
    """True while it waits for its next start."""

    @property
    def is_running(self) -> bool:
        """True while it runs."""
        return "running" in self.state

    @property
    def exit_code(self) -> int | None:
        """The exit code of a terminated container; None for any other."""
        return self.state["terminated"]["exitCode"] if "terminated" in self.state else None

    @property
    def is_ready(self) -> bool:
        """True if it is ready; an init container, once it has succeeded."""
        if self.role == "init":
            return self.exit_code == 0
        return self.is_running and self.passes_probe and self.role != "ephemeral"

    @property
    def restarts_now(self) -> bool:
        """True if it has terminated, and is to be started again."""
        if self.role == "ephemeral" or self.exit_code is None:
            return False
        if self.role == "init" and self.exit_code == 0:
            return False
        return self.restart_policy == "Always" or (self.restart_policy == "OnFailure" and self.exit_code != 0)

    @property
    def has_completed(self) -> bool:
        """True if it has terminated for good."""
        return self.exit_code is not None and not self.restarts_now

    def wait(self, reason: str, message: str = "") -> None:
        """Let it wait."""
        self.state = {"waiting": {"reason": reason, **({"message": message} if message else {})}}

    def start(self, pod: Object, timestamp: str, seconds: float) -> None:
        """Start it, or start it again."""
        if self.id:
            self.restarts += 1
        text = f"{pod['metadata']['uid']}/{self.name}/{self.restarts}"
        self.id = f"containerd://{hashlib.sha256(text.encode()).hexdigest()}"
        self.state = {"running": {"startedAt": timestamp}}
        self.since = seconds

    def terminate(self, exit_code: int, reason: str, timestamp: str) -> None:
        """Let it end."""
        self.state = {
            "terminated": {
                "exitCode": exit_code,
                "reason": reason or ("Completed" if exit_code == 0 else "Error"),
                "startedAt": self.state["running"]["startedAt"],
                "finishedAt": timestamp,
                "containerID": self.id,
            }
        }

    def back_off(self, seconds: float) -> int:
        """Return the delay before it is started again, in seconds, and make the next one longer."""
        if seconds - self.since >= 2 * LONGEST_DELAY:
            self.delay = 0
        delay, self.delay = self.delay, min(LONGEST_DELAY, self.delay * 2 or FIRST_DELAY)
        return delay


class Sandbox:
    """The containers of a pod on its node.

    Args:
        pod: The pod.
        started: When the kubelet saw it, as a timestamp.
        address: Its IP address, once its network is there.
    """

    def __init__(self, pod: Object, started: str, address: str) -> None:
        self.started = started
        self.address = address
        self.has_network = False
        self.is_stopping = False
        self.reason = ""
        """Why the whole pod has failed, such as `DeadlineExceeded`."""
        self.message = ""
        waiting = "PodInitializing" if pod["spec"].get("initContainers") else "ContainerCreating"
        self.containers: dict[str, Container] = {}
        for name in ("initContainers", "containers"):
            for spec in pod["spec"].get(name) or ():
                self._add(pod, spec, _role(name, spec), waiting)
        self.update(pod)

    def update(self, pod: Object) -> None:
        """Take ephemeral containers that have been added."""
        for spec in pod["spec"].get("ephemeralContainers") or ():
            if spec["name"] not in self.containers:
                self._add(pod, spec, "ephemeral", "ContainerCreating")

    def _add(self, pod: Object, spec: Object, role: Role, waiting: str) -> None:
        policy = spec.get("restartPolicy") or pod["spec"].get("restartPolicy", "Always")
        if role == "init" and policy == "Always":
            policy = "OnFailure"
        state = {"waiting": {"reason": waiting}}
        self.containers[spec["name"]] = Container(spec["name"], role, spec.get("image", ""), policy, state)

    def of(self, *roles: Role) -> Iterator[Container]:
        """Return the containers with a role, in the order of the spec."""
        return (one for one in self.containers.values() if one.role in roles)

    @property
    def is_initialized(self) -> bool:
        """True once the init containers have succeeded and the sidecars run, or once a main container has run."""
        done = all(one.exit_code == 0 if one.role == "init" else bool(one.id) for one in self.of("init", "sidecar"))
        return done or any(one.id for one in self.of("main"))

    @property
    def has_finished(self) -> bool:
        """True if it never runs again: a main container would be started no more, or an init container has failed."""
        if self.reason:
            return True
        if any(one.has_completed and one.exit_code != 0 for one in self.of("init")):
            return True
        ended = (one.exit_code is not None if self.is_stopping else one.has_completed for one in self.of("main"))
        return all(ended)

    @property
    def phase(self) -> str:
        """The phase of the pod."""
        if self.has_finished:
            ended = [one.exit_code for one in self.of("init", "main")]
            return "Failed" if self.reason or any(code != 0 for code in ended) else "Succeeded"
        if self.is_initialized and any(one.id for one in self.of("main")):
            return "Running"
        return "Pending"


def _role(field_name: str, spec: Object) -> Role:
    if field_name == "containers":
        return "main"
    return "sidecar" if spec.get("restartPolicy") == "Always" else "init"
