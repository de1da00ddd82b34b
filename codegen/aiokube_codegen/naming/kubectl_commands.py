"""Commands of kubectl, and the methods that they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

KUBECTL: Final[Mapping[str, tuple[str, ...]]] = {
    "annotate": ("annotate",),
    "apply": ("apply",),
    "attach": ("attach",),
    "cordon": ("cordon",),
    "cp": ("copy_to", "copy_from"),
    "create": ("create",),
    "create token": ("create_token",),
    "delete": ("delete", "delete_collection"),
    "drain": ("drain",),
    "edit": ("edit",),
    "exec": ("run", "exec"),
    "get": ("get", "list", "iterate"),
    "get --watch": ("watch", "informer"),
    "label": ("label",),
    "logs": ("logs", "log", "log_lines", "all_log_lines"),
    "patch": ("patch",),
    "port-forward": ("port_forward", "open_port"),
    "proxy": ("proxy", "proxy_websocket"),
    "replace": ("replace",),
    "rollout history": ("rollout_history",),
    "rollout restart": ("restart",),
    "rollout status": ("wait_rollout", "rollout"),
    "rollout undo": ("undo",),
    "scale": ("scale",),
    "set image": ("set_image",),
    "top": ("top",),
    "uncordon": ("uncordon",),
    "wait": ("wait_for", "wait_for_all", "wait_for_any"),
}
"""Methods of resources by the command that they stand for, the best first."""

OF_ALL: Final[Mapping[str, str]] = {"delete": "delete_collection", "get": "list", "wait": "wait_for_all"}
"""The best method by the command, where a resource is given without a name."""

WITH_VALUE: Final = frozenset(
    {
        "-c",
        "-l",
        "-n",
        "-o",
        "--container",
        "--context",
        "--field-selector",
        "--for",
        "--namespace",
        "--output",
        "--selector",
        "--sort-by",
        "--timeout",
    }
)
"""Options of kubectl that the next word belongs to."""
