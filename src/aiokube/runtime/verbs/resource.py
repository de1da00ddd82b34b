"""The base class of generated resources."""

from __future__ import annotations

from .action_verbs import ActionVerbs
from .edit_verbs import EditVerbs
from .exec_verbs import ExecVerbs
from .log_verbs import LogVerbs
from .metadata_verbs import MetadataVerbs
from .node_verbs import NodeVerbs
from .port_verbs import PortVerbs
from .proxy_verbs import ProxyVerbs
from .read_verbs import ReadVerbs
from .usage_verbs import UsageVerbs
from .workload_verbs import WorkloadVerbs


class Resource(
    ReadVerbs,
    ActionVerbs,
    EditVerbs,
    MetadataVerbs,
    WorkloadVerbs,
    NodeVerbs,
    UsageVerbs,
    ExecVerbs,
    LogVerbs,
    PortVerbs,
    ProxyVerbs,
):
    """The base of generated resource classes, which have a method for each verb that the server offers."""
