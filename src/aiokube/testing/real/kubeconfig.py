"""Writes kubeconfig files."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from .certificates import Credentials

NAME = "aiokube-real"
"""The name of the cluster, the user and the context in each file."""


def write(
    path: Path,
    *,
    server: str,
    user: Mapping[str, Any],
    ca_file: Path | None,
    insecure: bool = False,
    namespace: str | None = None,
) -> Path:
    """Write a kubeconfig with one cluster, one user and one context, readable by its owner only.

    Args:
        path: The file.
        server: The URL of the API server.
        user: The `user` entry as kubeconfig defines it, such as {"token": ...}; empty for anonymous requests.
        ca_file: Embedded as `certificate-authority-data`; None leaves it out.
        insecure: Sets `insecure-skip-tls-verify`.
        namespace: The context's namespace; None leaves it out.

    Returns:
        The path.
    """
    cluster: dict[str, Any] = {"server": server}
    if ca_file is not None:
        cluster["certificate-authority-data"] = _embedded(ca_file)
    if insecure:
        cluster["insecure-skip-tls-verify"] = True
    context = {"cluster": NAME, "user": NAME}
    if namespace is not None:
        context["namespace"] = namespace
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": NAME, "cluster": cluster}],
        "users": [{"name": NAME, "user": dict(user)}],
        "contexts": [{"name": NAME, "context": context}],
        "current-context": NAME,
    }
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        yaml.safe_dump(config, file, sort_keys=False)
    return path


def certificate_user(credentials: Credentials) -> dict[str, str]:
    """Return the `user` entry for a client certificate, embedded."""
    return {
        "client-certificate-data": _embedded(credentials.certificate),
        "client-key-data": _embedded(credentials.key),
    }


def _embedded(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()
