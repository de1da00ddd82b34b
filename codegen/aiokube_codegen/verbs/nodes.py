"""The verbs of kubectl on nodes: cordon, uncordon, drain, top; and top of pods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from .arguments import ALL_NAMESPACES, NAME, NAMESPACE, PARAMETERS, Argument
from .operation import Operation
from .verb import NOT_FOUND, Raises, Verb
from .workloads import of_write


def _is_patch_of_node(operation: Operation) -> bool:
    return operation.action == "patch" and not operation.subresource and operation.sent_kind == ("", "Node")


CORDON: Final = Verb(
    name="cordon",
    applies=_is_patch_of_node,
    summary="Keep new pods off {a_kind}, by `get` and `patch`, as `kubectl cordon`.",
    is_composed=True,
    arguments=(NAME, PARAMETERS),
    sends=of_write,
    returns="{response}",
    calls="_cordon",
    passes=("{path}", "{response}", "{query}", "unschedulable=True"),
    raises=(NOT_FOUND,),
)

UNCORDON: Final = replace(
    CORDON,
    name="uncordon",
    summary="Let pods be scheduled on {a_kind} again, by `get` and `patch`, as `kubectl uncordon`.",
    passes=("{path}", "{response}", "{query}"),
)

DRAIN: Final = Verb(
    name="drain",
    applies=_is_patch_of_node,
    summary="Cordon {a_kind}, evict its pods by `evict` of pods, and wait until they are gone, as `kubectl drain`. "
    "Evictions that a disruption budget forbids are tried again, after 1 to 5 seconds.",
    is_composed=True,
    arguments=(
        NAME,
        Argument(
            name="ignore_daemonsets",
            annotation="bool",
            default="False",
            text="Leave pods of DaemonSets alone. Default: they are an error.",
        ),
        Argument(
            name="delete_emptydir_data",
            annotation="bool",
            default="False",
            text="Evict pods that have an `emptyDir`, too, whose data is lost. Default: they are an error.",
        ),
        Argument(
            name="force",
            annotation="bool",
            default="False",
            text="Evict pods that no controller manages, too, which nothing creates again. Default: they are an error.",
            wire_name="force",
        ),
        Argument(
            name="grace_period_seconds",
            annotation="int | None",
            default="None",
            text="Seconds for each pod to terminate. Default: that of the pod.",
            wire_name="gracePeriodSeconds",
        ),
        Argument(
            name="disable_eviction",
            annotation="bool",
            default="False",
            text="Delete pods instead of evicting them, whatever disruption budgets say. Default: evict them.",
        ),
        Argument(
            name="skip_wait_for_delete_timeout",
            annotation="float | None",
            default="None",
            text="Seconds past the time at which a pod should have been gone, after which nothing waits for it, as on "
            "a node that is down. Default: wait for all.",
        ),
        Argument(
            name="pod_selector",
            annotation="Selector | None",
            default="None",
            text="Label selector of the pods to evict. Default: all.",
        ),
        Argument(
            name="timeout", annotation="float | None", default="None", text="Time limit in seconds. None: no limit."
        ),
        Argument(
            name="progress",
            annotation="Callable[[DrainProgress], object] | None",
            default="None",
            text="Called with a `DrainProgress` at each step.",
        ),
        Argument(
            name="dry_run",
            annotation="DryRun | None",
            default="None",
            text="True to only read, and return what would be evicted.",
            wire_name="dryRun",
        ),
        PARAMETERS,
    ),
    sends=of_write,
    returns="Drained",
    calls="_drain",
    passes=("{path}", "{response}", "{query}"),
    raises=(
        NOT_FOUND,
        Raises(error="DrainError", reason="Pods stand in the way, which `pods` of the error names, with reasons"),
    ),
)


def _lists(kind: str) -> Callable[[Operation], bool]:
    return lambda operation: operation.action == "list" and operation.sent_kind == ("", kind)


_NO_METRICS: Final = Raises(error="NotFound", reason="It has no metrics, or the server has no Metrics API")
_ONLY: Final = replace(
    NAME, annotation="str | None", default="None", text="Name of the only {kind}. Default: all.", when=lambda _: True
)

TOP_PODS: Final = Verb(
    name="top",
    applies=_lists("Pod"),
    summary="Read the usage of pods from the Metrics API, where it is served, as `kubectl top pod`.",
    is_composed=True,
    arguments=(_ONLY, NAMESPACE, ALL_NAMESPACES, PARAMETERS),
    sends=lambda wire_name: wire_name in ("fieldSelector", "labelSelector"),
    returns="Sequence[PodUsage]",
    calls="_top_pods",
    passes=("{path}", "{all_namespaces_path}", "{query}"),
    raises=(_NO_METRICS,),
)

TOP_NODES: Final = replace(
    TOP_PODS,
    applies=_lists("Node"),
    summary="Read the usage of nodes from the Metrics API, where it is served, as `kubectl top node`.",
    arguments=(_ONLY, PARAMETERS),
    sends=lambda wire_name: wire_name == "labelSelector",
    returns="Sequence[NodeUsage]",
    calls="_top_nodes",
    passes=("{path}", "{query}"),
)

VERBS: Final = (CORDON, UNCORDON, DRAIN, TOP_PODS, TOP_NODES)
