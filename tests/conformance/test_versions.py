"""Kinds that are served in several versions: the same objects, with other fields."""

from __future__ import annotations

from typing import Any

import pytest

from .api import APPLY, Api

TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1"

Json = dict[str, Any]

LONG_AGO = "2020-01-01T00:00:00Z"
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "none"}
NOTED = {"metric": {"name": "hits", "selector": {"matchLabels": {"a": "b"}}}}
METRICS: list[Json] = [
    {"type": "Resource", "resource": {"name": "memory", "target": {"type": "AverageValue", "averageValue": "1Gi"}}},
    {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}},
    {"type": "Pods", "pods": {**NOTED, "target": {"type": "AverageValue", "averageValue": "1k"}}},
    {
        "type": "Object",
        "object": {
            **NOTED,
            "describedObject": {"kind": "Service", "name": "<web>"},
            "target": {"type": "Value", "value": "5"},
        },
    },
    {"type": "External", "external": {**NOTED, "target": {"type": "AverageValue", "averageValue": "7"}}},
    {
        "type": "ContainerResource",
        "containerResource": {
            "name": "cpu",
            "container": "web",
            "target": {"type": "Utilization", "averageUtilization": 20},
        },
    },
]
STATUS: Json = {
    "currentReplicas": 2,
    "desiredReplicas": 3,
    "currentMetrics": [
        {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 9, "averageValue": "1"}}},
        {"type": "Pods", "pods": {**NOTED, "current": {"averageValue": "2"}}},
        {"type": "External", "external": {**NOTED, "current": {"averageValue": "3"}}},
    ],
}
"""The status that the controller of the real cluster would write, if the target were there."""


class Scalers:
    """HorizontalPodAutoscalers in both versions."""

    def __init__(self, api: Api) -> None:
        self.v1 = api.group("autoscaling/v1", "horizontalpodautoscalers")
        self.v2 = api.group("autoscaling/v2", "horizontalpodautoscalers")


# The controller of the real cluster says at once that there is no target.
SAID = ["status", "metadata.resourceVersion", "metadata.managedFields", "metadata.annotations"]


async def test_a_scaler_of_version_1(api: Api) -> None:
    paths = Scalers(api)
    spec = {"scaleTargetRef": TARGET, "maxReplicas": 3, "targetCPUUtilizationPercentage": 50}
    made = await api.post(paths.v1, {"metadata": {"name": "a", "annotations": {"x": "y"}}, "spec": spec})
    assert made.body["apiVersion"] == "autoscaling/v1"
    found = await api.get(f"{paths.v2}/a", differs=SAID)
    assert found.body["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"] == 50
    await api.patch(f"{paths.v1}/a", {"spec": {"targetCPUUtilizationPercentage": 70}}, differs=SAID)
    await api.patch(f"{paths.v2}/a", {"spec": {"minReplicas": 2}}, differs=SAID)
    await api.get(f"{paths.v1}/a", differs=SAID)
    await api.delete(f"{paths.v1}/a")


async def test_a_scaler_without_a_metric(api: Api) -> None:
    paths = Scalers(api)
    await api.post(paths.v1, {"metadata": {"name": "a"}, "spec": {"scaleTargetRef": TARGET, "maxReplicas": 3}})
    await api.post(paths.v2, {"metadata": {"name": "b"}, "spec": {"scaleTargetRef": TARGET, "maxReplicas": 3}})
    await api.get(f"{paths.v1}/missing", 404)


async def test_all_metrics_of_a_scaler_in_version_1(api: Api) -> None:
    paths = Scalers(api)
    behavior = {
        "scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 60}]},
        "scaleDown": {"stabilizationWindowSeconds": 5},
    }
    spec = {"scaleTargetRef": TARGET, "minReplicas": 1, "maxReplicas": 3, "metrics": METRICS, "behavior": behavior}
    made = await api.post(paths.v2, {"metadata": {"name": "a"}, "spec": spec})
    differs = ["status", "metadata.managedFields", "metadata.annotations.autoscaling.alpha.kubernetes.io/conditions"]
    found = await api.get(f"{paths.v1}/a", differs=differs)
    assert found.body["spec"]["targetCPUUtilizationPercentage"] == 60
    # What version 1 has in annotations comes back.
    again = {"metadata": {"name": "b", "annotations": found.body["metadata"]["annotations"]}}
    await api.post(paths.v1, {**again, "spec": found.body["spec"]})
    copied = await api.get(f"{paths.v2}/b", differs=SAID)
    types = [[metric["type"] for metric in one.body["spec"]["metrics"]] for one in (made, copied)]
    assert sorted(types[0]) == sorted(types[1])


async def test_the_status_of_a_scaler_in_version_1(api: Api) -> None:
    paths = Scalers(api)
    await api.post(paths.v2, {"metadata": {"name": "a"}, "spec": {"scaleTargetRef": TARGET, "maxReplicas": 3}})
    query = {"dryRun": "All"}
    differs = [
        "metadata.managedFields",
        "metadata.annotations.autoscaling.alpha.kubernetes.io/conditions",
        "status.conditions",
    ]
    condition = {
        "type": "AbleToScale",
        "status": "True",
        "reason": "<because>",
        "lastTransitionTime": "2020-01-01T00:00:00Z",
    }
    await api.patch(
        f"{paths.v2}/a/status", {"status": {**STATUS, "conditions": [condition]}}, query=query, differs=differs
    )
    text = '[{"type":"AbleToScale","status":"True","lastTransitionTime":null,"reason":"x"}]'
    sent = {
        "metadata": {"annotations": {"autoscaling.alpha.kubernetes.io/conditions": text}},
        "status": {"currentReplicas": 1, "desiredReplicas": 2, "currentCPUUtilizationPercentage": 7},
    }
    await api.patch(f"{paths.v1}/a/status", sent, query=query, differs=[*differs, "metadata.annotations"])


