"""The base of every generated client, with the calls that are not of one resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from msgspec import UNSET

from .manifests.client import ManifestClient
from .public import public

if TYPE_CHECKING:
    from .codec.any_object import AnyObject
    from .codec.dynamic_object import DynamicObject
    from .discovery.api_resource import ApiResource
    from .verbs.api.api import Api

T = TypeVar("T", bound="AnyObject")


@public("aiokube")
class BaseClient(ManifestClient):
    """A connection to one cluster. Generated clients add an attribute for each group-version.

    Without arguments, the client finds its cluster as kubectl does: `KUBECONFIG`, else `~/.kube/config`, else the
    service account of the pod that it runs in. Use it with `async with`, or call `close` when done. It belongs to one
    event loop: a call from another one raises `NotSupported`, unless the first has been closed.

    Every method raises an `ApiError` when the server responds with a failure, by its reason: `Unauthorized`,
    `Forbidden`, `NotFound`, ...; and a `ConnectionError` when there is no response: `RequestTimeout`, `TLSError`, ...

    Args:
        config: The cluster and the user. It cannot be combined with the next four.
        kubeconfig: Path of the kubeconfig to read.
        context: Context to use instead of the current one.
        cluster: Cluster to use instead of the context's.
        user: User to use instead of the context's.
        namespace: Namespace of calls that name none, instead of the context's.
        timeout: Seconds for a whole call with all its attempts, 300 by default; None for no limit. Streams and watches
            have none.
        max_retries: How often a call is repeated when the server asks for it (429 or 5xx with a Retry-After) or, for
            GET only, when the connection breaks; 10 by default.
        qps: Requests per second in the long run; None, the default, for no limit. Watches don't count.
        burst: Number of requests that may go before `qps` applies; 10 by default.
        x509_strict: Require certificates, also that of an OpenID Connect issuer, to follow RFC 5280 to the letter. By
            default as Python does, which requires it since 3.13. False helps where an older CA lacks an extension;
            certificates are still verified.
        plugin_policy: The exec plugins that the kubeconfig may run; all by default.
        credentials: Async function that returns a `Token`, instead of the credentials of the config. It is called again
            before the token expires, and after a 401.
        max_response_bytes: Maximum size of a response, decompressed, in bytes; 256 MiB by default. Streams have none.
        headers: Headers to add to every request.
        user_agent: User agent to send instead of aiokube's.
        field_manager: Field manager of calls that name none: create, replace, patch, edit and apply.
        pause_gc: Pause the garbage collector while a large response is decoded, which is faster; True by default. It
            pauses for the whole process.
        on_request: Called with an `Attempt` after each request, for metrics and traces.
        on_warning: Called with each warning that the server sends, instead of `warnings.warn`.
        transport: Carries requests instead of aiohttp; for tests.

    Raises:
        ConfigError: No cluster was found, its description cannot be used, config was combined with a choice, or an
            argument has the wrong type.
        InvalidArgument: `timeout`, `max_retries`, `qps`, `burst` or `max_response_bytes` is out of range.
        InvalidRequest: A header is not one that a caller may set, or its value cannot be sent.
    """

    @overload
    def api(self, cls: type[T], /, *, of: type[AnyObject] | ApiResource | str | None = None) -> Api[T]: ...

    @overload
    def api(self, name: str | ApiResource, /) -> Api[DynamicObject]: ...

    @overload
    def api(self, api_version: str, kind: str, /) -> Api[DynamicObject]: ...

    def api(self, what: Any, kind: Any = UNSET, /, *, of: type[AnyObject] | ApiResource | str | None = None) -> Any:
        """Return the verbs over the objects of any resource, which the first call finds in what the server serves.

            kube.api(core_v1.Pod)                              # Api[Pod]
            kube.api("deploy")                                 # Api[DynamicObject]
            kube.api("crontabs.stable.example.com")
            kube.api("cert-manager.io/v1", "Certificate")
            kube.api(PartialObjectMetadata, of="pods")         # Api[PartialObjectMetadata]: the server sends no more

        Args:
            what: A class; a name as kubectl takes it: plural, singular or short, in any case, with a group and a
                version where it needs them (`deployments.v1.apps`); an `apiVersion`; or a resource of `resources`.
            kind: The kind of an `apiVersion`.
            of: The resource that objects of the class are of. Default: that of the kind of the class.

        Raises:
            InvalidArgument: It is none of these, or the class is not of one kind and `of` is missing.
        """
        from .verbs.api.api import Api
        from .verbs.api.target import model_and_target

        return Api(self, *model_and_target(what, kind, of))
