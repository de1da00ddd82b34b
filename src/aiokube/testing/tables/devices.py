"""Tables of devices, which pods claim."""

from __future__ import annotations

from datetime import datetime

from ..store import Object
from .columns import AGE, NAME, Column, Layout, age, at, text


def _state(claim: Object, now: datetime) -> str:
    states = ["deleted"] if at(claim, "metadata.deletionTimestamp") else []
    if at(claim, "status.allocation") is not None:
        states += ["allocated", *(["reserved"] if at(claim, "status.reservedFor") else [])]
    return ",".join(states) or "pending"


LAYOUTS = {
    "resourceclaims.resource.k8s.io": Layout(
        (
            NAME,
            Column(
                "State",
                _state,
                "A summary of the current state (allocated, pending, reserved, etc.).",
            ),
            AGE,
        )
    ),
    "resourceclaimtemplates.resource.k8s.io": Layout((NAME, AGE)),
    "deviceclasses.resource.k8s.io": Layout((NAME, AGE)),
    "resourceslices.resource.k8s.io": Layout(
        (
            NAME,
            Column("Node", text("spec.nodeName"), about="spec.nodeName"),
            Column("Driver", text("spec.driver"), about="spec.driver"),
            Column("Pool", text("spec.pool.name"), about="spec.pool.name"),
            AGE,
        )
    ),
    "devicetaintrules.resource.k8s.io": Layout(
        (
            NAME,
            Column("Key", text("spec.taint.key"), about="spec.taint.key"),
            Column("Value", text("spec.taint.value"), about="spec.taint.value"),
            Column("Effect", text("spec.taint.effect"), about="spec.taint.effect"),
            Column("TimeAdded", age("spec.taint.timeAdded", ""), about="spec.taint.timeAdded"),
            AGE,
        )
    ),
}
