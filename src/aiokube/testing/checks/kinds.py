"""Which kinds have a validation of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..failures import Cause
from ..store import Object
from .autoscalers import autoscaler_causes
from .data import config_map_causes, secret_causes
from .jobs import cron_job_causes, job_causes
from .networking import ingress_causes, network_policy_causes
from .others import budget_causes, lease_causes
from .pods import pod_causes, pod_template_causes
from .services import service_causes
from .storage import claim_causes
from .workloads import (
    daemon_set_causes,
    deployment_causes,
    replica_set_causes,
    replication_controller_causes,
    stateful_set_causes,
)

CHECKS: dict[str, Callable[[Object], Iterable[Cause]]] = {
    "pods": pod_causes,
    "podtemplates": pod_template_causes,
    "services": service_causes,
    "configmaps": config_map_causes,
    "secrets": secret_causes,
    "persistentvolumeclaims": claim_causes,
    "replicationcontrollers": replication_controller_causes,
    "deployments.apps": deployment_causes,
    "replicasets.apps": replica_set_causes,
    "daemonsets.apps": daemon_set_causes,
    "statefulsets.apps": stateful_set_causes,
    "jobs.batch": job_causes,
    "cronjobs.batch": cron_job_causes,
    "leases.coordination.k8s.io": lease_causes,
    "ingresses.networking.k8s.io": ingress_causes,
    "networkpolicies.networking.k8s.io": network_policy_causes,
    "poddisruptionbudgets.policy": budget_causes,
    "horizontalpodautoscalers.autoscaling": autoscaler_causes,
}
"""Checks of objects, by collection."""
