"""`Api`: all verbs over the objects of a resource."""

from __future__ import annotations

from ...public import public
from .base import ObjectT
from .kubectl import KubectlVerbs
from .objects import ObjectVerbs
from .streams import StreamingVerbs
from .subresources import SubresourceVerbs


@public("aiokube")
class Api(ObjectVerbs[ObjectT], KubectlVerbs[ObjectT], SubresourceVerbs[ObjectT], StreamingVerbs[ObjectT]):
    """A resource of the cluster with the verbs of generated resources, for code that serves many kinds.

    `Client.api` returns one. Nothing is asked of the server until the first call, which finds the resource:

        T = TypeVar("T", bound=AnyObject)

        async def newest(api: Api[T]) -> T:
            return max(await api.list(), key=lambda obj: int(obj.metadata.resource_version))

    Any call may raise `UnknownResource` (the server does not serve it), `AmbiguousResource` (several have the name),
    `ConnectionError` (no response), `Unauthorized` (credentials refused) or `Forbidden` (the user is not allowed to do
    this). A resource without namespaces takes no notice of arguments about them.
    """