async def test_scalers_are_listed_watched_and_shown_in_version_1(api: Api) -> None:
    paths = Scalers(api)
    spec = {"scaleTargetRef": TARGET, "maxReplicas": 3}
    await api.post(paths.v2, {"metadata": {"name": "a"}, "spec": spec})
    listed = await api.get(paths.v1, part=lambda body: body["items"][0]["spec"])
    assert listed.body["items"][0]["spec"]["targetCPUUtilizationPercentage"] == 80
    await api.get(paths.v1, accept=TABLE, query={"includeObject": "None"})
    async with api.watch(paths.v1, {"resourceVersion": listed.version, "fieldSelector": "metadata.name=b"}) as watch:
        await api.post(paths.v2, {"metadata": {"name": "b"}, "spec": spec})
        assert (await watch.next())["object"]["apiVersion"] == "autoscaling/v1"


async def test_a_scaler_is_applied_in_version_1(api: Api) -> None:
    paths = Scalers(api)
    spec: Json = {"scaleTargetRef": TARGET, "maxReplicas": 3, "targetCPUUtilizationPercentage": 50}
    body = {"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"}, "spec": spec}
    await api.apply(f"{paths.v1}/a", body, 201)
    other = {**body, "apiVersion": "autoscaling/v2"}
    await api.apply(f"{paths.v1}/a", other, 400)


def event(api: Api, name: str, **more: Any) -> Json:
    """Return an event of events.k8s.io."""
    return {
        "metadata": {"name": name},
        "regarding": {"kind": "Pod", "name": "web-0", "namespace": api.namespace},
        "eventTime": "2020-01-01T00:00:00.000000Z",
        "reportingController": "example.com/controller",
        "reportingInstance": "one",
        "action": "Start",
        "reason": "Started",
        "note": "It has started",
        "type": "Normal",
        **more,
    }


async def test_an_event_of_the_other_group(api: Api) -> None:
    new, old = api.group("events.k8s.io/v1", "events"), api.core("events")
    await api.post(new, event(api, "a"))
    found = await api.get(f"{old}/a")
    assert found.body["message"] == "It has started" and found.body["kind"] == "Event"
    series = {"count": 3, "lastObservedTime": "2021-01-01T00:00:00.000000Z"}
    await api.patch(f"{new}/a", {"series": series})
    await api.patch(f"{old}/a", {"count": 2})
    await api.put(f"{new}/b", event(api, "b"), 201)
    await api.get(f"{new}/a")
    await api.get(new, accept=TABLE, query={"includeObject": "None"})
    await api.get(f"{new}/missing", 404)
    await api.delete(f"{new}/a")


async def test_an_event_of_the_core_group_in_the_other(api: Api) -> None:
    sent = {
        "metadata": {"name": "a"},
        "involvedObject": {"kind": "Pod", "name": "web-0", "namespace": api.namespace},
        "reason": "BackOff",
        "source": {"component": "kubelet"},
        "firstTimestamp": "2020-01-01T00:00:00Z",
        "count": 2,
    }
    await api.post(api.core("events"), sent)
    found = await api.get(api.group("events.k8s.io/v1", "events", "a"))
    assert found.body["deprecatedCount"] == 2
    listed = await api.get(
        api.group("events.k8s.io/v1", "events"), query={"fieldSelector": "regarding.name=web-0,reason=BackOff"}
    )
    assert listed.names == ["a"]
    await api.get(api.group("events.k8s.io/v1", "events"), 400, query={"fieldSelector": "involvedObject.name=web-0"})


async def test_events_are_watched_in_the_other_group(api: Api) -> None:
    path = api.group("events.k8s.io/v1", "events")
    since = (await api.get(path, query={"fieldSelector": "reason=Started"})).version
    async with api.watch(path, {"resourceVersion": since, "fieldSelector": "reason=Started"}) as watch:
        await api.post(path, event(api, "a"))
        assert (await watch.next())["object"]["note"] == "It has started"


WRONG: dict[str, Json] = {
    "no time": {"eventTime": None, "regarding": {"kind": "Pod"}},
    "no controller": {"reportingController": ""},
    "no action and a wrong type": {"action": "", "type": "Odd"},
    "a count of the past": {"deprecatedCount": 1, "deprecatedSource": {"component": "x"}},
    "a short series": {"series": {"count": 1, "lastObservedTime": "2020-01-01T00:00:00.000000Z"}},
    "a long note": {"note": "x" * 1025},
    "another namespace": {"regarding": {"kind": "Pod"}},
}


@pytest.mark.parametrize("what", WRONG)
async def test_a_wrong_event_is_refused(api: Api, what: str) -> None:
    await api.post(api.group("events.k8s.io/v1", "events"), event(api, "a", **WRONG[what]), 422)


async def test_an_event_stays_what_it_is(api: Api) -> None:
    path = api.group("events.k8s.io/v1", "events")
    await api.post(path, event(api, "a"))
    await api.patch(f"{path}/a", {"note": "Other", "type": "Warning"}, 422)
    body = {"apiVersion": "events.k8s.io/v1", "kind": "Event", **event(api, "a")}
    await api.patch(f"{path}/a", body, type=APPLY, query={"fieldManager": "one", "force": "true"})
