"""How methods differ from those of other clients, and what else there is, by the runtime's method that they call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

NOTES: Final[Mapping[str, str]] = {
    "_attach": "A context manager, with the input and the outputs of the process.",
    "_delete": "Fields of `V1DeleteOptions` are arguments; `options=` takes the others, such as `preconditions`.",
    "_evict": "The body may be left out. A disruption budget in the way raises `TooManyRequests`.",
    "_exec": "A context manager, with the input, the outputs and the exit code of the process. `run` waits for it.",
    "_get": "`NotFound` is raised where the object does not exist, in place of `ApiException` with 404.",
    "_list": "One request. `iterate` goes through all pages; `watch=True` is `watch`, or `informer` with a cache.",
    "_log": "The whole log as a text. `log_lines` streams it (`follow=True`), `logs` those of many pods.",
    "_open_port": "One connection, as a reader and a writer. `port_forward` listens on a local port.",
    "_patch": "A dict is a merge patch, a list a JSON patch. Clients other than kr8s send a dict as a strategic merge "
    'patch, which is `type="strategic"` here; server-side apply is `apply`.',
    "_proxy": 'One method for all of HTTP: `method="POST"`, and the rest of the path as an argument.',
    "_replace": "Takes the object alone, whose metadata has the name. `edit` reads it first, and loses nothing.",
}
"""Notes for readers who know another client."""

RELATED: Final[Mapping[str, tuple[str, ...]]] = {
    "create_token_request": ("create_token",),
    "exec": ("run",),
    "list": ("informer",),
    "log": ("logs",),
    "open_port": ("port_forward",),
    "patch_scale": ("scale",),
    "replace": ("edit",),
    "replace_scale": ("edit_scale",),
    "replace_status": ("edit_status",),
}
"""Methods that are built on others, and often what is wanted, by the plain one."""
