"""The configuration inside a pod: its service account and the address of the API server."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import NotInCluster
from . import validation

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""The directory in a pod with the token, the namespace and the CA of the cluster."""

HOST, PORT = "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"


def in_cluster(*, namespace: str | None, environ: Mapping[str, str], directory: Path) -> dict[str, Any]:
    """Return the fields of a `Config`; see `Config.in_cluster`."""
    host, port = environ.get(HOST), environ.get(PORT)
    if not host or not port:
        raise NotInCluster(f"not in a pod: {HOST if not host else PORT} is not set")
    token_file = directory / "token"
    # Unlike `Path.is_file`, this raises no error where the folder cannot be read.
    if not os.path.isfile(token_file):
        raise NotInCluster(
            f"{HOST} is set, but {token_file} is not a file; check automountServiceAccountToken of the pod"
        )
    place = "in-cluster"
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return {
        "server": validation.server_url(f"https://{authority}", f"{place}: {HOST} and {PORT}"),
        "certificate_authority": _certificate_authority(directory / "ca.crt", place),
        "token_file": validation.readable_file(token_file, f"{place}: token"),
        "namespace": namespace or _namespace(environ, directory / "namespace", place),
    }


def _certificate_authority(path: Path, place: str) -> Path:
    """Check the file of the cluster's CA. Unlike in client-go, the CAs of the system never replace an invalid one."""
    validation.readable_file(path, f"{place}: certificate authority")
    validation.certificate_data(path.read_bytes(), f"{place}: {path}")
    return path


def _namespace(environ: Mapping[str, str], path: Path, place: str) -> str:
    if name := environ.get("POD_NAMESPACE"):
        return validation.namespace_name(name, f"{place}: POD_NAMESPACE")
    if not os.path.isfile(path):
        return "default"
    validation.readable_file(path, f"{place}: namespace")
    name = path.read_text(encoding="utf-8", errors="replace").strip()
    return validation.namespace_name(name, f"{place}: {path}") if name else "default"
