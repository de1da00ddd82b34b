"""Tables of who may do what, and of what the API checks: roles, certificates, admission, flow control."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..store import Object
from .columns import (
    AGE,
    NAME,
    NONE,
    UNSET,
    Cell,
    Cells,
    Column,
    Layout,
    at,
    condition,
    duration,
    labels,
    size,
    text,
    value,
)


def _binding(kind: str, role: str) -> Layout:
    def subjects(of: str) -> Cell:
        return lambda binding, now: ", ".join(
            f"{one.get('namespace', '')}/{one['name']}" if of == "ServiceAccount" else one["name"]
            for one in at(binding, "subjects", ())
            if one["kind"] == of
        )

    return Layout(
        (
            NAME,
            Column(
                "Role",
                lambda binding, now: f"{at(binding, 'roleRef.kind', '')}/{at(binding, 'roleRef.name', '')}",
                role,
            ),
            AGE,
            Column("Users", subjects("User"), f"Users in the {kind}", priority=1),
            Column("Groups", subjects("Group"), f"Groups in the {kind}", priority=1),
            Column("ServiceAccounts", subjects("ServiceAccount"), f"ServiceAccounts in the {kind}", priority=1),
        )
    )


def _decision(request: Object, now: datetime) -> str:
    found = {one["type"] for one in at(request, "status.conditions", ())}
    decided = "Denied" if "Denied" in found else "Approved" if "Approved" in found else "Pending"
    failed = ",Failed" if "Failed" in found else ""
    issued = ",Issued" if at(request, "status.certificate") else ""
    return f"{decided}{failed}{issued}"


def _requested(request: Object, now: datetime) -> str:
    seconds = at(request, "spec.expirationSeconds")
    return NONE if seconds is None else duration(seconds)


def _pod_certificate_state(request: Object, now: datetime) -> str:
    types = [one["type"] for one in at(request, "status.conditions", ())]
    return next((type for type in reversed(types) if type in ("Issued", "Denied", "Failed")), "Pending")


def _parameters_kind(policy: Object, now: datetime) -> str:
    found = at(policy, "spec.paramKind")
    return UNSET if found is None else f"{found.get('apiVersion', '')}/{found.get('kind', '')}"


def _parameters(binding: Object, now: datetime) -> str:
    found = at(binding, "spec.paramRef", {})
    if found.get("name"):
        return f"{found.get('namespace') or '*'}/{found['name']}"
    chosen = found.get("selector")
    return UNSET if chosen is None else _go_selector(chosen)


def _go_selector(found: dict[str, Any]) -> str:
    """Return a label selector as Go prints the struct."""
    labels = "".join(f"{key}: {value}," for key, value in sorted((found.get("matchLabels") or {}).items()))
    expressions = "".join(
        f"LabelSelectorRequirement{{Key:{one['key']},Operator:{one['operator']},"
        f"Values:[{' '.join(one.get('values') or ())}],}},"
        for one in found.get("matchExpressions") or ()
    )
    fields = f"MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},"
    return f"&LabelSelector{{{fields}}}"


def _policy(name: str, field: str, what: str) -> Layout:
    return Layout(
        (
            NAME,
            Column(name, size(f"spec.{field}"), what, type="integer"),
            Column(
                "ParamKind",
                _parameters_kind,
                "ParamKind specifies the kind of resources used to parameterize this policy",
            ),
            AGE,
        )
    )


_POLICY_BINDING = Layout(
    (
        NAME,
        Column(
            "PolicyName",
            text("spec.policyName"),
            "PolicyName indicates the policy definition which the policy binding binded to",
        ),
        Column(
            "ParamRef",
            _parameters,
            "ParamRef indicates the param resource which sets the configuration param",
        ),
        AGE,
    )
)
_WEBHOOKS = Layout(
    (
        NAME,
        Column(
            "Webhooks",
            size("webhooks"),
            "Webhooks indicates the number of webhooks registered in this configuration",
            type="integer",
        ),
        AGE,
    )
)


def _by_precedence(rows: list[tuple[Cells, Object]]) -> list[tuple[Cells, Object]]:
    return sorted(rows, key=lambda row: (at(row[1], "spec.matchingPrecedence", 0), row[1]["metadata"]["name"]))


_QUEUING = "spec.limited.limitResponse.queuing"


def _queuing(name: str, field: str) -> Column:
    path = f"{_QUEUING}.{field}"

    def cell(level: Object, now: datetime) -> Any:
        return at(level, path, 0) if at(level, _QUEUING) is not None else NONE

    return Column(name, cell, about=path)


def _shares(level: Object, now: datetime) -> Any:
    return NONE if at(level, "spec.limited") is None else at(level, "spec.limited.nominalConcurrencyShares")


def _migration(obj: Object, now: datetime) -> str:
    types = [one["type"] for one in at(obj, "status.conditions", ()) if one.get("status") == "True"]
    return next((type for type in reversed(types) if type in ("Running", "Failed", "Succeeded")), "Unknown")


def _migrated(obj: Object, now: datetime) -> str:
    resource = at(obj, "spec.resource", {})
    return ".".join(filter(None, [resource.get("resource", ""), resource.get("group", "")]))


# Some columns are described as the fields of an older version were.
_SIGNER = (
    "Requested signer for the request. It is a qualified name in the form: `scope-hostname.io/name`. If empty, it will "
    "be defaulted:\n 1. If it's a kubelet client certificate, it is assigned\n    "
    '"kubernetes.io/kube-apiserver-client-kubelet".\n 2. If it\'s a kubelet serving certificate, it is assigned\n    '
    '"kubernetes.io/kubelet-serving".\n 3. Otherwise, it is assigned "kubernetes.io/legacy-unknown".\nDistribution of '
    "trust for signers happens out of band. You can select on this field using `spec.signerName`."
)
_ROLE = (
    "roleRef can reference a Role in the current namespace or a ClusterRole in the global namespace. If the RoleRef "
    "cannot be resolved, the Authorizer must return an error."
)
_CLUSTER_ROLE = (
    "roleRef can only reference a ClusterRole in the global namespace. If the RoleRef cannot be resolved, the "
    "Authorizer must return an error."
)

LAYOUTS = {
    "rolebindings.rbac.authorization.k8s.io": _binding("roleBinding", _ROLE),
    "clusterrolebindings.rbac.authorization.k8s.io": _binding("clusterRoleBinding", _CLUSTER_ROLE),
    "certificatesigningrequests.certificates.k8s.io": Layout(
        (
            NAME,
            AGE,
            Column("SignerName", text("spec.signerName", NONE), _SIGNER),
            Column("Requestor", text("spec.username"), "Base64-encoded PKCS#10 CSR data"),
            Column("RequestedDuration", _requested, about="spec.expirationSeconds"),
            Column("Condition", _decision, "Conditions applied to the request, such as approval or denial."),
        )
    ),
    "clustertrustbundles.certificates.k8s.io": Layout(
        (NAME, Column("SignerName", text("spec.signerName", NONE), about="spec.signerName"))
    ),
    "podcertificaterequests.certificates.k8s.io": Layout(
        (
            NAME,
            Column("PodName", text("spec.podName"), about="spec.podName"),
            Column("ServiceAccountName", text("spec.serviceAccountName"), about="spec.serviceAccountName"),
            Column("NodeName", text("spec.nodeName"), about="spec.nodeName"),
            Column("SignerName", text("spec.signerName"), about="spec.signerName"),
            Column("State", _pod_certificate_state, "Is the request Pending, Issued, Denied, or Failed?"),
            Column(
                "UnverifiedUserAnnotations",
                labels("spec.unverifiedUserAnnotations"),
                about="spec.unverifiedUserAnnotations",
            ),
        )
    ),
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": _WEBHOOKS,
    "validatingwebhookconfigurations.admissionregistration.k8s.io": _WEBHOOKS,
    "validatingadmissionpolicies.admissionregistration.k8s.io": _policy(
        "Validations",
        "validations",
        "Validations indicates the number of validation rules defined in this configuration",
    ),
    "mutatingadmissionpolicies.admissionregistration.k8s.io": _policy(
        "Mutations",
        "mutations",
        "Mutation indicates the number of mutations rules defined in this configuration",
    ),
    "validatingadmissionpolicybindings.admissionregistration.k8s.io": _POLICY_BINDING,
    "mutatingadmissionpolicybindings.admissionregistration.k8s.io": _POLICY_BINDING,
    "flowschemas.flowcontrol.apiserver.k8s.io": Layout(
        (
            NAME,
            Column(
                "PriorityLevel",
                text("spec.priorityLevelConfiguration.name"),
                about="spec.priorityLevelConfiguration.name",
            ),
            Column("MatchingPrecedence", value("spec.matchingPrecedence", 0), about="spec.matchingPrecedence"),
            Column(
                "DistinguisherMethod",
                value("spec.distinguisherMethod.type", NONE),
                about="spec.distinguisherMethod",
            ),
            AGE,
            Column(
                "MissingPL",
                lambda schema, now: condition(schema, "Dangling").get("status", "?"),
                "references a broken or non-existent PriorityLevelConfiguration",
            ),
        ),
        arrange=_by_precedence,
    ),
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": Layout(
        (
            NAME,
            Column("Type", text("spec.type"), about="spec.type"),
            Column("NominalConcurrencyShares", _shares, about="spec.limited.nominalConcurrencyShares"),
            _queuing("Queues", "queues"),
            _queuing("HandSize", "handSize"),
            _queuing("QueueLengthLimit", "queueLengthLimit"),
            AGE,
        )
    ),
    "storageversionmigrations.storagemigration.k8s.io": Layout(
        (
            Column("Name", text("metadata.name"), about="metadata.name"),
            Column("Resource", _migrated, "GroupResource to migrate"),
            Column("Status", _migration, "Status of the migration"),
        )
    ),
}
