"""The clients that are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Client:
    """A client, as its package."""

    name: str
    """As the page calls it."""
    packages: tuple[str, ...]
    """The packages that are imported, with dots."""
    distributions: tuple[str, ...]
    """The packages that are installed for it, the client first, dependencies apart."""


CLIENTS: Final[Mapping[str, Client]] = {
    "aiokube": Client(name="aiokube", packages=("aiokube", "aiokube_codegen"), distributions=("aiokube",)),
    "kubernetes_asyncio": Client(
        name="kubernetes_asyncio", packages=("kubernetes_asyncio",), distributions=("kubernetes_asyncio",)
    ),
    "kubernetes": Client(name="kubernetes", packages=("kubernetes",), distributions=("kubernetes",)),
    "kubernetes_aio": Client(name="kubernetes.aio", packages=("kubernetes.aio",), distributions=("kubernetes",)),
    "lightkube": Client(name="lightkube", packages=("lightkube",), distributions=("lightkube", "lightkube-models")),
    "kr8s": Client(name="kr8s", packages=("kr8s",), distributions=("kr8s",)),
    "cloudcoil": Client(
        name="cloudcoil", packages=("cloudcoil",), distributions=("cloudcoil", "cloudcoil.models.kubernetes")
    ),
    "kubesdk": Client(name="kubesdk", packages=("kubesdk",), distributions=("kubesdk", "kube-models")),
    "kubex": Client(
        name="kubex", packages=("kubex", "kubex_core"), distributions=("kubex", "kubex-core", "kubex-k8s-1-36")
    ),
}
"""By the name of their driver, in the order of the columns."""
