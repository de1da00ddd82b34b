"""Names that an OpenAPI document does not have: short names and categories of resources, and the order of the groups.

As kube-apiserver 1.37 serves them.
"""

SHORT_NAMES: dict[str, tuple[str, ...]] = {
    "componentstatuses": ("cs",),
    "configmaps": ("cm",),
    "endpoints": ("ep",),
    "events": ("ev",),
    "limitranges": ("limits",),
    "namespaces": ("ns",),
    "nodes": ("no",),
    "persistentvolumeclaims": ("pvc",),
    "persistentvolumes": ("pv",),
    "pods": ("po",),
    "replicationcontrollers": ("rc",),
    "resourcequotas": ("quota",),
    "serviceaccounts": ("sa",),
    "services": ("svc",),
    "daemonsets.apps": ("ds",),
    "deployments.apps": ("deploy",),
    "replicasets.apps": ("rs",),
    "statefulsets.apps": ("sts",),
    "events.events.k8s.io": ("ev",),
    "horizontalpodautoscalers.autoscaling": ("hpa",),
    "cronjobs.batch": ("cj",),
    "certificatesigningrequests.certificates.k8s.io": ("csr",),
    "ingresses.networking.k8s.io": ("ing",),
    "ipaddresses.networking.k8s.io": ("ip",),
    "networkpolicies.networking.k8s.io": ("netpol",),
    "poddisruptionbudgets.policy": ("pdb",),
    "storageclasses.storage.k8s.io": ("sc",),
    "volumeattributesclasses.storage.k8s.io": ("vac",),
    "customresourcedefinitions.apiextensions.k8s.io": ("crd", "crds"),
    "priorityclasses.scheduling.k8s.io": ("pc",),
}
"""By resource, as `deployments.apps`."""

CATEGORIES: dict[str, tuple[str, ...]] = {
    "pods": ("all",),
    "replicationcontrollers": ("all",),
    "services": ("all",),
    "apiservices.apiregistration.k8s.io": ("api-extensions",),
    "daemonsets.apps": ("all",),
    "deployments.apps": ("all",),
    "replicasets.apps": ("all",),
    "statefulsets.apps": ("all",),
    "horizontalpodautoscalers.autoscaling": ("all",),
    "cronjobs.batch": ("all",),
    "jobs.batch": ("all",),
    "mutatingadmissionpolicies.admissionregistration.k8s.io": ("api-extensions",),
    "mutatingadmissionpolicybindings.admissionregistration.k8s.io": ("api-extensions",),
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": ("api-extensions",),
    "validatingadmissionpolicies.admissionregistration.k8s.io": ("api-extensions",),
    "validatingadmissionpolicybindings.admissionregistration.k8s.io": ("api-extensions",),
    "validatingwebhookconfigurations.admissionregistration.k8s.io": ("api-extensions",),
    "customresourcedefinitions.apiextensions.k8s.io": ("api-extensions",),
}
"""By resource, as `deployments.apps`."""

DEPRECATIONS: dict[str, str] = {
    "componentstatuses": "v1 ComponentStatus is deprecated in v1.19+",
    "endpoints": "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
}
"""The warnings that come with every answer about a resource."""

GROUP_ORDER: tuple[str, ...] = (
    "apiregistration.k8s.io",
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "node.k8s.io",
    "discovery.k8s.io",
    "resource.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "storagemigration.k8s.io",
)
"""The order of the groups in discovery."""
