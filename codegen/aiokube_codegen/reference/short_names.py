"""Short names and categories of the built-in resources, which documents do not tell; discovery does.

Of kube-apiserver 1.37, by `kubectl api-resources -o wide`; a test compares them with the server's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class ResourceNames:
    """The other names of a resource."""

    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


_ALL: Final = ("all",)

BUILT_IN: Final[Mapping[tuple[str, str], ResourceNames]] = {
    ("", "componentstatuses"): ResourceNames(("cs",)),
    ("", "configmaps"): ResourceNames(("cm",)),
    ("", "endpoints"): ResourceNames(("ep",)),
    ("", "events"): ResourceNames(("ev",)),
    ("", "limitranges"): ResourceNames(("limits",)),
    ("", "namespaces"): ResourceNames(("ns",)),
    ("", "nodes"): ResourceNames(("no",)),
    ("", "persistentvolumeclaims"): ResourceNames(("pvc",)),
    ("", "persistentvolumes"): ResourceNames(("pv",)),
    ("", "pods"): ResourceNames(("po",), _ALL),
    ("", "replicationcontrollers"): ResourceNames(("rc",), _ALL),
    ("", "resourcequotas"): ResourceNames(("quota",)),
    ("", "serviceaccounts"): ResourceNames(("sa",)),
    ("", "services"): ResourceNames(("svc",), _ALL),
    ("admissionregistration.k8s.io", "mutatingwebhookconfigurations"): ResourceNames((), ("api-extensions",)),
    ("admissionregistration.k8s.io", "validatingadmissionpolicies"): ResourceNames((), ("api-extensions",)),
    ("admissionregistration.k8s.io", "validatingadmissionpolicybindings"): ResourceNames((), ("api-extensions",)),
    ("admissionregistration.k8s.io", "mutatingadmissionpolicies"): ResourceNames((), ("api-extensions",)),
    ("admissionregistration.k8s.io", "mutatingadmissionpolicybindings"): ResourceNames((), ("api-extensions",)),
    ("admissionregistration.k8s.io", "validatingwebhookconfigurations"): ResourceNames((), ("api-extensions",)),
    ("apiextensions.k8s.io", "customresourcedefinitions"): ResourceNames(("crd", "crds"), ("api-extensions",)),
    ("apiregistration.k8s.io", "apiservices"): ResourceNames((), ("api-extensions",)),
    ("apps", "daemonsets"): ResourceNames(("ds",), _ALL),
    ("apps", "deployments"): ResourceNames(("deploy",), _ALL),
    ("apps", "replicasets"): ResourceNames(("rs",), _ALL),
    ("apps", "statefulsets"): ResourceNames(("sts",), _ALL),
    ("autoscaling", "horizontalpodautoscalers"): ResourceNames(("hpa",), _ALL),
    ("batch", "cronjobs"): ResourceNames(("cj",), _ALL),
    ("batch", "jobs"): ResourceNames((), _ALL),
    ("certificates.k8s.io", "certificatesigningrequests"): ResourceNames(("csr",)),
    ("events.k8s.io", "events"): ResourceNames(("ev",)),
    ("networking.k8s.io", "ingresses"): ResourceNames(("ing",)),
    ("networking.k8s.io", "ipaddresses"): ResourceNames(("ip",)),
    ("networking.k8s.io", "networkpolicies"): ResourceNames(("netpol",)),
    ("policy", "poddisruptionbudgets"): ResourceNames(("pdb",)),
    ("scheduling.k8s.io", "priorityclasses"): ResourceNames(("pc",)),
    ("storage.k8s.io", "storageclasses"): ResourceNames(("sc",)),
    ("storage.k8s.io", "volumeattributesclasses"): ResourceNames(("vac",)),
}
"""By group and resource."""
