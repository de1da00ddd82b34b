"""What a client needs to know to reach one cluster as one user: `Config`."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import NoneType
from typing import Any, Self

from ..errors import ConfigError
from ..public import public
from . import incluster, loading, validation
from .identity import LONG, SECRET, URL, AuthProvider, ExecConfig, Impersonation, Redacted
from .incluster import SERVICE_ACCOUNT


@public("aiokube")
@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Config(Redacted):
    """The facts about one cluster and one user, resolved and checked; what client-go calls `rest.Config`.

    Make it with `load`, `from_kubeconfig`, `from_dict` or `in_cluster`, or field by field. Files that it names are
    read when they are used, because they change. Its repr holds no secret.

    Raises:
        ConfigError: the fields contradict each other, or a value cannot be sent.
    """

    server: str
    """`https://host:port/prefix`: without trailing slash, query and fragment. `http://` for a server without TLS."""

    certificate_authority: Path | None = None
    certificate_authority_data: bytes | None = field(default=None, metadata=LONG)
    """PEM certificates to trust, and no others. None with `certificate_authority` None: those of the system."""
    tls_server_name: str | None = None
    """The name to ask for and to verify, instead of the server's host name."""
    insecure_skip_tls_verify: bool = False
    proxy_url: str | None = field(default=None, metadata=URL)
    """`http://`, `https://` or `socks5://`; may hold a user name and password."""
    disable_compression: bool = False

    namespace: str = "default"
    """The namespace of calls that name none."""
    context: str | None = None
    cluster: str | None = None
    user: str | None = None
    """The names in the kubeconfig; None where there are none."""
    source: tuple[Path, ...] = ()
    """The kubeconfig files that were read."""

    token: str | None = field(default=None, metadata=SECRET)
    token_file: Path | None = None
    """Goes before `token`, which then serves when the file cannot be read."""
    username: str | None = None
    password: str | None = field(default=None, metadata=SECRET)
    client_certificate: Path | None = None
    client_certificate_data: bytes | None = field(default=None, metadata=LONG)
    client_key: Path | None = None
    client_key_data: bytes | None = field(default=None, metadata=SECRET)
    exec: ExecConfig | None = None
    """Used only when there is no token, basic or certificate credential."""
    auth_provider: AuthProvider | None = None
    impersonate: Impersonation | None = None

    def __post_init__(self) -> None:
        for name in ("certificate_authority", "token_file", "client_certificate", "client_key"):
            if (path := getattr(self, name)) is not None:
                object.__setattr__(self, name, validation.path(path, name))
        if not isinstance(self.impersonate, (Impersonation, NoneType)):
            raise ConfigError(f"impersonate: is {type(self.impersonate).__name__} and must be an Impersonation")
        object.__setattr__(self, "server", validation.server_url(self.server, "server"))
        if self.proxy_url is not None:
            object.__setattr__(self, "proxy_url", validation.proxy_url(self.proxy_url, "proxy_url"))
        validation.namespace_name(self.namespace, "namespace")
        validation.tls_name(self.tls_server_name or "", "tls_server_name")
        validation.token(self.token or "", "token")
        validation.header_value(self.username or "", "username")
        self._check_choices()
        if not self.is_tls and self.has_credentials:
            raise ConfigError(
                f"server: {self.server} is not TLS and would show the credentials to anyone; use https://"
            )

    def _check_choices(self) -> None:
        """Refuse two answers to one question."""
        for one, other in (
            ("certificate_authority", "certificate_authority_data"),
            ("client_certificate", "client_certificate_data"),
            ("client_key", "client_key_data"),
            ("exec", "auth_provider"),
        ):
            if getattr(self, one) is not None and getattr(self, other) is not None:
                raise ConfigError(f"{one} and {other} are both set; keep one of them")
        if self.insecure_skip_tls_verify and self.has_certificate_authority:
            raise ConfigError("insecure_skip_tls_verify goes with no certificate authority; remove one of them")
        if (self.username or self.password) and (self.token or self.token_file):
            raise ConfigError("a token and a user name or password are both set; keep one of them")
        if self.has_client_certificate != (self.client_key is not None or self.client_key_data is not None):
            raise ConfigError("a client certificate and a client key need each other; set both or none")

    @property
    def is_tls(self) -> bool:
        """Whether the connection to the server is encrypted."""
        return self.server.startswith("https://")

    @property
    def has_certificate_authority(self) -> bool:
        """Whether a CA is named instead of the system's."""
        return self.certificate_authority is not None or self.certificate_authority_data is not None

    @property
    def has_client_certificate(self) -> bool:
        """Whether there is a client certificate; there is a key then too."""
        return self.client_certificate is not None or self.client_certificate_data is not None

    @property
    def has_credentials(self) -> bool:
        """Whether the user is anyone but anonymous."""
        simple = (self.token, self.token_file, self.username, self.password, self.exec, self.auth_provider)
        return any(simple) or self.has_client_certificate

    @classmethod
    def load(
        cls,
        *,
        kubeconfig: str | os.PathLike[str] | None = None,
        context: str | None = None,
        cluster: str | None = None,
        user: str | None = None,
        namespace: str | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> Self:
        """Find the configuration where kubectl does: a kubeconfig, else the pod's service account.

        The files are `kubeconfig`, else those that KUBECONFIG lists, merged so that the first one to say something
        wins, else `~/.kube/config`. When they select no context, and `kubeconfig` was not given, a pod's service
        account is used. Unlike kubectl, this never falls back to `http://localhost:8080`.

        Args:
            kubeconfig: the one file to read; it must exist.
            context: the context to use; by default the file's current-context.
            cluster: the cluster to use instead of the context's.
            user: the user to use instead of the context's.
            namespace: the default namespace instead of the context's.
            environ: the environment to look in.

        Raises:
            ConfigError: nothing was found, or what was found cannot be used.
        """
        found = loading.load(
            kubeconfig=kubeconfig, context=context, cluster=cluster, user=user, namespace=namespace, environ=environ
        )
        return cls(**found)

    @classmethod
    def from_kubeconfig(
        cls,
        path: str | os.PathLike[str],
        *,
        context: str | None = None,
        cluster: str | None = None,
        user: str | None = None,
        namespace: str | None = None,
    ) -> Self:
        """Read one kubeconfig file and nothing else.

        Args:
            path: the file; relative paths in it are relative to its directory.
            context: the context to use; by default the file's current-context.
            cluster: the cluster to use instead of the context's.
            user: the user to use instead of the context's.
            namespace: the default namespace instead of the context's.

        Raises:
            ConfigError: the file is missing or cannot be used.
        """
        return cls(**loading.from_kubeconfig(path, context=context, cluster=cluster, user=user, namespace=namespace))

    @classmethod
    def from_dict(
        cls,
        kubeconfig: Mapping[str, Any],
        *,
        context: str | None = None,
        cluster: str | None = None,
        user: str | None = None,
        namespace: str | None = None,
        directory: str | os.PathLike[str] | None = None,
        allow_exec: bool = False,
    ) -> Self:
        """Use a kubeconfig that is already in memory, such as one kept in a Secret.

        Args:
            kubeconfig: the document, as its YAML or JSON reads.
            context: the context to use; by default the document's current-context.
            cluster: the cluster to use instead of the context's.
            user: the user to use instead of the context's.
            namespace: the default namespace instead of the context's.
            directory: what relative paths are relative to; without it they are refused. Absolute paths are always
                followed: a document from someone else can name any file of this machine.
            allow_exec: whether the user may be an exec plugin, which runs any command that the document names.

        Raises:
            ConfigError: the document cannot be used.
        """
        found = loading.from_dict(
            kubeconfig,
            context=context,
            cluster=cluster,
            user=user,
            namespace=namespace,
            directory=directory,
            allow_exec=allow_exec,
        )
        return cls(**found)

    @classmethod
    def in_cluster(
        cls,
        *,
        namespace: str | None = None,
        environ: Mapping[str, str] = os.environ,
        directory: str | os.PathLike[str] = SERVICE_ACCOUNT,
    ) -> Self:
        """Use the service account of the pod that this process runs in.

        The server is KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT; the namespace is POD_NAMESPACE, else the
        file `namespace`, else "default".

        Args:
            namespace: the default namespace instead of the pod's.
            environ: the environment to look in.
            directory: where `token`, `ca.crt` and `namespace` are.

        Raises:
            NotInCluster: this is no pod, or it has no service account token.
            ConfigError: the service account's files cannot be used.
        """
        return cls(**incluster.in_cluster(namespace=namespace, environ=environ, directory=Path(directory)))
