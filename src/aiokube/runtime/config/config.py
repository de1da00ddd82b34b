"""The configuration of a client: one cluster and one user."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from ..errors import ConfigError
from ..public import public
from ..secret import Hidden, forget_frames, hides_arguments, hides_fields
from . import incluster, loading, validation
from .identity import LONG, SECRET, URL, AuthProvider, Context, ExecConfig, Impersonation, Redacted
from .incluster import SERVICE_ACCOUNT

_NO_CREDENTIALS: Mapping[str, Any] = dict.fromkeys(
    (
        *("context", "user", "token", "token_file", "username", "password"),
        *("client_certificate", "client_certificate_data", "client_key", "client_key_data"),
        *("exec", "auth_provider", "impersonate"),
    )
)
"""The fields that describe the user, without a value."""


@public("aiokube")
@hides_fields
@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Config(Redacted):
    """The resolved and validated configuration of a client, like `rest.Config` in client-go.

    Create it with `load`, `from_kubeconfig`, `from_dict` or `in_cluster`, or from its fields. The files that it names
    are read when they are used, because they may change. Its repr contains no secrets.

    Raises:
        ConfigError: The fields contradict each other, or a value cannot be sent.
    """

    server: str
    """`https://host:port/prefix`, or `http://` without TLS; without a trailing slash, a query and a fragment."""

    certificate_authority: Path | None = None
    certificate_authority_data: bytes | str | None = field(default=None, metadata=LONG)
    """PEM certificates, or base64 of them; the only ones to trust. By default those of the system, if
    `certificate_authority` is not set either. Kept as the bytes of the PEM certificates, as are the next two."""
    tls_server_name: str | None = None
    """The server name to send (SNI) and to verify, instead of the host name of the server."""
    insecure_skip_tls_verify: bool = False
    proxy_url: str | None = field(default=None, metadata=URL)
    """An `http://`, `https://` or `socks5://` URL; may contain a user name and a password."""
    disable_compression: bool = False

    namespace: str = "default"
    """The namespace of calls without a namespace."""
    context: str | None = None
    cluster: str | None = None
    user: str | None = None
    """The names in the kubeconfig, if any."""
    source: tuple[Path, ...] = ()
    """The kubeconfig files that were read."""

    token: str | None = field(default=None, metadata=SECRET)
    token_file: Path | None = None
    """Takes precedence over `token`, which is used until the file can be read."""
    username: str | None = None
    password: str | None = field(default=None, metadata=SECRET)
    client_certificate: Path | None = None
    client_certificate_data: bytes | str | None = field(default=None, metadata=LONG)
    client_key: Path | None = None
    client_key_data: bytes | str | None = field(default=None, metadata=SECRET)
    exec: ExecConfig | None = None
    """Used only without a token, a user name and a client certificate."""
    auth_provider: AuthProvider | None = None
    impersonate: Impersonation | None = None

    def __post_init__(self) -> None:
        self._check_types()
        object.__setattr__(self, "server", validation.server_url(self.server, "server"))
        if self.proxy_url is not None:
            object.__setattr__(self, "proxy_url", validation.proxy_url(self.proxy_url, "proxy_url"))
        validation.namespace_name(self.namespace, "namespace")
        validation.tls_name(self.tls_server_name or "", "tls_server_name")
        validation.token(self.token or "", "token")
        validation.header_value(self.username or "", "username")
        self._check_choices()
        if not self.is_tls and self.has_credentials:
            raise ConfigError(f"server: {self.server} does not use TLS and would expose the credentials; use https://")

    def _check_types(self) -> None:
        """Check the types of all fields; paths become `Path`, and PEM data bytes."""
        validation.types.instance(self.server, str, "a string", "server")
        validation.types.instance(self.namespace, str, "a string", "namespace")
        for name in ("tls_server_name", "proxy_url", "context", "cluster", "user", "token", "username", "password"):
            validation.types.text(getattr(self, name), name)
        for name in ("insecure_skip_tls_verify", "disable_compression"):
            validation.types.flag(getattr(self, name), name)
        for name in ("certificate_authority", "token_file", "client_certificate", "client_key"):
            if (path := getattr(self, name)) is not None:
                object.__setattr__(self, name, validation.types.path(path, name))
        for name in ("certificate_authority_data", "client_certificate_data", "client_key_data"):
            if (data := getattr(self, name)) is not None:
                object.__setattr__(self, name, validation.pem(data, name))
        validation.types.instance(self.source, tuple, "a tuple of paths", "source")
        object.__setattr__(self, "source", tuple(validation.types.path(path, "source") for path in self.source))
        for name, kind in (("exec", ExecConfig), ("auth_provider", AuthProvider), ("impersonate", Impersonation)):
            if (value := getattr(self, name)) is not None:
                validation.types.instance(value, kind, f"an {kind.__name__}", name)

    def _check_choices(self) -> None:
        """Reject fields that contradict each other."""
        for field_name, other in (
            ("certificate_authority", "certificate_authority_data"),
            ("client_certificate", "client_certificate_data"),
            ("client_key", "client_key_data"),
            ("exec", "auth_provider"),
        ):
            if getattr(self, field_name) is not None and getattr(self, other) is not None:
                raise ConfigError(f"{field_name} cannot be combined with {other}; remove one of them")
        if self.insecure_skip_tls_verify and self.has_certificate_authority:
            raise ConfigError(
                "insecure_skip_tls_verify cannot be combined with a certificate authority; remove one of them"
            )
        if (self.username or self.password) and (self.token or self.token_file):
            raise ConfigError("a token cannot be combined with a user name or password; remove one of them")
        if self.has_client_certificate != (self.client_key is not None or self.client_key_data is not None):
            raise ConfigError("a client certificate needs a client key; set both or neither")

    @property
    def is_tls(self) -> bool:
        """True if the connection to the server is encrypted."""
        return self.server.startswith("https://")

    @property
    def has_certificate_authority(self) -> bool:
        """True if certificates are verified with this config's CAs instead of those of the system."""
        return self.certificate_authority is not None or self.certificate_authority_data is not None

    @property
    def has_client_certificate(self) -> bool:
        """True if there is a client certificate, with its key."""
        return self.client_certificate is not None or self.client_certificate_data is not None

    @property
    def has_credentials(self) -> bool:
        """True unless the user is anonymous."""
        simple = (self.token, self.token_file, self.username, self.password, self.exec, self.auth_provider)
        return any(simple) or self.has_client_certificate

    @hides_arguments
    def with_token(self, token: str) -> Self:
        """Return a config of the same cluster whose only credential is a token: that of another user.

        `dataclasses.replace` would keep the other credentials. Like kubectl, a client sends all of them, and a server
        looks at a client certificate first.

        Args:
            token: A bearer token, such as one that `service_accounts.create_token` returns.

        Raises:
            ConfigError: The token is empty or cannot be sent, or the server is not reached by TLS.
        """
        validation.types.instance(token, str, "a string", "token")
        if not token:
            raise ConfigError("token: is empty; pass a bearer token")
        return replace(self, **{**_NO_CREDENTIALS, "token": token})

    @classmethod
    def _of(cls, load: Callable[[], dict[str, Any]]) -> Self:
        handled = sys.exception()
        try:
            return cls(**load())
        except ConfigError as error:
            # Its message says where the fault is; its frames hold the whole kubeconfig.
            forget_frames(error, handled)
            raise

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
        """Find the configuration like kubectl: in a kubeconfig, or else in the service account of the pod.

        Reads the file `kubeconfig` if given, or else the files in KUBECONFIG, merged with the first definition of each
        entry winning, or else `~/.kube/config`. If `kubeconfig` is not given and no context is selected, the service
        account of the pod is used. Unlike kubectl, this never falls back to `http://localhost:8080`.

        Args:
            kubeconfig: Path of the only file to read; it must exist.
            context: Name of the context; the current-context of the kubeconfig by default.
            cluster: Name of the cluster, instead of the context's.
            user: Name of the user, instead of the context's.
            namespace: Default namespace, instead of the context's.
            environ: Environment variables; those of the process by default.

        Raises:
            ConfigError: No configuration was found, or it cannot be used.
        """
        return cls._of(
            lambda: loading.load(
                kubeconfig=kubeconfig,
                context=context,
                cluster=cluster,
                user=user,
                namespace=namespace,
                environ=environ,
            )
        )

    @classmethod
    def contexts(
        cls, *, kubeconfig: str | os.PathLike[str] | None = None, environ: Mapping[str, str] = os.environ
    ) -> list[Context]:
        """Return the contexts of the kubeconfig, sorted by name, like `kubectl config get-contexts`.

        Args:
            kubeconfig: Path of the only file to read, which must exist; by default the files that `load` reads, if
                there are any.
            environ: Environment variables; those of the process by default.

        Raises:
            ConfigError: A kubeconfig cannot be read.
        """
        handled = sys.exception()
        try:
            return loading.contexts(kubeconfig, environ)
        except ConfigError as error:
            # As in `_of`.
            forget_frames(error, handled)
            raise

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
        """Read one kubeconfig file.

        Args:
            path: Path of the file; relative paths in it are relative to its directory.
            context: Name of the context; the current-context of the kubeconfig by default.
            cluster: Name of the cluster, instead of the context's.
            user: Name of the user, instead of the context's.
            namespace: Default namespace, instead of the context's.

        Raises:
            ConfigError: The file does not exist or cannot be used.
        """
        return cls._of(
            lambda: loading.from_kubeconfig(path, context=context, cluster=cluster, user=user, namespace=namespace)
        )

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
        """Use a kubeconfig from memory, such as one stored in a Secret.

        Args:
            kubeconfig: The parsed YAML or JSON document.
            context: Name of the context; the current-context of the kubeconfig by default.
            cluster: Name of the cluster, instead of the context's.
            user: Name of the user, instead of the context's.
            namespace: Default namespace, instead of the context's.
            directory: Base of relative paths, which are rejected without it. Absolute paths are always followed, so
                a document from an untrusted source can name any file of this machine.
            allow_exec: Whether an exec plugin is accepted, which may run any command; False by default.

        Raises:
            ConfigError: The document cannot be used.
        """
        document = Hidden(kubeconfig)
        del kubeconfig
        return cls._of(
            lambda: loading.from_dict(
                document.value,
                context=context,
                cluster=cluster,
                user=user,
                namespace=namespace,
                directory=directory,
                allow_exec=allow_exec,
            )
        )

    @classmethod
    def in_cluster(
        cls,
        *,
        namespace: str | None = None,
        environ: Mapping[str, str] = os.environ,
        directory: str | os.PathLike[str] = SERVICE_ACCOUNT,
    ) -> Self:
        """Use the service account of the pod that this process runs in.

        The server is at KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT. The namespace is that of POD_NAMESPACE,
        or else of the file `namespace`, or else `default`.

        Args:
            namespace: Default namespace, instead of the pod's.
            environ: Environment variables; those of the process by default.
            directory: Directory of the files `token`, `ca.crt` and `namespace`.

        Raises:
            NotInCluster: The process does not run in a pod, or the pod has no service account token.
            ConfigError: The files of the service account cannot be used.
        """
        validation.types.text(namespace, "namespace")
        validation.types.instance(environ, Mapping, "a mapping", "environ")
        return cls(
            **incluster.in_cluster(
                namespace=namespace, environ=environ, directory=validation.types.path(directory, "directory")
            )
        )
