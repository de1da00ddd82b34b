"""Clients of a cluster, for users and groups."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar, overload

from ..runtime.base_client import BaseClient
from ..runtime.config.config import Config

if TYPE_CHECKING:
    from ..client import Client

C = TypeVar("C", bound=BaseClient)


class Clients(ABC):
    """A cluster that makes clients of itself."""

    @abstractmethod
    def config(self, *, user: str = "", groups: Sequence[str] = (), namespace: str = "default") -> Config:
        """Return the configuration of a client, as `client` takes it."""

    @overload
    def client(
        self, *, user: str = "", groups: Sequence[str] = (), namespace: str = "default", **options: Any
    ) -> Client: ...
    @overload
    def client(
        self, cls: type[C], *, user: str = "", groups: Sequence[str] = (), namespace: str = "default", **options: Any
    ) -> C: ...
    def client(
        self,
        cls: type[Any] | None = None,
        *,
        user: str = "",
        groups: Sequence[str] = (),
        namespace: str = "default",
        **options: Any,
    ) -> Any:
        """Return a client of the cluster.

        Args:
            cls: Class of the client, such as that of a package that you have generated. Default: the shipped one.
            user: Name of the user, as in `kubeconfig_for`. Default: one who may do everything.
            groups: Groups of the user.
            namespace: The namespace of calls without a namespace.
            options: Other arguments of the client, such as `timeout` and `max_retries`.

        Raises:
            ConfigError: The fake cluster is not running.
            ClusterError: The real cluster is not running.
            InvalidArgument: There are groups, but no user.
        """
        if cls is None:
            from ..client import Client

            cls = Client
        return cls(self.config(user=user, groups=groups, namespace=namespace), **options)
